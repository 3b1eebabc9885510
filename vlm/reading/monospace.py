"""Lines of text in a font whose letters are all as wide: its spaces are as wide as the gaps between the names of a menu bar."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from recordings.geometry import Box
from vlm.reading.reading import ScreenElement

LEAST_LETTERS = 4
"""Of a word that a font's pitch is taken from."""
LEAST_WORDS = 3
"""Two names may stand so by chance."""
BEARING = 0.2
"""What a word's ink is narrower than its letters' cells, in cells."""
SLACK = 0.35
"""How far a word may begin from where the pitch puts it, in cells."""


def joined(elements: Sequence[ScreenElement], size: tuple[int, int]) -> list[ScreenElement]:
    """The elements, with three and more that stand one cell apart in one row made into one. `size` is the picture's, in pixels."""
    rows: list[list[ScreenElement]] = []
    for element in sorted(elements, key=lambda each: each.box.x1):
        row = next((row for row in rows if _follows(row, element, size[0])), None)
        if row is None:
            rows.append([element])
        else:
            row.append(element)
    return [each for row in rows for each in ([reduce(_one, row)] if len(row) >= LEAST_WORDS else row)]


def _follows(row: Sequence[ScreenElement], element: ScreenElement, width: int) -> bool:
    before = row[-1]
    one, other = before.box, element.box
    low = min(one.y2 - one.y1, other.y2 - other.y1)
    if other.x1 <= one.x2 or min(one.y2, other.y2) - max(one.y1, other.y1) < 0.6 * low:
        return False
    longest = max((*row, element), key=lambda each: len(each.text))
    pitch = _pitch(longest, width)
    if len(longest.text) < LEAST_LETTERS or not all(
        abs(_pitch(each, width) / pitch - 1) < 0.15 for each in (before, element) if len(each.text) >= LEAST_LETTERS
    ):
        return False
    return abs((other.x1 - one.x1) * width - (len(before.text) + 1) * pitch) <= SLACK * pitch


def _pitch(word: ScreenElement, width: int) -> float:
    return (word.box.x2 - word.box.x1) * width / (len(word.text) - BEARING)


def _one(before: ScreenElement, after: ScreenElement) -> ScreenElement:
    box = Box(
        x1=before.box.x1, y1=min(before.box.y1, after.box.y1), x2=after.box.x2, y2=max(before.box.y2, after.box.y2)
    )  # fmt: skip
    letters = len(before.text), len(after.text)
    confidence = (before.confidence * letters[0] + after.confidence * letters[1]) / sum(letters)
    return ScreenElement(f"{before.text} {after.text}", box, confidence, "text", (*_edges(before), *_edges(after)))


def _edges(word: ScreenElement) -> tuple[float, ...]:
    """A sign that was found by itself has none: its box is where it begins and ends."""
    left, letters, width = word.box.x1, len(word.text), word.box.x2 - word.box.x1
    return word.edges or tuple(left + width * place / letters for place in range(letters + 1))
