"""Words of a fixed pitch that are put together, signs that were found by themselves among them."""

from __future__ import annotations

from recordings.geometry import Box
from vlm.reading.monospace import joined
from vlm.reading.reading import ScreenElement

CELL = 0.01


def word(text: str, cell: int, *, edges: bool) -> ScreenElement:
    left, right = (cell + 0.1) * CELL, (cell + len(text) - 0.1) * CELL
    inner = tuple((cell + at) * CELL for at in range(1, len(text)))
    return ScreenElement(text, Box(x1=left, y1=0.1, x2=right, y2=0.12), 0.9, "text", (left, *inner, right) if edges else ())


def test_every_character_of_a_line_has_its_place() -> None:
    parts = [word("count", 0, edges=True), word("=", 6, edges=False), word("length", 8, edges=True)]
    [line] = joined(parts, (1000, 700))
    assert (line.text, len(line.edges)) == ("count = length", len("count = length") + 1)
    assert abs(line.part(8, 14).x1 - 8 * CELL) < CELL
    assert abs(line.part(6, 7).x1 - 6 * CELL) < CELL
