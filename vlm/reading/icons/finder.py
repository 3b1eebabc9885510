"""The icons of a picture that was read: what no text covers, found by its edges and named by the network."""

from __future__ import annotations

import numpy as np
from PIL import Image

from recordings.geometry import Box
from vlm.reading.icons.icon import Icon
from vlm.reading.icons.namer import Namer
from vlm.reading.icons.names import icon_names
from vlm.reading.icons.regions import find_regions
from vlm.reading.lines import Rectangle
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.tiles import find_edges

LEAST_CONFIDENCE = 0.05
"""What is hardly anything that has a name is none."""
BESIDE, BELOW = 10, 7
"""Pixels between an icon and the text that is its label."""


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
            self._last = reading, self._find(image, reading)
        return self._last[1]

    def _find(self, image: Image.Image, reading: Reading) -> tuple[Icon, ...]:
        pixels = np.asarray(image.convert("RGB"))
        size = reading.size
        texts = [(_pixels(each.box, size), each.text) for each in reading.elements if each.kind == "text"]
        boxes = find_regions(find_edges(pixels), [box for box, _ in texts])
        if not boxes:
            return ()
        if self._namer is None:
            self._namer = Namer()
        icons = []
        for box, named in zip(boxes, self._namer.look(pixels, boxes), strict=True):
            if named.confidence >= LEAST_CONFIDENCE:
                left, top, right, bottom = box
                place = Box.from_pixels(left, top, right - left, bottom - top, size)
                element = ScreenElement(icon_names()[named.best].name, place, named.confidence, "icon")
                icons.append(Icon(element, named.names, _label(box, texts)))
        return tuple(icons)


def _pixels(box: Box, size: tuple[int, int]) -> Rectangle:
    return round(box.x1 * size[0]), round(box.y1 * size[1]), round(box.x2 * size[0]), round(box.y2 * size[1])


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
