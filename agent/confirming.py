"""What a key, or a button that says nothing by itself, would confirm: told by what has the keyboard, and by what the dialog around it says.

Enter on a focused [Delete], and [OK] under "Delete all files?", delete as much as a click on a button of that name does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.folding import bounded, folded
from agent.innermost import WINDOW_ROLES
from agent.meanings import SHORT_NAME, Concern, find_meaning
from agent.risk_rules import rules
from agent.risks import HARMLESS_UNNAMED
from agent.straying import WRITTEN_INTO
from recordings.action import Action, Click, Drag, Press, Type
from recordings.episode import Element, Observation
from recordings.geometry import Box, Point

MOST_SAID = 14
"""Texts of a dialog that asks something; one that holds more is worked in, and its buttons have names."""
MOVING = frozenset({"tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown"})
"""Keys that give the keyboard to something else."""
WRITABLE = frozenset({*WRITTEN_INTO, "text", "password text", "terminal", "paragraph", "edit bar", "editbar"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the screen beside the place where an action is."""

    focused: Callable[[], Sequence[Element]] = tuple
    """What has the keyboard, as the accessibility tree tells; nothing where nobody can tell."""
    written_in: Callable[[Box], Sequence[str]] = lambda box: ()
    """What is written in a part of the image."""
    labels: Callable[[Point], Sequence[str]] = lambda point: ()
    """What is written beside and above a place, as labels of fields are."""
    unread: Callable[[], str] = lambda: ""
    """Why nothing could be read on this screen; empty where it was read, or where nobody reads."""


def find_confirmed(action: Action, observation: Observation, clicked: Sequence[Element], known: Surroundings) -> Concern | None:
    """Why what an action confirms is risky, in words for people, or None; `clicked` is what lies where it clicks."""
    asks = observation.dialog or (observation.window is not None and observation.window.dialog)
    dialog = observation.active if asks else None
    match action:
        case Click() if observation.active is not None and any(_affirms(element) for element in clicked):
            return _said_in(observation.active, known)  # programs that only ask open a window that belongs to none
        case Press(chords=chords):
            return _by_keys([frozenset(keys) for keys in chords], dialog, observation.active, known)
        case Type(text=text):
            keys = {"\n": "enter", " ": "space", "\t": "tab"}
            return _by_keys([frozenset({keys.get(one, "a")}) for one in text], dialog, observation.active, known)
        case _:
            return None


def find_untold(action: Action, there: Sequence[Element], known: Surroundings) -> Concern | None:
    """Why an action is asked about of whose place nothing tells what it is: no tree names it, and nothing could be read; or None.

    Args:
        there: what lies where it begins and ends, or what has the keyboard where it has no place.
    """
    match action:
        case Click() | Drag():
            told = any(element.name.strip() or element.role in HARMLESS_UNNAMED for element in there)
        case Press(chords=chords):
            told = bool(there) or not any({"enter", "space"} & set(keys) for keys in chords)
        case Type(text=text):
            told = bool(there) or "\n" not in text
        case _:
            return None
    if told or not (why := known.unread()):
        return None
    return Concern(f"nothing tells what it is on: accessibility names nothing there, and the screen is not read ({why})", "nameless")


def find_labelled(labels: Sequence[str]) -> Concern | None:
    """Why what is typed into a field with these labels is asked about, or None."""
    secret = next((label for label in labels if rules().secret.search(folded(bounded(label)))), None)
    return Concern(f"it types beside what is called {secret[:80]!r}", "password") if secret is not None else None


def _by_keys(chords: Sequence[frozenset[str]], dialog: Box | None, window: Box | None, known: Surroundings) -> Concern | None:
    """Enter and space press what has the keyboard. In a dialog, letters (with Alt) press what they underline, and Enter the default."""
    bare = [keys - {"shift", "alt"} for keys in chords if not keys & {"ctrl", "super"}]
    presses, enters = any(keys & {"enter", "space"} for keys in bare), any("enter" in keys for keys in bare)
    underlined = any("alt" in keys and any(len(key) == 1 for key in keys) for keys in chords)
    letters = any(len(key) == 1 for keys in bare for key in keys)
    if not presses and (dialog is None or not letters):
        return None
    moved = next((place for place, keys in enumerate(bare) if keys & MOVING), len(bare))
    goes_on = any("enter" in keys for keys in bare[moved:])  # what it comes to, nobody can tell
    if goes_on and dialog is None:
        return _said_in(window, known, None, "window") if window is not None else None
    focused = [] if goes_on else [element for element in known.focused() if element.role not in WINDOW_ROLES]
    writes = any(element.role in WRITABLE for element in focused)
    buttons = [element for element in focused if element.role not in WRITABLE]
    if presses:
        for element in buttons:
            if found := find_meaning(element.name, element.role):
                return Concern(f"{element.name!r} has the keyboard: {found}", found.kind)
            if enters and rules().runs(element.name):
                return Concern(f"{element.name!r} has the keyboard: it runs it", "run")
            if not rules().reads(element.name):
                return Concern(f"{element.name!r} has the keyboard, whose script the rules know no words of", "unreadable")
        if window is not None and any(map(_affirms, buttons)):
            return _said_in(window, known)
    if dialog is None or not (underlined or enters or not writes):
        return None
    if not underlined and buttons and not writes and all(element.name.strip() and not _affirms(element) for element in buttons):
        return None  # it presses what is called otherwise
    return _said_in(dialog, known)


def _affirms(element: Element) -> bool:
    """Whether a button says nothing but yes."""
    return rules().affirms(element.name)


def _said_in(place: Box, known: Surroundings, most: int | None = MOST_SAID, called: str = "dialog") -> Concern | None:
    texts = [text for text in dict.fromkeys(known.written_in(place)) if text.strip()]
    if most is not None and len(texts) > most:
        return None
    for text in texts if most is not None else (text for text in texts if len(text) <= SHORT_NAME):
        if found := find_meaning(text):
            return Concern(f"the {called} says {text[:80]!r}: {found}", found.kind)
    return None
