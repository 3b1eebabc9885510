"""What the words forbid is not done: a plan that presses Delete where deleting is only spoken of to be avoided is no plan.

A small model hears "make sure nothing gets deleted" and may plan to delete. Keys that take something away are therefore allowed only where
the words speak of it at least once without a negation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep

_NEGATED = re.compile(
    r"(?:\b(?:not|never|nothing|nobody|none|no one|without|avoid|avoiding|instead of|rather than|keep from|cannot|careful)\b|n['’]t\b)"
    r"(?! (?:forget|hesitate|fail)\b)[^,.;:!?\n]*",
    re.I,
)
_TAKES_AWAY = (
    (
        re.compile(r"^(?:shift\+)?delete$", re.I),
        re.compile(r"\b(?:delet\w*|remov\w*|eras\w*|wip\w*|trash\w*|del|clear|discard\w*)\b", re.I),
    ),
    (
        re.compile(r"^(?:alt\+f4|ctrl\+(?:shift\+)?[wq])$", re.I),
        re.compile(r"\b(?:clos\w*|quit\w*|exit\w*|leav\w*|shut\w*|end\w*)\b", re.I),
    ),
)


def check_negations(instruction: str, steps: Sequence[PlannedStep]) -> None:
    """Raise NoPlan where a key takes something away, and the words speak of that only to forbid it."""
    allowed = _NEGATED.sub(" ", instruction)
    for step in steps:
        for keys, words in _TAKES_AWAY:
            if step.keys and keys.match(step.keys) and words.search(instruction) and not words.search(allowed):
                raise NoPlan(f"these words seem to forbid what I would do ({step}): say only what to do, and leave out what not to do")
