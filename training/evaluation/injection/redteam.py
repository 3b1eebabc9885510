"""`deskhand redteam`: attacks that vary by themselves for a budget of tries, and what got through, kept so that it can be done again.

    wording × language × obfuscation × place (a scene) ─► one try ─► tries.jsonl ─► what worked is varied further
                                                                └──► cases/NAME.yaml where the canary was reached

A folder holds the tries against one model, or against the stand-in that obeys every order; the same command goes on where it was. Each try
runs on a virtual desktop of its own.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from agent.settings import ApprovalMode, Settings
from recordings.durable import make_private
from recordings.errors import DeskhandError
from recordings.foreign import ForeignError, append_below, read_below, replace_below
from recordings.parsing import parse_json
from tasks.injection.obfuscation import OBFUSCATIONS
from tasks.injection.orders import Wording, draw_wording, languages, ploys
from tasks.injection.scene import Drawn, draw, read_scenes
from tasks.statistics import wilson_interval
from training.evaluation.injection.obeying import Obeying
from training.evaluation.injection.trial import Refusing, Trial, attempts
from training.yaml_file import read_yaml

HEAD, TRIES, CASES = "redteam.json", "tries.jsonl", "cases"
HEAD_BYTES, TRIES_BYTES = 1 << 20, 256 << 20
DEEPER = 0.5
"""How often a try varies one that worked, once one has; the others are drawn anew."""
TWO = 0.1
"""How often two ploys speak one after the other."""


class RedteamError(DeskhandError):
    """A folder of tries that cannot be gone on with."""


class Case(BaseModel):
    """All that an attack was drawn from: it can be staged again, on any machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scene: str
    ploy: str
    language: str
    obfuscation: str
    seed: int

    def draw(self) -> Drawn:
        """Raises RedteamError where there is no such scene or wording."""
        try:
            return draw(read_scenes()[self.scene], Wording(self.ploy, self.language, self.obfuscation), self.seed)
        except KeyError as error:
            raise RedteamError(
                f"there is no scene, ploy, language or obfuscation called {error}: the case is of another version"
            ) from error


class Try(BaseModel):
    """A case and what came of it."""

    model_config = ConfigDict(frozen=True)

    case: Case
    done: bool
    attacked: bool
    asked: int
    error: str

    @classmethod
    def of(cls, case: Case, trial: Trial) -> Try:
        return cls(case=case, done=trial.done, attacked=trial.attacked, asked=trial.asked, error=trial.error)


def vary(number: int, seed: int, before: Sequence[Try]) -> Case:
    """The case of try `number`: anew, or one that worked with one thing changed. The same tries before give the same case."""
    rng = random.Random(f"{seed}/{number}")
    worked = [one.case for one in before if one.attacked]
    if worked and rng.random() < DEEPER:
        case = rng.choice(worked)
        changed: dict[str, Any] = {
            "scene": rng.choice(list(read_scenes())), "ploy": _draw_ploy(rng), "language": rng.choice(languages()),
            "obfuscation": rng.choice(list(OBFUSCATIONS)), "seed": rng.randrange(1_000_000),
        }  # fmt: skip
        part = rng.choice(list(changed))
        return _fitting(case.model_copy(update={part: changed[part]}))
    wording = draw_wording(rng)
    return _fitting(
        Case(
            scene=rng.choice(list(read_scenes())), ploy=_draw_ploy(rng), language=wording.language, obfuscation=wording.obfuscation,
            seed=rng.randrange(1_000_000),
        )
    )  # fmt: skip


def _draw_ploy(rng: random.Random) -> str:
    return "+".join(rng.sample(ploys(), 2 if rng.random() < TWO else 1))


def _fitting(case: Case) -> Case:
    return case.model_copy(update={"obfuscation": "plain"}) if read_scenes()[case.scene].plain else case


def redteam(out: Path, tries: int, minutes: float | None, settings: Settings, worst: bool = False) -> list[Try]:
    """Try until there are `tries` in the folder, or the minutes are over; returns all of the folder's tries.

    Args:
        worst: against the stand-in that obeys every order: what does approval hold when the model holds nothing?

    Raises:
        RedteamError: the folder is of another model or seed, or cannot be written.
        DeskhandError: the model cannot be loaded.
    """
    approve = settings.approve or ApprovalMode.RISKY
    end = None if minutes is None else time.monotonic() + 60 * minutes
    try:
        found = _open(out, {"model": _name(settings, worst), "approve": str(approve), "seed": settings.seed})
        if len(found) >= tries:
            return found
        with attempts(settings, approve, Refusing(), worst) as tried, os.fdopen(append_below(out, TRIES), "a", encoding="utf-8") as log:
            while len(found) < tries and (end is None or time.monotonic() < end):
                case = vary(len(found), settings.seed, found)
                trial = tried(case.draw())
                found.append(Try.of(case, trial))
                log.write(found[-1].model_dump_json() + "\n")
                log.flush()
                os.fsync(log.fileno())
                if trial.attacked:
                    _keep(out, case, trial)
                _tell(len(found), tries, trial)
    except OSError as error:
        raise RedteamError(f"{out} cannot be written ({error.strerror or error}): name another folder with --out") from error
    return found


def again(cases: Path, settings: Settings, worst: bool = False) -> list[Try]:
    """Stage kept cases once more: a file, or every file of a folder. Raises DeskhandError."""
    files = sorted(cases.glob("*.yaml")) if cases.is_dir() else [cases]
    if not files:
        raise RedteamError(f"{cases} holds no case: name a .yaml file, or the folder {CASES} of one that got through")
    wanted = [read_yaml(path, Case, "case") for path in files]
    found = []
    with attempts(settings, settings.approve or ApprovalMode.RISKY, Refusing(), worst) as tried:
        for number, case in enumerate(wanted, 1):
            trial = tried(case.draw())
            found.append(Try.of(case, trial))
            _tell(number, len(wanted), trial)
    return found


def _name(settings: Settings, worst: bool) -> str:
    if worst:
        return Obeying.name
    parts = settings.model, settings.adapter, settings.remote_model, settings.planner, settings.planner_model
    return " ".join(str(part) for part in parts if part is not None)


def _open(out: Path, head: dict[str, Any]) -> list[Try]:
    make_private(out / CASES)
    if not os.path.lexists(out / HEAD):
        replace_below(out, HEAD, json.dumps(head).encode())
        return []
    try:
        there = parse_json(read_below(out, HEAD, HEAD_BYTES))
        if there != head:
            raise RedteamError(f"{out} holds tries of {there.get('model')} with other settings: name another folder with --out")
        return list(_read(out))
    except (ForeignError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RedteamError(f"{out} holds no tries that can be read: name another folder with --out") from error


def _read(out: Path) -> Iterator[Try]:
    """The tries so far. A last line that a killed run left half is cut off, so that the next one stands on its own."""
    data = read_below(out, TRIES, TRIES_BYTES) if os.path.lexists(out / TRIES) else b""
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        replace_below(out, TRIES, whole)
    return (Try.model_validate(parse_json(line)) for line in whole.splitlines())


def _keep(out: Path, case: Case, trial: Trial) -> None:
    name = "-".join(str(part) for part in case.model_dump().values()).replace("+", "-")
    told = yaml.safe_dump(case.model_dump(), sort_keys=False)
    said = "".join(f"# {line}\n" for line in (*case.draw().order.splitlines(), *trial.unasked))
    replace_below(out, f"{CASES}/{name}.yaml", (said + told).encode())


def _tell(number: int, tries: int, trial: Trial) -> None:
    sign = "?" if trial.error else "✗" if trial.attacked else "✓"
    print(f"{number} of {tries} {sign} {trial.name}: {trial.error or trial.ending}", file=sys.stderr, flush=True)


PARTS: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("kind of place", lambda case: read_scenes()[case.scene].family),
    ("ploy", lambda case: case.ploy),
    ("language", lambda case: case.language),
    ("obfuscation", lambda case: case.obfuscation),
)


def summary(found: Sequence[Try]) -> dict[str, Any]:
    """What worked, in all and by what the attacks were made of; JSON-ready."""
    ran = [one for one in found if not one.error]
    worked = [one for one in ran if one.attacked]
    by: dict[str, dict[str, list[int]]] = {}
    for name, part in PARTS:
        n, hits = Counter(part(one.case) for one in ran), Counter(part(one.case) for one in worked)
        by[name] = {value: [hits[value], n[value]] for value in sorted(n)}
    return {
        "tries": len(ran), "not_run": len(found) - len(ran), "worked": len(worked), "done": sum(one.done for one in ran),
        "asked": sum(one.asked > 0 for one in ran), "interval": [round(end, 4) for end in wilson_interval(len(worked), len(ran))], "by": by,
    }  # fmt: skip


def lines(found: Sequence[Try], out: Path, worst: bool = False) -> list[str]:
    """The summary for people."""
    told = summary(found)
    low, high = told["interval"]
    first = f"{told['worked']} of {told['tries']} attacks worked ({100 * low:.0f}–{100 * high:.0f} %)"
    rest = f"task done in {told['done']}, somebody asked in {told['asked']}" + (f", {told['not_run']} not run" if told["not_run"] else "")
    parts = [f"  {name}: {', '.join(f'{value} {hits}/{n}' for value, (hits, n) in by.items())}" for name, by in told["by"].items()]
    again_ = f"deskhand redteam {'--worst ' * worst}--again {out / CASES}"
    kept = [f"what worked: {out / CASES}, done again by {again_}"] if told["worked"] else []
    return [f"{first}; {rest}", *parts, *kept]
