"""The recorder: what a person does, and what the screen showed before and after it, becomes the steps of an episode.

Four threads, none of which waits for another's work: the listener only queues events; the watch captures; the witness asks applications;
this one reduces events and picks frames; the scribe redacts and writes.

The frame before an action is what the screen showed just before the button went down, with one exception: the pointer that arrives over a
button lights it up, and such a frame would tell where the click went. So where the screen has changed since the pointer arrived, and only
close around it, the frame from before its arrival is taken. A pointer that has not left the place since the last action keeps its
highlight: there is no newer frame without it.
"""

from __future__ import annotations

import math
import queue
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from PIL import Image

from agent.accessibility import Node
from agent.recorder.compose import Composer
from agent.recorder.gestures import Command, Gesture, Reducer
from agent.recorder.listening import InputEvent, Listening, listen
from agent.recorder.pasting import Pastes
from agent.recorder.scribe import Draft, Scribe
from agent.recorder.surroundings import Surroundings
from agent.recorder.watching import Rectangle, Seen, Watch
from agent.recorder.witness import Survey, Witness
from agent.screen import Screen
from agent.x11.display import Window
from recordings.episode import Element, Step
from recordings.errors import DeskhandError
from recordings.geometry import Point
from recordings.secrets.memory import Redactor
from recordings.secrets.pixels import Read
from recordings.secrets.rules import Rules
from recordings.store import EpisodeWriter

HOTKEYS = {
    "stop": ("ctrl", "alt", "escape"),
    "pause": ("ctrl", "alt", "p"),
    "undo": ("ctrl", "alt", "z"),
    "note": ("ctrl", "alt", "n"),
}
NEAR_PIXELS = 40
"""A pointer so near to where it clicked has arrived."""
HOVER_PIXELS = (200, 60)
"""How far around the pointer, to the sides and up and down, a highlight or a tooltip may reach."""
HOVER_SECONDS = 10.0
AFTER_SECONDS = 3.0
"""A screen that never settles is taken as it is."""
_TICK_SECONDS = 0.04
_ASK_SECONDS = 0.3
_LATE_SECONDS = 0.3
"""So late an event may be heard."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """What was there when a gesture began."""

    before: Seen
    survey: Survey | None
    window: Window | None
    at: float
    node: Node | None = None
    """What the pointer was on, where an older survey told and it had not changed since."""


class Recorder:
    """Records one desktop into one episode, between `start` and `stop`. `note` and `stop` are callable from any thread."""

    def __init__(
        self,
        screen: Screen,
        writer: EpisodeWriter,
        rules: Rules | Redactor,
        *,
        display: str | None = None,
        session_bus: str | None = None,
        window: str | None = None,
        hide_unechoed: bool = True,
        on_step: Callable[[Step], None] = lambda step: None,
        on_command: Callable[[str], None] = lambda name: None,
        name_at: Callable[[Image.Image, Point], Element | None] = lambda image, point: None,
        read: Read | None = None,
    ) -> None:
        """
        Args:
            screen: what is recorded; events outside of it are not.
            writer: where the steps go; whoever opened it closes it.
            rules: what must not be kept, or with what is known to be secret from the start.
            display: X11 display; None: the one of the environment.
            session_bus: of the applications; None: the one of the environment.
            window: regular expression for the title of the only window in which keys are recorded.
            hide_unechoed: treat text that changes nothing on the screen as a password.
            on_step: called with each step once it is on the disk, from another thread.
            on_command: called with the name of each hotkey of `HOTKEYS` once it has taken effect, from another thread.
            name_at: names what the pointer was on in a frame, where accessibility does not (`agent.recorder.naming`), from another thread.
            read: what is written in a frame, for secrets in it are painted over; from another thread.

        Raises:
            DesktopError: there is no such display.
        """
        self._display, self._window = display, re.compile(window, re.IGNORECASE) if window else None
        self._on_command = on_command
        redactor = rules if isinstance(rules, Redactor) else Redactor(rules)
        self._windows = Surroundings(display, redactor.rules)
        self.witness = Witness(redactor, session_bus=session_bus, display=display, shown=redactor.rules.shown)
        self._pastes = Pastes(display, redactor.rules)
        self.watch = Watch(screen, covered=self._windows.covered, private=self._windows.private, on_settled=lambda seen: self.witness.ask())
        self.scribe = Scribe(writer, redactor, self.witness, hide_unechoed=hide_unechoed, on_step=on_step, name_at=name_at, read=read)
        self._reducer = Reducer({frozenset(keys): name for name, keys in HOTKEYS.items()}, Composer())
        self._events: queue.SimpleQueue[InputEvent | None] = queue.SimpleQueue()
        self._trail: deque[tuple[float, int, int]] = deque(maxlen=2000)
        self._openings: dict[float, _Opening] = {}
        self._waiting: list[tuple[Gesture, _Opening, bool | None, Future[tuple[str, ...]] | None]] = []
        self._last_end = self._asked_at = 0.0
        self._note = ""
        self._listening: Listening | None = None
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._finished = threading.Event()
        self.paused = False
        self.heard = 0
        """Events that arrived."""
        self.left_out = 0
        """Actions outside of what is recorded, and presses that no action can say."""

    def start(self) -> Recorder:
        """Begin. Raises DesktopError where the screen cannot be captured or nobody may listen; nothing runs then."""
        self.watch.start()
        self.witness.start()
        self.scribe.start()
        try:
            self._listening = listen(self._events.put, self._display)
        except BaseException:
            self.watch.stop()
            self.witness.stop()
            self.scribe.finish()
            raise
        self._thread.start()
        return self

    def stop(self) -> None:
        """Record what is still unfinished, and end every thread. May be called twice."""
        if self._listening is None:
            return
        self._listening.stop()
        self._listening = None
        self._events.put(None)
        self._thread.join()
        self.scribe.finish()
        self.watch.stop()
        self.witness.stop()
        self._pastes.close()
        self._windows.close()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the stop hotkey is pressed or nothing can be recorded any more; says whether that was."""
        return self._finished.wait(seconds)

    @property
    def failure(self) -> DeskhandError | None:
        """Why nothing can be recorded any more."""
        return self.scribe.failure or self.watch.failure

    @property
    def note_left(self) -> str:
        """A note that no step followed."""
        return self._note

    def note(self, text: str) -> None:
        """Keep a remark with the next step: what it is for."""
        self._note = f"{self._note} {text}".strip()

    def _run(self) -> None:
        while True:
            busy = self._reducer.began_at is not None or bool(self._waiting)
            try:
                event = self._events.get(timeout=_TICK_SECONDS if busy else 0.5)
            except queue.Empty:
                self._advance(self._reducer.flush(time.monotonic() - _LATE_SECONDS))
            else:
                if event is None:
                    break
                self.heard += 1
                self._hear(event)
            if self.failure is not None:
                self._finished.set()
        self._advance(self._reducer.flush())
        self._conclude(self.watch.settled_after(self._last_end, AFTER_SECONDS if self._waiting else 0.0))
        self.left_out += self._reducer.unknown

    def _hear(self, event: InputEvent) -> None:
        if event.kind == "move":
            self._trail.append((event.at, event.x, event.y))
        elif event.kind == "key" and event.pressed:
            self._look_where(event)
        self._advance(self._reducer.feed(event), event)

    def _look_where(self, event: InputEvent) -> None:
        """What is typed into two windows is two texts."""
        pending = self._reducer.pending
        opening = self._openings.get(pending.started_at) if pending is not None and pending.kind == "type" else None
        if opening is not None and not self._windows.had_keyboard(opening.window, event.at):
            self._advance(self._reducer.flush())
            opening = None
        self._windows.hear_key(opening.window if opening is not None else self._windows.active(event.at), event.at)

    def _advance(self, done: Sequence[Gesture | Command], event: InputEvent | None = None) -> None:
        began = self._reducer.began_at
        for one in done:
            if isinstance(one, Command):
                self._obey(one)
            elif not self.paused:
                self._finish(one)
        if self.paused:
            self._openings.clear()
        elif event is not None and began is not None:
            if began not in self._openings:
                self._open(began, (event.x, event.y) if event.kind == "button" else None)
            elif event.kind == "key" and event.at - self._asked_at > _ASK_SECONDS:
                self._ask()
        self._conclude_if_settled()

    def _open(self, at: float, place: tuple[int, int] | None) -> _Opening:
        """Remember what is there before a gesture changes it; what was before it has now had its time."""
        latest = self.watch.at(at)
        self._conclude(latest)
        survey = older = self.witness.latest_before(at)
        if survey is not None:
            surveyed, tooltips = self.watch.at(survey.started_at), _tooltips(survey, latest)
            if survey.started_at < self._last_end or self._moved_on(surveyed, latest, place, tooltips):
                survey = None
        before = latest
        if place is not None:
            arrived = self._arrival(place, at)
            earlier = self.watch.at(arrived)
            fresh = arrived > self._last_end and at - earlier.last < HOVER_SECONDS
            if fresh and not self._moved_on(earlier, latest, place):
                before = earlier
        window = self._windows.active(at)
        node = self._unchanged(older, before, place) if older is not None and survey is None and place is not None else None
        opening = _Opening(before, survey, window, time.time() - (time.monotonic() - at), node)
        self._openings = {at: opening}
        if place is None:
            self._ask()
        return opening

    def _unchanged(self, survey: Survey, before: Seen, place: tuple[int, int]) -> Node | None:
        """What an older survey says is at a place, if no pixel of it has changed since: a screen that moves elsewhere does not matter."""
        node = survey.node_at(*place)
        if node is None:
            return None
        box, tooltips = before.in_image(node.left, node.top, node.width, node.height), _tooltips(survey, before)
        same = all(self.watch.at(moment).equals(before, box, tooltips) for moment in (survey.started_at, survey.ended_at))
        return node if same else None

    def _arrival(self, place: tuple[int, int], at: float) -> float:
        """When the pointer came near to a place, last of all."""
        arrived = at
        for moment, x, y in reversed(self._trail):
            if math.dist(place, (x, y)) > NEAR_PIXELS:
                break
            arrived = moment
        return arrived

    def _moved_on(self, earlier: Seen, latest: Seen, place: tuple[int, int] | None, apart_from: Sequence[Rectangle] = ()) -> bool:
        """Whether the screen has changed otherwise than by what the pointer lights up where it is, and no longer where it was."""
        if earlier.frame.area != latest.frame.area:
            return True
        pointers = []
        if place is not None:
            before = [[(x, y) for at, x, y in self._trail if at <= moment][-1:] for moment in (earlier.first, earlier.last)]
            pointers = [place, *before[0], *before[1]]
        return earlier.difference(latest, [*apart_from, *(self._around(pointer, latest) for pointer in pointers)]) is not None

    def _around(self, pointer: tuple[int, int], seen: Seen) -> Rectangle:
        """What a pointer may light up, in image pixels."""
        (x, y), (wide, high) = pointer, HOVER_PIXELS
        return seen.in_image(x - wide, y - high, 2 * wide, 2 * high)

    def _finish(self, gesture: Gesture) -> None:
        opening = self._openings.pop(gesture.started_at, None) or self._open(gesture.started_at, None)
        self._openings.pop(gesture.started_at, None)
        self._last_end = max(self._last_end, gesture.ended_at)
        if not self._is_inside(gesture, opening):
            self.left_out += 1
            return
        self._waiting.append((gesture, opening, self._windows.silent(gesture), self._pastes.look(gesture)))
        self._ask()

    def _is_inside(self, gesture: Gesture, opening: _Opening) -> bool:
        window = opening.window
        if gesture.path:
            return self._shows(opening.before, *gesture.path[0])
        if window is not None and self._windows.own is not None and window.id == self._windows.own.id:
            return False
        return self._window is None or (window is not None and self._window.search(window.title) is not None)

    @staticmethod
    def _shows(seen: Seen, x: int, y: int) -> bool:
        """Whether a screen pixel was captured and not covered. The focus is no answer: it follows the click."""
        area = seen.frame.to_transform()
        left, top = x - area.left, y - area.top
        return area.covers(x, y) and not any(x1 <= left < x2 and y1 <= top < y2 for x1, y1, x2, y2 in seen.covered)

    def _conclude_if_settled(self) -> None:
        if self._waiting and (self.watch.is_settled(self._last_end) or time.monotonic() - self._last_end > AFTER_SECONDS):
            self._conclude(self.watch.latest)

    def _conclude(self, after: Seen) -> None:
        """What was done has had its effect: hand it on."""
        for gesture, opening, silent, pasted in self._waiting:
            seen = opening.before, after, opening.at, opening.survey, opening.window
            self.scribe.put(Draft(gesture, *seen, self._note, opening.node, silent, pasted))
            self._note = ""
        self._waiting = []

    def _obey(self, command: Command) -> None:
        self._conclude(self.watch.latest)
        match command.name:
            case "stop":
                self._finished.set()
            case "undo":
                self.scribe.undo()
            case "pause":
                self.paused = not self.paused
            case "note":
                self.paused = True
        self._on_command(command.name)

    def _ask(self) -> None:
        self._asked_at = time.monotonic()
        self.witness.ask()


def _tooltips(survey: Survey, seen: Seen) -> list[Rectangle]:
    """Where tooltips stood when a survey was made: they go with the pointer, and what they covered is there again."""
    return [seen.in_image(window.left, window.top, window.width, window.height) for window in survey.tooltips]
