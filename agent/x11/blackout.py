"""What of the screen a run may not see: black on a capture before anybody else gets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from agent.x11.stack import Placed, Rectangle, Stack
from recordings.episode import SeenWindow


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
    """Looks before and after a capture: where nothing has changed in between, the capture shows what was looked at."""

    def __init__(self, stack: Stack, may_see: Callable[[SeenWindow], bool]) -> None:
        self._stack, self._may_see = stack, may_see
        self._last: Look | None = None

    def look(self) -> Look:
        """The windows now. Raises DesktopError where the display is gone."""
        stack = self._stack.look()
        if self._last is None or self._last.stack is not stack:
            self._last = Look(self._stack.version, stack, frozenset(one.id for one in stack if not self._may_see(one.window)))
        return self._last

    def forget(self) -> None:
        """What may be seen has changed."""
        self._last = None


def swept(before: Look, after: Look) -> list[Rectangle]:
    """Where a hidden window may have been while things changed: all that lies between its places, whatever covers it."""
    found: dict[int, Rectangle] = {}
    for look in (before, after):
        for placed in look.stack:
            if placed.id in before.hidden | after.hidden:
                known = found.get(placed.id, placed.bounds)
                found[placed.id] = (
                    min(known[0], placed.bounds[0]), min(known[1], placed.bounds[1]),
                    max(known[2], placed.bounds[2]), max(known[3], placed.bounds[3]),
                )  # fmt: skip
    return list(found.values())


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
