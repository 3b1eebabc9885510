"""What a key, or a button that says nothing by itself, would confirm: told by what has the keyboard, and by what the dialog around it says.

Enter on a focused [Delete], and [OK] under "Delete all files?", delete as much as a click on a button of that name does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.folding import bounded, folded
from agent.innermost import without_windows
from agent.meanings import SHORT_NAME, Concern, find_meanings
from agent.permissions.effective import is_browser
from agent.risk_rules import is_dense, rules
from agent.risks import HARMLESS_UNNAMED, INERT, SHOWN
from agent.straying import WRITTEN_INTO
from recordings.action import Action, Click, Drag, Press, Type, target_of
from recordings.episode import Element, Observation
from recordings.geometry import Box, Point
from recordings.printable import ends

MOST_SAID = 14
"""Texts of a dialog that asks something; one that holds more is worked in, and its buttons have names. Of that only its questions count:
some list what they are about. Of a window that is none, only what stands close to the button: pages draw their dialogs themselves."""
CLOSE = (0.3, 0.35)
"""How far to either side of such a button, and above it, what it is about may stand, in fractions of the image."""
DIGITS, LEAST_KEYS = frozenset("0123456789"), 5
"""Of the keys of a calculator so many are read at least."""
ASKING = ("?", "？", "؟", ":", "：")
ENDING = (".", "!", "…", "?", "。", "！", "？", "؟", "।")
LEAST_ASKING = 3
"""Words of a question, or of a sentence: a label has fewer."""
LONGEST_LABEL = 40
"""Letters of what may be the label of a field."""
MOVING = frozenset({"tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown"})
"""Keys that give the keyboard to something else."""
WRITABLE = frozenset({*WRITTEN_INTO, "text", "password text", "terminal", "paragraph", "edit bar", "editbar"})

FIELDS = frozenset({"entry", "text", "password text", "edit bar", "editbar"})
"""Those of them that are fields, and are called by what goes into them; a document is called by what it is about."""


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

    def names_of_field(self) -> list[str]:
        """What the tree calls that what is written goes into: not every field for a password says that it is one."""
        return [element.name for element in self.with_keyboard() if element.role in FIELDS]

    def labels_in(self, window: Box) -> list[str]:
        """What may be the labels of a window's fields."""
        return [text for source in (self.written_in, self.read_in) for text in source(window) if len(text) <= LONGEST_LABEL]

    def in_field(self) -> bool:
        """Whether the tree tells that what is written goes into, so that no label need tell."""
        return any(element.role in WRITABLE for element in self.with_keyboard())


def find_confirmed(
    action: Action, observation: Observation, clicked: Sequence[Element], known: Surroundings, roamed: bool = False
) -> Iterator[Concern]:
    """Why what an action confirms is risky, in words for people.

    Args:
        clicked: what lies where it clicks, or at both ends of a drag: one that hardly moves is a click.
        roamed: whether Tab was pressed since something was clicked or written: what has the keyboard then may be anything, where nothing
            tells.
    """
    asks = observation.dialog or (observation.window is not None and observation.window.dialog)
    dialog = observation.active if asks else None
    match action:
        case Click() | Drag() if (button := _deciding(clicked)) is not None:
            place = target_of(action)
            there = observation.window_at(place) if place is not None else None
            if observation.active is None or (there is not None and there != observation.window):
                yield from _said_around(button, known, there is not None and there.dialog)
            else:  # programs that only ask open a window that belongs to none
                yield from _said_in(observation.active, known, button, asks, _is_page(observation))
        case Press(chords=chords):
            yield from _by_keys(_reaching(chords), dialog, observation.active, known, roamed)
        case Type(text=text):
            keys = {"\n": "enter", " ": "space", "\t": "tab"}
            yield from _by_keys([frozenset({keys.get(one, "a")}) for one in text], dialog, observation.active, known, roamed)


def find_crossed(clicked: Sequence[Element], window: Box | None, known: Surroundings) -> Concern | None:
    """Why a click on a lone cross is asked about, or None: it closes or deletes what it stands on; among digits it multiplies."""
    crossed = next((element.name.strip() for element in clicked if element.name.strip() in rules().crosses), None)
    if crossed is None:
        return None
    texts = [text for source in (known.written_in, known.read_in) for text in source(window)] if window is not None else []
    if len(DIGITS.intersection(map(str.strip, texts))) >= LEAST_KEYS:
        return None
    return Concern(f"it is on {crossed!r}, which closes or deletes what it stands on", "close")


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


def roams(action: Action, roamed: bool) -> bool:
    """Whether, after an action, Tab was pressed since something was clicked or written; `roamed`: whether it was before."""
    match action:
        case Press(chords=chords) if any("tab" in keys and not {"ctrl", "alt", "super"} & set(keys) for keys in chords):
            return True
        case Click() | Drag():
            return False
        case Type(text=text) if text.strip():
            return text.endswith("\t")
        case _:
            return roamed


def _by_keys(
    chords: Sequence[frozenset[str]], dialog: Box | None, window: Box | None, known: Surroundings, roamed: bool
) -> Iterator[Concern]:
    """Enter and space press what has the keyboard. In a dialog, letters (with Alt) press what they underline, and Enter the default."""
    bare = [keys - {"shift", "alt"} for keys in chords if not keys & {"ctrl", "super"}]
    presses, enters = any(keys & {"enter", "space"} for keys in bare), any("enter" in keys for keys in bare)
    underlined = any("alt" in keys and any(len(key) == 1 for key in keys) for keys in chords)
    letters = any(len(key) == 1 for keys in bare for key in keys)
    if not presses and (dialog is None or not letters):
        return
    moved = next((place for place, keys in enumerate(bare) if keys & MOVING), len(bare))
    goes_on = any("enter" in keys for keys in bare[moved:])  # what it comes to, nobody can tell
    goes_on = goes_on or any("tab" in one and "space" in other for one, other in pairwise(bare))
    goes_on = goes_on or any("space" in keys and keys & MOVING for keys in bare)  # pressed together, they come one after the other
    focused = [] if goes_on else known.with_keyboard()
    if dialog is None and (goes_on or (roamed and not focused and bare[0] & {"enter", "space"})):
        if window is not None:
            yield from _named_in(window, known)
        return
    writes = any(element.role in WRITABLE for element in focused)
    buttons = [element for element in focused if element.role not in WRITABLE]
    if presses:
        for element in buttons:
            called = repr(ends(element.name, SHOWN))
            for found in find_meanings(element.name, element.role):
                yield Concern(f"{called} has the keyboard: {found}", found.kind)
            if enters and rules().runs(element.name):
                yield Concern(f"{called} has the keyboard: it runs it", "run")
            if not rules().reads(element.name):
                yield Concern(f"{called} has the keyboard, whose script the rules know no words of", "unreadable")
        if window is not None and (deciding := _deciding(buttons)) is not None and (_affirms(deciding) or not underlined):
            yield from _said_in(window, known, deciding, dialog is not None)
            return
    if dialog is None or not (underlined or enters or not writes):
        return
    if not underlined and buttons and not writes and all(element.name.strip() and not _affirms(element) for element in buttons):
        return  # it presses what is called otherwise
    yield from _said_in(dialog, known)


def _reaching(chords: Iterable[Iterable[str]]) -> list[frozenset[str]]:
    """The keys that what has the keyboard gets: shortcuts of the desktop itself go to no window."""
    return [keys for keys in map(frozenset, chords) if not rules().meant("global", keys)]


def _deciding(there: Sequence[Element]) -> Element | None:
    """Of what lies at a place, the button that does what is said around it: one that only says yes, or one that is not quiet."""
    buttons = [element for element in there if element.role not in INERT and element.name.strip()]
    loud = sorted(buttons, key=lambda element: rules().is_quiet(element.name))
    return next(filter(_affirms, there), next(iter(loud), None))


def _is_page(observation: Observation) -> bool:
    return observation.window is not None and is_browser(observation.window.wm_class)


def _affirms(element: Element) -> bool:
    """Whether a button says nothing but yes."""
    return rules().affirms(element.name)


def _tells(element: Element) -> bool:
    """Whether what has the keyboard tells what a key does there."""
    return bool(element.name.strip()) or element.role in WRITABLE or element.role in HARMLESS_UNNAMED


def _said_in(place: Box, known: Surroundings, button: Element | None = None, asks: bool = True, page: bool = False) -> Iterator[Concern]:
    """What a dialog says; where it says too much to be all about one thing, what it asks, or what a window says close to a button.

    Counted for the tree and for the reader each: the same text read a little otherwise must not make a dialog one that is worked in.

    Args:
        asks: whether it is a dialog by itself.
        page: whether it shows pages, on which a button of any name may pay.
    """
    close = _close_to(button.box, place) if not asks and button is not None and any(map(str.isalnum, button.name)) else None
    for source in (known.written_in, known.read_in):
        if not asks and button is not None and not _affirms(button):
            if page and close is not None:
                yield from _billed(_texts(source(close)), button)
            continue
        texts = _texts(source(place))
        if len(texts) > MOST_SAID:
            near = [text for text in _texts(source(close)) if _is_sentence(text)] if close is not None else []
            texts = _questions(texts) if asks else near if len(near) <= MOST_SAID else _questions(near)
        yield from _about(texts, "dialog" if asks else "window", button)


def _said_around(button: Element, known: Surroundings, asks: bool) -> Iterator[Concern]:
    """The same in a window that is not the active one: nobody knows how far it reaches."""
    close = _close_to(button.box, Box(x1=0, y1=0, x2=1, y2=1))
    for source in (known.written_in, known.read_in):
        texts = _texts(source(close)) if close is not None else []
        yield from _about(
            texts if asks and len(texts) <= MOST_SAID else filter(_is_sentence, texts), "dialog" if asks else "window", button
        )


def _named_in(window: Box, known: Surroundings) -> Iterator[Concern]:
    """What a key may come to in a window, nobody can tell which."""
    for source in (known.written_in, known.read_in):
        yield from _about([text for text in _texts(source(window)) if len(text) <= SHORT_NAME], "window")


def _billed(texts: Sequence[str], button: Element) -> Iterator[Concern]:
    if rules().is_bill(texts) and not rules().is_quiet(button.name, texts):
        yield Concern("a sum of money stands beside it", "pay")


def _about(texts: Iterable[str], called: str, button: Element | None = None) -> Iterator[Concern]:
    """What is said means for a button. One with a name of its own does what a dialog's sentences say, not what others there are called."""
    said = list(texts)
    own = button is not None and not _affirms(button)
    if button is not None and ((own and called != "dialog") or rules().is_quiet(button.name, said)):
        return
    for text in said:
        whole = len(text.split()) >= LEAST_ASKING or any(map(is_dense, text))
        for found in find_meanings(text) if not own or (whole and text.rstrip().endswith(ENDING)) else ():
            yield Concern(f"the {called} says {text[:80]!r}: {found}", found.kind)
        if whole and rules().dear.search(folded(bounded(text))):
            yield Concern(f"the {called} says {text[:80]!r}", "confirm")


def _texts(said: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(said) if text.strip()]


def _questions(texts: Sequence[str]) -> list[str]:
    """What asks, or leads to a list; with the line before it, as a long question has several."""
    asking = [(before, text) for before, text in pairwise(["", *texts]) if text.rstrip().endswith(ASKING)]
    whole = [f"{before} {text}" if len(before.split()) > LEAST_ASKING and before.strip()[-1].isalnum() else text for before, text in asking]
    return list(filter(_is_sentence, whole))


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= LEAST_ASKING or not text.isascii()


def _close_to(button: Box, window: Box) -> Box | None:
    across, up = CLOSE
    middle = button.center
    left, right = max(middle.x - across, window.x1, 0.0), min(middle.x + across, window.x2, 1.0)
    top, bottom = max(button.y1 - up, window.y1, 0.0), min(button.y2, window.y2, 1.0)
    return Box(x1=left, y1=top, x2=right, y2=bottom) if left < right and top < bottom else None
