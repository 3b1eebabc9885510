"""Words of screens, models, servers and files from elsewhere, made fit for a terminal.

A terminal obeys some characters instead of showing them, and others turn the order of what is read around.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, TextIO

MARK = "\N{REPLACEMENT CHARACTER}"
"""Stands for each character that is not shown."""

_UNSEEN = chain(
    range(0x20), range(0x7F, 0xA0),  # control characters: C0, DEL, C1
    (0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x2060, 0xFEFF), range(0x202A, 0x202F), range(0x2066, 0x206A),  # marks of direction
    range(0xD800, 0xE000), range(0xE0000, 0xE0080),  # halves of characters, and tags that nobody sees
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFFA0), range(0x2061, 0x2065), range(0x206A, 0x2070),  # and other such:
    range(0xFFF9, 0xFFFC), range(0x1D173, 0x1D17B), range(0xE0100, 0xE01F0),  # fillers, marks of formulas and of scores, variants
)  # fmt: skip
_LINES = {code: MARK for code in _UNSEEN if chr(code) not in "\n\t"}
_STREAM = {code: mark for code, mark in _LINES.items() if chr(code) != "\r"}
_LINE = _LINES | {ord(space): " " for space in "\n\r\t"}


def printable(text: str) -> str:
    """The text on one line, without what a terminal would obey."""
    return text.translate(_LINE)


def ends(text: str, most: int = 1000) -> str:
    """The text whole, or its beginning and its end with what lies between counted: what matters may stand last."""
    if len(text) <= most:
        return text
    head, tail = text[: most // 2], text[-(most // 2) :]
    return f"{head} … {len(text) - len(head) - len(tail):,} characters of {len(text):,} are not shown … {tail}"


class PrintableStream:
    """A text stream to which nothing passes that a terminal would obey, but, with `bars`, the return that progress bars need."""

    def __init__(self, stream: TextIO, bars: bool = False) -> None:
        self._stream, self._marks = stream, _STREAM if bars else _LINES

    def write(self, text: str) -> int:
        """As the stream's own."""
        self._stream.write(text.translate(self._marks))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """As the stream's own."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def counted(number: int, thing: str) -> str:
    """So many of a thing, in English: "1 step", "2 steps"."""
    return f"{number} {thing}{'s' * (number != 1)}"
