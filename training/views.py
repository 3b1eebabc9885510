"""A screen cut into patches, and the views of it that training looks at: windows, or the whole screen without its blanks."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np

from training.dense import LABEL_CLASSES, character_targets, edge_targets, label_classes
from training.screens.store import LabelledScreen, PixelBox, ScreenElement
from vlm.configuration import PATCH


class PreparedScreen:
    """A screen cut into patches once, with its dense truth, ready for any number of windows."""

    def __init__(self, screen: LabelledScreen) -> None:
        picture = screen.picture()
        width, height = picture.size
        self.grid = (height // PATCH, width // PATCH)
        self.size = (self.grid[1] * PATCH, self.grid[0] * PATCH)
        rows, columns = self.grid
        pixels = np.asarray(picture)[: rows * PATCH, : columns * PATCH]
        self.patches = pixels.reshape(rows, PATCH, columns, PATCH, 3).transpose(0, 2, 1, 3, 4).reshape(rows, columns, -1)
        self.elements = screen.elements
        self.told = screen.told
        self.known = screen.glyphs is not None
        self.characters = character_targets(screen.glyphs or [], self.grid)
        self.edges = edge_targets(screen.elements, self.grid)
        self._grey = pixels.astype(np.int16).sum(-1)
        self._ink: dict[int, list[tuple[int, int]]] = {}
        self._owner: np.ndarray | None = None
        self._named: list[ScreenElement] = []

    def labels(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of the patches show a label (bool [n]), and each one's classes (uint8 [shown, LABEL_CLASSES])."""
        if self._owner is None:
            self._owner = np.full(self.grid, -1)
            self._named = sorted(self.elements, key=lambda e: -(e.box[2] - e.box[0]) * (e.box[3] - e.box[1]))
            for number, element in enumerate(self._named):
                if element.name.strip():
                    for row, column in self.ink(element):
                        self._owner[row, column] = number
        owner = self._owner.reshape(-1)[cells]
        truth = [label_row(self._named[number].name) for number in owner[owner >= 0]]
        return owner >= 0, np.stack(truth) if truth else np.zeros((0, LABEL_CLASSES), np.uint8)

    def ink(self, element: ScreenElement) -> list[tuple[int, int]]:
        """Row and column of the patches where the element's label or picture is: those that are not flat inside its border."""
        if id(element) not in self._ink:
            self._ink[id(element)] = self._find_ink(element)
        return self._ink[id(element)]

    def _find_ink(self, element: ScreenElement) -> list[tuple[int, int]]:
        rows, columns = self.grid
        margin = 3 if min(element.box[2] - element.box[0], element.box[3] - element.box[1]) > 18 else 0
        left, top = max(int(element.box[0]) + margin, 0), max(int(element.box[1]) + margin, 0)
        right, bottom = min(int(element.box[2]) - margin, columns * PATCH), min(int(element.box[3]) - margin, rows * PATCH)
        found = []
        for row in range(top // PATCH, min(-(-bottom // PATCH), rows)):
            for column in range(left // PATCH, min(-(-right // PATCH), columns)):
                part = self._grey[
                    max(row * PATCH, top) : min(row * PATCH + PATCH, bottom), max(column * PATCH, left) : min(column * PATCH + PATCH, right)
                ]
                if part.size and int(part.max()) - int(part.min()) > 90:
                    found.append((row, column))
        middle = (min(max(int((top + bottom) / 2 / PATCH), 0), rows - 1), min(max(int((left + right) / 2 / PATCH), 0), columns - 1))
        return found or [middle]

    def aim(self, element: ScreenElement) -> PixelBox:
        """The part of the element's box that its ink covers, in pixels, exact along the rows and columns of the ink's patches."""
        cells = self.ink(element)
        x1, y1, x2, y2 = element.box
        ink_x1, ink_x2 = min(c for _, c in cells) * PATCH, (max(c for _, c in cells) + 1) * PATCH
        ink_y1, ink_y2 = min(r for r, _ in cells) * PATCH, (max(r for r, _ in cells) + 1) * PATCH
        return max(x1, ink_x1), max(y1, ink_y1), min(x2, ink_x2), min(y2, ink_y2)


def label_row(name: str) -> np.ndarray:
    """A label's classes as uint8 [LABEL_CLASSES]."""
    row = np.zeros(LABEL_CLASSES, np.uint8)
    row[label_classes(name)] = 1
    return row


@dataclass(frozen=True, slots=True)
class View:
    """Which patches of a prepared screen a row shows: sorted cell numbers (row * columns + column), int64 [n]."""

    cells: np.ndarray
    rectangle: tuple[int, int, int, int] | None = None
    """Top, left, bottom, right in patches where the view is a window; None where it is a selection from the whole screen."""

    def holds(self, screen: PreparedScreen, element: ScreenElement) -> bool:
        """Whether the element is wholly in view: its box in a window, its ink in a selection."""
        if self.rectangle is None:
            return bool(np.isin([row * screen.grid[1] + column for row, column in screen.ink(element)], self.cells).all())
        top, left, bottom, right = self.rectangle
        x1, y1, x2, y2 = (edge / PATCH for edge in element.box)
        return left <= x1 and top <= y1 and x2 <= right and y2 <= bottom


def choose_window(rng: random.Random, screen: PreparedScreen, shape: tuple[int, int]) -> View:
    """A window of `shape` (rows, columns) around a random element, or anywhere where there is none."""
    rows, columns = min(shape[0], screen.grid[0]), min(shape[1], screen.grid[1])
    top, left = rng.randint(0, screen.grid[0] - rows), rng.randint(0, screen.grid[1] - columns)
    fitting = [e for e in screen.elements if e.box[2] - e.box[0] <= (columns - 1) * PATCH and e.box[3] - e.box[1] <= (rows - 1) * PATCH]
    if fitting:
        x1, y1, x2, y2 = rng.choice(fitting).box
        top = _start(rng, y1, y2, rows, screen.grid[0])
        left = _start(rng, x1, x2, columns, screen.grid[1])
    cells = (np.arange(top, top + rows)[:, None] * screen.grid[1] + np.arange(left, left + columns)[None, :]).reshape(-1)
    return View(cells, (top, left, top + rows, left + columns))


def _start(rng: random.Random, low: float, high: float, length: int, limit: int) -> int:
    """Where a window of `length` patches may begin so that it covers the pixels from `low` to `high`."""
    first = max(math.ceil(high / PATCH) - length, 0)
    last = max(min(int(low / PATCH), limit - length), first)
    return min(rng.randint(first, last), limit - length)


def choose_ink(rng: random.Random, screen: PreparedScreen, count: int) -> View:
    """`count` patches from the whole screen, those that show something first: all its labels compete, most of its blanks are left out."""
    total = screen.grid[0] * screen.grid[1]
    if count >= total:
        return View(np.arange(total))
    flat = screen.patches.reshape(total, -1)
    inked = np.flatnonzero(flat.max(1).astype(int) - flat.min(1) > 40)
    blank = np.setdiff1d(np.arange(total), inked)
    draw = np.random.default_rng(rng.getrandbits(32))
    if len(inked) > count * 7 // 8:
        # Whole labels stay or go: a stretch of rows is kept, not single patches.
        start = draw.integers(0, len(inked) - count * 7 // 8 + 1)
        inked = inked[start : start + count * 7 // 8]
    filling = draw.choice(blank, count - len(inked), replace=False) if count - len(inked) <= len(blank) else blank
    cells = np.sort(np.concatenate([inked, filling]))
    if len(cells) < count:
        cells = np.sort(draw.choice(total, count, replace=False))
    return View(cells)


def target_patches(screen: PreparedScreen, element: ScreenElement, view: View) -> np.ndarray:
    """Which patches of the view show the element: bool [patches of the view]."""
    return np.isin(view.cells, [row * screen.grid[1] + column for row, column in screen.ink(element)])
