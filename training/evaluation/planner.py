"""A planner against sentences written by hand, which nobody trains or tunes on: `python -m training.evaluation.planner`.

Whole plans and single steps right, with Wilson's 95 % intervals, apart for sentences that quote everything, those that do not, and those
that give no plan. Steps of one sentence hang together, so the interval of steps is a little narrow.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.planning import is_sure
from recordings import foreign
from recordings.errors import DeskhandError
from tasks.statistics import HitRate
from training.command import command
from training.evaluation.plan_match import same_plan, score_steps
from vlm.planner.plan import PlannedStep, print_plan
from vlm.planner.protocols import Planner

SENTENCES = Path(__file__).with_name("planner_sentences.jsonl")
SENTENCES_BYTES = 64 << 20
Group = Literal["unquoted", "quoted", "impossible"]
GROUPS: tuple[Group, ...] = ("unquoted", "quoted", "impossible")


class Sentence(BaseModel):
    """What a person says, and what it asks for.

    Attributes:
        steps: the plan expected; empty where the words give none (a question, chatter, a goal whose steps nobody could know).
        also: plans that are as right.
        quoted: whether every label and every text stands in quotes.
        kind: in which manner it is said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instruction: str
    steps: tuple[PlannedStep, ...]
    also: tuple[tuple[PlannedStep, ...], ...] = ()
    quoted: bool = False
    kind: str = "any"

    @property
    def plans(self) -> tuple[tuple[PlannedStep, ...], ...]:
        return (self.steps, *self.also)

    @property
    def group(self) -> Group:
        return "impossible" if not self.steps else "quoted" if self.quoted else "unquoted"


def read_sentences(path: Path = SENTENCES) -> tuple[Sentence, ...]:
    """Read one sentence a line.

    Raises:
        DeskhandError: the file cannot be read, holds none, or a line is no sentence; the message names the line.
    """
    try:
        lines = foreign.read_text(path, SENTENCES_BYTES).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DeskhandError(f"{path} cannot be read as sentences: {error}; give a file of JSON lines") from error
    sentences = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            sentences.append(Sentence.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "line"
            raise DeskhandError(f"{path}, line {number} is no sentence with its plan: {where}: {first['msg']}") from error
    if not sentences:
        raise DeskhandError(f"{path} holds no sentence: write one JSON object a line")
    return tuple(sentences)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a planner made of a sentence. `refusal` is what it said where it gave no plan."""

    sentence: Sentence
    steps: tuple[PlannedStep, ...]
    refusal: str | None = None
    sure: bool = True
    """Whether a run would carry the plan out without asking first; see `agent.planning.check_understood`."""

    @property
    def right(self) -> bool:
        """Whether it is one of the accepted plans, whole. Where there is none to make, making none or refusing is right."""
        return any(same_plan(plan, self.steps) for plan in self.sentence.plans)


@dataclass(frozen=True, slots=True)
class Score:
    """Plans and steps right in each group. Of sentences that give no plan, only plans are counted."""

    plans: dict[Group, HitRate]
    steps: dict[Group, HitRate]
    doubted: dict[bool, HitRate]
    """Plans that a run would ask about first: of those that are right, and of those that are not."""
    failed: tuple[Outcome, ...] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        """Without what failed."""
        measures = {"plans": self.plans, "steps": self.steps}
        told = {group: {name: rates[group].to_json() for name, rates in measures.items() if group in rates} for group in GROUPS}
        return told | {"doubted": {("right" if right else "wrong"): rate.to_json() for right, rate in self.doubted.items()}}

    def __str__(self) -> str:
        rows = []
        for group in GROUPS:
            steps = f", steps {self.steps[group]}" if group in self.steps else ""
            rows.append(f"{group + ':':<12} whole plans {self.plans[group]}{steps}")
        rows.append(f"asked about first: right plans {self.doubted[True]}, wrong plans {self.doubted[False]}")
        return "\n".join(rows)


def ask(planner: Planner, sentence: Sentence) -> Outcome:
    """What the planner makes of a sentence; a refusal is a plan without steps."""

    try:
        plan = planner.plan(sentence.instruction)
        return Outcome(sentence, tuple(step for step in plan if step.do != "done"), sure=is_sure(plan))
    except DeskhandError as error:
        return Outcome(sentence, (), str(error))


def score(outcomes: Iterable[Outcome]) -> Score:
    """Count what is right."""
    plans: Counter[Group] = Counter()
    sentences: Counter[Group] = Counter()
    right: Counter[Group] = Counter()
    steps: Counter[Group] = Counter()
    made: Counter[bool] = Counter()
    doubted: Counter[bool] = Counter()
    failed = []
    for outcome in outcomes:
        group = outcome.sentence.group
        hits, n = score_steps(outcome.sentence.plans, outcome.steps)
        sentences[group] += 1
        plans[group] += outcome.right
        right[group] += hits
        steps[group] += n
        if outcome.steps:
            made[outcome.right] += 1
            doubted[outcome.right] += not outcome.sure
        if not outcome.right:
            failed.append(outcome)
    return Score(
        {group: HitRate(plans[group], sentences[group]) for group in GROUPS},
        {group: HitRate(right[group], steps[group]) for group in GROUPS if group != "impossible"},
        {right: HitRate(doubted[right], made[right]) for right in (True, False)},
        tuple(failed),
    )


def evaluate(planner: Planner, sentences: Sequence[Sentence]) -> Score:
    """Ask the planner every sentence and count what is right."""
    return score(ask(planner, sentence) for sentence in sentences)


def print_failed(outcome: Outcome) -> str:
    """A sentence, the plan expected and what came instead."""
    sentence = outcome.sentence
    came = f"refused: {outcome.refusal}" if outcome.refusal is not None else print_plan(outcome.steps)
    return f"[{sentence.kind}] {sentence.instruction}\n" + "".join(
        f"  {title}\n" + "".join(f"    {line}\n" for line in text.split("\n"))
        for title, text in (("expected", print_plan(sentence.steps)), ("planned", came))
    )


@command
def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.planner", description="How many sentences a planner plans rightly."
    )
    parser.add_argument("--planner", help="the address of a server that plans (default: the pocket planner)")
    parser.add_argument("--sentences", type=Path, default=SENTENCES, metavar="FILE", help="sentences with their plans, one a line")
    parser.add_argument("--json", action="store_true", help="print the rates as JSON")
    parser.add_argument("--show", action="store_true", help="list what failed: whoever tunes on it has no test set left")
    arguments = parser.parse_args()
    sentences = read_sentences(arguments.sentences)
    from agent.planning import open_planner  # not before it is needed: weights are read here
    from agent.settings import Settings

    planner: Planner = open_planner(Settings(planner=arguments.planner))
    result = evaluate(planner, sentences)
    if arguments.json:
        shown = {"failed": [_failed_json(outcome) for outcome in result.failed]} if arguments.show else {}
        print(json.dumps({"planner": arguments.planner, **result.to_json(), **shown}, ensure_ascii=False))
        return
    if arguments.show:
        print("\n".join(map(print_failed, result.failed)))
    print(result)


def _failed_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "instruction": outcome.sentence.instruction, "kind": outcome.sentence.kind, "refusal": outcome.refusal,
        "expected": [step.to_json() for step in outcome.sentence.steps], "planned": [step.to_json() for step in outcome.steps],
    }  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
