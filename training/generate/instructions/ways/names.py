"""What is acted on: the names that buttons, options and fields have, and how often something is done."""

from __future__ import annotations

from training.generate.instructions.draft import Draft
from training.generate.instructions.words import COMMON, OPTIONS, listed


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
    words = {
        2: ("twice", "two times", "2 times", "2x", "twice in a row", "a couple of times"),
        3: ("three times", "3 times", "3x", "thrice", "three times in a row"),
        4: ("four times", "4 times", "4x"),
        5: ("five times", "5 times", "5x", "five times in a row"),
    }
    return draft.pick(words[count]) if count in words else draft.pick((f"{count} times", f"{count}x"))
