"""What a key, or a button that says nothing by itself, would confirm: told by what has the keyboard, and by what the dialog around it says.

Enter on a focused [Delete], and [OK] under "Delete all files?", delete as much as a click on a button of that name does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.folding import bounded, folded
from agent.innermost import without_windows
from agent.meanings import SHORT_NAME, Concern, find_meanings
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
    """What is written in a part of the image, as the accessibility tree tells."""
    labels: Callable[[Point], Sequence[str]] = lambda point: ()
    """What is written beside and above a place, as labels of fields are."""
    unread: Callable[[], str] = lambda: ""
    """Why nothing could be read on this screen; empty where it was read, or where nobody reads."""
    read_in: Callable[[Box], Sequence[str]] = lambda box: ()
    """What was read in a part of the image."""

    def with_keyboard(self) -> list[Element]:
        """What has the keyboard; nothing where only a window does, which is all that some programs tell."""
        return without_windows(self.focused())

    def in_field(self) -> bool:
        """Whether the tree tells that what is written goes into, so that no label need tell."""
        return any(element.role in WRITABLE for element in self.with_keyboard())


def find_confirmed(action: Action, observation: Observation, clicked: Sequence[Element], known: Surroundings) -> Iterator[Concern]:
    """Why what an action confirms is risky, in words for people; `clicked` is what lies where it clicks."""
    asks = observation.dialog or (observation.window is not None and observation.window.dialog)
    dialog = observation.active if asks else None
    match action:
        case Click() if observation.active is not None and any(_affirms(element) for element in clicked):
            yield from _said_in(observation.active, known)  # programs that only ask open a window that belongs to none
        case Press(chords=chords):
            yield from _by_keys(_reaching(chords), dialog, observation.active, known)
        case Type(text=text):
            keys = {"\n": "enter", " ": "space", "\t": "tab"}
            yield from _by_keys([frozenset({keys.get(one, "a")}) for one in text], dialog, observation.active, known)


def find_untold(action: Action, there: Sequence[Element], known: Surroundings) -> Concern | None:
    """Why an action is asked about of whose place nothing tells what it is: no tree names it, and nothing could be read; or None.

    Args:
        there: what lies where it begins and ends, or what has the keyboard where it has no place.
    """
    match action:
        case Click() | Drag():
            told = any(element.name.strip() or element.role in HARMLESS_UNNAMED for element in there)
        case Press(chords=chords):
            told = any(map(_tells, there)) or not any({"enter", "space"} & keys for keys in _reaching(chords))
        case Type(text=text):
            told = any(map(_tells, there)) or "\n" not in text
        case _:
            return None
    if told or not (why := known.unread()):
        return None
    return Concern(f"nothing tells what it is on: accessibility names nothing there, and the screen is not read ({why})", "nameless")


def find_labelled(labels: Sequence[str]) -> Concern | None:
    """Why what is typed into a field with these labels is asked about, or None."""
    secret = next((label for label in labels if rules().secret.search(folded(bounded(label)))), None)
    return Concern(f"it types beside what is called {secret[:80]!r}", "password") if secret is not None else None


def _by_keys(chords: Sequence[frozenset[str]], dialog: Box | None, window: Box | None, known: Surroundings) -> Iterator[Concern]:
    """Enter and space press what has the keyboard. In a dialog, letters (with Alt) press what they underline, and Enter the default."""
    bare = [keys - {"shift", "alt"} for keys in chords if not keys & {"ctrl", "super"}]
    presses, enters = any(keys & {"enter", "space"} for keys in bare), any("enter" in keys for keys in bare)
    underlined = any("alt" in keys and any(len(key) == 1 for key in keys) for keys in chords)
    letters = any(len(key) == 1 for keys in bare for key in keys)
    if not presses and (dialog is None or not letters):
        return
    moved = next((place for place, keys in enumerate(bare) if keys & MOVING), len(bare))
    goes_on = any("enter" in keys for keys in bare[moved:])  # what it comes to, nobody can tell
    if goes_on and dialog is None:
        if window is not None:
            yield from _said_in(window, known, None, "window")
        return
    focused = [] if goes_on else known.with_keyboard()
    writes = any(element.role in WRITABLE for element in focused)
    buttons = [element for element in focused if element.role not in WRITABLE]
    if presses:
        for element in buttons:
            for found in find_meanings(element.name, element.role):
                yield Concern(f"{element.name!r} has the keyboard: {found}", found.kind)
            if enters and rules().runs(element.name):
                yield Concern(f"{element.name!r} has the keyboard: it runs it", "run")
            if not rules().reads(element.name):
                yield Concern(f"{element.name!r} has the keyboard, whose script the rules know no words of", "unreadable")
        if window is not None and any(map(_affirms, buttons)):
            yield from _said_in(window, known)
            return
    if dialog is None or not (underlined or enters or not writes):
        return
    if not underlined and buttons and not writes and all(element.name.strip() and not _affirms(element) for element in buttons):
        return  # it presses what is called otherwise
    yield from _said_in(dialog, known)


def _reaching(chords: Iterable[Iterable[str]]) -> list[frozenset[str]]:
    """The keys that what has the keyboard gets: shortcuts of the desktop itself go to no window."""
    return [keys for keys in map(frozenset, chords) if not rules().meant("global", keys)]


def _affirms(element: Element) -> bool:
    """Whether a button says nothing but yes."""
    return rules().affirms(element.name)


def _tells(element: Element) -> bool:
    """Whether what has the keyboard tells what a key does there."""
    return bool(element.name.strip()) or element.role in WRITABLE or element.role in HARMLESS_UNNAMED


def _said_in(place: Box, known: Surroundings, most: int | None = MOST_SAID, called: str = "dialog") -> Iterator[Concern]:
    """Counted for the tree and for the reader each: the same text read a little otherwise must not make a dialog one that is worked in."""
    for source in (known.written_in, known.read_in):
        texts = [text for text in dict.fromkeys(source(place)) if text.strip()]
        if most is not None and len(texts) > most:
            continue
        for text in texts if most is not None else (text for text in texts if len(text) <= SHORT_NAME):
            for found in find_meanings(text):
                yield Concern(f"the {called} says {text[:80]!r}: {found}", found.kind)
