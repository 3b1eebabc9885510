"""What a reader tells about one picture: elements with their text and their boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recordings.geometry import Box

Kind = Literal["text", "glyph", "icon", "word"]
"""A word or line that the text detector found, a single sign (a calculator's key) that it passed over, a picture and its name, or one
word of a line that was read again by itself."""

WidgetKind = Literal["check box", "radio button", "switch", "expander", "tick"]
"""What belongs to a label and has a state; a `tick` stands alone before an entry of a menu."""


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget seen beside an element.

    Attributes:
        state: `on` (ticked, chosen, open), `off` or `mixed`; None where the pixels do not tell for sure.
        confidence: of the likeliest state, 0–1.
        box: where it was looked for, 0–1.
    """

    kind: WidgetKind
    state: Literal["on", "off", "mixed"] | None
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class ScreenElement:
    """One thing that is written on the screen: a menu's name, a label, a key, a line of prose.

    Attributes:
        text: as it is written, one line, no leading or trailing blanks.
        box: 0–1, relative to the picture that was read.
        confidence: of the text, 0–1.
        edges: where the characters begin and end, `len(text) + 1` fractions of the picture's width from left to right; empty where unknown.
        widget: what was seen beside it, where that was asked for; see `vlm.reading.states`.
        chosen, grey: True where that was asked for and it is surely the open tab, the button that is down or the marked row, and where it
            is surely greyed out; see `vlm.reading.chosen`.
    """

    text: str
    box: Box
    confidence: float
    kind: Kind = "text"
    edges: tuple[float, ...] = ()
    widget: Widget | None = None
    chosen: bool | None = None
    grey: bool | None = None

    def part(self, start: int, end: int) -> Box:
        """The box of the characters `start` to `end` (exclusive): of a word in a line of prose, say."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no part from {start} to {end} in a text of {len(self.text)} characters")
        if not self.edges:
            width = self.box.x2 - self.box.x1
            left, right = (self.box.x1 + width * place / len(self.text) for place in (start, end))
        else:
            left, right = self.edges[start], self.edges[end]
        return Box(x1=left, y1=self.box.y1, x2=max(left, right), y2=self.box.y2)


@dataclass(frozen=True, slots=True)
class Reading:
    """All elements of one picture, in reading order (from the top, then from the left), and the picture's size in pixels.

    Attributes:
        apart: the words of lines that are partly in a script that cannot be read, each by itself; see `vlm.reading.unread`.
    """

    elements: tuple[ScreenElement, ...]
    size: tuple[int, int]
    seconds: float = 0.0
    apart: tuple[ScreenElement, ...] = ()
