"""What is acted on: the names that buttons, options and fields have, and how often something is done."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions.draft import Draft
from training.generate.instructions.words import COMMON, OPTIONS, listed

SAID = beside(__file__)


def some_listed(draft: Draft, *sorts: str) -> str:
    words = listed()[draft.pick(sorts)]
    return words[int(draft.rng.random() * len(words))]


def button_name(draft: Draft) -> str:
    draw = draft.rng.random()
    if draw < 0.5:
        return draft.pick(COMMON)
    return (
        some_listed(draft, "item", "item", "item", "name", "name", "option", "foreign")
        if draw < 0.96
        else draft.pick("0123456789+-=×÷√%CMA")
    )


def option_name(draft: Draft) -> str:
    return draft.pick(OPTIONS) if draft.chance(0.5) else some_listed(draft, "option", "option", "option", "item", "name", "foreign")


def field_name(draft: Draft) -> str:
    return some_listed(draft, "field", "field", "field", "field", "foreign")


def times(draft: Draft, count: int) -> str:
    words = SAID["times"]
    return draft.pick(words[count]) if count in words else draft.pick((f"{count} times", f"{count}x"))
