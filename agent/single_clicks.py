"""Two clicks that were decided on one by one are no double click, however soon the second comes."""

from __future__ import annotations

import time
from collections.abc import Callable

from recordings.action import Action, Click, Drag, target_of
from recordings.geometry import Point

DOUBLE_SECONDS, SAME_PLACE = 0.5, 0.02
"""Presses so soon and so near count as one double click, or less: programs differ."""


class SingleClicks:
    """Remembers where was clicked last, and when the screen began to settle after it."""

    def __init__(self, wait: Callable[[float], None]) -> None:
        self._wait = wait
        self._clicked: Point | None = None
        self._settled: tuple[float, Point] | None = None

    def settle(self) -> None:
        """What comes next is decided on anew: without this in between, clicks may be meant as one."""
        self._settled = (time.monotonic(), self._clicked) if self._clicked is not None else None

    def before(self, action: Action) -> None:
        """Wait where its press would be taken for a part of the last click."""
        place = target_of(action) if isinstance(action, Click | Drag) else None
        if place is not None and self._settled is not None and place.distance(self._settled[1]) < SAME_PLACE:
            self._wait(max(self._settled[0] + DOUBLE_SECONDS - time.monotonic(), 0.0))
        self._clicked, self._settled = place, None
