"""The like of a text: what stands in a row or a column with it, near it and in letters of its size."""

from __future__ import annotations

from collections.abc import Sequence

from vlm.reading.states import TextLine

MOST = 3
"""So many on each side are enough to tell what is usual."""
ACROSS, DOWN = 9.0, 3.4
"""Font sizes between two neighbours of a row, and between the middles of two of a column."""
LIKE = 1.4
"""Letters of like size differ by less than this factor."""


def row_of(line: TextLine, lines: Sequence[TextLine]) -> list[int]:
    """The numbers of those that stand in a row with a line, without itself, the nearest on each side first."""
    same = [
        number for number, other in enumerate(lines)
        if abs(other.middle - line.middle) < 0.5 * line.em and _is_like(line, other)
    ]  # fmt: skip
    right = _chain(line, sorted((number for number in same if lines[number].left >= line.right), key=lambda n: lines[n].left), lines, 1)
    left = _chain(line, sorted((number for number in same if lines[number].right <= line.left), key=lambda n: -lines[n].right), lines, -1)
    return [*left, *right]


def _chain(line: TextLine, order: Sequence[int], lines: Sequence[TextLine], side: int) -> list[int]:
    found: list[int] = []
    last = line
    for number in order:
        gap = lines[number].left - last.right if side > 0 else last.left - lines[number].right
        if gap > ACROSS * line.em or len(found) == MOST:
            break
        found.append(number)
        last = lines[number]
    return found


def column_of(line: TextLine, lines: Sequence[TextLine]) -> list[int]:
    """The numbers of those that stand in a column with a line, without itself: they begin where it begins, or are centred as it is."""

    def aligned(other: TextLine) -> bool:
        centred = abs(other.left + other.right - line.left - line.right) < 0.8 * line.em
        return abs(other.left - line.left) < 0.6 * line.em or centred

    same = [number for number, other in enumerate(lines) if aligned(other) and _is_like(line, other)]
    found: list[int] = []
    for side in (-1, 1):
        last, count = line.middle, 0
        for number in sorted(
            (n for n in same if side * (lines[n].middle - line.middle) > 0.5 * line.em), key=lambda n: side * lines[n].middle
        ):
            if abs(lines[number].middle - last) > DOWN * line.em or count == MOST:
                break
            found.append(number)
            last, count = lines[number].middle, count + 1
    return found


def _is_like(line: TextLine, other: TextLine) -> bool:
    return line.em / LIKE < other.em < line.em * LIKE
