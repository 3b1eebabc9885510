"""Which parts of the screen have just changed: a menu that came up, a dialog, a list that was filled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recordings.geometry import Box

CELL = 16
"""Pixels of a side; parts nearer to each other than this are one."""
_MOST = 0.6
"""Where more of the screen than this is new, nothing on it stands out."""


def fresh_parts(before: Image.Image | None, now: Image.Image) -> tuple[Box, ...]:
    """Boxes, 0–1, around what differs between two pictures of the same size, largest first; none where there is nothing to compare."""
    if before is None or before is now or before.size != now.size:
        return ()
    differs = _difference(before, now)
    cells = _cells(differs)
    if not 0 < cells.mean() <= _MOST:
        return ()
    boxes = []
    for top, left, bottom, right in _groups(cells):
        part = differs[top * CELL : bottom * CELL, left * CELL : right * CELL]
        ys, xs = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        x, y = left * CELL + int(xs[0]), top * CELL + int(ys[0])
        boxes.append(Box.from_pixels(x, y, int(xs[-1] - xs[0]) + 1, int(ys[-1] - ys[0]) + 1, now.size))
    return tuple(sorted(boxes, key=lambda box: -box.area))


def changed_share(before: Image.Image, now: Image.Image) -> float:
    """How much of the screen differs, 0–1, in cells: a blinking caret is next to nothing, a list that was scrolled is not."""
    if before is now or before.size != now.size:
        return float(before is not now)
    return float(_cells(_difference(before, now)).mean())


def _difference(before: Image.Image, now: Image.Image) -> NDArray[np.bool_]:
    """Which pixels differ, rows × columns."""
    return np.any(np.asarray(before.convert("RGB")) != np.asarray(now.convert("RGB")), axis=2)


def _cells(differs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which cells hold a pixel that differs."""
    height, width = differs.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    padded = np.zeros((rows * CELL, columns * CELL), dtype=bool)
    padded[:height, :width] = differs
    return np.asarray(padded.reshape(rows, CELL, columns, CELL).any(axis=(1, 3)))


def _groups(cells: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Top, left, bottom, right (exclusive) of each group of cells that touch, corners included."""
    left_over = {(int(row), int(column)) for row, column in zip(*np.nonzero(cells), strict=True)}
    groups = []
    while left_over:
        front = [left_over.pop()]
        group = list(front)
        while front:
            row, column = front.pop()
            near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left_over
            left_over -= near
            front.extend(near)
            group.extend(near)
        rows, columns = [row for row, _ in group], [column for _, column in group]
        groups.append((min(rows), min(columns), max(rows) + 1, max(columns) + 1))
    return groups
