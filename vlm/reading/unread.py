"""Lines in which something stands that the recogniser has no letters for: beside it, it passes over letters that it does know.

So each word of such a line is read again by itself. It serves what must be hidden, not what is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vlm.reading.lines import Line
from vlm.reading.recognition import Spoken

GAP, OF_WIDEST = 0.25, 0.75
"""Between two words: in heights of their row, and of the line's widest gap, for letters of one width stand far apart."""
LEAST_WIDTH = 1.2
"""Of a word, in heights of its row: icons are no wider."""
LEAST_LETTERS = 0.5
"""In a height's width of a word: written text has at least one and a half."""


def words_apart(lines: Sequence[Line], said: Sequence[Spoken]) -> list[Line]:
    """Each word of the lines that hold unread ink, and of those beside them, as a line of its own."""
    unread = [line for line, spoken in zip(lines, said, strict=True) if any(_is_unread(word, spoken) for word in _words(line))]
    return [word for line in lines if any(_in_one_row(line, other) for other in unread) for word in _words(line)]


def _words(line: Line) -> Iterator[Line]:
    left, top, right, bottom = line.ink
    wide = max([GAP * (line.bottom - line.top), *(OF_WIDEST * (gap[1] - gap[0]) for gap in line.gaps)])
    for start, end in [*(gap for gap in line.gaps if gap[1] - gap[0] >= wide), (right, right)]:
        if left < start:
            yield replace(line, ink=(left, top, start, bottom), gaps=tuple(gap for gap in line.gaps if left < gap[0] and gap[1] < start))
        left = end


def _is_unread(word: Line, said: Spoken) -> bool:
    left, _, right, _ = word.ink
    width = (right - left) / (word.bottom - word.top)
    letters = sum(left <= centre <= right for letter, centre in zip(said.text, said.centres, strict=True) if letter.isalnum())
    return width >= LEAST_WIDTH and letters < LEAST_LETTERS * width


def _in_one_row(line: Line, other: Line) -> bool:
    return line.top < (other.top + other.bottom) / 2 < line.bottom
