"""What the hands are about to send, so that a listener can tell the agent's own events from a person's.

X11 does not say who caused an event. The hands announce each one just before they send it; what arrives unannounced is human.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Hashable

LIFETIME_SECONDS = 2.0
"""How long an announced event may take to arrive: far longer than it does, yet soon forgotten where nobody listened."""


class Ledger:
    """Announced events. Callable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[Hashable, deque[float]] = {}
        self._swept_at = time.monotonic()

    def announce(self, *events: Hashable) -> None:
        """Expect these events."""
        now = time.monotonic()
        with self._lock:
            if now - self._swept_at > LIFETIME_SECONDS:
                self._swept_at = now
                self._expected = {event: times for event, times in self._expected.items() if now - times[-1] <= LIFETIME_SECONDS}
            for event in events:
                self._expected.setdefault(event, deque()).append(now)

    def claim(self, event: Hashable) -> bool:
        """Whether an event that arrived was announced. Each announcement counts once."""
        with self._lock:
            times = self._recent(event)
            if not times:
                return False
            times.popleft()
            if not times:
                del self._expected[event]
            return True

    def knows(self, event: Hashable) -> bool:
        """Whether an event was announced of late, however often it arrives: one move of the pointer may be told several times."""
        with self._lock:
            return bool(self._recent(event))

    def _recent(self, event: Hashable) -> deque[float]:
        times = self._expected.get(event, deque())
        now = time.monotonic()
        while times and now - times[0] > LIFETIME_SECONDS:
            times.popleft()
        if not times:
            self._expected.pop(event, None)
        return times
