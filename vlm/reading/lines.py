"""From the detector's map to lines as a screen has them: tight around their ink, and apart where a screen sets names apart.

The detector's map marks the cores of text lines. Several names in a row (a menu bar) often share one core, and a headline has several.
So cores in a row are joined, grown to the ink that they belong to, and cut at frames and where a gap is wider than any between words.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

CORE = 0.3
"""Of the map: from here on a pixel belongs to a core."""
LEAST_SCORE = 0.45
"""A core's mean in the map below which it is no text."""
LEAST_CONTRAST = 18
"""Levels of 255 between ink and its ground: greyed labels have some forty."""
FAINT = 0.3
"""Of the strongest contrast: what is fainter is the soft edge of a letter."""
SPLIT = 0.75
"""A gap between two names, in heights of their line's ink (which is 0.73 to 0.95 of the font's size). A space is a third of the size."""
LEAST_SPLIT = 6
"""Pixels: the ink of `x = a` is no measure of its font's size."""
FRAME = 8
"""Levels of 255 between two columns all along, from above the line to below it: a frame, or the end of a highlight."""

Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels, the last two exclusive."""


@dataclass(frozen=True, slots=True)
class Line:
    """One name, or one line of prose.

    Attributes:
        ink: what it covers.
        top, bottom: of the row that it stands in: a lone dash is much lower than its row.
        gaps: start and end of the columns without ink inside it, two or more in a row: between words, and between some letters.
        underlines: of mnemonics, which would be read as a part of their letter.
        strokes: tall, narrow pieces: `1`, `l`, `I`, `/`.
        ground: the colour behind it, RGB.
    """

    ink: Rectangle
    top: int
    bottom: int
    gaps: tuple[tuple[int, int], ...]
    underlines: tuple[Rectangle, ...]
    strokes: tuple[Rectangle, ...]
    ground: tuple[int, int, int]


def find_lines(pixels: NDArray[np.uint8], text_map: NDArray[np.float32]) -> list[Line]:
    """All lines of a picture.

    Args:
        pixels: RGB, uint8 [height, width, 3].
        text_map: float32 [height, width].
    """
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats((text_map > CORE).astype(np.uint8))
    sums = np.bincount(labels.ravel(), weights=text_map.ravel(), minlength=count)
    scores = sums / np.maximum(stats[:, 4], 1)
    kept = [i for i in range(1, count) if min(stats[i, 2:4]) >= 3 and scores[i] >= LEAST_SCORE]
    cores = [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats[kept]]
    return [line for core in _joined(cores) for line in _split(pixels, core)]


def _joined(cores: list[Rectangle]) -> list[Rectangle]:
    """Cores of one row that nearly touch are one: the detector breaks what is large or bold."""
    done: list[Rectangle] = []
    for core in sorted(cores):
        for index in range(len(done) - 1, -1, -1):
            other = done[index]
            low, high = sorted((core[3] - core[1], other[3] - other[1]))
            shared = min(core[3], other[3]) - max(core[1], other[1])
            if core[0] - other[2] <= 0.8 * low and shared >= 0.6 * low and high <= 1.8 * low:
                done[index] = (other[0], min(core[1], other[1]), max(core[2], other[2]), max(core[3], other[3]))
                break
        else:
            done.append(core)
    return done


def _split(pixels: NDArray[np.uint8], core: Rectangle) -> list[Line]:
    left, top, right, bottom = core
    around = (bottom - top) // 2 + 3
    x0, y0 = max(left - around, 0), max(top - around, 0)
    region = pixels[y0 : bottom + around, x0 : right + around].astype(np.int16)
    ground = ground_of(region)
    contrast = strongest(region - ground)
    inner = contrast[top - y0 : bottom - y0, left - x0 : right - x0]
    ink = contrast > max(LEAST_CONTRAST, FAINT * int(inner.max(initial=0)))
    first, last = _grow(ink[:, left - x0 : right - x0].mean(axis=1), top - y0, bottom - y0)
    steps = strongest(np.diff(region[max(first - 2, 0) : last + 2], axis=1)) > FRAME
    cuts = np.concatenate(([False], steps.mean(axis=0) > 0.95))
    columns = ink[first:last].any(axis=0) & ~(cuts | np.append(cuts[1:], False))
    lines = []
    tall = min(last - first, 1.5 * (bottom - top))  # underlines of mnemonics reach further down
    for start, end in _runs(columns, cuts, max(SPLIT * tall, LEAST_SPLIT)):
        if end + x0 <= left or start + x0 >= right:
            continue  # what lies beyond the core is another's
        rows = np.flatnonzero(ink[first:last, start:end].any(axis=1))
        upper, lower = first + int(rows[0]), first + int(rows[-1]) + 1
        rectangle = (x0 + start, y0 + upper, x0 + end, y0 + lower)
        underlines, strokes = _pieces(ink[upper:lower, start:end], rectangle[0], rectangle[1])
        red, green, blue = (int(value) for value in ground)
        inked = np.flatnonzero(columns[start:end]) + x0 + start
        gaps = tuple((int(one) + 1, int(other)) for one, other in pairwise(inked) if other - one > 2)
        lines.append(Line(rectangle, min(top, rectangle[1]), max(bottom, rectangle[3]), gaps, underlines, strokes, (red, green, blue)))
    return lines


def ground_of(region: NDArray[np.int16]) -> NDArray[np.int16]:
    """The commonest colour of a region, int16 [..., 3]. Of more than a core: bold letters cover most of that."""
    flat = region.reshape(-1, 3)
    coarse = flat[:, 0] >> 3 << 10 | flat[:, 1] >> 3 << 5 | flat[:, 2] >> 3
    common = np.bincount(coarse).argmax()
    return np.median(flat[coarse == common], axis=0).astype(np.int16)


def strongest(differences: NDArray[np.int16]) -> NDArray[np.int16]:
    """The largest difference of the three channels, int16 [h, w, 3] to [h, w]; numpy's own maximum over so short an axis is slow."""
    red, green, blue = np.moveaxis(np.abs(differences), 2, 0)
    return np.maximum(np.maximum(red, green), blue)


def _grow(density: NDArray[np.float64], start: int, end: int) -> tuple[int, int]:
    """Rows from `start` to `end` and on to where the ink ends: at a few rows without any. A row or two of ink all along are a line's."""
    gap = max(1, (end - start) // 8)

    def reach(order: range, edge: int) -> int:
        missed = lined = 0
        for row in order:
            lined += density[row] > 0.85
            missed = missed + 1 if density[row] == 0 else 0
            if missed > gap or lined > 2:
                break
            if 0 < density[row] <= 0.85:
                edge = row
        return edge

    return reach(range(start - 1, -1, -1), start), reach(range(end, len(density)), end - 1) + 1


def _runs(columns: NDArray[np.bool_], cuts: NDArray[np.bool_], gap: float) -> list[tuple[int, int]]:
    """Start and end of the stretches of ink that a cut or a gap of more than `gap` columns sets apart."""
    inked = np.flatnonzero(columns)
    if not len(inked):
        return []
    passed = np.cumsum(cuts)
    apart = np.flatnonzero((np.diff(inked) > gap + 1) | (np.diff(passed[inked]) > 0))
    starts = [int(inked[0]), *(int(inked[place + 1]) for place in apart)]
    ends = [*(int(inked[place]) + 1 for place in apart), int(inked[-1]) + 1]
    return list(zip(starts, ends, strict=True))


def _pieces(ink: NDArray[np.bool_], x0: int, y0: int) -> tuple[tuple[Rectangle, ...], tuple[Rectangle, ...]]:
    """Short, thin pieces under a letter and below what most letters stand on; and narrow ones as tall as a letter."""
    import cv2

    count, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    tall = len(ink)
    pieces = stats[1:count]
    letters = pieces[pieces[:, 3] >= 0.45 * tall]
    base = np.median(letters[:, 1] + letters[:, 3]) if len(letters) > 1 else tall
    underlines, strokes = [], []
    for x, y, width, height, _ in pieces.tolist():
        rectangle = (x0 + x, y0 + y, x0 + x + width, y0 + y + height)
        if height <= max(1, tall // 9) and width >= 3 * height and y >= base:
            if ((letters[:, 0] < x + width) & (letters[:, 0] + letters[:, 2] > x)).any():
                underlines.append(rectangle)
        elif width <= 0.55 * tall and height >= 0.65 * tall:
            strokes.append(rectangle)
    return tuple(underlines), tuple(strokes)
