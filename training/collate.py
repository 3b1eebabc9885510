"""Windows onto labelled screens, packed with many questions each.

A window is a rectangle of a screen's patches. Its patches keep the position table rows and the sequence positions that they have on the
whole screen, so that what is learned on a cheap 128-patch window holds on the 3,072-patch screen that it was cut from. All questions
about a window share its patches: each sees the picture and itself, not its neighbours.

Row of a batch:  <|im_start|>user<|im_sep|> · window patches · question 1 + answer 1 · question 2 + answer 2 · …
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from training.dense import LABEL_CLASSES
from training.examples import STEPPED, Example, make_examples
from training.views import PreparedScreen, View, label_row, target_patches
from vlm.images import MAX_PATCHES, MIN_PATCHES
from vlm.prompts import IMAGE_PLACEHOLDER, NOW, SPECIAL_TOKENS, TASK_HEAD, render

IGNORED = -100

MOST_COPIES = 512
"""Copied characters a batch that are supervised; all of them would cost more than they teach."""

INSIDE_PLACES = 4
"""Places inside the items of an instruction that are led to where the item before ends, as its beginning is, a question."""
SHORT_ITEM = 24
"""So many characters may an item have to be led inside: longer ones are texts."""

NEAR_PLACES = 16
"""Places of an instruction whose view of their neighbours is supervised, a question."""

_Row = tuple[list[int], list[int], list[int], list[int], list[bool]]
"""Ids, labels, segments and positions of a row's text, and which tokens decide something."""
_Pointer = tuple[int, int, np.ndarray, np.ndarray, tuple[float, float]]
"""Row, text column, target patches, the classes of the label asked for, and the target's centre as fractions."""


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
    deciding: Tensor
    pointer_rows: Tensor
    pointer_columns: Tensor
    pointer_targets: Tensor
    pointer_centres: Tensor
    characters: Tensor
    known: Tensor
    edges: Tensor
    copy_rows: Tensor
    copy_columns: Tensor
    copy_sources: Tensor
    mark_rows: Tensor
    mark_columns: Tensor
    mark_sources: Tensor
    mark_truth: Tensor
    near_rows: Tensor
    near_columns: Tensor
    follow_rows: Tensor
    follow_columns: Tensor
    follow_sources: Tensor
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
        moved: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            moved[name] = value.to(device) if isinstance(value, Tensor) else value
        return Batch(**moved)


class Collator:
    """Turns screens into batches with one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer = tokenizer
        self.coordinate_ids = {f"{value:03d}": tokenizer.convert_tokens_to_ids(f"{value:03d}") for value in range(1000)}
        self._coordinates = set(self.coordinate_ids.values())
        before, _ = render("", "nothink").split(IMAGE_PLACEHOLDER)
        self._now = tokenizer.convert_tokens_to_ids(NOW)
        self.prefix = self._encode(before)

    def _token_of(self, text: str) -> dict[int, int]:
        """Which token each character of a text is in."""
        spans = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True).offset_mapping
        return {character: token for token, (start, end) in enumerate(spans) for character in range(start, end)}

    def copies(self, example: Example) -> list[tuple[int, int]]:
        """Pairs of places in the example's segment: the one whose next token is a repetition, and the one that holds what is repeated."""
        if not example.copies:
            return []
        before, question = 1, render(example.question, "nothink").split(IMAGE_PLACEHOLDER)[1]
        asked, answered = self._token_of(question), self._token_of(example.answer)
        length = len(self._encode(question))
        return [(length + answered[answer] - 1, asked[before + source]) for answer, source in example.copies]

    def trail(self, rng: random.Random, example: Example) -> tuple[list[int], list[tuple[int, int, bool]], list[tuple[int, int]]]:
        """How an instruction is followed, as attention between places of the example's segment.

        Returns:
            Places whose neighbours tell what they belong to; marks (place in the instruction, place of the words that end the steps
            taken, whether the first is where the last step taken ends); and pairs (a place in an item, where the item before ends):
            where it begins, where it parts from another that begins alike, and a few more.
        """
        if not example.items:
            return [], [], []
        asked = self._token_of(render(example.question, "nothink").split(IMAGE_PLACEHOLDER)[1])
        items = [(asked[1 + first], asked[1 + last]) for first, last in example.items]
        head = asked[1 + example.question.rindex(TASK_HEAD)]
        before = [head, *[last for _, last in items[:-1]]]
        follows = list(zip([first for first, _ in items], before, strict=True))
        # Where two items have begun alike, only what went before tells which of them it is.
        follows += [(asked[1 + place], before[number]) for place, number in example.twins]
        short = [(first, last, end) for (first, last), end in zip(items, before, strict=True) if last - first < SHORT_ITEM]
        inside = [(place, end) for first, last, end in short for place in range(first + 1, last + 2)]
        follows += rng.sample(inside, min(INSIDE_PLACES, len(inside)))
        marks: list[tuple[int, int, bool]] = []
        if 0 < example.done <= len(items):
            ends = [last for _, last in items]
            end = ends[example.done - 1]
            others = [place for place in ends if place != end]
            elsewhere = [place for place in range(head + 1, ends[-1] + 1) if place not in ends]
            marks = [(end, head, True)]
            unmarked = rng.sample(others, min(len(others), 4)) + rng.sample(elsewhere, min(len(elsewhere), 4))
            marks += [(place, head, False) for place in unmarked]
        near = [head, *rng.sample(range(head + 1, items[-1][1] + 1), min(NEAR_PLACES, items[-1][1] - head))]
        return near, marks, follows

    def forks(self, example: Example) -> list[int]:
        """Places in the example's segment of the tokens that tell an item from another that begins alike."""
        if not example.forks:
            return []
        length = len(self._encode(render(example.question, "nothink").split(IMAGE_PLACEHOLDER)[1]))
        answered = self._token_of(example.answer)
        return [length + answered[place] for place in example.forks]

    def _encode(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def segment(self, example: Example, until_newline: bool = False) -> tuple[list[int], list[int], list[int]]:
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
        if example.kind == "look":
            # Nobody could know which name comes: only where it is.
            known = len(asked) + next(i for i, token in enumerate(answered) if "\n" in self.tokenizer.decode([token]))
            labels[: known + 1] = [IGNORED] * (known + 1)
        if until_newline:
            cut = len(asked) + next((i for i, token in enumerate(answered) if "\n" in self.tokenizer.decode([token])), len(answered))
            labels[cut:] = [IGNORED] * (len(labels) - cut)
            pointers = []
        return asked + answered, labels, pointers

    def _deciding(self, tokens: list[int], wanted: list[int], repeating: list[int]) -> list[bool]:
        """Which tokens of a segment settle what is done: the one after "now: ", and the first of what is repeated."""
        said = [at + 1 for at, token in enumerate(tokens) if token == self._now and wanted[at] != IGNORED]
        return [at in said or at in repeating for at in range(len(tokens))]

    def collate(
        self,
        rng: random.Random,
        screens: Sequence[PreparedScreen],
        views: Sequence[View],
        questions: int,
        weights: dict[str, float],
        row_tokens: int = 256,
        blind: bool = False,
    ) -> Batch:
        """One row a view, of up to `questions` questions as far as `row_tokens` reach.

        `blind` leaves the pictures out and asks only for thoughts: text skills at the price of text.
        """
        grid = screens[0].grid
        sightless = {kind: weight for kind, weight in weights.items() if kind in STEPPED}
        # Where no picture is looked at, it may be of any size: how far the question is from the beginning must not matter.
        text_start = len(self.prefix) + (rng.randint(MIN_PATCHES, MAX_PATCHES) if blind else grid[0] * grid[1])
        rows: list[_Row] = []
        pointers: list[_Pointer] = []
        copies: list[tuple[int, int, int]] = []
        first_copies: list[tuple[int, int, int]] = []
        marks: list[tuple[int, int, int, bool]] = []
        follows: list[tuple[int, int, int]] = []
        nearby: list[tuple[int, int]] = []
        kinds: dict[str, int] = {}
        for row, (screen, view) in enumerate(zip(screens, views, strict=True)):
            inside = screen.elements if blind else [e for e in screen.elements if view.holds(screen, e)]
            names = [element.name for element in screen.elements]
            examples = make_examples(rng, inside, names, screen.size, questions, sightless if blind else weights, screen.aim, screen.told)
            ids: list[int] = []
            labels: list[int] = []
            segments: list[int] = []
            positions: list[int] = []
            deciding: list[bool] = []
            for number, example in enumerate(examples, start=1):
                tokens, wanted, places = self.segment(
                    example, until_newline=example.kind == "next" or (blind and example.element is not None)
                )
                if len(ids) + len(tokens) > row_tokens:
                    continue
                if places:
                    assert example.element is not None
                    target, name = target_patches(screen, example.element, view), label_row(example.element.name)
                    x1, y1, x2, y2 = screen.aim(example.element)
                    centre = ((x1 + x2) / 2 / screen.size[0], (y1 + y2) / 2 / screen.size[1])
                    pointers += [(row, len(ids) + place, target, name, centre) for place in places]
                repeated = [(row, len(ids) + place, len(ids) + source) for place, source in self.copies(example)]
                parting = {0} | {at for at, (answer, _) in enumerate(example.copies) if answer in example.forks}
                first_copies += [pair for at, pair in enumerate(repeated) if at in parting]
                copies += [pair for at, pair in enumerate(repeated) if at not in parting]
                near, marked, followed = self.trail(rng, example)
                nearby += [(row, len(ids) + place) for place in near]
                nearby += [(row, column) for _, column, _ in repeated[3 : 3 + NEAR_PLACES]]
                marks += [(row, len(ids) + place, len(ids) + source, truth) for place, source, truth in marked]
                follows += [(row, len(ids) + place, len(ids) + source) for place, source in followed]
                deciding += self._deciding(tokens, wanted, [column + 1 - len(ids) for _, column, _ in repeated[:1]] + self.forks(example))
                ids += tokens
                labels += wanted
                segments += [number] * len(tokens)
                positions += range(text_start, text_start + len(tokens))
                kinds[example.kind] = kinds.get(example.kind, 0) + 1
            rows.append((ids, labels, segments, positions, deciding))
        # Where a repetition begins, or parts from another, is what has to be found out; its other characters follow.
        copies = first_copies + rng.sample(copies, min(len(copies), max(MOST_COPIES - len(first_copies), 0)))
        return self._tensors(screens, views, rows, pointers, copies, nearby, marks, follows, kinds, blind)

    def _tensors(
        self,
        screens: Sequence[PreparedScreen],
        views: Sequence[View],
        rows: list[_Row],
        pointers: list[_Pointer],
        copies: list[tuple[int, int, int]],
        nearby: list[tuple[int, int]],
        marks: list[tuple[int, int, int, bool]],
        follows: list[tuple[int, int, int]],
        kinds: dict[str, int],
        blind: bool,
    ) -> Batch:
        grid = screens[0].grid
        longest = max(max(len(row[0]) for row in rows), 1)
        fills = (self.tokenizer.pad_token_id, IGNORED, 0, 0, False)
        packed = [torch.tensor([list(row[i]) + [fill] * (longest - len(row[i])) for row in rows]) for i, fill in enumerate(fills)]

        count = 0 if blind else len(views[0].cells)
        pairs = list(zip(screens, views, strict=True))

        def stack(values: Callable[[PreparedScreen], np.ndarray]) -> Tensor:
            parts = [values(screen) for screen in screens]
            parts = [part.reshape(grid[0] * grid[1], -1) for part in parts]
            return torch.from_numpy(np.stack([part[view.cells[:count]] for part, view in zip(parts, views, strict=True)]))

        kept = [] if blind else pointers
        targets = np.stack([target for _, _, target, *_ in kept]) if kept else np.zeros((0, count), bool)
        asked = np.stack([name for *_, name, _ in kept]) if kept else np.zeros((0, LABEL_CLASSES), np.uint8)
        # A row without questions trains the tower alone, which has no use for whole labels.
        shown = [screen.labels(view.cells) for screen, view in pairs] if kinds and not blind else []
        return Batch(
            grid=grid,
            prefix=torch.tensor(self.prefix),
            patches=stack(lambda screen: screen.patches),
            cells=torch.from_numpy(np.stack([view.cells[:count] for view in views])),
            ids=packed[0],
            labels=packed[1],
            deciding=packed[4],
            segments=packed[2],
            positions=packed[3],
            pointer_rows=torch.tensor([row for row, *_ in kept], dtype=torch.long),
            pointer_columns=torch.tensor([column for _, column, *_ in kept], dtype=torch.long),
            pointer_targets=torch.from_numpy(targets),
            pointer_centres=torch.tensor([centre for *_, centre in kept], dtype=torch.float32).view(-1, 2),
            characters=stack(lambda screen: screen.characters),
            known=torch.tensor([s.known for s in screens]),
            edges=stack(lambda screen: screen.edges),
            copy_rows=torch.tensor([row for row, _, _ in copies], dtype=torch.long),
            copy_columns=torch.tensor([column for _, column, _ in copies], dtype=torch.long),
            copy_sources=torch.tensor([source for *_, source in copies], dtype=torch.long),
            mark_rows=torch.tensor([row for row, *_ in marks], dtype=torch.long),
            mark_columns=torch.tensor([column for _, column, *_ in marks], dtype=torch.long),
            mark_sources=torch.tensor([source for _, _, source, _ in marks], dtype=torch.long),
            mark_truth=torch.tensor([truth for *_, truth in marks], dtype=torch.bool),
            near_rows=torch.tensor([row for row, _ in nearby], dtype=torch.long),
            near_columns=torch.tensor([column for _, column in nearby], dtype=torch.long),
            follow_rows=torch.tensor([row for row, _, _ in follows], dtype=torch.long),
            follow_columns=torch.tensor([column for _, column, _ in follows], dtype=torch.long),
            follow_sources=torch.tensor([source for *_, source in follows], dtype=torch.long),
            labelled=torch.from_numpy(np.stack([places for places, _ in shown]) if shown else np.zeros((len(rows), count), bool)),
            label_truth=torch.from_numpy(
                np.concatenate([truth for _, truth in shown]) if shown else np.zeros((0, LABEL_CLASSES), np.uint8)
            ),
            asked_truth=torch.from_numpy(asked),
            kinds=kinds,
        )
