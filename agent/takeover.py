"""A person takes over: what their real mouse does is watched, not hindered, and told as actions one by one until they hand back.

What they type meanwhile goes where it goes, and is told to nobody: it may be a password.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from agent.errors import DesktopError
from agent.private import private_parts, to_private
from agent.recorder.gestures import DOUBLE_SECONDS, SCROLL_SECONDS, Command, Gesture, Reducer
from agent.recorder.listening import InputEvent, Listening, listen
from recordings.action import Action
from recordings.episode import Screenshot

if TYPE_CHECKING:
    from agent.desktop import LiveDesktop

HAND_BACK = ("ctrl", "alt", "h")
"""Ends it from anywhere."""
_END = "hand back"
QUIET_SECONDS = max(DOUBLE_SECONDS, SCROLL_SECONDS) + 0.1
"""A gesture is over when nothing more has come for so long."""

Glance = Callable[[int, int], Screenshot]
"""What the screen shows as a gesture begins at a place of it. Raises DesktopError where that does not count."""


class Takeover:
    """Watches for clicks, drags and scrolls in the captured rectangle."""

    def __init__(self, glance: Glance, on_action: Callable[[Action, Screenshot], None], on_end: Callable[[], None]) -> None:
        """
        Args:
            glance: asked as a gesture begins: its window may have moved since the agent looked.
            on_action: told of each gesture once it is over, with what the screen showed as it began, from a thread of its own.
            on_end: called, too, when the person hands back by the hotkey; nothing is told afterwards.

        Raises:
            DesktopError: nobody can listen.
        """
        self._glance, self._on_action, self._on_end = glance, on_action, on_end
        self._reducer = Reducer({frozenset(HAND_BACK): _END})
        self._seen: dict[float, Screenshot] = {}
        """What was shown, by when a button was pressed or the wheel began to turn."""
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._over = False
        self._listening: Listening | None = None
        listening = listen(self._take)
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
            done = self._reducer.feed(event)
            pressed = event.kind == "button" and event.pressed
            if pressed or (event.kind == "wheel" and self._reducer.began_at == event.at):
                with suppress(DesktopError):  # without it, it does not count
                    self._seen[event.at] = self._glance(event.x, event.y)
            self._tell(done)
            if event.kind in ("button", "wheel") and not self._over:
                if self._timer is not None:
                    self._timer.cancel()
                self._timer = threading.Timer(QUIET_SECONDS, self._conclude)
                self._timer.daemon = True
                self._timer.start()

    def _conclude(self) -> None:
        with self._lock:
            if not self._over:
                self._tell(self._reducer.flush())

    def hand_back(self) -> None:
        """Tell what is under way, and that the person hands back."""
        with self._lock:
            if not self._over:
                self._tell([*self._reducer.flush(), Command(_END)])

    def _tell(self, done: Sequence[Gesture | Command]) -> None:
        for one in done:
            if isinstance(one, Command):
                self._over = True
                self._on_end()
                return
            if not one.path:
                continue
            seen = self._seen.pop(one.started_at, None)
            self._seen = {at: later for at, later in self._seen.items() if at > one.started_at}
            if seen is not None and seen.transform.covers(*one.path[0]):
                self._on_action(one.to_action(seen.transform), seen)


@contextmanager
def glancing(desktop: LiveDesktop, display: str | None = None) -> Iterator[Glance]:
    """What a person's gestures in what a desktop captures begin on; those in Deskhand's own terminal do not count."""
    if not sys.platform.startswith("linux"):
        yield lambda x, y: desktop.screen.capture()
        return
    from agent.x11.display import Windows
    from agent.x11.terminal import own_window, visible_part

    windows = Windows(display)
    try:
        own = own_window(windows)

        def glance(x: int, y: int) -> Screenshot:
            if own is not None and any(a <= x < c and b <= y < d for a, b, c, d in visible_part(own.id, windows)):
                raise DesktopError("this is Deskhand's own terminal")
            shot = desktop.screen.capture()
            return Screenshot(shot.image, shot.transform, private=to_private(private_parts(windows, desktop.shown), shot.transform))

        yield glance
    finally:
        windows.close()
