"""Whether a window shows nothing yet: it is up, and its program has drawn nothing into it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from recordings.geometry import Box
from vlm.reading.folding import fold
from vlm.reading.reading import Reading

FRAME, TITLE = 8, 34
"""Pixels of a window's borders and of its title bar that are not looked at."""
CARET = 3
"""Columns of pixels that a caret has at most; a letter has more."""
_DIFFERS = 8


def is_blank(image: Image.Image, reading: Reading, area: Box | None, title: str) -> bool:
    """Whether nothing is written and nothing drawn in a part of the screen, its title bar and borders left out.

    Args:
        area: the active window; None: the whole screen.
    """
    box = area or Box(x1=0, y1=0, x2=1, y2=1)
    called = fold(title).squeezed
    bar = box.y1 + TITLE / max(image.height, 1)
    for element in reading.elements:
        if box.contains(element.box.center) and not (
            area is not None and element.box.center.y < bar and fold(element.text).squeezed in called
        ):
            return False
    left, top, right, bottom = (
        round(side) for side in (box.x1 * image.width, box.y1 * image.height, box.x2 * image.width, box.y2 * image.height)
    )
    if area is not None:
        left, top, right, bottom = left + FRAME, top + TITLE, right - FRAME, bottom - FRAME
    if right - left < FRAME or bottom - top < FRAME:
        return False  # too small to tell
    shades = np.asarray(image.crop((left, top, right, bottom)).convert("L"), dtype=np.int16)
    drawn = np.abs(shades - np.median(shades)) > _DIFFERS
    return int(drawn.any(axis=0).sum()) <= CARET
