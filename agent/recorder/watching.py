"""What a screen showed and when: captures at a steady pace, of which only those that differ are kept, and only for a while."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from agent.screen import Frame, Screen
from recordings.episode import Screenshot
from recordings.errors import DeskhandError

FRAMES_PER_SECOND = 10.0
QUIET_SECONDS = 0.25
"""A screen that has shown the same for so long is settled."""
RESTLESS_PIXELS = 64
"""So few changing pixels are a blinking caret, not a screen that is being drawn."""
MOST_KEPT = 30

Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom in image pixels; right and bottom are outside."""


@dataclass(slots=True, eq=False)
class Seen:
    """A distinct capture; times as `time.monotonic()`."""

    frame: Frame
    first: float
    """When it was captured first."""
    last: float
    """When it was still what the screen showed."""
    quiet_since: float
    """Since when no more than a caret has changed."""
    covered: tuple[Rectangle, ...] = field(default=())
    """What lies over the screen and is not to be kept, such as the recorder's own terminal."""
    private: tuple[Rectangle, ...] = field(default=())
    """Windows that belong to the screen and whose pixels are kept by nobody."""
    _shot: Screenshot | None = None

    @property
    def screenshot(self) -> Screenshot:
        """The image of it, made once."""
        if self._shot is None:
            self._shot = self.frame.to_screenshot()
        return self._shot

    @property
    def settled(self) -> bool:
        return self.last - self.quiet_since >= QUIET_SECONDS

    def difference(self, other: Seen, apart_from: Sequence[Rectangle] = ()) -> Rectangle | None:
        """The smallest rectangle around all pixels that differ, some and what is covered left out; None where none does.

        Of captures of unlike places or sizes it is all.
        """
        if self is other:
            return None
        width, height = self.frame.size
        if self.frame.size != other.frame.size or self.frame.area != other.frame.area:
            return (0, 0, width, height)
        differs = np.not_equal(*(np.frombuffer(one.frame.pixels, dtype=np.uint32).reshape(height, width) for one in (self, other)))
        for left, top, right, bottom in (*self.covered, *other.covered, *apart_from):
            differs[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = False
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else None

    def in_image(self, left: float, top: float, width: float, height: float) -> Rectangle:
        """The place of something in screen pixels, in image pixels; it may reach beyond the image."""
        area = self.frame.area
        scale = self.frame.size[0] / area.width
        x, y = (left - area.left) * scale, (top - area.top) * scale
        return round(x), round(y), round(x + width * scale), round(y + height * scale)

    def equals(self, other: Seen, box: Rectangle, apart_from: Sequence[Rectangle] = ()) -> bool:
        """Whether both show the same in a box, in image pixels, some left out; never where they are of unlike places or sizes."""
        width, height = self.frame.size
        left, top, right, bottom = box
        if (
            self.frame.size != other.frame.size
            or self.frame.area != other.frame.area
            or not (0 <= left < right <= width)
            or not (0 <= top < bottom <= height)
        ):
            return False
        mine, its = (np.frombuffer(one.frame.pixels, dtype=np.uint32).reshape(height, width) for one in (self, other))
        differs = mine[top:bottom, left:right] != its[top:bottom, left:right]
        for x1, y1, x2, y2 in apart_from:
            differs[max(y1 - top, 0) : max(y2 - top, 0), max(x1 - left, 0) : max(x2 - left, 0)] = False
        return not differs.any()


class Watch:
    """Captures a screen in a thread of its own until `stop`. Everything else is callable from any thread."""

    def __init__(
        self,
        screen: Screen,
        *,
        covered: Callable[[Frame], tuple[Rectangle, ...]] = lambda frame: (),
        private: Callable[[Frame], tuple[Rectangle, ...]] = lambda frame: (),
        on_settled: Callable[[Seen], None] = lambda seen: None,
    ) -> None:
        """
        Args:
            covered: what of a capture is not to be kept; asked when it differs from the one before.
            private: windows in it whose pixels are not to be kept; asked likewise.
            on_settled: called once for each capture that the screen came to rest on, from the watching thread; must be quick.
        """
        self._screen, self._pause, self._covered, self._on_settled = screen, 1.0 / FRAMES_PER_SECOND, covered, on_settled
        self._private, self._private_last = private, tuple[Rectangle, ...]()
        self._kept: deque[Seen] = deque(maxlen=MOST_KEPT)
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.failure: DeskhandError | None = None
        """Why nothing can be captured any more."""

    def start(self) -> Watch:
        """Capture once, then go on in the background. Raises DesktopError where that first capture fails."""
        self._add(self._screen.grab())
        self._thread.start()
        return self

    def stop(self) -> None:
        """Capture no more. May be called twice."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def latest(self) -> Seen:
        """What the screen shows."""
        with self._changed:
            return self._kept[-1]

    def at(self, moment: float) -> Seen:
        """What the screen showed at a moment; the oldest that is kept where that is longer ago."""
        with self._changed:
            return next((seen for seen in reversed(self._kept) if seen.first <= moment), self._kept[0])

    def settled_after(self, moment: float, patience: float) -> Seen:
        """Wait until the screen has settled after a moment, at most `patience` seconds; then what it shows."""
        end = time.monotonic() + patience
        with self._changed:
            self._changed.wait_for(lambda: self._is_settled(moment) or self.failure is not None, max(end - time.monotonic(), 0.0))
            return self._kept[-1]

    def is_settled(self, moment: float) -> bool:
        """Whether the screen has come to rest after a moment."""
        with self._changed:
            return self._is_settled(moment)

    def _is_settled(self, moment: float) -> bool:
        seen = self._kept[-1]
        return seen.settled and seen.last - moment >= QUIET_SECONDS

    def _run(self) -> None:
        told: Seen | None = None
        due = time.monotonic()
        while not self._ended.is_set():
            due = max(due + self._pause, time.monotonic())
            if self._ended.wait(due - time.monotonic()):
                return
            try:
                seen = self._add(self._screen.grab())
            except DeskhandError as error:
                self.failure = error
                with self._changed:
                    self._changed.notify_all()
                return
            if seen.settled and seen is not told:
                told = seen
                self._on_settled(seen)

    def _add(self, frame: Frame) -> Seen:
        now = time.monotonic()
        last = self._kept[-1] if self._kept else None
        if last is not None and last.frame.area == frame.area and last.frame.pixels == frame.pixels:
            with self._changed:
                last.last = now
                self._changed.notify_all()
            return last
        quiet_since = last.quiet_since if last is not None and _few(frame, last.frame) else now
        private = self._private(frame)
        # A window that closed between the capture and the question was still there in the question before.
        both = tuple(dict.fromkeys((*private, *self._private_last)))
        self._private_last = private
        seen = Seen(frame, now, now, quiet_since, self._covered(frame), both)
        with self._changed:
            self._kept.append(seen)
            self._changed.notify_all()
        return seen


def _few(one: Frame, other: Frame) -> bool:
    """Whether no more than a caret differs."""
    if one.area != other.area or one.size != other.size:
        return False
    pixels = (np.frombuffer(frame.pixels, dtype=np.uint32) for frame in (one, other))
    return int(np.count_nonzero(np.not_equal(*pixels))) <= RESTLESS_PIXELS
