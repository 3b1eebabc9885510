"""Names what the pointer was on where accessibility says nothing of it: by what is written there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL import Image

from recordings.episode import READ, Element
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from recordings.redaction import Finder
from vlm.reading.reading import ScreenElement

if TYPE_CHECKING:
    from vlm.reading.protocols import Reader

STRIP_PIXELS = 96
"""So far above and below the pointer is read, the whole width of the picture: what is further away names nothing."""
REACH = (1.5, 0.75)
"""How far from a text the pointer may be and still be on what it names, to the sides and up and down, in heights of the text: a button's
edge, the box before a label."""
_log = logging.getLogger(__name__)


class Namer:
    """Reads what is written at a place of a picture. Opens the reader when it is needed first; from one thread only."""

    def __init__(self, open_reader: Callable[[], Reader], rules: Finder) -> None:
        """`rules`: what is a secret; one that is read in several pieces must be known as one."""
        self._open_reader, self._rules = open_reader, rules
        self._reader: Reader | None = None
        self.trouble = ""
        """Why nothing can be read; empty where it can."""

    def __call__(self, image: Image.Image, point: Point) -> Element | None:
        """What is written at a point, marked as read, with a box that holds the point; None where nothing is near."""
        if self.trouble:
            return None
        width, height = image.size
        top = max(round(point.y * height) - STRIP_PIXELS, 0)
        strip = image.crop((0, top, width, min(top + 2 * STRIP_PIXELS, height)))
        try:
            if self._reader is None:
                self._reader = self._open_reader()
            elements = self._reader.read(strip).elements
        except DeskhandError as error:
            self.trouble = str(error)
            _log.info("elements without a name stay so: %s", error)
            return None
        lifted = [_lifted(one, top, strip.height, height) for one in elements]
        found = written_at(lifted, point, image.size)
        if found is None:
            return None
        row = " ".join(one.text for one in sorted(lifted, key=lambda one: one.box.x1) if found.box.y1 <= one.box.center.y <= found.box.y2)
        if len(self._rules.find(row)) > len(self._rules.find(found.name)):  # a card's number, say, of which only one group was hit
            return found.model_copy(update={"name": row})
        return found


def written_at(elements: list[ScreenElement], point: Point, size: tuple[int, int]) -> Element | None:
    """Of what is written, what a pointer at a point is on; `size` of the picture in pixels."""
    width, height = size

    def away(box: Box) -> tuple[float, float]:
        tall = (box.y2 - box.y1) * height
        right, down = max(box.x1 - point.x, point.x - box.x2, 0.0), max(box.y1 - point.y, point.y - box.y2, 0.0)
        return right * width / (tall * REACH[0]), down * height / (tall * REACH[1])

    near = [(max(*away(one.box)), one.box.area, one) for one in elements if one.text.strip() and one.box.y2 > one.box.y1]
    distance, _, found = min(near, key=lambda each: each[:2], default=(2.0, 0.0, None))
    if found is None or distance > 1.0:
        return None
    box = found.box
    held = Box(x1=min(box.x1, point.x), y1=min(box.y1, point.y), x2=max(box.x2, point.x), y2=max(box.y2, point.y))
    return Element(name=found.text, role=READ, box=held)


def _lifted(element: ScreenElement, top: int, strip: int, height: int) -> ScreenElement:
    """An element of a strip, told of the whole picture."""
    box = element.box
    y1, y2 = ((value * strip + top) / height for value in (box.y1, box.y2))
    return ScreenElement(element.text, Box(x1=box.x1, y1=y1, x2=box.x2, y2=min(y2, 1.0)), element.confidence, element.kind)
