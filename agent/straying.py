"""What strays from the user's words: no word about it is grave, but nobody asked for it.

Screens are written by strangers, and a model may obey them. Three things are therefore asked about, whatever a model says:

- acting in an application that the run did not begin in and that the user's words do not name: once for each application and run;
- in windows that show what strangers write (browsers, mail, chats): what is not in the user's words;
- what lasts (saving, renaming, printing, moving files), a choice from a menu by its key, and the buttons of a window's frame, anywhere,
  where the user's words do not mean it.

A plan that was made from the user's words before the screen was read strays only by its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.folding import LONGEST, bounded, folded
from agent.meanings import Concern
from agent.permissions.manifest import class_matches
from agent.permissions.windows import browsers
from agent.risk_rules import pattern_of
from recordings.action import Action, Click, Drag, Move, Press, Scroll, Type
from recordings.episode import READ, Element, Observation, Prediction, SeenWindow
from recordings.geometry import Point
from recordings.parsing import parse_yaml

RULES = Path(__file__).with_name("straying.yaml")
LEAST_NAMED = 5
"""Letters of a word that may name an application as a part of its class: firefox, firefox-esr."""
WRITTEN_INTO = ("entry", "spin button", "document text")
"""Roles of what a click does nothing to but give it the keyboard."""
GUESSED = (READ, "icon")
"""Roles of what is named by its pixels alone."""
_TOKEN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Lasting:
    """Something that lasts: the keys, or the drag, that do it in windows of some classes, and the words that mean it."""

    name: str
    keys: frozenset[frozenset[str]]
    words: re.Pattern[str]
    classes: tuple[str, ...] = ("*",)
    drag: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """`straying.yaml`, ready to be asked."""

    strangers: tuple[str, ...]
    looking: frozenset[frozenset[str]]
    lasting: tuple[Lasting, ...]


@cache
def rules() -> Rules:
    """The rules, read once."""
    found = parse_yaml(RULES.read_text(encoding="utf-8"))
    lasting = tuple(
        Lasting(name, _chords(one["keys"]), pattern_of(one["words"]), tuple(one.get("in", ("*",))), one.get("drag", False))
        for name, one in found["lasting"].items()
    )
    return Rules((*browsers(), *found["strangers"]), _chords(found["looking"]), lasting)


def _chords(written: Iterable[str]) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(one.split("+")) for one in written)


class Straying:
    """Judges the actions of one run by the user's words. Knows the applications that the run may act in unasked."""

    def __init__(self, words: str, reads: bool = True) -> None:
        """`reads`: whether the policy finds its places by what is written there. Of one that only sees, nobody knows why it chose a place,
        and a stranger may have written the user's words there: what a reading alone names is then no word of the user's."""
        self._words, self._reads = folded(words), reads
        self._tokens = frozenset(_TOKEN.findall(self._words))
        rules()  # read before anybody waits for it
        self._home: set[str] | None = None
        """Their names; None before the first action."""

    def begin(self, observation: Observation) -> None:
        """The run acts, whether or not it is asked about: where it does so first is its home."""
        if self._home is None:
            began = observation.works_in() or observation.window
            self._home = set(_applications(began)) if began is not None else set()

    def concerns(
        self, observation: Observation, prediction: Prediction, places: Sequence[Point], elements: Callable[[Point], Sequence[Element]]
    ) -> Iterator[Concern]:
        """Why an action strays, in words for people: every kind of reason.

        Args:
            places: where the action begins and ends; none where it goes to the keyboard.
            elements: what is known to lie at a point.
        """
        action = prediction.action
        if action is None or isinstance(action, Move | Scroll):
            return
        windows = [observation.window_at(place) for place in places] if places else [observation.window]
        seen = [window for window in windows if window is not None]
        if elsewhere := next((window for window in seen if self._is_elsewhere(window)), None):
            yield Concern(f"it acts in {_called(elsewhere)}, which the user's words do not name", "elsewhere")
        if prediction.plan is not None and prediction.plan.index is not None:
            return
        named = [list(elements(place)) for place in places]
        if any(_is_of(window, rules().strangers) for window in seen) and not self._is_said(action, named):
            yield Concern("it is not in the user's words, in a window that shows what strangers write", "stranger")
        if any(map(observation.on_frame, places)):
            yield Concern("it is on a button of the window's frame, which may close it", "close")
        if _chooses_unseen(action, observation) and not self._is_said(action, ()):
            yield Concern("it chooses from a menu by a key, and nobody can tell what", "unsaid")
        if lasting := self._lasting(action, [one.name for some in named for one in some], seen):
            yield lasting

    def agreed(self, observation: Observation, places: Sequence[Point]) -> None:
        """A person has agreed to act there: the run may go on in that application."""
        for window in [observation.window_at(place) for place in places] if places else [observation.window]:
            if window is not None and self._home is not None:
                self._home.update(_applications(window))

    def _is_elsewhere(self, window: SeenWindow) -> bool:
        names = _applications(window)
        if not names or self._home is None or self._home & set(names):
            return False
        if any(name in self._tokens or any(len(token) >= LEAST_NAMED and token in name for token in self._tokens) for name in names):
            return False
        files = [part for part in re.split(r"\s[-–—]\s|\s", window.title) if "." in part.strip(".*")]
        return not any(folded(part.strip("*")) in self._words for part in files)

    def _is_said(self, action: Action, named: Sequence[Sequence[Element]]) -> bool:
        """Whether the user's words hold what an action is about: each thing that lies there, the text, the keys."""
        match action:
            case Click() | Drag():
                return all(self._is_said_of(some) for some in named)
            case Type(text=text):
                return folded(text.rstrip("\n")) in self._words and ("\n" not in text or "enter" in self._tokens)
            case Press(chords=chords):
                return all(frozenset(keys) in rules().looking or {folded(key) for key in keys} <= self._tokens for keys in chords)
            case _:
                return True

    def _is_said_of(self, elements: Sequence[Element]) -> bool:
        """Whether all that is known to lie at a place is in the user's words, or only written into."""
        if any(one.role in WRITTEN_INTO for one in elements):
            return True
        named = [one for one in elements if one.name.strip()]
        known = self._reads or any(one.role not in GUESSED for one in named)
        return bool(named) and known and all(self._holds(one.name) for one in named)

    def _holds(self, name: str) -> bool:
        tokens = _TOKEN.findall(folded(name)) if len(name) <= LONGEST else []
        return bool(tokens) and self._tokens.issuperset(tokens)

    def _lasting(self, action: Action, names: Sequence[str], windows: Sequence[SeenWindow]) -> Concern | None:
        for one in rules().lasting:
            if one.words.search(self._words) or not any(_is_of(window, one.classes) for window in windows or (SeenWindow(""),)):
                continue
            if isinstance(action, Press):
                does = any(one.keys & {frozenset(keys)} for keys in action.chords)
                # What a dialog is called says what its Enter does.
                does = does or (any("enter" in keys for keys in action.chords) and _is_called(windows, one.words))
            elif isinstance(action, Type):
                does = "\n" in action.text and _is_called(windows, one.words)
            else:
                does = (one.drag and isinstance(action, Drag)) or any(one.words.search(folded(bounded(name))) for name in names)
            if does:
                return Concern(f"the user's words do not ask to {one.name} anything", "unsaid")
        return None


def _applications(window: SeenWindow) -> list[str]:
    """What the applications of a window and of what it belongs to call themselves; by its title where it says nothing."""
    every = [word for one in (window, *window.owners) for word in folded(one.wm_class).split()]
    return every or ([folded(window.title)] if window.title else [])


def _called(window: SeenWindow) -> str:
    return repr(window.title) if window.title else f"a window of {_applications(window)[0]}"


def _is_called(windows: Iterable[SeenWindow], words: re.Pattern[str]) -> bool:
    return any(window.dialog and words.search(folded(window.title)) for window in windows)


def _is_of(window: SeenWindow, classes: Iterable[str]) -> bool:
    return any(class_matches(pattern, one.wm_class) for one in (window, *window.owners) for pattern in classes)


def _chooses_unseen(action: Action, observation: Observation) -> bool:
    """Whether keys choose from a menu, by its letters or Enter: nobody can tell what. Keys that are pressed together come one after the
    other: Alt, F and X open a menu and choose from it."""
    if not isinstance(action, Press):
        return False
    is_open = bool(observation.popups)
    for keys in action.chords:
        for place, key in enumerate(keys):
            held = set(keys[:place])
            if is_open and (key in ("enter", "space") or (not held & {"ctrl", "super"} and len(key) == 1)):
                return True
            is_open = is_open or key in ("f10", "menu") or ("alt" in held and len(key) == 1)
    return False
