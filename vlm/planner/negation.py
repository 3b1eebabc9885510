"""What the words forbid is not done: a plan that presses Delete where deleting is only spoken of to be avoided is no plan.

A small model hears "make sure nothing gets deleted" and may plan to delete. Keys that take something away are therefore allowed only where
the words speak of it at least once without a negation, and so is what is clicked or ticked: "do not tick Newsletter but tick Terms".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from vlm.planner.instruction import NoPlan
from vlm.planner.parts import VERB
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import blank_quotations

_NEGATED = re.compile(
    r"(?:\b(?:\w+ )?(?:nothing|nobody|none|no one|nichts|rien|nada|niente)\b"
    r"|\b(?:not|never|without|avoid\w*|instead of|rather than|except|keep from|cannot|careful"
    r"|nicht|nie|ohne|kein\w*|pas|jamais|sans|sin|nunca|não|sem|senza)\b"
    r"|n['’]t\b)(?! (?:forget|hesitate|fail|only|you|we|it be)\b)(?:(?! but\b)[^,.;:!?\n])*",
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


_POINTING = ("click", "double_click", "right_click", "drag")
_BEYOND = rf" but\b| [-–—] | (?:and|then) (?:then |please )?(?:{VERB})\b| (?:in|from|on|under|next to) "
_OBJECT = re.compile(
    rf"(?:instead of|rather than) \S+(?:(?!{_BEYOND}| (?:{VERB}) )[^,.;:!?\n])*|(?:(?!{_BEYOND})[^,.;:!?\n])*",
    re.I,
)
"""What a negation speaks of, without the place and the next order."""
_EVERYTHING = re.compile(
    r"\b(?:all|everything|whole|entire|clear\w*|contents?|rid|wip\w+|start over|empty (?:the|this|my|that|it)|(?:the|this|my) text)\b", re.I
)
"""What speaks of all that there is."""
_ALL_SAID = re.compile(rf"{_EVERYTHING.pattern}|\bctrl ?\+ ?a\b", re.I)


def without_negated(words: str) -> str:
    """The words, with blanks for what they say not to do: what stands elsewhere keeps its place."""
    return _NEGATED.sub(lambda found: " " * len(found[0]), words)


def _forbidden(step: PlannedStep) -> str:
    return f"these words seem to forbid what I would do ({step}): say only what to do, and leave out what not to do"


def _is_spared(target: str, free: str) -> bool:
    """Whether all that names a target says not to take it; “Don't Save” is a name with a negation in it."""
    named = [found.start() for found in re.finditer(rf"(?<!\w){re.escape(target)}(?!\w)", free, re.I)]
    spared = [range(found.start(), end.end()) for found in _NEGATED.finditer(free) if (end := _OBJECT.match(free, found.start()))]
    return bool(named) and without_negated(target) == target and all(any(at in one for one in spared) for at in named)


def check_negations(instruction: str, steps: Sequence[PlannedStep]) -> None:
    """Raise NoPlan where a key takes something away, and the words only forbid that, or do not speak of all that is there."""
    allowed, free = without_negated(instruction), blank_quotations(instruction)
    for step in steps:
        pointed = step.do in _POINTING or (step.do == "set" and step.value == "on")
        if pointed and _is_spared(step.target or "", free):
            raise NoPlan(_forbidden(step))
        for keys, words in _TAKES_AWAY:
            if step.keys and keys.match(step.keys) and words.search(instruction) and not words.search(allowed):
                raise NoPlan(_forbidden(step))
    for before, step in pairwise(steps):
        if (before.keys or "").casefold() == "ctrl+a" and step.keys in ("Delete", "Backspace") and not _ALL_SAID.search(allowed):
            raise NoPlan("I would delete everything there, which these words do not say: say what to delete, or that it is everything")
