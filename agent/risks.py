"""What makes an action risky: the rules of `risks.yaml`, applied to what is about to happen and to the words about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from agent.folding import folded
from agent.permissions.windows import terminals
from recordings.action import Action, Click, Drag, Press, Scroll, Type
from recordings.episode import Element, SeenWindow
from recordings.parsing import parse_yaml

OTHER_KINDS = ("password", "terminal", "commands", "message", "shortcut", "nameless", "unreadable", "elsewhere", "stranger", "unsaid")
"""Kinds of risk that no word tells."""
RULES = Path(__file__).with_name("risks.yaml")
PROMPT = re.compile(r"\w@[\w.-]+:")
"""A terminal's title often is its prompt: user@host: folder."""
_CALL = re.compile(r"\b[a-z_]+\((?=[a-z_]+=|\))|\b[a-z_]+=|[\d\s.,()\[\]\"']+")
"""What an action is written with, beside words."""
_ARTICLE = "(?:\u0648?\u0627\u0644)?"
"""Arabic writes it, and the word for "and", in one with the word."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TURNED = frozenset("\u202e\u2067")
"""Characters that have what follows shown from right to left."""
SHORT_NAME = 24
"""Letters of a name that is read closed up, too: a longer one holds several words."""
UNNAMED = ("push button", "button", "icon", "toggle button", "image", "menu item")
"""Roles of what says by its name alone what it does."""
CHANGED_BY_SCROLLING = ("spin button", "slider", "combo box", "dial")
"""Roles of what a wheel changes."""
QUIET_IN_TERMINALS = frozenset(
    ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "escape", "tab", "shift", "backspace", "capslock")
)
"""Keys that give no command to whatever runs in a terminal: function keys and Alt do in file managers and process viewers."""
HARMLESS_UNNAMED = (
    "text",
    "entry",
    "paragraph",
    "document text",
    "spin button",
    "scroll bar",
    "list",
    "table",
    "tree",
    "tree table",
    "viewport",
    "slider",
)
"""Roles of what is only written into, chosen from or moved, whatever it is called."""


@dataclass(frozen=True, slots=True)
class Windows:
    """One kind of window, told by its class or its title."""

    classes: tuple[str, ...]
    title: re.Pattern[str]

    def match(self, window_class: str, title: str) -> bool:
        """Whether a window is one of them."""
        words = window_class.casefold().replace(".", " ").split() + window_class.casefold().split()
        return any(fnmatchcase(word, pattern) for word in words for pattern in self.classes) or bool(self.title.search(folded(title)))


class Concern(str):
    """Why an action is asked about, in words for people.

    Attributes:
        kind: what it is, by its name in `risks.yaml`, for permissions.
        offer: what a person may allow for good instead, in words; empty where that is not offered.
    """

    __slots__ = ("kind", "offer")
    kind: str
    offer: str

    def __new__(cls, words: str, kind: str = "", offer: str = "") -> Concern:
        made = super().__new__(cls, words)
        made.kind, made.offer = kind, offer
        return made


@dataclass(frozen=True, slots=True)
class Rules:
    """`risks.yaml`, ready to be asked."""

    grave: re.Pattern[str]
    """Any of the meanings."""
    meanings: dict[str, re.Pattern[str]]
    paste: re.Pattern[str]
    secret: re.Pattern[str]
    terminals: Windows
    runners: Windows
    chats: Windows
    shortcuts: dict[str, tuple[frozenset[str], ...]]
    programs: tuple[str, ...]
    scripts: tuple[str, ...]
    affirming: re.Pattern[str]
    """What buttons are called that say nothing but yes."""
    each_time: frozenset[str]
    """Kinds of risk that are asked about each time: nobody is offered to allow them for good."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What a concern may be called."""
        return (*self.meanings, *OTHER_KINDS)

    def affirms(self, name: str) -> bool:
        """Whether a button's name says nothing but yes, or is a sign that may mean it."""
        if name.strip() and not any(map(str.isalnum, name)):
            return True
        return self.affirming.fullmatch(folded(name).replace("&", "").replace("_", "").strip(" .…!:")) is not None

    def runs(self, name: str) -> bool:
        """Whether a file of that name is a program."""
        return folded(name.strip()).endswith(self.programs)

    def reads(self, name: str) -> bool:
        """Whether all letters of a name are of scripts that the words here are of."""
        letters = (one for one in unicodedata.normalize("NFKD", name) if unicodedata.category(one) in ("Lo", "Ll", "Lu", "Lt"))
        return all(unicodedata.name(one, "").startswith(self.scripts) for one in letters)

    def meant(self, kind: str, keys: Iterable[str]) -> bool:
        """Whether keys pressed together are one of these shortcuts."""
        return any(shortcut <= set(keys) for shortcut in self.shortcuts[kind])


@cache
def rules() -> Rules:
    """The rules, read once."""
    found: dict[str, Any] = parse_yaml(RULES.read_text(encoding="utf-8"))

    def words(*kinds: dict[str, list[str]]) -> re.Pattern[str]:
        return pattern_of(word for languages in kinds for some in languages.values() for word in some)

    def windows(kind: dict[str, list[str]]) -> Windows:
        return Windows(tuple(kind["class"]), pattern_of(kind["title"]))

    shortcuts = {kind: tuple(map(frozenset, some)) for kind, some in found["shortcuts"].items()}
    editors, runners, chats = (windows(found[kind]) for kind in ("terminals", "runners", "chats"))
    taking = replace(editors, classes=(*terminals(), *editors.classes))
    meanings = {kind: words(languages) for kind, languages in found["meanings"].items()}
    grave = words(*found["meanings"].values())
    each_time = frozenset(found["each time"])
    return Rules(
        grave,
        meanings,
        words(found["paste"]),
        words(found["secret"]),
        taking,
        runners,
        chats,
        shortcuts,
        tuple(found["programs"]),
        tuple(script.upper() for script in found["scripts"]),
        words(found["affirming"]),
        each_time,
    )


def pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """One expression for all of them, the longest first; languages without spaces match anywhere."""
    spaced, dense = set[str](), set[str]()
    for word in words:
        plain = re.escape(folded(word.removesuffix("*"))).replace(r"\ ", r"[\s_-]*" if " " in word else " ")
        plain += r"\w*" if word.endswith("*") else ""
        plain = _ARTICLE + plain if "\u0620" <= word[0] <= "\u064a" else plain
        (dense if any("\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3" for letter in word) else spaced).add(plain)
    parts = [rf"(?<![\w])(?:{'|'.join(sorted(spaced, key=len, reverse=True))})(?![\w])"] if spaced else []
    return re.compile("|".join([*parts, *sorted(dense, key=len, reverse=True)]))


def find_risk(
    action: Action, thought: str, window: str, *, window_class: str = "", before: str = "", said: str = "",
    elements: Iterable[Element] | None = None, places: Iterable[SeenWindow] = (), planned: bool = True,
) -> Concern | None:  # fmt: skip
    """Why an action is risky, in words for people, or None.

    Args:
        thought: what the policy says about this action.
        window: title of the active window; empty where unknown.
        window_class: its class, which tells a terminal whatever it calls itself; empty where unknown.
        before: the thought of the action before, which tells into what a text is typed.
        said: the policy's whole answer, in which it may name its target.
        elements: what is there where the action begins and ends, as far as it has a name, or what has the keyboard where it has no place:
            editors and file managers hold terminals, too. None where nobody has looked.
        places: the windows there, which need not be the active one; none where nobody can tell.
        planned: whether the words are of a plan that was made before the screen was read: others name nothing that has no name itself.
    """
    match action:
        case Type(text=text):
            if rules().secret.search(folded(f"{thought} {before} {window}")):
                return Concern("it types into what looks like a password field", "password")
            place = _Place.of([SeenWindow(window, window_class)], elements or ())
            if place.takes_commands:
                return Concern(f"it types into {place.name}", place.kind)
            if "\n" not in text:
                return None
            # The thought holds the text itself, whatever it is about.
            return Concern("it may send a message", "message") if place.chat else _grave("", window)
        case Press(chords=chords):
            place = _Place.of([SeenWindow(window, window_class)], elements or ())
            risks = (_risk_of_keys(set(keys), place) for keys in chords)
            asks = any({"enter", "space"} & set(keys) for keys in chords)
            return next(filter(None, risks), None) or (_grave(f"{thought} {said}", window) if asks else None)
        case Click() | Drag():
            there = tuple(places) or (SeenWindow(window, window_class),)
            return _risk_of_pointer(action, f"{thought} {said}", there, None if elements is None else tuple(elements), planned)
        case Scroll():
            turned = [element for element in elements or () if element.role in CHANGED_BY_SCROLLING]
            return next(filter(None, (_grave(element.name, window) for element in turned)), None)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Place:
    """What kinds of windows an action is in."""

    terminal: bool
    runner: bool
    chat: bool

    @classmethod
    def of(cls, windows: Iterable[SeenWindow], elements: Iterable[Element] = ()) -> _Place:
        every, known = [one for window in windows for one in (window, *window.owners)], rules()

        def any_is(kind: Windows) -> bool:
            return any(kind.match(one.wm_class, one.title) for one in every)

        held = any(element.role == "terminal" for element in elements)
        terminal = held or any_is(known.terminals) or any(PROMPT.search(one.title) for one in every)
        return cls(terminal, any_is(known.runners), any_is(known.chats))

    @property
    def takes_commands(self) -> bool:
        return self.terminal or self.runner

    @property
    def kind(self) -> str:
        return "terminal" if self.terminal else "commands"

    @property
    def name(self) -> str:
        return "a terminal" if self.terminal else "what runs commands"


def _risk_of_pointer(
    action: Click | Drag, about: str, windows: tuple[SeenWindow, ...], elements: tuple[Element, ...] | None, planned: bool
) -> Concern | None:  # fmt: skip
    named = [element.name for element in elements or () if element.name.strip()]
    title = next((one.title for one in (windows[0], *windows[0].owners) if one.title), "")
    for words, asking in ((about, title), *((name, "") for name in named)):
        if found := _grave(words, asking):
            return found
    place = _Place.of(windows, elements or ())
    if place.takes_commands:
        dropped = isinstance(action, Drag) and _Place.of(windows[-1:]) != _Place.of(windows[:1])
        if action.button == "middle" or dropped or any(rules().paste.search(folded(words)) for words in (about, *named)):
            return Concern(f"it pastes into {place.name}", place.kind)
    if isinstance(action, Click) and action.button == "middle" and any(element.role == "page tab" for element in elements or ()):
        return Concern("it closes the tab", "close")
    if isinstance(action, Click) and action.count > 1 and (program := next(filter(rules().runs, named), None)):
        return Concern(f"it runs {program!r}", "run")
    if unread := next((one.name for one in elements or () if not rules().reads(one.name) and one.role not in HARMLESS_UNNAMED), None):
        return Concern(f"it is on {unread!r}, whose script the rules know no words of", "unreadable")
    if elements is None or named or (elements and all(element.role in HARMLESS_UNNAMED for element in elements)):
        return None
    if any(window.dialog for window in windows):
        return Concern("it is on something that has no name, in a dialog", "nameless")
    if any(element.role in UNNAMED for element in elements) and not (planned and _CALL.sub("", about)):
        return Concern("it is on something that has no name", "nameless")
    return None


def find_meaning(words: str) -> Concern | None:
    """What some words mean that is asked about, or None."""
    return _grave(words, "")


def _grave(words: str, window: str) -> Concern | None:
    """What a click, or the key that stands for one, is about: [OK] says nothing, but the window that asks does."""
    plain = folded(words)
    for form in _forms(words, plain):
        if found := rules().grave.search(form):
            word, kind = _original(words, found[0]), _meaning(found[0])
            return Concern(f"it is about {word!r}" + (f" ({kind})" if folded(kind) not in plain else ""), kind)
    if found := rules().grave.search(folded(window)):
        return Concern(f"the window is called {window!r}", _meaning(found[0]))
    return None


def _forms(words: str, plain: str) -> Iterator[str]:
    """Ways in which some words may be read: as they stand, with names of programs taken apart, turned round, and closed up."""
    yield plain
    if (apart := _HUMP.sub(" ", words).replace("_", " ")) != words:
        yield folded(apart)
    if not _TURNED.isdisjoint(words):
        yield folded(words[::-1])
    if len(words) <= SHORT_NAME and (closed := re.sub(r"[\W_]+", "", plain)) != plain:
        yield closed


def _meaning(found: str) -> str:
    """The meaning of a folded word or phrase that has one."""
    return next(kind for kind, pattern in rules().meanings.items() if pattern.fullmatch(found))


def _original(words: str, found: str) -> str:
    """The word as it stands in the text, where folding left the letters in their places."""
    at = folded(words).find(found)
    plain = words[at : at + len(found)]
    return plain if folded(plain) == found else found


def _risk_of_keys(keys: set[str], place: _Place) -> Concern | None:
    known = rules()
    if place.takes_commands and ({"shift", "insert"} <= keys or {"enter", "ctrl"} & keys):
        return Concern(f"it runs a command in {place.name}, pastes into it, or ends it", place.kind)
    if known.meant("deleting", keys):
        return Concern("it deletes", "delete")
    if known.meant("closing", keys):
        return Concern("it closes the window", "close")
    if known.meant("sending", keys) or (place.chat and "enter" in keys):
        return Concern("it may send something", "message" if place.chat else "send")
    if known.meant("global", keys):
        return Concern("it is a shortcut of the desktop itself", "shortcut")
    if known.meant("switching", keys):
        return Concern("it goes to another window", "shortcut")
    if place.takes_commands and (is_writing(keys) or not keys <= QUIET_IN_TERMINALS):
        return Concern(f"it types into {place.name}", place.kind)
    return None


def is_writing(keys: Iterable[str]) -> bool:
    """Whether keys pressed together put a character where the keyboard is."""
    held = set(keys)
    return not {"ctrl", "alt", "super"} & held and any(len(key) == 1 or key == "space" for key in held)
