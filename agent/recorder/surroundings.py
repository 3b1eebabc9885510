"""The windows around what is recorded: which has the keyboard, which are kept in no frame, and whether a terminal shows what is typed."""

from __future__ import annotations

import sys
from collections import deque

from agent.private import private_parts
from agent.recorder.gestures import Gesture
from agent.recorder.watching import Rectangle
from agent.screen import Frame
from agent.x11.display import Window, Windows
from agent.x11.focus_trail import FocusTrail
from agent.x11.silence import Silence
from agent.x11.terminal import own_window, visible_part
from recordings.secrets.rules import Rules


class Surroundings:
    """The windows of one display; of none where the system has another way with them."""

    def __init__(self, display: str | None, rules: Rules) -> None:
        self._shown = rules.shown
        self._windows = Windows(display) if sys.platform.startswith("linux") else None
        self._trail = FocusTrail(display) if self._windows is not None else None
        self.own = own_window(self._windows) if self._windows is not None else None
        """The recorder's own terminal."""
        self._silence = Silence(self._windows) if self._windows is not None else None
        self._silences: deque[tuple[float, bool | None]] = deque(maxlen=500)

    def close(self) -> None:
        """Let go of the display."""
        if self._windows is not None:
            self._windows.close()
        if self._trail is not None:
            self._trail.close()

    def active(self, at: float) -> Window | None:
        """The window that had the keyboard at a moment of `time.monotonic`."""
        return self._trail.at(at) if self._trail is not None else None

    def had_keyboard(self, window: Window | None, at: float) -> bool:
        """Whether it was that window which had the keyboard then."""
        if self._trail is None:
            return True
        return self._trail.at(at) is None if window is None else self._trail.id_at(at) == window.id

    def hear_key(self, window: Window | None, at: float) -> None:
        """Something was typed into a window: ask its terminal at once, for the next line may be another program's.

        Editors and file managers hold terminals, too.
        """
        if self._silence is not None and window is not None:
            self._silences.append((at, self._silence.of(window)))

    def silent(self, gesture: Gesture) -> bool | None:
        """Whether a terminal did not show what was typed; False where it said that it did, None where it said nothing."""
        states = [state for at, state in self._silences if gesture.started_at <= at <= gesture.ended_at]
        return True if True in states else False if states and None not in states else None

    def covered(self, frame: Frame) -> tuple[Rectangle, ...]:
        """What of a capture is the recorder's own terminal."""
        if self.own is None or self._windows is None:
            return ()
        return _in_image(visible_part(self.own.id, self._windows), frame)

    def private(self, frame: Frame) -> tuple[Rectangle, ...]:
        """What of a capture belongs to windows that are kept in no frame."""
        return _in_image(private_parts(self._windows, self._shown), frame) if self._windows is not None else ()


def _in_image(parts: list[Rectangle] | tuple[Rectangle, ...], frame: Frame) -> tuple[Rectangle, ...]:
    area, scale = frame.area, frame.size[0] / frame.area.width
    return tuple(
        (
            round((left - area.left) * scale),
            round((top - area.top) * scale),
            round((right - area.left) * scale),
            round((bottom - area.top) * scale),
        )
        for left, top, right, bottom in parts
    )
