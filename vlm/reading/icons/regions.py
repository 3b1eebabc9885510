"""Where pictures are that no text covers: toolbar and window buttons, arrows of trees, a tray's icons. Found by their edges alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vlm.reading.lines import Rectangle

LEAST, MOST = 7, 64
"""Pixels of an icon's longer side."""
THIN = 3
"""Pixels: what is narrower is a rule, a caret, the edge of a box."""
LONGEST = 2.4
"""Times its shorter side that an icon is long at most."""
DOTS, LONGEST_DOTS = 24, 6.5
"""The same for up to so many pixels: three dots in a row, a chevron."""
LEAST_FRAME = 24
"""Pixels of a button's edge."""
CLOSE = 5
"""Pixels: parts of one icon are nearer to each other than this."""
WHOLE = 10
"""Pixels of the shorter side of what may be an icon by itself, and not a part of one."""
WIDE, ROW, LIKE = 1.25, 1.75, 1.6
"""Times its height that a piece is wide from which on an arrow beside an icon is cut off, and icons in a row are parted; and how many times
the shortest side in a row its longest is."""


def find_regions(edges: NDArray[np.uint8], taken: Sequence[Rectangle]) -> list[Rectangle]:
    """Rectangles around what may be icons, in pixels.

    Args:
        edges: uint8 [height, width], not zero where neighbouring pixels differ.
        taken: what has been read as text, and is no icon.
    """
    import cv2

    free = edges.copy()
    for left, top, right, bottom in taken:
        free[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = 0
    small = np.zeros_like(free)
    for left, top, right, bottom in _pieces(free, frames=False):
        small[top:bottom, left:right] = free[top:bottom, left:right]
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((CLOSE, CLOSE), np.uint8))
    return _outermost([part for box in _pieces(closed) if _is_icon(box) for part in _parted(small, box)])


def _pieces(ink: NDArray[np.uint8], *, frames: bool = True) -> list[Rectangle]:
    """What hangs together and is not larger than icons are; without what is but the edge of a button around its icon, unless `frames`."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    found = []
    for number, (x, y, wide, high, _) in enumerate(stats[1:count].tolist(), start=1):
        if max(wide, high) > MOST:
            continue
        if not frames and min(wide, high) >= LEAST_FRAME:
            quarter_x, quarter_y = wide // 4, high // 4
            if not (labels[y + quarter_y : y + high - quarter_y, x + quarter_x : x + wide - quarter_x] == number).any():
                continue
        found.append((x, y, x + wide, y + high))
    return found


def _parted(ink: NDArray[np.uint8], box: Rectangle) -> list[Rectangle]:
    """The icons of a piece: the one that it is, that and the arrow of its menu, or two that are as near as the parts of one are."""
    left, top, right, bottom = box
    high, alone = bottom - top, [box]
    if high < WHOLE or right - left < WIDE * high:
        return alone
    filled = np.concatenate(([0], ink[top:bottom, left:right].max(axis=0), [0])).astype(np.int8)
    starts, ends = np.flatnonzero(np.diff(filled) > 0).tolist(), np.flatnonzero(np.diff(filled) < 0).tolist()
    parts = [_inked(ink, (left + start, top, left + end, bottom)) for start, end in zip(starts, ends, strict=True)]
    if len(parts) < 2:
        return alone
    rest = _inked(ink, (left, top, parts[-1][0], bottom))
    if _is_arrow_beside(rest, parts[-1]):
        return [rest, parts[-1]]
    return parts if right - left >= ROW * high and _are_alike(parts) else alone


def _inked(ink: NDArray[np.uint8], box: Rectangle) -> Rectangle:
    """A rectangle without the bare rows and columns at its edges."""
    left, top, right, bottom = box
    part = ink[top:bottom, left:right]
    rows, columns = np.flatnonzero(part.max(axis=1)), np.flatnonzero(part.max(axis=0))
    return left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1


def _are_alike(parts: Sequence[Rectangle]) -> bool:
    """Whether each of several is an icon by itself, and about as large as the others."""
    sides = [side for part in parts for side in _sides(part)]
    return min(sides) >= WHOLE and max(sides) <= LIKE * min(sides)


def _is_arrow_beside(icon: Rectangle, arrow: Rectangle) -> bool:
    """Whether the right part is flat and small, at the middle of a left one that is an icon."""
    (wide, high), (arrow_wide, arrow_high) = _sides(icon), _sides(arrow)
    off = abs((icon[1] + icon[3]) - (arrow[1] + arrow[3])) / 2
    flat = arrow_wide >= 1.3 * arrow_high and THIN <= arrow_high <= 0.5 * high
    return flat and arrow_wide <= 0.8 * wide and off <= 0.25 * high and min(wide, high) >= WHOLE


def _sides(box: Rectangle) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _outermost(boxes: list[Rectangle]) -> list[Rectangle]:
    """Without what lies within another: a part of an icon."""
    kept: list[Rectangle] = []
    for box in sorted(boxes, key=lambda box: (box[0] - box[2]) * (box[3] - box[1])):
        if not any(box[0] >= one[0] and box[1] >= one[1] and box[2] <= one[2] and box[3] <= one[3] for one in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: (box[1], box[0]))


def _is_icon(box: Rectangle) -> bool:
    wide, high = box[2] - box[0], box[3] - box[1]
    longer, shorter = max(wide, high), min(wide, high)
    return LEAST <= longer <= MOST and shorter >= THIN and longer <= (LONGEST_DOTS if longer <= DOTS else LONGEST) * shorter
