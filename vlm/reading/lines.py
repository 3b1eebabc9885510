"""From the detector's map to lines as a screen has them: tight around their ink, and apart where a screen sets names apart.

The detector's map marks the cores of text lines; several names in a row (a menu bar) often share one core. So each core is grown to the
ink that it belongs to, and cut where a gap is wider than any between two words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CORE = 0.3
"""Of the map: from here on a pixel belongs to a core."""
LEAST_SCORE = 0.45
"""A core's mean in the map below which it is no text."""
LEAST_CONTRAST = 18
"""Levels of 255 between ink and its ground: greyed labels have some forty."""
SPLIT = 1.1
"""A gap between two names, in heights of the core of their line (some 0.62 of the font's size)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A rectangle of ink in pixels (right and bottom exclusive), and `score`, how sure the detector was of it, 0–1.

    `top` to `bottom` are the ink's; `core_top` and `core_bottom` those of the detector's core: a lone dash is much lower than its line.
    """

    left: int
    top: int
    right: int
    bottom: int
    core_top: int
    core_bottom: int
    score: float


def find_lines(pixels: NDArray[np.uint8], text_map: NDArray[np.float32]) -> list[Line]:
    """All lines of a picture.

    Args:
        pixels: RGB, uint8 [height, width, 3].
        text_map: float32 [height, width].
    """
    import cv2

    core = (text_map > CORE).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core)
    sums = np.bincount(labels.ravel(), weights=text_map.ravel(), minlength=count)
    found: list[Line] = []
    for index in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[index])
        score = float(sums[index]) / area
        if min(width, height) < 3 or score < LEAST_SCORE:
            continue
        found += _split(pixels, left, top, left + width, top + height, score)
    return found


def _split(pixels: NDArray[np.uint8], left: int, top: int, right: int, bottom: int, score: float) -> list[Line]:
    tall = bottom - top
    x0, y0 = max(left - tall // 2 - 3, 0), max(top - tall // 2 - 3, 0)
    x1, y1 = min(right + tall // 2 + 3, pixels.shape[1]), min(bottom + tall // 2 + 3, pixels.shape[0])
    ink = _ink(pixels[y0:y1, x0:x1], slice(top - y0, bottom - y0), slice(left - x0, right - x0))
    first, last = _grow(ink[:, left - x0 : right - x0].mean(axis=1), top - y0, bottom - y0, max(1, tall // 8), 0.85)
    rows = ink[first:last]
    # What goes on above and below the line is no letter: a frame, a separator.
    taller = ink[max(first - 2, 0) : last + 2]
    columns = rows.any(axis=0) & (taller.mean(axis=0) < 0.95)
    runs = _runs(columns, int(SPLIT * max(tall, 6)))
    lines = []
    for start, end in runs:
        # A run must share the core: what lies beyond is another's.
        if end + x0 <= left or start + x0 >= right:
            continue
        own = np.flatnonzero(rows[:, start:end].any(axis=1))
        lines.append(
            Line(x0 + start, y0 + first + int(own[0]), x0 + end, y0 + first + int(own[-1]) + 1, top, bottom, score)
        )  # fmt: skip
    return lines


def _ink(region: NDArray[np.uint8], rows: slice, columns: slice) -> NDArray[np.bool_]:
    """Which pixels differ from the ground. The ground is the commonest colour of the core, for letters cover less than half of it."""
    core = region[rows, columns].reshape(-1, 3)
    ground = np.median(core, axis=0).astype(np.int16)
    contrast = np.abs(region.astype(np.int16) - ground).max(axis=2)
    strongest = int(contrast[rows, columns].max(initial=0))
    return contrast > max(LEAST_CONTRAST, 0.35 * strongest)


def _grow(density: NDArray[np.float64], start: int, end: int, gap: int, full: float) -> tuple[int, int]:
    """Rows from `start` to `end` and on to where the ink ends: at more than `gap` rows without any, or at one that is ink all along."""

    def reach(order: range, edge: int) -> int:
        missed = 0
        for row in order:
            if density[row] > full:
                break
            missed = missed + 1 if density[row] == 0 else 0
            if missed > gap:
                break
            if not missed:
                edge = row
        return edge

    return reach(range(start - 1, -1, -1), start), reach(range(end, len(density)), end - 1) + 1


def _runs(columns: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Start and end of the stretches of ink that gaps of more than `gap` columns set apart."""
    inked = np.flatnonzero(columns)
    if not len(inked):
        return []
    cuts = np.flatnonzero(np.diff(inked) > gap)
    starts = [int(inked[0]), *(int(inked[cut + 1]) for cut in cuts)]
    ends = [*(int(inked[cut]) + 1 for cut in cuts), int(inked[-1]) + 1]
    return list(zip(starts, ends, strict=True))
