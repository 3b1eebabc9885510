"""What of the screen a run may not see: black on a capture before anybody else gets it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from Xlib import X

from agent.x11.sites import Sites
from agent.x11.stack import Placed, Rectangle, Stack
from recordings.episode import SeenWindow

FADING_SECONDS = 0.4
"""So long a window may still be drawn where it is no more, where a compositor draws."""


@dataclass(frozen=True, slots=True)
class Look:
    """The windows at one moment, and which of them are not to be seen."""

    version: tuple[int, int] | None
    stack: tuple[Placed, ...]
    hidden: frozenset[int]

    def parts(self) -> list[Rectangle]:
        """What is to be seen of hidden windows: without what lies on top of them."""
        found: list[Rectangle] = []
        for index, placed in enumerate(self.stack):
            if placed.id not in self.hidden:
                continue
            parts = [placed.bounds]
            for above in self.stack[index + 1 :]:
                if above.id not in self.hidden:
                    for cover in above.covering:
                        parts = [rest for part in parts for rest in without(part, cover)]
            found += parts
        return found


class Blackout:
    """Tells what must be black on a capture. One before and after which the look is the same shows what was looked at."""

    def __init__(self, stack: Stack, may_see: Callable[[SeenWindow], bool], sites: Sites | None = None) -> None:
        """`sites`: what tells which site a browser shows, where that makes a difference."""
        self._stack, self._may_see, self._sites = stack, may_see, sites
        self._told: tuple[Placed, ...] = ()
        self._last: Look | None = None
        self._trail: list[tuple[float, Rectangle]] = []

    def look(self, *, captures: bool = True) -> Look:
        """The windows now; `captures`: the screen can be captured meanwhile. Raises DesktopError where the display is gone."""
        stack = self._stack.look()
        if self._last is None or self._told is not stack:
            self._last, self._told = self._judged(stack, captures=captures), stack
        return self._last

    def look_again(self) -> bool:
        """Read the address bars anew; whether that makes a difference to what may be seen, or done."""
        if self._sites is None or self._last is None:
            return False
        before, self._last = self._last, self._judged(self._told, again=True)
        return before.stack != self._last.stack

    def _judged(self, stack: tuple[Placed, ...], *, again: bool = False, captures: bool = True) -> Look:
        told = self._sites.told(stack, again=again, captures=captures) if self._sites is not None else stack
        look = Look(self._stack.version, told, frozenset(one.id for one in told if not self._may_see(one.window)))
        self._remember(look)
        return look

    def parts(self, look: Look) -> list[Rectangle]:
        """What must be black. A compositor draws later than windows move, and lets them fade: what they left stays black for a moment."""
        parts = look.parts()
        if self._stack.composited:
            now = time.monotonic()
            self._trail = [(left, bounds) for left, bounds in self._trail if now - left < FADING_SECONDS]
            parts += [bounds for _, bounds in self._trail]
        return parts

    def _remember(self, look: Look) -> None:
        """Where hidden windows were until now."""
        now = time.monotonic()
        there = {(one.id, one.bounds) for one in look.stack if one.id in look.hidden}
        was = [(one.id, one.bounds) for one in self._last.stack if one.id in self._last.hidden] if self._last is not None else []
        self._trail += [(now, bounds) for number, bounds in was if (number, bounds) not in there]


def held_capture(display: Any, area: Rectangle, look: Callable[[], Look | None]) -> tuple[bytes, Look | None]:
    """The pixels of an area (left, top, width, height), as the screen captures them, and the look that goes with them: nobody else is
    served meanwhile."""
    display.grab_server()
    try:
        seen = look()
        image = display.screen().root.get_image(*area, X.ZPixmap, 0xFFFFFFFF)
    finally:
        display.ungrab_server()
        display.flush()
    return image.data, seen


def painted(pixels: bytes | bytearray, size: tuple[int, int], origin: tuple[int, int], parts: Iterable[Rectangle]) -> bytearray:
    """A capture of 4 bytes a pixel with these parts of the screen black; `origin`: where on the screen it begins."""
    made = bytearray(pixels)
    rows = np.frombuffer(made, dtype=np.uint8).reshape(size[1], size[0], 4)
    for left, top, right, bottom in parts:
        x1, y1 = max(left - origin[0], 0), max(top - origin[1], 0)
        x2, y2 = min(right - origin[0], size[0]), min(bottom - origin[1], size[1])
        if x1 < x2 and y1 < y2:
            rows[y1:y2, x1:x2, :3] = 0
    return made


def without(part: Rectangle, hole: Rectangle) -> list[Rectangle]:
    """What is left of a rectangle without another."""
    left, top, right, bottom = part
    x1, y1, x2, y2 = max(hole[0], left), max(hole[1], top), min(hole[2], right), min(hole[3], bottom)
    if x1 >= x2 or y1 >= y2:
        return [part]
    pieces = [(left, top, right, y1), (left, y2, right, bottom), (left, y1, x1, y2), (x2, y1, right, y2)]
    return [piece for piece in pieces if piece[0] < piece[2] and piece[1] < piece[3]]
