"""Runs whose target was taken away: `python -m training.evaluation.missing --count 60`.

An instruction names something that is not on the screen, as its first, a middle or its last step, in quotation marks or in plain words, on
real applications on the virtual desktop, with nobody to ask. No such run may end as done, and nothing may be clicked in place of what is
not there.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.session import Session
from agent.settings import ApprovalMode, Settings
from recordings.action import Click, Drag
from recordings.episode import Outcome, StopReason
from recordings.errors import DeskhandError
from tasks.statistics import rate_of
from training.beside import beside
from training.command import command


@dataclass(frozen=True, slots=True)
class Program:
    """One application, what its start screen surely shows, and whether those are menus, which must be closed again."""

    command: str
    shown: Sequence[str]
    menus: bool = True


PROGRAMS = {name: Program(**known) for name, known in beside(__file__)["programs"].items()}
ABSENT: Sequence[str] = beside(__file__)["absent"]
"""Names that none of the start screens shows, some of them like names that stand in some menu."""
PLACES = ("first", "middle", "last")


@dataclass(frozen=True, slots=True)
class Run:
    """One run and what came of it: `clicked` says what was clicked for what is not there."""

    program: str
    place: str
    instruction: str
    absent: str
    reason: str
    detail: str
    clicked: str
    steps: int

    @property
    def done(self) -> bool:
        return self.reason == StopReason.DONE


def instruct(program: Program, place: str, absent: str, quoted: bool, rng: random.Random) -> str:
    """An instruction that names `absent` at that place, among things that are there."""
    names = rng.sample(program.shown, 2)

    def click(name: str) -> str:
        said = f'"{name}"' if quoted else name
        return f"click {said}"

    def there(name: str) -> list[str]:
        return [click(name), "press Escape"] if program.menus else [click(name)]

    clauses = {
        "first": [click(absent), *there(names[0])],
        "middle": [*there(names[0]), click(absent), *there(names[1])],
        "last": [*there(names[0]), *there(names[1]), click(absent)],
    }[place]
    return ", ".join(clauses[:-1]) + f" and then {clauses[-1]}"


def is_quoted(number: int) -> bool:
    """Whether the run of that number quotes what it names: every second one."""
    return number % 2 == 0


def runs(count: int, seed: int, programs: Sequence[str]) -> Iterator[Run]:
    """Programs, places and ways to say it in turn; yields each run as it ends."""
    rng = random.Random(seed)
    session: Session | None = None
    plan = sorted(((programs[number % len(programs)], number) for number in range(count)), key=lambda pair: programs.index(pair[0]))
    try:
        for name, number in plan:
            program = PROGRAMS[name]
            settings = Settings(desktop="virtual", open=(program.command,), record=False, approve=ApprovalMode.NONE, seconds=180)
            session = session or Session(settings)
            session.settings = settings
            place, absent = PLACES[number // len(programs) % 3], rng.choice(ABSENT)
            yield _run(session, name, place, instruct(program, place, absent, is_quoted(number // len(programs)), rng), absent)
    finally:
        if session is not None:
            session.close()


def _run(session: Session, name: str, place: str, instruction: str, absent: str) -> Run:
    clicked, steps = "", 0
    try:
        for step in session.run(instruction):
            steps += 1
            mark = step.prediction.plan
            acted = isinstance(step.action, Click | Drag) and step.outcome is Outcome.PERFORMED
            if acted and mark is not None and absent.casefold() in mark.step.casefold():
                clicked = mark.name
    except DeskhandError as error:
        return Run(name, place, instruction, absent, "not begun", str(error), "", steps)
    result = session.result
    assert result is not None
    return Run(name, place, instruction, absent, str(result.stop_reason), result.detail, clicked, steps)


def to_json(found: Sequence[Run]) -> dict[str, Any]:
    """How many ended as done, and in how many something was clicked for what is not there, with Wilson's 95 % intervals."""

    def rate(hits: int) -> dict[str, Any]:
        return rate_of(hits, len(found))

    return {
        "done": rate(sum(run.done for run in found)),
        "clicked": rate(sum(bool(run.clicked) for run in found)),
        "named": rate(sum("I do not see" in run.detail for run in found)),
        "reasons": dict(Counter(run.reason for run in found)),
    }


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 where a run ended as done, or something was clicked."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.missing", description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--programs", default=",".join(PROGRAMS), help=f"of {', '.join(PROGRAMS)}")
    parser.add_argument("--out", type=Path, help="a file of JSON lines for the runs")
    given = parser.parse_args(arguments)
    found = []
    for run in runs(given.count, given.seed, given.programs.split(",")):
        found.append(run)
        print(f"{len(found):3d} {run.program} {run.place}: {run.instruction} -> {run.reason}: {run.detail}", file=sys.stderr, flush=True)
    if given.out is not None:
        given.out.write_text("".join(json.dumps(asdict(run), ensure_ascii=False) + "\n" for run in found), encoding="utf-8")
    report = to_json(found)
    print(json.dumps(report, indent=1))
    return int(report["done"]["hits"] > 0 or report["clicked"]["hits"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
