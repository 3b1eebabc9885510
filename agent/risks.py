"""What makes an action risky: the rules of `risks.yaml`, applied to what is about to happen and to the words about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from recordings.action import Action, Click, Drag, Press, Type
from recordings.episode import Element
from recordings.parsing import parse_yaml

RULES = Path(__file__).with_name("risks.yaml")
PROMPT = re.compile(r"\w@[\w.-]+:")
"""A terminal's title often is its prompt: user@host: folder."""
UNNAMED = ("push button", "button", "icon", "toggle button", "image", "menu item")
"""Roles of what says by its name alone what it does."""
_ALIKE = str.maketrans(dict(zip(
    "авекмнорстухіјѕԁԛԝһӏ" "αβεικνορτυχϲ" "ıɩɡi1|035$@",
    "abekmhopctyxljsdqwhl" "abelkvoptuxc" "llgllloessa", strict=True,
)))  # fmt: skip
"""Letters that look like others, each to one that stands for all of them: in the rules and in what is read alike."""


def folded(text: str) -> str:
    """The text as it is compared: without case, accents and invisible characters, look-alike letters as one."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    seen = "".join(one for one in apart if unicodedata.category(one) not in ("Mn", "Cf"))
    return seen.replace("’", "'").translate(_ALIKE)


@dataclass(frozen=True, slots=True)
class Windows:
    """One kind of window, told by its class or its title."""

    classes: tuple[str, ...]
    title: re.Pattern[str]

    def match(self, window_class: str, title: str) -> bool:
        """Whether a window is one of them."""
        words = window_class.casefold().replace(".", " ").split() + window_class.casefold().split()
        return any(fnmatchcase(word, pattern) for word in words for pattern in self.classes) or bool(self.title.search(folded(title)))


@dataclass(frozen=True, slots=True)
class Rules:
    """`risks.yaml`, ready to be asked."""

    grave: re.Pattern[str]
    secret: re.Pattern[str]
    terminals: Windows
    runners: Windows
    chats: Windows
    shortcuts: dict[str, tuple[frozenset[str], ...]]

    def meant(self, kind: str, keys: set[str]) -> bool:
        """Whether keys pressed together are one of these shortcuts."""
        return any(shortcut <= keys for shortcut in self.shortcuts[kind])


@cache
def rules() -> Rules:
    """The rules, read once."""
    found: dict[str, Any] = parse_yaml(RULES.read_text(encoding="utf-8"))

    def words(languages: dict[str, list[str]]) -> re.Pattern[str]:
        return _pattern(word for some in languages.values() for word in some)

    def windows(kind: dict[str, list[str]]) -> Windows:
        return Windows(tuple(kind["class"]), _pattern(kind["title"]))

    shortcuts = {kind: tuple(map(frozenset, some)) for kind, some in found["shortcuts"].items()}
    terminals, runners, chats = (windows(found[kind]) for kind in ("terminals", "runners", "chats"))
    return Rules(words(found["grave"]), words(found["secret"]), terminals, runners, chats, shortcuts)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """One expression for all of them, the longest first; languages without spaces match anywhere."""
    spaced, dense = set[str](), set[str]()
    for word in words:
        plain = re.escape(folded(word.removesuffix("*"))).replace(r"\ ", r"[\s_-]*" if " " in word else " ")
        plain += r"\w*" if word.endswith("*") else ""
        (dense if any("\u3040" <= letter <= "\u9fff" for letter in word) else spaced).add(plain)
    parts = [rf"(?<![\w])(?:{'|'.join(sorted(spaced, key=len, reverse=True))})(?![\w])"] if spaced else []
    return re.compile("|".join([*parts, *sorted(dense, key=len, reverse=True)]))


def find_risk(
    action: Action, thought: str, window: str, *, window_class: str = "", before: str = "", said: str = "", elements: Iterable[Element] = ()
) -> str | None:
    """Why an action is risky, in words for people, or None.

    Args:
        thought: what the policy says about this action.
        window: title of the active window; empty where unknown.
        window_class: its class, which tells a terminal whatever it calls itself; empty where unknown.
        before: the thought of the action before, which tells into what a text is typed.
        said: the policy's whole answer, in which it may name its target.
        elements: what is there where the action begins and ends, as far as it is known.
    """
    known, about = rules(), f"{thought} {said}"
    in_terminal = known.terminals.match(window_class, window) or PROMPT.search(window) is not None
    in_runner, in_chat = known.runners.match(window_class, window), known.chats.match(window_class, window)
    match action:
        case Type(text=text):
            if known.secret.search(folded(f"{thought} {before} {window}")):
                return "it types into what looks like a password field"
            if in_terminal or in_runner:
                return f"it types into {'a terminal' if in_terminal else 'what runs commands'}"
            if "\n" not in text:
                return None
            return "it may send a message" if in_chat else _grave("", window)  # the thought holds the text itself, whatever it is about
        case Press(chords=chords):
            risks = (_risk_of_keys(set(keys), in_terminal, in_runner, in_chat) for keys in chords)
            asks = any({"enter", "space"} & set(keys) for keys in chords)
            return next(filter(None, risks), None) or (_grave(about, window) if asks else None)
        case Click() | Drag():
            named = [element.name for element in elements]
            if found := _grave(about, window) or next((risk for name in named if (risk := _grave(name, ""))), None):
                return found
            if in_terminal and action.button == "middle":
                return "it pastes into a terminal"
            if any(not element.name.strip() and element.role in UNNAMED for element in elements) and not about.strip():
                return "it is on something that has no name"
            return None
        case _:
            return None


def _grave(words: str, window: str) -> str | None:
    """What a click, or the key that stands for one, is about: [OK] says nothing, but the window that asks does."""
    if found := rules().grave.search(folded(words)):
        return f"it is about {_original(words, found[0])!r}"
    return f"the window is called {window!r}" if rules().grave.search(folded(window)) else None


def _original(words: str, found: str) -> str:
    """The word as it stands in the text, where folding left the letters in their places."""
    at = folded(words).find(found)
    plain = words[at : at + len(found)]
    return plain if folded(plain) == found else found


def _risk_of_keys(keys: set[str], in_terminal: bool, in_runner: bool, in_chat: bool) -> str | None:
    known = rules()
    pasting = {"shift", "insert"} <= keys
    if in_terminal and (pasting or {"enter", "ctrl"} & keys):
        return "it runs a command in a terminal, pastes into it, or ends it"
    if in_runner and "enter" in keys:
        return "it runs a command"
    if known.meant("deleting", keys):
        return "it deletes"
    if known.meant("closing", keys):
        return "it closes the window"
    if known.meant("sending", keys) or (in_chat and "enter" in keys):
        return "it may send something"
    return "it is a shortcut of the desktop itself" if known.meant("global", keys) else None
