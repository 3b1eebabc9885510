"""Which steps of a plan that was made elsewhere the person has not asked for: shown and asked about before anything is done.

A planner behind a server is not ours to trust: it may be wrong, or obey somebody else. So what it points at must be said by the person,
or be a menu on the way to what they said, and its keys must do what they said, or only move about. What the person forbids, and what they
merely have typed, says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from vlm.planner.keys import parse_keys
from vlm.planner.negation import without_negated
from vlm.planner.plan import POINTING, PlannedStep, PlanSyntaxError
from vlm.planner.quotations import QUOTATION, blank_quotations, quoted_part
from vlm.reading.folding import fold, spelt
from vlm.reading.opposites import is_plural
from vlm.reading.qualifiers import requests
from vlm.reading.vocabulary import ORDINALS, ROLES, SIDES

_FAMILIES = tuple(
    frozenset(family.split())
    for family in (
        "save saves saved saving store keep", "open opens opened load", "close shut", "quit exit leave", "find search look lookup seek",
        "preferences preference settings setting options option configure configuration", "copy duplicate", "new create make",
        "send submit", "delete remove erase", "enable activate", "disable deactivate", "next continue", "previous back", "add insert",
        "zoom enlarge", "rename renamed", "all everything whole", "print printed", "undo revert", "e email mail",
    )
)  # fmt: skip
"""Words for the same doing."""
_MENUS = frozenset(
    {"file", "edit", "view", "search", "tools", "settings", "options", "help", "window", "insert", "bookmarks", "documents", "preferences"}
    | {"more", "menu", "advanced"}
)
"""Menus that do nothing but open."""
_IDLE_WORDS = "the a an of in on at to as and or for with my your this that its it into from"
_IDLE = frozenset(_IDLE_WORDS.split())
_PLACING = frozenset(word for words in (*ROLES, *ORDINALS, *SIDES) for word in words.split())
_MOVING = frozenset({"tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "escape"})
_DOES = {
    "enter": "enter return confirm search find look go navigate open save store create make rename submit send run ok calculate compute"
    " solve visit",
    "ctrl+enter": "send submit", "delete": "delete remove erase", "backspace": "delete remove erase clear",
    "space": "space play pause tick toggle check", "ctrl+s": "save store", "ctrl+shift+s": "save store", "ctrl+o": "open load",
    "ctrl+n": "new create", "ctrl+t": "new tab", "ctrl+p": "print", "ctrl+c": "copy", "ctrl+x": "cut move", "ctrl+v": "paste insert",
    "ctrl+z": "undo revert", "ctrl+y": "redo", "ctrl+shift+z": "redo", "ctrl+f": "find search", "ctrl+h": "replace",
    "ctrl+r": "replace reload", "ctrl+a": "all everything whole replace change set rename clear fill instead", "ctrl+b": "bold",
    "ctrl+i": "italic", "ctrl+u": "underline", "ctrl+w": "close", "ctrl+f4": "close", "ctrl+q": "quit exit close",
    "alt+f4": "quit exit close", "f1": "help", "f2": "rename", "f3": "find next", "f5": "reload refresh run", "f11": "fullscreen full",
    "ctrl++": "zoom enlarge larger bigger", "ctrl+-": "zoom smaller", "ctrl+l": "address location go visit", "ctrl+d": "bookmark",
}  # fmt: skip
"""What keys do, in words that ask for it."""


def unsaid_steps(instruction: str, steps: Sequence[PlannedStep]) -> tuple[int, ...]:
    """The places of the steps that the instruction does not ask for."""
    said = _Said(instruction, [step.text for step in steps if step.text])
    return tuple(at for at in range(len(steps)) if not _is_asked_for(steps, at, said))


def is_said(name: str, *words: str) -> bool:
    """Whether a visible name is what words of a person call it, wholly."""
    return any(_Said(each, ()).names(name) for each in words)


def _is_asked_for(steps: Sequence[PlannedStep], at: int, said: _Said) -> bool:
    step = steps[at]
    if step.keys is not None:
        return said.presses(step.keys)
    if step.target is None:
        return True
    follows = steps[at + 1] if at + 1 < len(steps) else None
    leads = step.do == "click" and follows is not None and follows.do in POINTING and _words(step.target) <= _MENUS
    return (leads or said.names(step.target)) and (step.to is None or said.names(step.to))


class _Said:
    """What a person says is to be done: without what they forbid, and without the texts that are typed."""

    def __init__(self, instruction: str, typed: Iterable[str]) -> None:
        allowed = without_negated(instruction)
        for text in sorted(typed, key=len, reverse=True):
            allowed = allowed.replace(text, " ", 1)
        self._quoted = {fold(quoted_part(found)).squeezed for found in QUOTATION.finditer(allowed)}
        self._free = blank_quotations(allowed)
        words = {spelt(word.text) for word in fold(self._free).words}
        self._words = words | {word for family in _FAMILIES if family & words for word in family}

    def names(self, target: str) -> bool:
        """Whether the target is quoted whole, or all its words are said."""
        if any(fold(way.name).squeezed in self._quoted for way in requests(target) if way.name):
            return True
        words = _words(target)
        return bool(words) and all(word in self._words or any(is_plural(word, other) for other in self._words) for word in words)

    def presses(self, written: str) -> bool:
        """Whether the keys are said, do what is said, or only move about."""
        try:
            keys = parse_keys(written)
        except PlanSyntaxError:
            return False
        if set(keys) <= _MOVING | {"shift"}:
            return True
        squeezed = re.sub(r"[\s_-]+", "", written).casefold()
        spoken = re.sub(r"[\s_-]*\+[\s_-]*|(?<=ctrl)[\s-]+|(?<=control)[\s-]+|(?<=alt)[\s-]+|(?<=shift)[\s-]+", "+", self._free.casefold())
        spoken = spoken.replace("control+", "ctrl+").replace("page ", "page")
        if re.search(rf"(?<![\w+]){re.escape(squeezed)}(?![\w+])", spoken) and (
            len(squeezed) > 1 or re.search(r"press|key|hit|type", spoken)
        ):
            return True
        return bool(set(_DOES.get("+".join(keys), "").split()) & self._words)


def _words(target: str) -> set[str]:
    """The words of a target that name something, without roles, places and articles where others are left."""
    every = {spelt(word.text) for word in fold(target).words}
    return every - _IDLE - _PLACING or every - _IDLE or every
