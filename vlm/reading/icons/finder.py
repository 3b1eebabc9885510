"""The icons of a picture that was read: what no text covers, found by its edges and named by the network."""

from __future__ import annotations

import numpy as np
from PIL import Image

from recordings.geometry import Box, Point
from vlm.reading.icons.icon import Icon
from vlm.reading.icons.namer import Namer
from vlm.reading.icons.names import icon_names
from vlm.reading.icons.neighbours import ALONE, FAR, REACH, among_neighbours, with_neighbours
from vlm.reading.icons.regions import MOST, find_regions
from vlm.reading.lines import Rectangle
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.tiles import find_edges

LEAST_CONFIDENCE = 0.05
"""What is hardly anything that has a name is none."""
BESIDE, BELOW = 10, 7
"""Pixels between an icon and the text that is its label."""
AROUND = 2 * MOST + 32
"""Pixels around a point in which an icon at it is found as in the whole picture: what the border cuts is too far off to belong to it."""
AROUND_ROW = AROUND + REACH * (MOST + FAR)
"""The same, with its neighbours."""


class IconFinder:
    """Finds and names icons; what was named once is known by its pixels. The network is loaded when it is first needed."""

    def __init__(self) -> None:
        self._namer: Namer | None = None
        self._last: tuple[Reading, tuple[Icon, ...]] | None = None

    def find(self, image: Image.Image, reading: Reading) -> tuple[Icon, ...]:
        """
        The icons of a picture, in reading order; signs that were read as glyphs are among them.

        Args:
            reading: of this picture.

        Raises:
            ReaderError: the package that runs the network is missing.
        """
        if self._last is None or self._last[0] is not reading:
            self._last = reading, self._find(image, reading, (0, 0, *reading.size))
        return self._last[1]

    def find_at(self, image: Image.Image, reading: Reading, point: Point) -> tuple[Icon, ...]:
        """Of the icons that `find` tells those at a point, for which hardly anything else is looked at."""
        if self._last is not None and self._last[0] is reading:
            return tuple(icon for icon in self._last[1] if icon.element.box.contains(point))
        alone = self._find(image, reading, _around(point, reading.size, AROUND), point, company=False)
        if all(icon.element.confidence >= ALONE for icon in alone):
            return tuple(icon for icon in alone if icon.element.confidence >= LEAST_CONFIDENCE)
        return self._find(image, reading, _around(point, reading.size, AROUND_ROW), point)

    def _find(
        self, image: Image.Image, reading: Reading, area: Rectangle, point: Point | None = None, company: bool = True
    ) -> tuple[Icon, ...]:
        """The icons in a part of the picture, or those of them at a point; each by itself, and however unsure, where not in `company`."""
        size, (x, y, _, _) = reading.size, area
        pixels = np.asarray(image.crop(area).convert("RGB"))
        texts = [(_pixels(each.box, size), each.text) for each in reading.elements if each.kind == "text"]
        found = find_regions(find_edges(pixels), [_moved(box, -x, -y) for box, _ in texts if _overlap(box, area)])
        places = {box: _moved(box, x, y) for box in found}
        wanted = [box for box in found if point is None or _as_box(places[box], size).contains(point)]
        if not wanted:
            return ()
        if self._namer is None:
            self._namer = Namer()
        boxes = found if point is None else wanted
        if company and point is not None:
            boxes = [found[at] for at in with_neighbours(found, [found.index(box) for box in wanted])]
        named = self._namer.look(pixels, boxes)
        icons = []
        for box, one in zip(boxes, among_neighbours(boxes, named) if company else named, strict=True):
            if (point is None or box in wanted) and (one.confidence >= LEAST_CONFIDENCE or not company):
                place = _as_box(places[box], size)
                element = ScreenElement(icon_names()[one.best].name, place, one.confidence, "icon")
                icons.append(Icon(element, one.names, _label(places[box], texts)))
        return tuple(icons)


def _around(point: Point, size: tuple[int, int], reach: int) -> Rectangle:
    (width, height), x, y = size, round(point.x * size[0]), round(point.y * size[1])
    return max(x - reach, 0), max(y - reach, 0), min(x + reach, width), min(y + reach, height)


def _pixels(box: Box, size: tuple[int, int]) -> Rectangle:
    return round(box.x1 * size[0]), round(box.y1 * size[1]), round(box.x2 * size[0]), round(box.y2 * size[1])


def _moved(box: Rectangle, x: int, y: int) -> Rectangle:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def _as_box(place: Rectangle, size: tuple[int, int]) -> Box:
    left, top, right, bottom = place
    return Box.from_pixels(left, top, right - left, bottom - top, size)


def _label(icon: Rectangle, texts: list[tuple[Rectangle, str]]) -> str:
    """The text right of an icon on its line, or right below its middle."""
    left, top, right, bottom = icon
    for (x1, y1, x2, y2), text in texts:
        on_line = min(bottom, y2) - max(top, y1) > 0.5 * min(bottom - top, y2 - y1)
        if on_line and 0 <= x1 - right <= BESIDE:
            return text
        if 0 <= y1 - bottom <= BELOW and x1 < right and x2 > left and abs((x1 + x2) - (left + right)) <= max(right - left, 8):
            return text
    return ""
