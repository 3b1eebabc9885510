"""Where the elements of a reading lie towards each other, in pixels: rows, neighbours, menu bars, titles, the field of a label."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from recordings.geometry import Box
from vlm.reading.folding import Folded, fold
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.vocabulary import MENU_NAMES, Side

FIELD_HEIGHTS = 5.0
"""How wide a field is taken to be, in heights of its label: its left part is meant, for its right end is not known."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """In pixels of the picture."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def holds(self, point: tuple[float, float]) -> bool:
        return self.x1 <= point[0] <= self.x2 and self.y1 <= point[1] <= self.y2

    def gaps(self, other: Rectangle) -> tuple[float, float]:
        """The free space between two, across and down; 0 where they overlap in that direction."""
        return max(self.x1 - other.x2, other.x1 - self.x2, 0.0), max(self.y1 - other.y2, other.y1 - self.y2, 0.0)

    def join(self, other: Rectangle) -> Rectangle:
        return Rectangle(min(self.x1, other.x1), min(self.y1, other.y1), max(self.x2, other.x2), max(self.y2, other.y2))

    def shares_row(self, other: Rectangle) -> bool:
        shared = min(self.y2, other.y2) - max(self.y1, other.y1)
        return shared > 0.5 * min(self.height, other.height)


@dataclass(frozen=True, slots=True)
class Item:
    """An element, folded, with its place in pixels."""

    element: ScreenElement
    folded: Folded
    place: Rectangle


class Layout:
    """The elements of one reading."""

    def __init__(self, reading: Reading) -> None:
        self.width, self.height = (max(side, 1) for side in reading.size)
        self.items = [Item(element, fold(element.text), self.pixels(element.box)) for element in reading.elements]
        self.items = [item for item in self.items if item.folded.squeezed]

    def pixels(self, box: Box) -> Rectangle:
        return Rectangle(box.x1 * self.width, box.y1 * self.height, box.x2 * self.width, box.y2 * self.height)

    def box(self, place: Rectangle) -> Box:
        xs = sorted(min(max(x / self.width, 0.0), 1.0) for x in (place.x1, place.x2))
        ys = sorted(min(max(y / self.height, 0.0), 1.0) for y in (place.y1, place.y2))
        return Box(x1=xs[0], y1=ys[0], x2=xs[1], y2=ys[1])

    @property
    def whole(self) -> Rectangle:
        return Rectangle(0.0, 0.0, self.width, self.height)

    def row(self, item: Item) -> list[Item]:
        """The others on its line, from the left."""
        others = (other for other in self.items if other is not item and other.place.shares_row(item.place))
        return sorted(others, key=lambda other: other.place.x1)

    @cached_property
    def _menu_bars(self) -> set[int]:
        """The elements of lines of three or more short names that begin with the name of a menu."""
        found: set[int] = set()
        for start in (item for item in self.items if item.folded.squeezed in MENU_NAMES and id(item) not in found):
            row = [start, *self.row(start)]
            if len(row) < 3:
                continue
            row.sort(key=lambda item: item.place.x1)
            chain = [start]
            for item in row[row.index(start) + 1 :]:
                if item.place.x1 - chain[-1].place.x2 < 3.5 * start.place.height and len(item.folded.words) <= 2:
                    chain.append(item)
                else:
                    break
            if sum(item.folded.squeezed in MENU_NAMES for item in chain) >= min(3, len(chain) - 1) and len(chain) >= 3:
                found.update(id(item) for item in chain)
        return found

    def in_menu_bar(self, item: Item) -> bool:
        return id(item) in self._menu_bars

    def company(self, item: Item) -> int:
        """How many neighbours of like height are near and in line: keys and buttons have company, the display of a calculator and a word in
        an editor have none."""
        place, count = item.place, 0
        for other in self.items:
            if other is not item and 0.6 < other.place.height / max(place.height, 1.0) < 1.6:
                across, down = place.gaps(other.place)
                beside = place.shares_row(other.place) and across < 6 * place.height
                count += beside or (across < place.height and down < 3.5 * place.height)
        return count

    def is_title(self, item: Item, among: list[Item], window: Rectangle | None) -> bool:
        """Whether it is the title of the window in which one of the others stands: on the uppermost line, the other right below."""
        if window is not None:
            limit = window.y1 + max(1.9 * item.place.height, 30)
            return item.place.middle[1] < limit and any(other.place.y1 >= item.place.y2 - 2 for other in among if other is not item)
        below = [other for other in among if other is not item and 0 <= other.place.y1 - item.place.y2 < 2.5 * item.place.height]
        return any(self.in_menu_bar(other) for other in below) and not self.in_menu_bar(item)

    def towards(self, place: Rectangle, anchor: Rectangle, side: Side) -> float | None:
        """How far from the anchor on that side, in pixels; None where it is not there at all."""
        across, down = place.gaps(anchor)
        height = max(min(place.height, anchor.height), 1.0)
        same_row = place.shares_row(anchor)
        (x, y), (anchor_x, anchor_y) = place.middle, anchor.middle
        match side:
            case "right":
                return across if same_row and x > anchor_x else None
            case "left":
                return across if same_row and x < anchor_x else None
            case "below":
                return down + 0.3 * across if y > anchor_y and not same_row and across < 0.5 * self.width else None
            case "above":
                return down + 0.3 * across if y < anchor_y and not same_row and across < 0.5 * self.width else None
            case "row":
                apart = abs(y - anchor_y)
                return apart if apart < 1.2 * max(place.height, anchor.height) else None
            case "in":
                return math.hypot(across, down)
            case "near":
                if same_row:
                    return across
                return math.hypot(across, down) + 3 * height if down < 5 * height and across < 12 * height else None

    def field(self, label: Item, window: Rectangle | None = None) -> Rectangle:
        """Where the field is that a label names: what stands right of it on its line, else the free space there, else the line below.

        The space starts where the longest label of the same column ends, for fields stand in columns.
        """
        place = label.place
        height = max(place.height, 1.0)
        edge = (window or self.whole).x2
        right = next((other for other in self.row(label) if other.place.x1 >= place.x2 - 0.3 * height), None)
        column = [
            item.place for item in self.items
            if (abs(item.place.x1 - place.x1) < 0.4 * height or abs(item.place.x2 - place.x2) < 0.4 * height)
            and abs(item.place.middle[1] - place.middle[1]) < 14 * height and len(item.folded.words) <= 4
        ]  # fmt: skip
        named = label.element.text.rstrip().endswith((":", "："))
        start = place.x2
        below = [
            item for item in self.items
            if 0 <= item.place.y1 - place.y2 < 2.2 * height and abs(item.place.x1 - place.x1) < 1.5 * height
        ]  # fmt: skip
        if right is not None and right.place.x1 - place.x2 < 14 * height and not right.element.text.rstrip().endswith((":", "：")):
            return Rectangle(right.place.x1, right.place.y1, max(right.place.x2, right.place.x1 + height), right.place.y2)
        for other in column:
            if place.x2 < other.x2 < place.x2 + 12 * height and (named or abs(other.middle[1] - place.middle[1]) < 4 * height):
                start = max(start, other.x2)
        stop = min(edge, right.place.x1 if right is not None else edge)
        start += 0.9 * height
        if stop - start > 2.5 * height and (named or not below):
            return Rectangle(start, place.y1, min(start + FIELD_HEIGHTS * height, stop), place.y2)
        if below and not named:
            inside = below[0].place
            return Rectangle(inside.x1, inside.y1, inside.x2, inside.y2)
        if stop - start > 2.5 * height:
            return Rectangle(start, place.y1, min(start + FIELD_HEIGHTS * height, stop), place.y2)
        return Rectangle(place.x1, place.y2 + 0.5 * height, place.x1 + FIELD_HEIGHTS * height, place.y2 + 1.6 * height)
