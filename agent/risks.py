"""What makes an action risky: the rules of `risks.yaml`, applied to what is about to happen and to the words about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.folding import bounded, folded
from agent.meanings import Concern, find_asking, find_meanings
from agent.risk_rules import Windows, is_machine, rules
from recordings.action import Action, Click, Drag, Move, Press, Scroll, Type
from recordings.episode import READ, Element, SeenWindow
from recordings.printable import ends

SHOWN = 100
"""Characters of a name in a question: a longer one would push the question out of sight."""
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

INERT = frozenset({
    *HARMLESS_UNNAMED, "list item", "tree item", "table cell", "table row", "combo box", "page tab", "check box", "radio button", "switch",
    "label", "heading", "password text", "edit bar", "editbar", "terminal", "document frame",
}) - {READ}  # fmt: skip
"""Roles of what stands beside the buttons of a window that asks something, and does not answer it. What was read may be anything."""


def find_risks(
    action: Action, thought: str, window: str, *, window_class: str = "", before: str = "", said: str = "",
    elements: Iterable[Element] | None = None, places: Iterable[SeenWindow] = (), planned: bool = True,
) -> Iterator[Concern]:  # fmt: skip
    """Why an action is risky, in words for people: every kind of reason, each found when it is asked for, the plainest first.

    Args:
        thought: what the policy says about this action.
        window: title of the active window; empty where unknown.
        window_class: its class, which tells a terminal whatever it calls itself; empty where unknown.
        before: the thought of the action before, which tells into what a text is typed.
        said: the policy's whole answer, in which it may name its target.
        elements: what is there where the action begins and ends, as far as it has a name, or what has the keyboard where it has no place:
            editors and file managers hold terminals, too. None where nobody has looked: what a window is called says nothing of what goes
            back or looks, so that it is judged once that is known.
        places: the windows there, which need not be the active one; none where nobody can tell. Of keys, those that float above it and
            may take them: what runs commands does so without being the active one.
        planned: whether the words are of a plan that was made before the screen was read: others name nothing that has no name itself.
    """
    match action:
        case Type(text=text):
            if rules().secret.search(folded(" ".join(map(bounded, (thought, before, window))))):
                yield Concern("it types into what looks like a password field", "password")
            place = _Place.of([SeenWindow(window, window_class), *places], elements or ())
            for kind, name in place.taking:
                yield Concern(f"it types into {name}", kind)
            if "\n" in text:
                if place.chat:
                    yield Concern("it may send a message", "message")
                yield from find_asking(window)  # the thought holds the text itself, whatever it is about
        case Press(chords=chords):
            place = _Place.of([SeenWindow(window, window_class), *places], elements or ())
            for keys in chords:
                yield from _risks_of_keys(set(keys), place)
            if any({"enter", "space"} & set(keys) for keys in chords):
                yield from find_meanings(f"{thought} {said}")
                yield from _find_asking(window, None if elements is None else tuple(elements))
        case Click() | Drag():
            there = tuple(places) or (SeenWindow(window, window_class),)
            yield from _risks_of_pointer(action, f"{thought} {said}", there, None if elements is None else tuple(elements), planned)
        case Scroll():
            for element in elements or ():
                if element.role in CHANGED_BY_SCROLLING:
                    yield from find_meanings(element.name)
                    yield from find_asking(window)


def heeds_elements(action: Action) -> bool:
    """Whether it matters what lies there, or what has the keyboard, for which it may have to be waited: keys that give no command even in
    a terminal, press no button and write nothing are judged alike everywhere, and so is the pointer that moves."""
    if isinstance(action, Press):
        return not all(QUIET_IN_TERMINALS.issuperset(keys) for keys in action.chords)
    return not isinstance(action, Move)


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
    def taking(self) -> list[tuple[str, str]]:
        """What it is of that takes commands: each kind, with its name for people."""
        kinds = ((self.terminal, "terminal", "a terminal"), (self.machine, "machine", "another machine"))
        return [(kind, name) for is_one, kind, name in (*kinds, (self.runner, "commands", "what runs commands")) if is_one]


def _risks_of_pointer(
    action: Click | Drag, about: str, windows: tuple[SeenWindow, ...], elements: tuple[Element, ...] | None, planned: bool
) -> Iterator[Concern]:  # fmt: skip
    named = [element.name for element in elements or () if element.name.strip()]
    title = next((one.title for one in (windows[0], *windows[0].owners) if one.title), "")
    yield from find_meanings(about)
    for element in elements or ():
        if element.name.strip():
            yield from find_meanings(element.name, element.role)
    yield from _find_asking(title, elements)
    place = _Place.of(windows, elements or ())
    if place.taking:
        dropped = isinstance(action, Drag) and _Place.of(windows[-1:]) != _Place.of(windows[:1])
        if action.button == "middle" or dropped or any(rules().paste.search(folded(bounded(words))) for words in (about, *named)):
            for kind, name in place.taking:
                yield Concern(f"it pastes into {name}", kind)
    if place.machine:
        yield Concern("it is on another machine, of which nothing is known", "machine")
    if action.button == "middle" and any(element.role == "page tab" for element in elements or ()):
        yield Concern("it closes the tab", "close")
    if action.count > 1 and (program := next(filter(rules().runs, named), None)):
        yield Concern(f"it runs {ends(program, SHOWN)!r}", "run")
    if unread := next((one.name for one in elements or () if not rules().reads(one.name) and one.role not in HARMLESS_UNNAMED), None):
        yield Concern(f"it is on {ends(unread, SHOWN)!r}, whose script the rules know no words of", "unreadable")
    if elements is None or named or (elements and all(element.role in HARMLESS_UNNAMED for element in elements)):
        return
    if any(window.dialog for window in windows):
        yield Concern("it is on something that has no name, in a dialog", "nameless")
    elif any(element.role in UNNAMED for element in elements) and not (planned and _CALL.sub("", about)):
        yield Concern("it is on something that has no name", "nameless")


def _find_asking(title: str, elements: Sequence[Element] | None) -> Iterator[Concern]:
    """What a window is called means nothing for what stands beside its buttons, goes back or looks."""
    named = [element for element in elements or () if element.name.strip()]
    if elements is not None and not (named and all(one.role in INERT or rules().is_quiet(one.name, (title,)) for one in named)):
        yield from find_asking(title)


def _risks_of_keys(keys: set[str], place: _Place) -> Iterator[Concern]:
    known = rules()
    if {"shift", "insert"} <= keys or {"enter", "ctrl"} & keys:
        for kind, name in place.taking:
            yield Concern(f"it runs a command in {name}, pastes into it, or ends it", kind)
    if known.meant("deleting", keys):
        yield Concern("it deletes", "delete")
    if known.meant("closing", keys):
        yield Concern("it closes the window", "close")
    if known.meant("sending", keys):
        yield Concern("it may send something", "message" if place.chat else "send")
    elif place.chat and "enter" in keys:
        yield Concern("it may send something", "message")
    if known.meant("global", keys):
        yield Concern("it is a shortcut of the desktop itself", "shortcut")
    if {"ctrl", "alt", "super"} & keys and any(len(key) == 1 and not key.isascii() for key in keys):
        yield Concern("it is a shortcut by a letter of a layout of which nobody knows what programs take it for", "unreadable")
    if known.meant("switching", keys):
        yield Concern("it goes to another window", "shortcut")
    if is_writing(keys) or not keys <= QUIET_IN_TERMINALS:
        for kind, name in place.taking:
            yield Concern(f"it types into {name}", kind)


def is_writing(keys: Iterable[str]) -> bool:
    """Whether keys pressed together put a character where the keyboard is."""
    held = set(keys)
    return not {"ctrl", "alt", "super"} & held and any(len(key) == 1 or key == "space" for key in held)
