"""Stop, pause, resume: the one switch between people and the loop, callable from any thread at any time.

The loop asks the switch between its phases; whoever must act at once (the input gate, the hands) subscribes and is called in the
thread that turned the switch, so that an emergency stop takes effect while the model is still computing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import StrEnum


class Position(StrEnum):
    """Where the switch stands."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class Stopped(Exception):
    """Raised in the loop's thread by `StopSwitch.checkpoint` once somebody stopped the run; the message says who and why."""


Listener = Callable[[Position, str], None]


class StopSwitch:
    """A thread-safe switch: running ⇄ paused → stopped. Stopped is final until `reset`, which only a new run calls."""

    def __init__(self) -> None:
        self._condition = threading.Condition(threading.RLock())
        self._position = Position.RUNNING
        self._reason = ""
        self._listeners: list[Listener] = []
        self._paused_at = 0.0
        self._paused_before = 0.0
        self._pauses = 0

    @property
    def position(self) -> Position:
        return self._position

    @property
    def reason(self) -> str:
        """Why the switch stands where it stands, in words for people; empty while running."""
        return self._reason

    @property
    def stopped(self) -> bool:
        return self._position is Position.STOPPED

    @property
    def paused(self) -> bool:
        return self._position is Position.PAUSED

    @property
    def pauses(self) -> int:
        """How often the run was paused so far: what was decided before a pause is stale after it."""
        return self._pauses

    @property
    def paused_seconds(self) -> float:
        """Seconds spent paused in this run, which no time limit counts."""
        with self._condition:
            return self._paused_before + (time.monotonic() - self._paused_at if self.paused else 0.0)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(position, reason)` at each change, in the thread that causes it; returns the function that ends this.

        A listener must be quick and must not raise; what it raises is swallowed, for the next one must still be told.
        """
        with self._condition:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def stop(self, reason: str = "stopped by the user") -> None:
        """End the run: no further event, held keys released. Does nothing to a run that is stopped already."""
        self._turn(Position.STOPPED, reason, unless=(Position.STOPPED,))

    def pause(self, reason: str = "paused by the user") -> None:
        """Hold the run where it is until `resume` or `stop`. Does nothing unless it is running."""
        self._turn(Position.PAUSED, reason, unless=(Position.PAUSED, Position.STOPPED))

    def resume(self) -> None:
        """Go on after a pause. Does nothing unless it is paused."""
        self._turn(Position.RUNNING, "", unless=(Position.RUNNING, Position.STOPPED))

    def reset(self) -> None:
        """Stand ready for a new run."""
        with self._condition:
            self._turn(Position.RUNNING, "", unless=(Position.RUNNING,))
            self._paused_before, self._pauses = 0.0, 0

    def checkpoint(self) -> None:
        """Return at once while running, block while paused, raise `Stopped` once stopped."""
        with self._condition:
            self._condition.wait_for(lambda: not self.paused)
            if self.stopped:
                raise Stopped(self._reason)

    def sleep(self, seconds: float) -> None:
        """Sleep, but wake at once when somebody pauses or stops the run."""
        with self._condition:
            self._condition.wait_for(lambda: self._position is not Position.RUNNING, timeout=max(seconds, 0.0))

    def _turn(self, position: Position, reason: str, unless: tuple[Position, ...]) -> None:
        with self._condition:
            if self._position in unless:
                return
            now = time.monotonic()
            if self.paused:
                self._paused_before += now - self._paused_at
            if position is Position.PAUSED:
                self._paused_at, self._pauses = now, self._pauses + 1
            self._position, self._reason = position, reason
            self._condition.notify_all()
            for listener in tuple(self._listeners):
                try:
                    listener(position, reason)
                except Exception:  # noqa: BLE001 — an emergency stop must reach every listener
                    continue
