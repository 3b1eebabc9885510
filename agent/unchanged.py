"""Whether what lies where an action points still is what it was decided on.

A window that comes between is found by `agent.x11.last_look`. What changes inside of one, a page that puts another button under the
pointer while a person thinks about the question, only its picture tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agent.look import DecisionStale, Place
from recordings.action import Action, Click, Drag
from recordings.geometry import Point

if TYPE_CHECKING:
    from agent.screen import Frame

REACH = (24, 10)
"""Pointer units to the sides, and up and down, that tell what is pointed at: most of a label, and of an icon."""
CONTRAST, FAINT = 0.4, 12
"""What stands out by this share of what stands out most is drawn there; what stands out by fewer levels of grey is not seen."""
ALIKE = 0.75
"""This share of all that is drawn in either picture must be drawn in both: a window that lost the keyboard is paler, which is no change."""
CARET, SPECKS = 3, 12
"""Columns of a caret, which blinks; pixels that are no label."""
PATIENCE, POLL = 0.5, 0.05
"""Seconds that what blinks may take to show what it showed."""


class Unchanged:
    """Knows the frame that the next action is decided on. From one thread."""

    def __init__(self, grab: Callable[[], Frame], wait: Callable[[float], None]) -> None:
        """`grab` captures anew; `wait` sleeps, and raises where the gate is closed."""
        self._grab, self._wait = grab, wait
        self._shown: Frame | None = None
        self._restless: Place | None = None
        """Where it never stopped changing when that was last looked at: a film, say. It is acted in once it was decided on again."""

    def expect(self, frame: Frame | None) -> None:
        """The next action is decided on this frame; None: on none."""
        self._shown = frame

    def check(self, action: Action, now: Frame, where: Callable[[Place], Place | None]) -> None:
        """Look at both ends of an action; of one frame only the first action is decided on it as it is.

        Args:
            now: the screen just before.
            where: where a place of the frame lies now; None where it is gone, which whoever acts finds out.

        Raises:
            DecisionStale: something else lies there.
        """
        shown, self._shown = self._shown, None
        if shown is None:
            return
        points = (
            [(action.x, action.y)] if isinstance(action, Click) else [action.path[0], action.path[-1]] if isinstance(action, Drag) else []
        )
        for x, y in points:
            self._look(shown, shown.to_transform().to_screen(Point(x=x, y=y)), now, where)

    def _look(self, shown: Frame, place: Place, now: Frame, where: Callable[[Place], Place | None]) -> None:
        wanted, looks, end = shown.grey_around(place, REACH), [], time.monotonic() + PATIENCE
        while (there := where(place)) is not None:
            seen = now.grey_around(there, REACH)
            if wanted is None or seen is None or is_like(wanted, seen):
                self._restless = None if self._restless == place else self._restless
                return
            looks.append(seen)
            if time.monotonic() >= end:
                break
            self._wait(POLL)
            now = self._grab()
        if there is None:
            return
        restless = sum(not is_like(one, other) for one, other in pairwise(looks)) > 1
        before, self._restless = self._restless, place if restless else None
        if not (restless and before == place):
            raise DecisionStale("what lies there is not what it was when it was decided on, so nothing was done: look again")


def is_like(one: NDArray[np.int16], other: NDArray[np.int16]) -> bool:
    """Whether the same is drawn in two pictures, in whatever colours."""
    if one.shape != other.shape:
        return False
    first, second = _ink(one), _ink(other)
    differs = first ^ second
    columns = np.flatnonzero(differs.any(axis=0))
    if differs.sum() <= SPECKS or (columns[-1] - columns[0] < CARET):
        return True
    return float((first & second).sum()) >= ALIKE * float((first | second).sum())


def _ink(grey: NDArray[np.int16]) -> NDArray[np.bool_]:
    """What stands out from the ground."""
    away = np.abs(grey - np.int16(np.median(grey)))
    most = float(np.percentile(away, 99))
    ink: NDArray[np.bool_] = away > max(CONTRAST * most, FAINT)
    return ink
