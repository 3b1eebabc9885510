"""What makes an action risky: the rules of `risks.yaml`, applied to what is about to happen and to the words about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agent.folding import bounded, folded
from agent.meanings import Concern, find_asking, find_meaning
from agent.risk_rules import Windows, is_machine, rules
from recordings.action import Action, Click, Drag, Press, Scroll, Type
from recordings.episode import Element, SeenWindow

PROMPT = re.compile(r"\w@[\w.-]+:")
"""A terminal's title often is its prompt: user@host: folder."""
_CALL = re.compile(r"\b[a-z_]+\((?=[a-z_]+=|\))|\b[a-z_]+=|[\d\s.,()\[\]\"']+")
"""What an action is written with, beside words."""
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
            if rules().secret.search(folded(" ".join(map(bounded, (thought, before, window))))):
                return Concern("it types into what looks like a password field", "password")
            place = _Place.of([SeenWindow(window, window_class)], elements or ())
            if place.takes_commands:
                return Concern(f"it types into {place.name}", place.kind)
            if "\n" not in text:
                return None
            # The thought holds the text itself, whatever it is about.
            return Concern("it may send a message", "message") if place.chat else find_asking(window)
        case Press(chords=chords):
            place = _Place.of([SeenWindow(window, window_class)], elements or ())
            risks = (_risk_of_keys(set(keys), place) for keys in chords)
            asks = any({"enter", "space"} & set(keys) for keys in chords)
            return next(filter(None, risks), None) or ((find_meaning(f"{thought} {said}") or find_asking(window)) if asks else None)
        case Click() | Drag():
            there = tuple(places) or (SeenWindow(window, window_class),)
            return _risk_of_pointer(action, f"{thought} {said}", there, None if elements is None else tuple(elements), planned)
        case Scroll():
            turned = [element for element in elements or () if element.role in CHANGED_BY_SCROLLING]
            return next(filter(None, (find_meaning(element.name) or find_asking(window) for element in turned)), None)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Place:
    """What kinds of windows an action is in."""

    terminal: bool
    runner: bool
    chat: bool
    machine: bool

    @classmethod
    def of(cls, windows: Iterable[SeenWindow], elements: Iterable[Element] = ()) -> _Place:
        every, known = [one for window in windows for one in (window, *window.owners)], rules()

        def any_is(kind: Windows) -> bool:
            return any(kind.match(one.wm_class, one.title) for one in every)

        held = any(element.role == "terminal" for element in elements)
        terminal = held or any_is(known.terminals) or any(PROMPT.search(one.title) for one in every)
        return cls(terminal, any_is(known.runners), any_is(known.chats), any(map(is_machine, every)))

    @property
    def takes_commands(self) -> bool:
        return self.terminal or self.runner or self.machine

    @property
    def kind(self) -> str:
        return "terminal" if self.terminal else "machine" if self.machine else "commands"

    @property
    def name(self) -> str:
        return "a terminal" if self.terminal else "another machine" if self.machine else "what runs commands"


def _risk_of_pointer(
    action: Click | Drag, about: str, windows: tuple[SeenWindow, ...], elements: tuple[Element, ...] | None, planned: bool
) -> Concern | None:  # fmt: skip
    named = [element.name for element in elements or () if element.name.strip()]
    title = next((one.title for one in (windows[0], *windows[0].owners) if one.title), "")
    roles = [(element.name, element.role) for element in elements or () if element.name.strip()]
    if found := next(filter(None, (find_meaning(*one) for one in ((about, ""), *roles))), None) or find_asking(title):
        return found
    place = _Place.of(windows, elements or ())
    if place.takes_commands:
        dropped = isinstance(action, Drag) and _Place.of(windows[-1:]) != _Place.of(windows[:1])
        if action.button == "middle" or dropped or any(rules().paste.search(folded(bounded(words))) for words in (about, *named)):
            return Concern(f"it pastes into {place.name}", place.kind)
    if place.machine:
        return Concern("it is on another machine, of which nothing is known", "machine")
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
