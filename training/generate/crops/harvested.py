"""Marks and texts cut out of labelled screens; those of held-out applications are only measured with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.generate.crops.words import LONGEST
from training.screens.store import ScreenElement, read_screens

MARKS = ("check box", "radio button", "switch")
TEXTS = ("label", "push button", "page tab", "link")
SMALLEST, LARGEST, WIDEST = 8, 40, 16
"""Pixels of a piece's height, and how many times as wide as high it may be."""


@dataclass(frozen=True, slots=True)
class Harvested:
    """A mark with its label and whether it is on, or a text alone, whose `widget` is empty."""

    pixels: NDArray[np.uint8]
    says: str
    widget: str
    held_out: bool


def harvested_crops(folder: Path) -> Iterator[Harvested]:
    """What one folder's screens give. Raises DeskhandError where it holds none."""
    from training.screens.applications import GROUPS  # which needs a desktop's libraries; whoever trains on drawings has none

    apart = {name for group in GROUPS.values() for name in group}
    for screen in read_screens(folder):
        pixels = np.asarray(screen.picture().convert("RGB"))
        for element in screen.elements:
            x1, y1, x2, y2 = (round(side) for side in element.box)
            part = pixels[max(y1, 0) : y2, max(x1, 0) : x2]
            if not SMALLEST <= len(part) <= LARGEST or not SMALLEST <= part.shape[1] <= WIDEST * len(part):
                continue
            if (told := _told(element, part)) is not None:
                yield Harvested(part.copy(), *told, screen.app in apart)


def _told(element: ScreenElement, part: NDArray[np.uint8]) -> tuple[str, str] | None:
    """What a piece says, and of which widget; None where nobody knows."""
    if np.ptp(part) < 40:
        return None  # hidden under something, or not drawn
    if element.role in MARKS:
        return None if element.checked is None else ("yes" if element.checked else "no", element.role)
    if element.role in TEXTS and element.checked is None and 0 < len(element.name) <= LONGEST and part.shape[1] > len(part):
        return element.name, ""
    return None
