"""A person takes over for one action: the next gesture of the real mouse is watched, not hindered, and told as an action."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from agent.errors import DesktopError
from agent.recorder.gestures import DOUBLE_SECONDS, SCROLL_SECONDS, Command, Gesture, Reducer
from agent.recorder.listening import InputEvent, Listening, listen
from recordings.action import Action
from recordings.geometry import ScreenTransform

QUIET_SECONDS = max(DOUBLE_SECONDS, SCROLL_SECONDS) + 0.1
"""A gesture is over when nothing more has come for so long."""


class Takeover:
    """Watches for one click, drag or scroll in the captured rectangle, then for nothing more."""

    def __init__(self, area: Callable[[], ScreenTransform], on_action: Callable[[Action], None], display: str | None = None) -> None:
        """
        Args:
            area: the captured rectangle, asked as a gesture begins: its window may have moved since the agent looked.
            on_action: called once, from a thread of its own.

        Raises:
            DesktopError: nobody can listen.
        """
        self._ask_area, self._on_action = area, on_action
        self._area: ScreenTransform | None = None
        self._reducer, self._done = Reducer(), list[Gesture | Command]()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._over = False
        self._listening: Listening | None = None
        listening = listen(self._take, display)
        with self._lock:
            self._listening = listening

    def stop(self) -> None:
        """Watch no more. Never raises; may be called twice."""
        with self._lock:
            self._over = True
            listening, self._listening = self._listening, None
            if self._timer is not None:
                self._timer.cancel()
        if listening is not None:
            listening.stop()

    def _take(self, event: InputEvent) -> None:
        with self._lock:
            if self._over:
                return
            self._done += self._reducer.feed(event)
            if event.kind in ("button", "wheel"):
                if self._timer is None:
                    self._area = None
                    with suppress(DesktopError):  # without it, nothing counts
                        self._area = self._ask_area()
                else:
                    self._timer.cancel()
                self._timer = threading.Timer(QUIET_SECONDS, self._conclude)
                self._timer.daemon = True
                self._timer.start()

    def _conclude(self) -> None:
        with self._lock:
            self._done += self._reducer.flush()
            area, self._timer = self._area, None
            action = None if self._over or area is None else first_of_mouse(self._done, area)
            if action is None:
                self._done.clear()
                return
        self.stop()
        self._on_action(action)


def first_of_mouse(done: Sequence[Gesture | Command], area: ScreenTransform) -> Action | None:
    """The first gesture of the mouse that began in the captured rectangle, as an action."""
    for gesture in done:
        if isinstance(gesture, Gesture) and gesture.path and area.covers(*gesture.path[0]):
            return gesture.to_action(area)
    return None
