"""What is chosen among its like — the open tab, the button that is down, the marked row — and what is greyed out.

    a text ─► its siblings in a row and in a column ─► how it looks against them ─► network ─► chosen, grey, or nothing that is sure

A small network of our own over what `looks` measures; `python -m training.states.train_looks` makes its weights again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vlm.reading.convolutions import Floats, read_weights
from vlm.reading.looks import Look, features_of, look_of, odd_one
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.siblings import column_of, row_of
from vlm.reading.states import TextLine

WEIGHTS = Path(__file__).with_name("chosen.safetensors")
FAINTEST = 0.06
"""Contrast, of 1, below which nothing is written there, whatever was read."""
SURE = 0.9
"""A less likely answer is none."""
AGREED = 0.7
"""Likely enough where it is the odd one of its row, or another one is, as well."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A line, how it looks among its siblings — in its row, in its column, or in both — and those of its row, else of its column."""

    line: TextLine
    look: Look
    features: tuple[Floats, ...]
    siblings: tuple[ScreenElement, ...]
    in_row: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Chances, 0–1, that a text is chosen and that it is grey."""

    chosen: float
    grey: float

    @property
    def is_chosen(self) -> bool | None:
        """None where nobody can tell."""
        return _told(self.chosen)

    @property
    def is_grey(self) -> bool | None:
        """None where nobody can tell."""
        return _told(self.grey)


def _told(chance: float) -> bool | None:
    return True if chance >= SURE else False if chance <= 1 - SURE else None


class Page:
    """The texts of a reading as they look, all measured at once."""

    def __init__(self, pixels: NDArray[np.uint8], reading: Reading) -> None:
        self._pixels, self._size = pixels, (pixels.shape[1], pixels.shape[0])
        self._elements = reading.elements
        self.lines = [TextLine.of(element, self._size) for element in reading.elements]
        self._looks = [look_of(pixels, self._levelled(line)) for line in self.lines]

    def _levelled(self, line: TextLine) -> TextLine:
        """A line at the height of its row, so that the edges beside each other meet: an open tab may stand out of its row."""
        middles = [line.middle, *(self.lines[number].middle for number in row_of(line, self.lines))]
        return replace(line, middle=float(np.median(middles)))

    def likeness(self, element: ScreenElement) -> Likeness | None:
        """How an element looks among its like; None for what has none."""
        line = TextLine.of(element, self._size)
        own = look_of(self._pixels, self._levelled(line))
        if own.contrast < FAINTEST:
            return None
        others = [look for number, look in enumerate(self._looks) if self._elements[number] is not element]
        row, column = row_of(line, self.lines), column_of(line, self.lines)
        features = tuple(
            features_of(own, [self._looks[number] for number in group], others, group is row) for group in (row, column) if group
        )
        siblings = tuple(self._elements[number] for number in row or column)
        return Likeness(line, own, features, siblings, bool(row)) if features else None


class ChosenReader:
    """Tells how texts stand among their like. Holds the network; nothing of a picture is kept."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = read_weights(weights)

    def chances(self, features: Floats) -> Floats:
        """float32 [n, FEATURES] to the chances of being chosen and of being grey, [n, 2]."""
        weights = self._weights
        usual = np.clip((features - weights["mean"]) / weights["scale"], -4, 4)
        hidden = np.maximum(usual @ weights["inner.weight"].T + weights["inner.bias"], 0)
        return np.asarray(1 / (1 + np.exp(-(hidden @ weights["outer.weight"].T + weights["outer.bias"]) / weights["temperature"][0])))

    def look(
        self, pixels: NDArray[np.uint8], reading: Reading, elements: Sequence[ScreenElement], one_of_them: bool = False
    ) -> list[Standing | None]:
        """How each element stands; None for what has no siblings.

        What is chosen is chosen of its row, where it has one; whether something is grey is told by its row or its column, as is surer.

        Args:
            pixels: RGB, uint8 [height, width, 3], what was read.
            one_of_them: of the elements and their siblings exactly one is chosen, as of tabs.
        """
        page = Page(pixels, reading)
        return [self.standing(element, page, one_of_them) for element in elements]

    def standing(self, element: ScreenElement, page: Page, one_of_them: bool = False) -> Standing | None:
        """The same of one element of a page."""
        likeness = page.likeness(element)
        if likeness is None:
            return None
        chances = self.chances(np.stack(likeness.features))
        chosen, grey = float(chances[0, 0]), float(chances[np.abs(chances[:, 1] - 0.5).argmax(), 1])
        if one_of_them:
            like = [likeness, *(found for one in likeness.siblings if (found := page.likeness(one)) is not None)]
            odds = np.exp(_logit(self.chances(np.stack([one.features[0] for one in like]))[:, 0]))
            chosen = float(odds[0] / odds.sum())
            odd = odd_one([one.look for one in like]) if likeness.in_row else None
            if odd == 0 and chosen >= AGREED:
                chosen = max(chosen, SURE)
            elif odd and chosen <= 1 - AGREED:
                chosen = min(chosen, 1 - SURE)
        return Standing(chosen, grey)


def _logit(chances: Floats) -> Floats:
    kept = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))


def with_standings(reading: Reading, picture: Image.Image) -> Reading:
    """A reading whose elements tell where they are surely chosen or grey; that one is neither is less sure than it seems, and not told."""
    standings = open_chosen_reader().look(np.asarray(picture.convert("RGB")), reading, reading.elements)
    told = (
        replace(element, chosen=standing.is_chosen or None, grey=standing.is_grey or None) if standing is not None else element
        for element, standing in zip(reading.elements, standings, strict=True)
    )  # fmt: skip
    return replace(reading, elements=tuple(told))


@cache
def open_chosen_reader() -> ChosenReader:
    """The one of this process; its weights are read when it is first asked for."""
    return ChosenReader()
