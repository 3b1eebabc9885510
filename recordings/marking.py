"""Marks in a picture: a frame around a thing, a cross at a point."""

from __future__ import annotations

from PIL import Image, ImageDraw

from recordings.geometry import Box, Point

Colour = tuple[int, int, int]
TRUE, TOLD = (0, 158, 96), (230, 0, 90)
"""The colours of what is known, and of what somebody says."""


def mark(picture: Image.Image, box: Box | None, point: Point | None, colour: Colour) -> None:
    """Draw a box and a cross into a picture, where they are given, as strong as it is wide."""
    width, height = picture.size
    pen, arm = max(2, width // 500), max(8, width // 100)
    canvas = ImageDraw.Draw(picture)
    if box is not None:
        canvas.rectangle((box.x1 * width, box.y1 * height, box.x2 * width, box.y2 * height), outline=colour, width=pen)
    if point is not None:
        x, y = point.x * width, point.y * height
        canvas.line((x - arm, y, x + arm, y), fill=colour, width=pen)
        canvas.line((x, y - arm, x, y + arm), fill=colour, width=pen)
