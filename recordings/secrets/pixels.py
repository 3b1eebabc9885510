"""Where secrets stand in a picture, by what was read there.

A reader errs, and a picture is only looked at, so more is covered than in texts: what is nearly a known value, pieces of one, and what
`recordings.secrets.misread` holds possible. Lines are searched alone, as rows, paragraphs and columns: values stand under their labels,
and long words are wrapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from PIL import Image

from recordings.geometry import Box
from recordings.secrets.memory import LEAST_KNOWN, Redactor
from recordings.secrets.misread import ALIKE, misread, unaccented, widened
from recordings.secrets.rules import PASSWORD, Find

MARGIN = 0.12
"""How far beyond the letters is covered, in heights of the line."""
PIECE = 5
"""Letters of a known value that are covered without the rest: a field that is too short shows a part of it."""
LONG_WORD = 12
"""Letters of a word that may have been broken where a line ends, anywhere."""


class Written(Protocol):
    """Something that was read in a picture."""

    @property
    def text(self) -> str: ...
    @property
    def box(self) -> Box: ...
    def part(self, start: int, end: int) -> Box: ...


Read = Callable[[Image.Image], Sequence[Written] | None]
"""What is written in a picture; None where nothing can be read."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret in a picture."""

    kind: str
    box: Box


def find_shown(lines: Sequence[Written], redactor: Redactor) -> list[Shown]:
    """What is to be covered of a picture."""
    found: dict[Shown, None] = {}
    for joined in _texts(lines):
        plain = unaccented(joined.text)
        exact = [find for text in dict.fromkeys((joined.text, plain)) for find in redactor.find(text)]
        for find in [*widened(plain, [*exact, *misread(plain, joined.unread)]), *_known_pieces(plain, redactor)]:
            for box in joined.boxes(find.start, find.end):
                found[Shown(find.kind, box)] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class _Joined:
    """Several lines as one text."""

    text: str
    parts: tuple[tuple[int, Written], ...]
    """Where each begins."""
    unread: bool = False
    """Whether it is a word of a line that could not all be read."""

    def boxes(self, start: int, end: int) -> Iterator[Box]:
        for offset, line in self.parts:
            left, right = max(start - offset, 0), min(end - offset, len(line.text))
            if left < right:
                yield _wider(line.part(left, right), line.box)


def _join(lines: Iterable[Written], between: str) -> _Joined:
    text = ""
    parts: list[tuple[int, Written]] = []
    for line in lines:
        if parts:
            text += between
        parts.append((len(text), line))
        text += line.text
    return _Joined(text, tuple(parts))


def _texts(lines: Sequence[Written]) -> Iterator[_Joined]:
    yield from (replace(_join([line], ""), unread=True) for line in lines if _is_word(line))
    rows = _rows([line for line in lines if line.text.strip() and not _is_word(line)])
    for row in rows:
        yield _join(row, " ")
        yield from (_join([line], "") for line in row if len(row) > 1)
    yield from (_join_rows(block) for block in _blocks(rows))
    for column in _columns(rows):
        yield _join(column, "\n")
        yield from (_join(lines, "") for lines in _broken(column))


def _is_word(line: Written) -> bool:
    """Whether it is a word of a line that is there as a whole, too."""
    return getattr(line, "kind", "") == "word"


def _broken(column: Sequence[Written]) -> Iterator[list[Written]]:
    """Lines of a column that go on in the next one in the middle of a long word."""
    lines: list[Written] = []
    for line in column:
        lines.append(line)
        if len(line.text.split()[-1]) < LONG_WORD:
            if len(lines) > 1:
                yield lines
            lines = []
    if len(lines) > 1:
        yield lines


def _join_rows(rows: Sequence[Sequence[Written]]) -> _Joined:
    text = ""
    parts: list[tuple[int, Written]] = []
    for row in rows:
        joined = _join(row, " ")
        text += "\n" * bool(text)
        parts += [(offset + len(text), line) for offset, line in joined.parts]
        text += joined.text
    return _Joined(text, tuple(parts))


def _blocks(rows: Sequence[Sequence[Written]]) -> Iterator[list[Sequence[Written]]]:
    """Rows one right below the other, be each read as one line or as several: a paragraph."""
    block: list[Sequence[Written]] = []
    for row in rows:
        if block and row[0].box.center.y - block[-1][0].box.center.y > 2.2 * (row[0].box.y2 - row[0].box.y1):
            if len(block) > 1:
                yield block
            block = []
        block.append(row)
    if len(block) > 1:
        yield block


def _rows(lines: Sequence[Written]) -> list[list[Written]]:
    """What stands side by side."""
    rows: list[list[Written]] = []
    for line in sorted(lines, key=lambda line: line.box.center.y):
        row = rows[-1] if rows else None
        if row is not None and row[0].box.y1 <= line.box.center.y <= row[0].box.y2:
            row.append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.box.x1) for row in rows]


def _columns(rows: Sequence[Sequence[Written]]) -> Iterator[list[Written]]:
    """What stands one below the other, near and beginning at nearly the same place."""
    open_: list[list[Written]] = []
    for row in rows:
        for line in row:
            height = line.box.y2 - line.box.y1
            above = next(
                (
                    column
                    for column in open_
                    if 0 <= line.box.y1 - column[-1].box.y1 <= 3.0 * height
                    and column[-1] not in row
                    and (
                        abs(column[-1].box.x1 - line.box.x1) <= 2.0 * height or column[-1].box.x1 <= line.box.center.x <= column[-1].box.x2
                    )
                ),
                None,
            )
            if above is not None:
                above.append(line)
            else:
                open_.append([line])
    yield from (column for column in open_ if len(column) > 1)


def _known_pieces(text: str, redactor: Redactor) -> Iterator[Find]:
    """Where known values stand but for letters that look alike, and where pieces of long ones do."""
    folded, places = _folded(text)
    for value, kind in redactor.known.items():
        wanted = _folded(value)[0]
        if len(wanted) < LEAST_KNOWN:
            continue
        size = min(PIECE, len(wanted))
        if len(wanted) < 2 * PIECE:  # a short value must be there as a whole, or but for its last letter
            size = max(len(wanted) - (len(wanted) > PIECE), LEAST_KNOWN)
        pieces = {wanted[at : at + size] for at in range(len(wanted) - size + 1)}
        hits = [at for at in range(len(folded) - size + 1) if folded[at : at + size] in pieces]
        if not hits or (len(wanted) >= 2 * PIECE and len(hits) < 2 and not _is_odd(folded[hits[0] : hits[0] + size])):
            continue
        start, last = hits[0], hits[0]
        for hit in [*hits[1:], len(folded) * 2]:
            if hit - last > 2 * size:  # between two pieces a letter may have been misread
                yield Find(places[start], places[last + size - 1] + 1, kind or PASSWORD)
                start = hit
            last = hit


def _is_odd(piece: str) -> bool:
    """Whether five letters are no part of ordinary words."""
    return any(one in "2345678" for one in piece)


def _folded(text: str) -> tuple[str, list[int]]:
    """Letters and digits alone, those that readers take for each other as one; and where each stood."""
    places = [place for place, one in enumerate(text) if one.isalnum()]
    return "".join(text[place].lower()[:1] for place in places).translate(ALIKE), places


def _wider(part: Box, line: Box) -> Box:
    """A part of a line with what its letters reach beyond it, for readers cut close."""
    down = (line.y2 - line.y1) * MARGIN
    right = (line.y2 - line.y1) * 0.35
    return Box(x1=max(part.x1 - right, 0.0), y1=max(part.y1 - down, 0.0), x2=min(part.x2 + right, 1.0), y2=min(part.y2 + down, 1.0))
