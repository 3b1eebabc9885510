"""Windows onto labelled screens, packed with many questions each.

A window is a rectangle of a screen's patches. Its patches keep the position table rows and the sequence positions that they have on the
whole screen, so that what is learned on a cheap 128-patch window holds on the 3,072-patch screen that it was cut from. All questions
about a window share its patches: each sees the picture and itself, not its neighbours.

Row of a batch:  <|im_start|>user<|im_sep|> · window patches · question 1 + answer 1 · question 2 + answer 2 · …
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from training.dense import CLASSES, LABEL_CLASSES, character_targets, edge_targets, label_classes
from training.examples import Example, make_examples
from training.screens.store import LabelledScreen, PixelBox, ScreenElement
from vlm.configuration import PATCH
from vlm.prompts import IMAGE_PLACEHOLDER, SPECIAL_TOKENS, render

IGNORED = -100


@dataclass(slots=True)
class Batch:
    """Tensors of one step. B rows, n patches a window, t text tokens a row, p pointer places in the whole batch."""

    grid: tuple[int, int]
    prefix: Tensor
    patches: Tensor
    cells: Tensor
    ids: Tensor
    segments: Tensor
    positions: Tensor
    labels: Tensor
    pointer_rows: Tensor
    pointer_columns: Tensor
    pointer_targets: Tensor
    characters: Tensor
    known: Tensor
    edges: Tensor
    labelled: Tensor
    label_truth: Tensor
    asked_truth: Tensor
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def image_tokens(self) -> int:
        return self.patches.shape[0] * self.patches.shape[1]

    @property
    def text_tokens(self) -> int:
        return int((self.segments > 0).sum())

    def to(self, device: torch.device) -> Batch:
        """The batch with every tensor on the device."""
        moved = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Batch(**{name: value.to(device) if isinstance(value, Tensor) else value for name, value in moved.items()})


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
        self.known = screen.glyphs is not None
        self.characters = character_targets(screen.glyphs or [], self.grid)
        self.edges = edge_targets(screen.elements, self.grid)
        self._grey = pixels.astype(np.int16).sum(-1)
        self._ink: dict[int, list[tuple[int, int]]] = {}

    def labels(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Which patches of the window show a label (bool [n]), and each one's classes (uint8 [shown, LABEL_CLASSES])."""
        shape = (window.bottom - window.top, window.right - window.left)
        owner = np.full(shape, -1)
        elements = sorted(self.elements, key=lambda e: -(e.box[2] - e.box[0]) * (e.box[3] - e.box[1]))
        for number, element in enumerate(elements):
            x1, y1, x2, y2 = (edge / PATCH for edge in element.box)
            if element.name.strip() and x1 < window.right and x2 > window.left and y1 < window.bottom and y2 > window.top:
                for row, column in self.ink(element):
                    if window.top <= row < window.bottom and window.left <= column < window.right:
                        owner[row - window.top, column - window.left] = number
        shown = owner.reshape(-1) >= 0
        truth = [label_row(elements[number].name) for number in owner.reshape(-1)[shown]]
        return shown, np.stack(truth) if truth else np.zeros((0, LABEL_CLASSES), np.uint8)

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
                part = self._grey[max(row * PATCH, top) : min(row * PATCH + PATCH, bottom), max(column * PATCH, left) : min(column * PATCH + PATCH, right)]  # fmt: skip
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
class Window:
    """Patch rows [top, bottom) and columns [left, right) of a prepared screen."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, element: ScreenElement) -> bool:
        x1, y1, x2, y2 = (edge / PATCH for edge in element.box)
        return self.left <= x1 and self.top <= y1 and x2 <= self.right and y2 <= self.bottom


def choose_window(rng: random.Random, screen: PreparedScreen, shape: tuple[int, int]) -> Window:
    """A window of `shape` (rows, columns) around a random element, or anywhere where there is none."""
    rows, columns = min(shape[0], screen.grid[0]), min(shape[1], screen.grid[1])
    top, left = rng.randint(0, screen.grid[0] - rows), rng.randint(0, screen.grid[1] - columns)
    fitting = [e for e in screen.elements if e.box[2] - e.box[0] <= (columns - 1) * PATCH and e.box[3] - e.box[1] <= (rows - 1) * PATCH]
    if fitting:
        x1, y1, x2, y2 = (edge / PATCH for edge in rng.choice(fitting).box)
        top = rng.randint(max(int(np.ceil(y2)) - rows, 0), max(min(int(y1), screen.grid[0] - rows), max(int(np.ceil(y2)) - rows, 0)))
        left = rng.randint(max(int(np.ceil(x2)) - columns, 0), max(min(int(x1), screen.grid[1] - columns), max(int(np.ceil(x2)) - columns, 0)))  # fmt: skip
        top, left = min(top, screen.grid[0] - rows), min(left, screen.grid[1] - columns)
    return Window(top, left, top + rows, left + columns)


class Collator:
    """Turns screens into batches with one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer = tokenizer
        self.coordinate_ids = {f"{value:03d}": tokenizer.convert_tokens_to_ids(f"{value:03d}") for value in range(1000)}
        self._coordinates = set(self.coordinate_ids.values())
        before, after = render("", "nothink").split(IMAGE_PLACEHOLDER)
        self._after = after
        self.prefix = self._encode(before)

    def _encode(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def segment(self, example: Example, loss_until_newline: bool = False) -> tuple[list[int], list[int], list[int]]:
        """Ids, labels (IGNORED outside the answer) and the places whose next token is about the target."""
        question = render(example.question, "nothink").split(IMAGE_PLACEHOLDER)[1]
        asked = self._encode(question)
        # `0.` must precede the three decimals for them to be one token, so the answer is tokenised on its own, whole.
        answered = self._encode(example.answer + SPECIAL_TOKENS["end"])
        labels = [IGNORED] * len(asked) + answered
        pointers: list[int] = []
        if example.element is not None:
            if example.kind in ("read", "state"):
                pointers = [len(asked) - 1]
            else:
                pointers = [len(asked) + i - 1 for i, token in enumerate(answered) if token in self._coordinates]
        if loss_until_newline:
            cut = len(asked) + next((i for i, token in enumerate(answered) if "\n" in self.tokenizer.decode([token])), len(answered))
            labels[cut:] = [IGNORED] * (len(labels) - cut)
            pointers = []
        return asked + answered, labels, pointers

    def collate(
        self,
        rng: random.Random,
        screens: Sequence[PreparedScreen],
        windows: Sequence[Window],
        questions: int,
        weights: dict[str, float],
        row_tokens: int = 256,
        blind: bool = False,
    ) -> Batch:
        """One row a window, of up to `questions` questions as far as `row_tokens` reach. `blind` leaves the picture out and asks only for thoughts: text skills at the price of text."""
        grid = screens[0].grid
        text_start = len(self.prefix) + grid[0] * grid[1]
        rows: list[tuple[list[int], list[int], list[int], list[int]]] = []
        pointers: list[tuple[int, int, np.ndarray, np.ndarray]] = []
        kinds: dict[str, int] = {}
        for row, (screen, window) in enumerate(zip(screens, windows, strict=True)):
            inside = screen.elements if blind else [e for e in screen.elements if window.holds(e)]
            names = [element.name for element in screen.elements]
            examples = make_examples(rng, inside, names, screen.size, questions, weights, screen.aim)
            ids: list[int] = []
            labels: list[int] = []
            segments: list[int] = []
            positions: list[int] = []
            for number, example in enumerate(examples, start=1):
                tokens, wanted, places = self.segment(example, loss_until_newline=blind and example.element is not None)
                if len(ids) + len(tokens) > row_tokens:
                    continue
                if places:
                    assert example.element is not None
                    target, name = _target_patches(screen, example, window), label_row(example.element.name)
                    pointers += [(row, len(ids) + place, target, name) for place in places]
                ids += tokens
                labels += wanted
                segments += [number] * len(tokens)
                positions += range(text_start, text_start + len(tokens))
                kinds[example.kind] = kinds.get(example.kind, 0) + 1
            rows.append((ids, labels, segments, positions))
        return self._tensors(grid, screens, windows, rows, pointers, kinds, blind)

    def _tensors(self, grid, screens, windows, rows, pointers, kinds, blind) -> Batch:  # type: ignore[no-untyped-def]
        longest = max(max(len(row[0]) for row in rows), 1)
        fills = (self.tokenizer.pad_token_id, IGNORED, 0, 0)
        packed = [torch.tensor([list(row[i]) + [fill] * (longest - len(row[i])) for row in rows]) for i, fill in enumerate(fills)]

        def cut(values: np.ndarray, window: Window) -> np.ndarray:
            return values[window.top : window.bottom, window.left : window.right].reshape(-1, values.shape[-1])

        count = 0 if blind else (windows[0].bottom - windows[0].top) * (windows[0].right - windows[0].left)
        index = np.arange(grid[0] * grid[1]).reshape(*grid, 1)

        def stack(values: list[np.ndarray], width: int) -> Tensor:
            empty = np.zeros((len(rows), 0, width), values[0].dtype if values else np.uint8)
            return torch.from_numpy(empty if blind else np.stack(values))

        pairs = list(zip(screens, windows, strict=True))
        kept = [] if blind else pointers
        targets = np.stack([target for _, _, target, _ in kept]) if kept else np.zeros((0, count), bool)
        asked = np.stack([name for *_, name in kept]) if kept else np.zeros((0, LABEL_CLASSES), np.uint8)
        shown = [] if blind else [screen.labels(window) for screen, window in pairs]
        return Batch(
            grid=grid,
            prefix=torch.tensor(self.prefix),
            patches=stack([cut(s.patches, w) for s, w in pairs], 768),
            cells=stack([cut(index, w) for s, w in pairs], 1)[..., 0].long(),
            ids=packed[0],
            labels=packed[1],
            segments=packed[2],
            positions=packed[3],
            pointer_rows=torch.tensor([row for row, *_ in kept], dtype=torch.long),
            pointer_columns=torch.tensor([column for _, column, *_ in kept], dtype=torch.long),
            pointer_targets=torch.from_numpy(targets),
            characters=stack([cut(s.characters, w) for s, w in pairs], CLASSES),
            known=torch.tensor([s.known for s in screens]),
            edges=stack([cut(s.edges, w) for s, w in pairs], 4),
            labelled=torch.from_numpy(np.stack([places for places, _ in shown]) if shown else np.zeros((len(rows), 0), bool)),
            label_truth=torch.from_numpy(np.concatenate([truth for _, truth in shown]) if shown else np.zeros((0, LABEL_CLASSES), np.uint8)),
            asked_truth=torch.from_numpy(asked),
            kinds=kinds,
        )


def _target_patches(screen: PreparedScreen, example: Example, window: Window) -> np.ndarray:
    """Which patches of the window the answer is about: bool [patches of the window]."""
    assert example.element is not None
    mask = np.zeros((window.bottom - window.top, window.right - window.left), bool)
    for row, column in screen.ink(example.element):
        mask[row - window.top, column - window.left] = True
    return mask.reshape(-1)
