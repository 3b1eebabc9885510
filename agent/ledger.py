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

RECENT_SECONDS = 0.5
"""How long a place of the pointer counts as the agent's: a person may go there next."""


class Ledger:
    """Announced events. Callable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: deque[tuple[float, Hashable]] = deque()

    def announce(self, *events: Hashable) -> None:
        """Expect these events."""
        with self._lock:
            now = time.monotonic()
            self._forget(now)
            self._expected.extend((now, event) for event in events)

    def claim(self, event: Hashable) -> bool:
        """Whether an event that arrived was announced. Each announcement counts once."""
        with self._lock:
            self._forget(time.monotonic())
            for entry in self._expected:
                if entry[1] == event:
                    self._expected.remove(entry)
                    return True
            return False

    def knows(self, event: Hashable) -> bool:
        """Whether an event was announced of late, however often it arrives: one move of the pointer may be told several times."""
        with self._lock:
            since = time.monotonic() - RECENT_SECONDS
            return any(at >= since and expected == event for at, expected in self._expected)

    def _forget(self, now: float) -> None:
        while self._expected and now - self._expected[0][0] > LIFETIME_SECONDS:
            self._expected.popleft()
