"""Raw events become what a person did: clicks, drags, scrolls, text and shortcuts. Pure: no clock, no screen, no files.

The rules, once:
- A button that goes up where it went down is a click; the same again soon enough in the same place is a double or triple click. One that
  moved further is a drag; of its path only the corners are kept.
- Wheel notches in one place and one direction are one scroll.
- What keys type is merged into one text until something else is done. Enter and Tab are keys of their own: they may move the focus, so
  what follows may go elsewhere. A lone space is a key, too.
- Ctrl, Alt or Super with a key is a shortcut, Shift only with keys that type nothing. A modifier pressed and released alone is a key.
- Alt or Super held over several keys, and Ctrl where the first is Tab, are one press: who switches windows goes by when they are let go of.
- A button that stays down long where it went down is a long press; one that moves at the second or third press drags as that press.
- The recorder's own hotkeys are commands and never become actions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from agent.recorder.compose import Composer, starts_sequence
from agent.recorder.listening import InputEvent
from recordings.action import MODIFIERS, NAMED_KEYS, Action, Button, Click, Drag, Modifier, Press, Scroll, Type
from recordings.geometry import ScreenTransform

DOUBLE_SECONDS = 0.4
"""Between the presses of a double click, as toolkits count it."""
SAME_PLACE_PIXELS = 5
SCROLL_SECONDS = 0.6
MOST_NOTCHES = 100
LONG_SECONDS = 0.5
"""A button that stays down so long is held on purpose."""
PATH_PIXELS = 1.5
"""How far a drag may lie from its recorded path."""
MOST_CORNERS = 64
_BUTTONS = ("left", "middle", "right")
_SHORTCUT = frozenset(MODIFIERS) - {"shift"}

Pixel = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Gesture:
    """One thing a person did, in pointer units; times as `InputEvent.at`."""

    kind: Literal["click", "drag", "scroll", "type", "press"]
    started_at: float
    ended_at: float
    path: tuple[Pixel, ...] = ()
    """Where: one place, or a drag's corners; empty for keys."""
    button: str = "left"
    count: int = 1
    dx: int = 0
    dy: int = 0
    """Notches to the right and down, as in `recordings.action`."""
    modifiers: tuple[str, ...] = ()
    text: str = ""
    keys: tuple[str, ...] = ()
    then: tuple[tuple[str, ...], ...] = ()
    seconds: float = 0.0

    def to_action(self, transform: ScreenTransform) -> Action:
        """The action in fractions of the captured image that `transform` belongs to."""
        points = [transform.to_image(x, y) for x, y in self.path]
        held, button = cast(tuple[Modifier, ...], self.modifiers), cast(Button, self.button)
        match self.kind:
            case "click":
                return Click(x=points[0].x, y=points[0].y, button=button, count=self.count, modifiers=held, seconds=self.seconds)
            case "drag":
                return Drag(path=tuple((point.x, point.y) for point in points), button=button, modifiers=held, count=self.count)
            case "scroll":
                return Scroll(x=points[0].x, y=points[0].y, dx=self.dx, dy=self.dy, modifiers=held)
            case "type":
                return Type(text=self.text)
            case "press":
                return Press(keys=self.keys, then=self.then)


@dataclass(frozen=True, slots=True)
class Command:
    """One of the recorder's own hotkeys."""

    name: str


@dataclass(slots=True)
class _Hold:
    """A button that is down."""

    at: float
    path: list[Pixel]
    modifiers: tuple[str, ...]
    again: bool
    """Whether it may be the next click of a double one."""

    @property
    def moved(self) -> bool:
        return any(math.dist(self.path[0], place) >= SAME_PLACE_PIXELS for place in self.path)


@dataclass(slots=True)
class _Modifier:
    name: str
    at: float
    used: bool = False


@dataclass(slots=True)
class Reducer:
    """Turns events, fed in their order, into gestures and commands.

    Attributes:
        commands: names by the hotkeys that mean them.
        pending: the gesture that may still grow, or None.
        unknown: presses that no action can say (side buttons).
    """

    commands: Mapping[frozenset[str], str] = field(default_factory=dict)
    composer: Composer = field(default_factory=Composer)
    pending: Gesture | None = None
    unknown: int = 0
    _held: dict[str, _Hold] = field(default_factory=dict)
    _modifiers: dict[int | str, _Modifier] = field(default_factory=dict)
    _done: list[Gesture | Command] = field(default_factory=list)

    @property
    def began_at(self) -> float | None:
        """When what is not finished yet began: a pending gesture, or a button that is down."""
        times = [hold.at for hold in self._held.values() if not hold.again]
        return min([*times, *([self.pending.started_at] if self.pending else [])], default=None)

    @property
    def due_at(self) -> float | None:
        """When the pending gesture is finished if nothing happens; None where only another event finishes it."""
        if self.pending is None or any(hold.again for hold in self._held.values()):
            return None
        match self.pending.kind:
            case "click":
                return self.pending.started_at + DOUBLE_SECONDS * self.pending.count
            case "scroll":
                return self.pending.ended_at + SCROLL_SECONDS
            case _:
                return None

    def feed(self, event: InputEvent) -> list[Gesture | Command]:
        """What this event finishes, in order."""
        if self.due_at is not None and event.at > self.due_at:
            self._finish()
        match event.kind:
            case "move":
                for hold in self._held.values():
                    hold.path.append((event.x, event.y))
            case "button":
                self._button(event)
            case "wheel":
                self._wheel(event)
            case "key":
                self._key(event)
        return self._take()

    def flush(self, now: float | None = None) -> list[Gesture | Command]:
        """What is finished by `now`; without it everything, whatever may still come."""
        if now is None or (self.due_at is not None and now > self.due_at):
            self._finish()
        return self._take()

    def _take(self) -> list[Gesture | Command]:
        done, self._done = self._done, []
        return done

    def _finish(self) -> None:
        if self.pending is not None:
            gesture, self.pending = self.pending, None
            if gesture.kind == "type" and gesture.text == " ":
                gesture = replace(gesture, kind="press", text="", keys=("space",))
            self._done.append(gesture)

    def _button(self, event: InputEvent) -> None:
        self._use_modifiers()
        self.composer.cancel()
        if event.name not in _BUTTONS:
            self.unknown += event.pressed
            return
        place = (event.x, event.y)
        if event.pressed:
            again = self._is_again(event, place)
            if not again:
                self._finish()
            self._held[event.name] = _Hold(event.at, [place], self._names(), again)
            return
        hold = self._held.pop(event.name, None)
        if hold is None:
            return
        hold.path.append(place)
        long = round(event.at - hold.at, 2) if event.at - hold.at >= LONG_SECONDS else 0.0
        clicked, began = (self.pending.count, self.pending.started_at) if hold.again and self.pending is not None else (0, hold.at)
        if hold.moved:
            if clicked:
                self.pending = None  # the clicks before it belong to the drag: together they mark words or lines
            self._finish()
            path = simplify(hold.path)
            self._done.append(Gesture("drag", began, event.at, path, event.name, clicked + 1, modifiers=hold.modifiers))
        elif hold.again and self.pending is not None:
            self.pending = replace(self.pending, count=clicked + 1, ended_at=event.at, seconds=min(long, 60.0))
        else:
            self._finish()
            self.pending = Gesture(
                "click", hold.at, event.at, (hold.path[0],), event.name, modifiers=hold.modifiers, seconds=min(long, 60.0)
            )

    def _is_again(self, event: InputEvent, place: Pixel) -> bool:
        last = self.pending
        return (
            last is not None
            and last.kind == "click"
            and (last.button, last.modifiers) == (event.name, self._names())
            and last.count < 3
            and not last.seconds
            and math.dist(last.path[0], place) < SAME_PLACE_PIXELS
        )

    def _wheel(self, event: InputEvent) -> None:
        self._use_modifiers()
        self.composer.cancel()
        dx, dy, last = event.dx, -event.dy, self.pending
        if (
            last is not None
            and last.kind == "scroll"
            and last.modifiers == self._names()
            and math.dist(last.path[0], (event.x, event.y)) < SAME_PLACE_PIXELS
            and last.dx * dx >= 0
            and last.dy * dy >= 0
            and max(abs(last.dx + dx), abs(last.dy + dy)) <= MOST_NOTCHES
        ):
            self.pending = replace(last, dx=last.dx + dx, dy=last.dy + dy, ended_at=event.at)
            return
        self._finish()
        self.pending = Gesture("scroll", event.at, event.at, ((event.x, event.y),), dx=dx, dy=dy, modifiers=self._names())

    def _key(self, event: InputEvent) -> None:
        key = event.code or event.name
        if event.name in MODIFIERS:
            self._modifier(event, key)
            return
        if not event.pressed or event.name == "altgr":
            return
        held = self._names()
        unused = [modifier.at for modifier in self._modifiers.values() if not modifier.used]
        self._use_modifiers()
        if command := self.commands.get(frozenset((*held, event.name))):
            self.composer.cancel()
            self._finish()
            self._done.append(Command(command))
        elif _SHORTCUT & set(held):
            self._press(held, event.name, min([*unused, event.at]), event.at)
        elif event.character or starts_sequence(event.symbol):
            self._type(self.composer.feed(event.symbol, event.character), event.at)
        else:
            self.composer.cancel()
            self._press(held, event.name, min([*unused, event.at]), event.at)

    def _modifier(self, event: InputEvent, key: int | str) -> None:
        if event.pressed:
            self._modifiers.setdefault(key, _Modifier(event.name, event.at))
            return
        released = self._modifiers.get(key)
        pressed = self.pending.keys[:-1] if self.pending is not None and self.pending.kind == "press" else ()
        if released is not None and released.name in pressed and released.name != "shift":
            self._finish()
        if released is not None and not released.used:
            alone = [modifier for modifier in self._modifiers.values() if not modifier.used]
            self._use_modifiers()
            self._finish()
            self._done.append(Gesture("press", alone[0].at, event.at, keys=tuple(modifier.name for modifier in alone)))
        self._modifiers.pop(key, None)

    def _press(self, held: Sequence[str], name: str, started_at: float, at: float) -> None:
        if name not in NAMED_KEYS and not (len(name) == 1 and name.isprintable() and not name.isspace()):
            self.unknown += 1
            return
        kept = [modifier for modifier in held if modifier != "shift"]
        last = self.pending
        if last is not None and last.kind == "press" and [key for key in last.keys[:-1] if key != "shift"] == kept:
            self.pending = replace(last, then=(*last.then, (*(("shift",) if "shift" in held else ()), name)), ended_at=at)
            return
        self._finish()
        gesture = Gesture("press", started_at, at, keys=(*held, name)[-5:])
        if {"alt", "super"} & set(kept) or ("ctrl" in kept and name == "tab"):
            self.pending = gesture
        else:
            self._done.append(gesture)

    def _type(self, text: str, at: float) -> None:
        if not text:
            return
        if self.pending is not None and self.pending.kind == "type":
            self.pending = replace(self.pending, text=self.pending.text + text, ended_at=at)
            return
        self._finish()
        self.pending = Gesture("type", at, at, text=text)

    def _names(self) -> tuple[str, ...]:
        """The modifiers that are down, in the order in which they went down; both sides of the keyboard count once."""
        return tuple(dict.fromkeys(modifier.name for modifier in self._modifiers.values()))

    def _use_modifiers(self) -> None:
        for modifier in self._modifiers.values():
            modifier.used = True


def simplify(path: Sequence[Pixel]) -> tuple[Pixel, ...]:
    """The corners of a path: every place of it lies within `PATH_PIXELS` of the lines between them, unless that takes too many corners."""
    tolerance = PATH_PIXELS
    corners = _corners(path, tolerance)
    while len(corners) > MOST_CORNERS:
        tolerance *= 1.5
        corners = _corners(path, tolerance)
    return tuple(path[index] for index in corners)


def _corners(path: Sequence[Pixel], tolerance: float) -> list[int]:
    """Ramer, Douglas and Peucker's way, with distances to segments, so that a path that turns back keeps its turn."""
    kept, spans = {0, len(path) - 1}, [(0, len(path) - 1)]
    while spans:
        first, last = spans.pop()
        between = range(first + 1, last)
        far = max(between, key=lambda index: _distance(path[index], path[first], path[last]), default=None)
        if far is not None and _distance(path[far], path[first], path[last]) > tolerance:
            kept.add(far)
            spans += [(first, far), (far, last)]
    return sorted(kept)


def _distance(place: Pixel, start: Pixel, end: Pixel) -> float:
    """Between a place and a line segment."""
    (x, y), (x1, y1), (x2, y2) = place, start, end
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = 0.0 if not length else min(max(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length, 0.0), 1.0)
    return math.dist((x, y), (x1 + along * (x2 - x1), y1 + along * (y2 - y1)))
