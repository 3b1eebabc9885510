"""A person takes over for one action: the next gesture of the real mouse is watched, not hindered, and told as an action."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from agent.recorder.gestures import DOUBLE_SECONDS, SCROLL_SECONDS, Command, Gesture, Reducer
from agent.recorder.listening import InputEvent, Listening, listen
from recordings.action import Action
from recordings.geometry import ScreenTransform

QUIET_SECONDS = max(DOUBLE_SECONDS, SCROLL_SECONDS) + 0.1
"""A gesture is over when nothing more has come for so long."""


class Takeover:
    """Watches for one click, drag or scroll in the captured rectangle, then for nothing more."""

    def __init__(self, area: ScreenTransform, on_action: Callable[[Action], None], display: str | None = None) -> None:
        """`on_action` is called once, from a thread of its own. Raises DesktopError where nobody can listen."""
        self._area, self._on_action = area, on_action
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
                if self._timer is not None:
                    self._timer.cancel()
                self._timer = threading.Timer(QUIET_SECONDS, self._conclude)
                self._timer.daemon = True
                self._timer.start()

    def _conclude(self) -> None:
        with self._lock:
            self._done += self._reducer.flush()
            action = None if self._over else first_of_mouse(self._done, self._area)
            if action is None:
                return
        self.stop()
        self._on_action(action)


def first_of_mouse(done: Sequence[Gesture | Command], area: ScreenTransform) -> Action | None:
    """The first gesture of the mouse that began in the captured rectangle, as an action."""
    for gesture in done:
        if isinstance(gesture, Gesture) and gesture.path and area.covers(*gesture.path[0]):
            return gesture.to_action(area)
    return None
