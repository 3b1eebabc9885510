"""The frame of the field that a label names, seen in the picture: edges right of it, below it, or around it.

What is written says where labels are, not where an empty field is. A field is framed by upright edges as high as a line of text and more,
which no letter is, whatever the theme draws: a border, a groove, another fill.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vlm.reading.layout import Rectangle

LEAST_STEP = 7
"""Of 255: a fainter change of brightness is no edge."""
LEAST_SHARE = 0.92
"""Of an edge's length that must be there: letters have less."""
FARTHEST = 32.0
"""Heights of the label that a field may stand away from it."""


def field_frame(picture: Image.Image, label: Rectangle, window: Rectangle) -> Rectangle | None:
    """The frame around, right of or below a label, in pixels; None where none is seen.

    Args:
        label: the ink of the label's text.
        window: what the field must lie in.
    """
    top, bottom = max(int(window.y1), 0), min(int(window.y2), picture.height)
    left, right = max(int(window.x1), 0), min(int(window.x2), picture.width)
    middle = (label.y1 + label.y2) / 2
    half = min(label.height, 24.0) / 2  # a label of two lines stands beside the middle of its field
    height = int(max(2.5 * half, 12.0))  # ink is lower than the line
    if right - left < 2 * height or bottom - top < height:
        return None
    shade = np.asarray(picture.convert("L"), dtype=np.int16)[top:bottom, left:right]
    line = Rectangle(label.x1 - left, middle - half - top, label.x2 - left, middle + half - top)
    whole = Rectangle(line.x1, label.y1 - top, line.x2, label.y2 - top)
    for find, place in ((_around, line), (_right, line), (_below, whole)):
        if (found := find(shade, place, height)) is not None:
            return Rectangle(found.x1 + left, found.y1 + top, found.x2 + left, found.y2 + top)
    return None


def _around(shade: NDArray[np.int16], label: Rectangle, height: int) -> Rectangle | None:
    """A frame that holds the label and much free space: the text is what the field shows while it is empty, or its choice."""
    uprights = _uprights(shade, label)
    before = [x for x in uprights if label.x1 - 3 * height <= x < label.x1 - 1]
    after = [x for x in uprights if x > label.x2 + 1.5 * height]
    if not before or not after or after[0] - label.x2 > FARTHEST * height:
        return None
    return _frame(shade, before[-1], after[0], label, height)


def _right(shade: NDArray[np.int16], label: Rectangle, height: int) -> Rectangle | None:
    """The first frame right of the label."""
    uprights = [x for x in _uprights(shade, label) if label.x2 + 1 < x < label.x2 + FARTHEST * height]
    for start in uprights:
        end = next((x for x in _uprights(shade, label) if x > start + 1.6 * height), None)
        if end is not None and (found := _frame(shade, start, end, label, height)) is not None:
            return found
    return None


def _below(shade: NDArray[np.int16], label: Rectangle, height: int) -> Rectangle | None:
    """The frame whose upper edge runs right below the label."""
    levels = _levels(shade, int(label.x1) + 3, int(label.x1) + 3 + 3 * height)
    upper = next((y for y in levels if label.y2 < y < label.y2 + 1.8 * height), None)
    if upper is None:
        return None
    lower = next((y for y in levels if upper + 1.1 * height < y < upper + 4 * height), None)
    if lower is None:
        return None
    middle = Rectangle(label.x1, upper + 3, label.x2, lower - 3)
    uprights = _uprights(shade, middle, margin=0)
    start = next((x for x in reversed(uprights) if x <= label.x1 + 4), None)
    end = next((x for x in uprights if x > label.x1 + 3 * height), None)
    return Rectangle(start, upper, end, lower) if start is not None and end is not None else None


def _frame(shade: NDArray[np.int16], start: int, end: int, label: Rectangle, height: int) -> Rectangle | None:
    """The frame between two uprights: level edges right above and below the line, or none (a separator, a window's edge)."""
    levels = _levels(shade, start + 4, end - 3)
    upper = next((y for y in reversed(levels) if label.y1 - 1.6 * height < y <= label.y1), None)
    lower = next((y for y in levels if label.y2 <= y < label.y2 + 1.6 * height), None)
    if upper is None or lower is None or end - start < 1.6 * height:
        return None
    return Rectangle(start, upper, end, lower)


def _uprights(shade: NDArray[np.int16], label: Rectangle, margin: int = 2) -> list[int]:
    """Columns at which the brightness changes along the whole height of a line."""
    first, last = max(int(label.y1) - margin, 0), min(int(label.y2) + margin + 1, shade.shape[0])
    steps = np.abs(np.diff(shade[first:last], axis=1)) >= LEAST_STEP
    return [int(x) + 1 for x in np.flatnonzero(steps.mean(axis=0) >= LEAST_SHARE)] if steps.size else []


def _levels(shade: NDArray[np.int16], start: int, end: int) -> list[int]:
    """Rows at which the brightness changes all along the way from `start` to `end`."""
    start, end = max(start, 0), min(end, shade.shape[1])
    steps = np.abs(np.diff(shade[:, start:end], axis=0)) >= LEAST_STEP
    return [int(y) + 1 for y in np.flatnonzero(steps.mean(axis=1) >= LEAST_SHARE)] if steps.size else []
