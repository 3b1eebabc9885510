"""When a planned step says the same as the expected one, and how much of a plan is right.

Targets are compared folded, typed text to the letter, keys whatever they are called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from vlm.planner.plan import PlannedStep

Plan = Sequence[PlannedStep]

ROLES = frozenset({
    "bar", "box", "button", "check", "checkbox", "combo", "drop-down", "dropdown", "entry", "field", "icon", "item", "key", "link",
    "list", "menu", "option", "slider", "switch", "tab", "toggle", "tool",
})  # fmt: skip
"""Words for what a thing is: a target may say them beyond its label."""
_ARTICLES = frozenset({"the", "a", "an"})
_AROUND = "\"'`“”„‟‘’‚‛«»‹›.,:;!?"
_MODIFIERS = {
    "control": "ctrl", "strg": "ctrl", "umschalt": "shift", "option": "alt", "win": "super", "windows": "super", "meta": "super",
    "cmd": "super", "command": "super",
}  # fmt: skip
_KEYS = _MODIFIERS | {
    "return": "enter", "esc": "escape", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown", "pgdown": "pagedown",
    "uparrow": "up", "downarrow": "down", "leftarrow": "left", "rightarrow": "right",
    "arrowup": "up", "arrowdown": "down", "arrowleft": "left", "arrowright": "right",
    "spacebar": "space", "plus": "+", "minus": "-", "prtsc": "printscreen",
}  # fmt: skip
_MODIFIER_NAMES = frozenset({"ctrl", "shift", "alt", "super"})


def fold_target(target: str) -> tuple[str, ...]:
    """The words of a target without case, accents, ellipses, quotes, articles and punctuation around a word; never none.

    A word that is punctuation alone is a label of its own (`+`, `.`) and stays.
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", target.casefold().replace("’", "'")) if not unicodedata.combining(sign))
    words = [word.strip(_AROUND) or word for word in plain.split()]
    return tuple(word for word in words if word not in _ARTICLES) or tuple(words)


def same_target(expected: str, got: str) -> bool:
    """Whether both name the same: every word expected, in its order, and besides only words of a role (“Save button” for “Save”)."""
    left = list(fold_target(expected))
    for word in fold_target(got):
        if left and word == left[0]:
            left.pop(0)
        elif word not in ROLES:
            return False
    return not left


def canonical_keys(keys: str) -> tuple[str, ...]:
    """Names of the keys that are pressed together, modifiers first and sorted: `Ctrl+S`, `control-s` and `ctrl S` are one."""
    text = re.sub(r"[\s_]*([+-])[\s_]*", r"\1", keys.strip().casefold())
    text = re.sub(r"\bpage-(?=up|down)", "page", text).removesuffix(" key")
    between = re.split(r"(?<=[^+-])[+-]", text)
    names = [re.sub(r"[\s_]+", "", name) for part in between for name in _spaced(part)]
    known = [_KEYS.get(name, name) for name in names if name]
    return (*sorted(name for name in known if name in _MODIFIER_NAMES), *(name for name in known if name not in _MODIFIER_NAMES))


def _spaced(text: str) -> list[str]:
    """Modifiers with a space after each, and what follows as one key: `ctrl page down`."""
    names, rest = [], text
    while _MODIFIERS.get(head := rest.partition(" ")[0], head) in _MODIFIER_NAMES:
        names.append(head)
        rest = rest.partition(" ")[2]
    return [*names, rest]


def same_step(expected: PlannedStep, got: PlannedStep) -> bool:
    """Whether the step planned is the one expected. A wait of no length in particular may be of any length."""
    if expected.do != got.do or expected.text != got.text or expected.value != got.value or expected.direction != got.direction:
        return False
    if expected.keys is not None and got.keys is not None and canonical_keys(expected.keys) != canonical_keys(got.keys):
        return False
    if expected.seconds is not None and expected.seconds != got.seconds:
        return False
    return all(_same_or_none(*pair) for pair in ((expected.target, got.target), (expected.to, got.to)))


def _same_or_none(expected: str | None, got: str | None) -> bool:
    if expected is None or got is None:
        return expected is got
    return same_target(expected, got)


def same_plan(expected: Plan, got: Plan) -> bool:
    """Whether every step is the one expected, in order, and none is missing or superfluous."""
    return len(expected) == len(got) and all(map(same_step, expected, got))


def steps_right(expected: Plan, got: Plan) -> int:
    """How many steps of the plan are right: the length of the longest common subsequence."""
    best = [0] * (len(got) + 1)
    for one in expected:
        before = best
        best = [0]
        for index, other in enumerate(got):
            best.append(before[index] + 1 if same_step(one, other) else max(before[index + 1], best[index]))
    return best[-1]


def score_steps(accepted: Sequence[Plan], got: Plan) -> tuple[int, int]:
    """(right, n) against the accepted plan that fits best; n is the longer plan's length, so a superfluous step counts as a wrong one."""
    scores = [(steps_right(plan, got), max(len(plan), len(got))) for plan in accepted]
    return max(scores, key=lambda score: (score[0] / score[1] if score[1] else 1.0, score[0]))
