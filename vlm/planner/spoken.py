"""Every step of a plan is in the user's own words, or belongs to a procedure that they speak of; what is neither is not done.

    turn on line numbers          "set on line numbers"                 said
    open the preferences          "click Edit, click Preferences"       the known way to what is said
    insert a row above            "press Ctrl+End, press Enter"         neither end nor bottom is spoken of: the person is asked

A small model that knows no way to a goal may take the way to another one. What a step needs to hear is written down here, generously:
a word of the goal anywhere in the instruction is enough.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from vlm.planner.cues import DEEDS, ENTER, KEYS, TARGETS
from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep

EXPLICIT = {
    "enter": "enter|return|⏎", "escape": "esc", "delete": "del|entf", "backspace": "back|⌫", "pageup": "page|pgup|pg up",
    "pagedown": "page|pgdn|pgdown|pg d", "printscreen": "print|prt", "capslock": "caps", "insert": "ins|einfg", "home": "home|pos1|pos 1",
    "up": "up|↑", "down": "down|↓", "left": "left|←", "right": "right|→", ".": ".|dot|point|full stop", ",": ",|comma",
    "ctrl": "ctrl|ctl|control|strg|^|⌃", "alt": "alt|option|⌥", "shift": "shift|umschalt|⇧", "super": "super|windows|win|meta|cmd|command",
}  # fmt: skip
"""How a key may be named."""
_ROLES = frozenset({
    "window", "dialog", "dialogue", "menu", "button", "field", "box", "tab", "icon", "item", "entry", "option", "list", "link", "key",
    "section", "page", "panel", "toolbar", "bar", "checkbox", "folder", "file", "the", "a", "an", "in", "of",
})  # fmt: skip
_NUMBERS = {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}
_SPELT = {"+": "plus", "-": "minus", "*": "times", "/": "divided", "=": "equals", "×": "times", "÷": "divided", ".": "point"}
_ELSEWHERE = {"ctrl+end": ("top begin", "end bottom last append"), "ctrl+home": ("bottom", "begin top first")}
"""Keys that go to one end, words for the other, and those for their own: "add a line at the top" is not done at the end."""
_PAUSED = re.compile(r"\bpause (?:it|this|that|the|my)\b", re.I)
"""A film is paused by no waiting."""
NEAR = 0.75
"""How much of a word that is not said to the letter must be that of one that is: "prefernces"."""


def keep_to_words(instruction: str, steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps, without words for a role that the model added to what the user said.

    Raises:
        NoPlan: a step is neither said nor a part of a procedure that is spoken of.
    """
    said = words_of(instruction)
    if (
        steps
        and all(step.keys == "Enter" for step in steps)
        and not _is_named("enter", instruction.casefold())
        and not _speaks_of(ENTER, said)
    ):
        raise NoPlan(_invented(str(steps[0])))
    untyped = _without_texts(instruction, steps)
    return tuple(_kept(step, untyped if step.keys is not None else instruction, said) for step in steps)


def _without_texts(instruction: str, steps: Sequence[PlannedStep]) -> str:
    """The words without what is typed, which asks for no key: "type make all"."""
    for text in (step.text for step in steps if step.text is not None):
        if len(text) > 2 and instruction.count(text) == 1:
            instruction = instruction.replace(text, " ")
    return instruction


def _kept(step: PlannedStep, instruction: str, said: frozenset[str]) -> PlannedStep:
    if step.keys is not None:
        if not _is_pressed(step.keys, instruction, words_of(instruction)):
            raise NoPlan(_invented(str(step)))
        return step
    cues = DEEDS.get(f"set {step.value}" if step.do == "set" else step.do)
    if cues is not None and not _speaks_of(cues, words_of(_PAUSED.sub(" ", instruction)) if step.do == "wait" else said):
        raise NoPlan(_invented(str(step)))
    changes = {name: _said_target(words, instruction, said) for name in ("target", "to") if (words := getattr(step, name)) is not None}
    if None in changes.values():
        raise NoPlan(_invented(str(step)))
    return step.model_copy(update=changes) if any(getattr(step, name) != words for name, words in changes.items()) else step


def _invented(step: str) -> str:
    return f"I know no way to do that for certain (“{step}” would be a guess): say what to click, type or press"


def _said_target(target: str, instruction: str, said: frozenset[str]) -> str | None:
    """A target as far as the user said it; None where it is another's."""
    if target.casefold() in instruction.casefold() or not re.search(r"\w", target):
        return target
    words = target.split()
    while words and not is_said(words[-1], said) and fold_word(words[-1]) in _ROLES:
        words.pop()
    if words and all(is_said(word, said) for word in words):
        return " ".join(words)
    cues = TARGETS.get(" ".join(map(fold_word, target.rstrip(". …").split())))
    return target if cues is not None and _speaks_of(cues, said) else None


def is_said(word: str, said: frozenset[str]) -> bool:
    plain = fold_word(word)
    return (
        not plain
        or plain in said
        or all(part in said for part in re.findall(r"[^\W_]+", plain))
        or any(len(one) > 3 and len(plain) > 3 and _is_slip(plain, one) for one in said)
    )


def _is_slip(word: str, said: str) -> bool:
    """Whether a word is another one misspelt. A number is to be said to the letter."""
    digits = [[sign for sign in one if sign.isdigit()] for one in (word, said)]
    return digits[0] == digits[1] and SequenceMatcher(None, word, said).ratio() >= NEAR


def _is_pressed(keys: str, instruction: str, said: frozenset[str]) -> bool:
    name = keys.casefold().replace(" ", "")
    cues = KEYS.get(name)
    if cues is None and "+" not in name.strip("+"):
        return True  # Enter, Tab, Escape, a letter: nothing that a goal is mistaken for
    parts = [part for part in name.split("+") if part] or [name]
    if all(_is_named(part, instruction.casefold()) for part in parts):
        return True
    if name in _ELSEWHERE and _speaks_of(_ELSEWHERE[name][0], said) and not _speaks_of(_ELSEWHERE[name][1], said):
        return False
    return cues is not None and _speaks_of(cues, said)


def _is_named(key: str, said: str) -> bool:
    if key.startswith("f") and key[1:].isdigit():
        return re.search(rf"f[ -]?{key[1:]}", said) is not None
    if len(key) == 1 and key.isalnum():
        return re.search(rf"(?<![^\W_]){key}(?![^\W_])", said) is not None
    return any(name in said for name in EXPLICIT.get(key, key).split("|")) or (key in _SPELT and _SPELT[key] in said)


def _speaks_of(cues: str, said: frozenset[str]) -> bool:
    stems = cues.split()
    return any(word.startswith(tuple(stems)) for word in said) or any(
        word[0] == stem[0] and SequenceMatcher(None, word[: len(stem)], stem).ratio() >= NEAR
        for word in said
        for stem in stems
        if len(stem) > 3 and len(word) > 3
    )


def words_of(text: str) -> frozenset[str]:
    found = {fold_word(word) for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]", text)}
    parts = {part for word in found for part in re.split(r"[-'’]", word)}
    signs = {_SPELT[word] for word in found if word in _SPELT} | {sign for sign, word in _SPELT.items() if word in found}
    return frozenset(
        found | parts | signs | {_NUMBERS.get(word, word) for word in found} | {short for short, long in _NUMBERS.items() if long in found}
    )


def fold_word(word: str) -> str:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", word.casefold().replace("’", "'")) if not unicodedata.combining(sign))
    return plain.strip("\"“”„‘’'`«».,:;!?()…").replace("'", "")
