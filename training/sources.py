"""Where screens come from during training: drawn on the spot, or read from a folder of labelled screens."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from recordings.errors import DeskhandError
from training.screens.drawn import draw_screen
from training.screens.sheets import draw_sheet
from training.screens.store import LabelledScreen, ScreenElement, read_screens
from vlm.configuration import PATCH


class ScreenSource(Protocol):
    """Gives one labelled screen a call, all of one size."""

    def draw(self, rng: random.Random) -> LabelledScreen: ...


class DrawnSource:
    """Freshly drawn screens, never the same twice."""

    def __init__(self, size: tuple[int, int], wide: float, sheet: bool = False) -> None:
        self.size, self.wide, self.sheet = size, wide, sheet

    def draw(self, rng: random.Random) -> LabelledScreen:
        return (draw_sheet if self.sheet else draw_screen)(rng, self.size, self.wide)


class FolderSource:
    """Stored screens of one size, moved each time, so that no letter keeps its place in its patch and no label its place on the screen.

    Args:
        roam: share of the screens that are moved as far as their elements stay in view; the others move by up to half a patch.
    """

    def __init__(self, folder: Path, size: tuple[int, int], roam: float = 0.0) -> None:
        self.roam = roam
        self.screens = [screen for screen in read_screens(folder) if _image_size(screen.path) == size]
        if not self.screens:
            raise DeskhandError(f"no screen of {size[0]}×{size[1]} pixels in {folder}: make some with `deskhand screens`")

    def draw(self, rng: random.Random) -> LabelledScreen:
        stored = rng.choice(self.screens)
        screen = LabelledScreen(stored.picture(), stored.source, stored.app, stored.elements, stored.glyphs)
        if not (screen.elements and rng.random() < self.roam):
            return shifted(screen, rng.randint(-PATCH // 2, PATCH // 2), rng.randint(-PATCH // 2, PATCH // 2))
        boxes = [element.box for element in screen.elements]
        width, height = screen.picture().size
        dx = _anywhere(rng, min(box[0] for box in boxes), max(box[2] for box in boxes), width)
        return shifted(screen, dx, _anywhere(rng, min(box[1] for box in boxes), max(box[3] for box in boxes), height))


def _anywhere(rng: random.Random, low: float, high: float, limit: int) -> int:
    """How far what reaches from `low` to `high` may move so that it stays between 0 and `limit`, by chance."""
    return rng.randint(min(-int(low), 0), max(int(limit - high), 0))


@lru_cache(maxsize=100_000)
def _image_size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def shifted(screen: LabelledScreen, dx: int, dy: int) -> LabelledScreen:
    """The screen moved by (dx, dy) pixels, its edge repeated; what leaves the picture is forgotten."""
    width, height = screen.picture().size
    pixels = np.asarray(screen.picture())
    rows = np.clip(np.arange(height) - dy, 0, height - 1)
    columns = np.clip(np.arange(width) - dx, 0, width - 1)

    def inside(x1: float, y1: float, x2: float, y2: float) -> bool:
        return x1 >= 0 and y1 >= 0 and x2 <= width and y2 <= height

    elements = []
    for element in screen.elements:
        x1, y1, x2, y2 = element.box
        box = (x1 + dx, y1 + dy, x2 + dx, y2 + dy)
        if inside(*box):
            elements.append(ScreenElement(element.name, element.role, box, element.checked, element.selected, element.enabled))
    glyphs = None
    if screen.glyphs is not None:
        glyphs = [(c, x1 + dx, y1 + dy, x2 + dx, y2 + dy) for c, x1, y1, x2, y2 in screen.glyphs]
    return LabelledScreen(Image.fromarray(pixels[rows][:, columns]), screen.source, screen.app, elements, glyphs)
