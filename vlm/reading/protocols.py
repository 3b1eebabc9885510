"""What the parts of reading owe each other, satisfied structurally."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image

from recordings.geometry import Box
from vlm.reading.reading import Reading, ScreenElement

How = Literal["exact", "folded", "fuzzy", "part", "field", "model", "icon", "number"]
"""How words and an element came together: letter for letter; but for case, accents, ellipses, punctuation and slips of the reader; nearly;
as a part of a longer line; as the field that a label stands beside; by a model that looks at the picture; as the name of an icon; by its
number among its kind."""


class Reader(Protocol):
    """Names what is on a picture. Keeps what it read last, so that only what changed is read again."""

    def read(self, image: Image.Image) -> Reading: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that words may mean.

    Attributes:
        box: where to act, 0–1: the element's, of a part of it, or of the field beside it.
        score: how sure, 0–1, comparable between targets.
    """

    element: ScreenElement
    box: Box
    score: float
    how: How


@dataclass(frozen=True, slots=True)
class Located:
    """What was found for a target: the candidates, best first, and what follows from them.

    `found`: the first is meant. `ambiguous`: several fit alike, a person must choose. `missing`: nothing fits; the candidates, if any,
    are what comes nearest, to be named in a question and never to be clicked.
    """

    target: str
    status: Literal["found", "ambiguous", "missing"]
    candidates: tuple[Candidate, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The one that is meant; None unless `found`."""
        return self.candidates[0] if self.status == "found" else None


class Locator(Protocol):
    """Words → element."""

    def locate(
        self,
        target: str,
        reading: Reading,
        *,
        active: Box | None = None,
        fresh: Sequence[Box] = (),
        picture: Image.Image | None = None,
    ) -> Located:
        """
        Args:
            target: in a person's words, qualifiers included ("second Edit", "Save in the dialog", "the field next to Width").
            active: the active window, dialog or popup, 0–1: what lies in it comes first; None where unknown.
            fresh: parts of the picture that have just changed, 0–1: a menu that came up, a dialog.
            picture: what was read, so that the frame of a field beside its label is seen; without it the field is where fields mostly are.
        """
        ...

    def near(self, target: str, reading: Reading) -> tuple[Candidate, ...]:
        """What looks most like the words, whether or not they are found; to be named beside an answer or in a question, never clicked."""
        ...
