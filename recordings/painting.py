"""Painting over parts of a picture, so that no text shines through."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from recordings.geometry import Box

PAINT = (32, 32, 32)
"""The colour of what is painted over."""


def paint(image: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """A copy of the image with the boxes painted over, each grown to whole pixels."""
    painted = image.copy()
    draw = ImageDraw.Draw(painted)
    width, height = image.size
    for box in boxes:
        # Coordinates are rounded to four decimals, so a box may stand half a pixel inside of what it must cover.
        left, top = max(int(box.x1 * width) - 1, 0), max(int(box.y1 * height) - 1, 0)
        right, bottom = min(int(box.x2 * width) + 1, width - 1), min(int(box.y2 * height) + 1, height - 1)
        if right >= left and bottom >= top:
            draw.rectangle((left, top, right, bottom), fill=PAINT)
    return painted
