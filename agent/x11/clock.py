"""The X server's clock in this process's time."""

from __future__ import annotations

import time


class ServerClock:
    """When an event happened, by the server's clock: on a busy machine it is heard much later.

    A server on this machine counts the milliseconds of the same monotonic clock; of another one the smallest lag seen tells the offset.
    """

    _SAME_MILLISECONDS = 5000
    _WRAP = 1 << 32

    def __init__(self) -> None:
        self._offset: int | None = None

    def read(self, milliseconds: int) -> float:
        """A moment of the server's as one of `time.monotonic`."""
        now = int(time.monotonic() * 1000)
        behind = (now - milliseconds) % self._WRAP
        if self._offset is None and behind < self._SAME_MILLISECONDS:
            return (now - behind) / 1000
        self._offset = min(behind, behind if self._offset is None else self._offset)
        return (now - behind + self._offset) / 1000
