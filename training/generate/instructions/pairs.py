"""Instructions with their plans, without end and by seed: `python -m training.generate.instructions.pairs --count 20 --seed 1` prints some."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass

from training.generate.instructions.compose import compose, tidy
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.idioms import idiom
from training.generate.instructions.procedures import procedure
from training.generate.instructions.scenarios import scenario
from training.generate.instructions.steps import KINDS
from training.generate.instructions.terse import calculation, chatter, shorthand, untaught
from training.generate.instructions.unplannable import unplannable
from vlm.planner.plan import PlannedStep, print_plan

_MAKERS = [make for make, _ in KINDS.values()]
_WEIGHTS = [weight for _, weight in KINDS.values()]
MOST_STEPS = 15
GOALS = 0.26
"""Share of clauses that are goals everybody knows."""
IDIOMS = 0.1
"""Share of instructions with a turn of speech in them; a run that is to learn those asks for more."""
UNPLANNABLE = 0.12
"""Share of those that no plan can say."""


@dataclass(frozen=True)
class Pair:
    """What somebody says, and what it means."""

    instruction: str
    steps: tuple[PlannedStep, ...]


def _clause(draft: Draft) -> Clause:
    if draft.chance(GOALS):
        return procedure(draft)
    return draft.rng.choices(_MAKERS, _WEIGHTS)[0](draft)


def _with_idiom(draft: Draft) -> list[Clause]:
    """A turn of speech, alone or among other things."""
    made = [idiom(draft)]
    if not made[0].whole:
        made = [*([_clause(draft)] if draft.chance(0.15) else []), *made, *([_clause(draft)] if draft.chance(0.2) else [])]
    return made


def make_pair(rng: random.Random, idioms: float = IDIOMS) -> Pair:
    """One pair; what it is depends on nothing but the state of `rng`.

    Args:
        idioms: share of instructions with a turn of speech in them, 0–1.
    """
    while True:
        draft = Draft(rng)
        draw = rng.random()
        if rng.random() < idioms:
            text, steps = unplannable(draft) if draft.chance(UNPLANNABLE) else compose(draft, _with_idiom(draft))
        elif draw < 0.07:
            text, steps = shorthand(draft)
        elif draw < 0.085:
            text, steps = calculation(draft)
        elif draw < 0.12:
            text, steps = untaught(draft)
        elif draw < 0.14:
            text, steps = chatter(draft)
        else:
            if draw < 0.56:
                clauses = scenario(draft)
            else:
                count = rng.choices((1, 2, 3, 4, 5, 6, 8, 10), (34, 23, 17, 11, 7, 4, 3, 1))[0]
                clauses = [_clause(draft) for _ in range(count)]
            text, steps = compose(draft, clauses)
        if len(steps) > MOST_STEPS or not text.strip():
            continue
        text = tidy(text)
        told, plan = draft.finish(text, steps)
        typed = [step.text for step in plan if step.text is not None]
        if any(one not in told for one in typed) or len(told) > 1500:
            continue
        return Pair(told, tuple(plan))


def pairs(seed: int) -> Iterator[Pair]:
    """All pairs of a seed, one after the other; the same seed gives the same pairs."""
    rng = random.Random(seed)
    while True:
        yield make_pair(rng)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.generate.instructions.pairs", description="Print instructions and their plans."
    )
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    made = pairs(arguments.seed)
    for _ in range(arguments.count):
        pair = next(made)
        print(f"> {pair.instruction}\n{print_plan(pair.steps)}\n")


if __name__ == "__main__":
    main()
