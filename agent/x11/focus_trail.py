"""Which window had the keyboard when: whoever hears of a key later must not take the window of now for the one that got it."""

from __future__ import annotations

import contextlib
import select
import threading
from collections import deque

from Xlib import X
from Xlib.error import ConnectionClosedError

from agent.x11.clock import ServerClock
from agent.x11.connection import connect
from agent.x11.display import Window, Windows

UNKNOWN = -1
_IDLE_SECONDS = 0.5
_REMEMBERED = 200
"""Windows that may have gone since."""


class FocusTrail:
    """Follows a display's active window, on a connection and a thread of its own, until `close`.

    The server says when the active window changed, and not to which: that is asked for at once. Where it changed again before the answer,
    nobody knows what it was between the two, and no window is told for that time.
    """

    def __init__(self, display: str | None) -> None:
        """Raises DesktopError where there is no such display."""
        self._display = connect(display)
        self._windows = Windows.on(self._display)
        self._clock, self._lock = ServerClock(), threading.Lock()
        self._atom = self._display.intern_atom("_NET_ACTIVE_WINDOW")
        self._display.screen().root.change_attributes(event_mask=X.PropertyChangeMask)
        self._trail: deque[tuple[float, int]] = deque(maxlen=500)
        self._known: dict[int, Window] = {}
        self._closed = False
        self._catch_up([0.0])
        self._thread = threading.Thread(target=self._follow, name="focus", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and let go of the display. Never raises, for it may have gone first."""
        self._closed = True
        self._thread.join()
        with contextlib.suppress(ConnectionClosedError, OSError):
            self._display.close()

    def at(self, moment: float) -> Window | None:
        """The window that had the keyboard at a moment of `time.monotonic`, as it is now or was last seen.

        None where none had it, or nobody knows.
        """
        number = self.id_at(moment)
        if number in (None, UNKNOWN):
            return None
        with self._lock:
            return self._describe(number)

    def id_at(self, moment: float) -> int | None:
        """Its id alone, UNKNOWN where nobody knows."""
        with self._lock:
            with contextlib.suppress(ConnectionClosedError, OSError):
                self._display.sync()
                self._catch_up(self._changes())
            return next((number or None for since, number in reversed(self._trail) if since <= moment), UNKNOWN)

    def _follow(self) -> None:
        with contextlib.suppress(ConnectionClosedError, OSError, ValueError):  # the display has gone: whoever captures it says so
            while not self._closed:
                if select.select([self._display.fileno()], [], [], _IDLE_SECONDS)[0]:
                    with self._lock:
                        self._catch_up(self._changes())

    def _catch_up(self, changes: list[float]) -> None:
        while changes:
            number = self._windows.active_id() or 0
            later = self._changes()  # the answer came after all of these
            self._trail.extend((moment, UNKNOWN) for moment in changes[:-1])
            self._trail.append((changes[-1], UNKNOWN if later else number))
            if number and not later:
                self._describe(number)
            changes = later

    def _changes(self) -> list[float]:
        """When it changed, as far as was told and not yet heard."""
        found = []
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.PropertyNotify and event.atom == self._atom:
                found.append(self._clock.read(event.time))
        return found

    def _describe(self, number: int) -> Window | None:
        seen = self._windows.describe(number)
        if seen is not None:
            self._known[number] = seen
            while len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]
        return seen or self._known.get(number)
