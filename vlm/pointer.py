"""Where the model looks when it is about to write a coordinate.

One layer of the first pocket model was taught to attend, at each coordinate, to the very patches that show what is asked
for. What it attends to was right long before the digits written after it were: on the same weights, reading the look instead of the
digits turned 6 hits of 120 into 69. So a checkpoint with `pointer_layer` in its metadata has the decimals of its coordinates read from
that look, token by token, and goes on from them as from its own. After GUI-Actor (arXiv:2506.03143), which points at patches instead
of writing numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers.models.phi3.modeling_phi3 import apply_rotary_pos_emb

from recordings.action import Click
from recordings.episode import Step
from recordings.geometry import Point
from vlm.cache import PrefixCache
from vlm.loading import Checkpoint, CheckpointError
from vlm.model import Phi4ForCausalLMV

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

NUMBER = re.compile(rb"[01]\.[0-9]+")
"""A coordinate as it is written."""

_FRINGE = 0.2
"""A patch with at least this share of the strongest one's attention may belong to what is looked at."""
_REACH = 2
"""Patches between two parts of one label along a line: a blank lies between words."""


def head_group(attention: Any, group: int) -> tuple[Tensor, Tensor]:
    """The weights of one group of heads of a Phi-3 attention: queries [heads * width, hidden] and their key [width, hidden].

    Group 0 of the pointer layer is the one that is taught to look.
    """
    width, heads = attention.head_dim, attention.num_key_value_groups
    keys = attention.config.num_attention_heads * width + group * width
    weight = attention.qkv_proj.weight
    return weight[group * heads * width : (group + 1) * heads * width], weight[keys : keys + width]


@dataclass(frozen=True, slots=True)
class Pointing:
    """What a checkpoint that was taught to look needs for it: the `layer`, and the tokens of the three decimals 000 to 999."""

    layer: int
    decimals: list[int]
    letter: int
    """A token that is in no number: where the grammar allows it, a text is written and not a coordinate."""
    tokenizer: PreTrainedTokenizerFast

    def is_due(self, allowed: NDArray[np.bool_]) -> bool:
        """Whether the next token is a coordinate's decimals, by what the grammar allows: bool [vocabulary]."""
        return bool(allowed[self.decimals[-1]]) and not allowed[self.letter]

    def written(self, tokens: Sequence[int]) -> int:
        """How many coordinates the last line of an answer holds so far."""
        line: str = self.tokenizer.decode(list(tokens)).rpartition("\n")[2]
        return len(NUMBER.findall(line.encode()))


def read_pointing(checkpoint: Checkpoint) -> Pointing | None:
    """From the metadata and the tokenizer; None where the checkpoint was not taught to look.

    Raises:
        CheckpointError: the metadata names no layer of the model, or the tokenizer has no tokens of three decimals.
    """
    layer = checkpoint.metadata.get("pointer_layer")
    if layer is None:
        return None
    layers = checkpoint.model.config.num_hidden_layers
    if not isinstance(layer, int) or not 0 <= layer < layers:
        raise CheckpointError(f"{checkpoint.folder / 'config.json'}: pointer_layer is {layer!r}, not a layer from 0 to {layers - 1}")
    tokenizer, vocabulary = checkpoint.tokenizer, checkpoint.tokenizer.get_vocab()
    wanted = [f"{value:03d}" for value in range(1000)]
    if missing := [token for token in [*wanted, "a"] if token not in vocabulary]:
        raise CheckpointError(f"{checkpoint.folder}: a model with a pointer_layer needs the token {missing[0]!r}, its tokenizer has none")
    return Pointing(layer, [vocabulary[token] for token in wanted], vocabulary["a"], tokenizer)


class Look:
    """Where a model under decoding looks on the one picture of its prefix, for one answer.

    Args:
        first: the place of the picture's first patch in the cache.
        grid: rows and columns of the picture.
        cells: which of its patches there are, in order: [patches]; None: all.
        box: whether four coordinates are asked for, left, top, right, bottom, instead of pairs.
        avoid: places that are not what is looked for, since clicking there was in vain.
    """

    def __init__(
        self, pointing: Pointing, first: int, grid: tuple[int, int], box: bool, avoid: Sequence[Point] = (),
        cells: NDArray[np.int64] | None = None,
    ) -> None:  # fmt: skip
        self.pointing = pointing
        self._first, self._grid, self._box, self._avoid = first, grid, box, avoid
        self._cells = np.arange(grid[0] * grid[1]) if cells is None else cells
        self._now = torch.empty(0)
        self._past: dict[int, NDArray[np.float32]] = {}

    @contextmanager
    def watch(self, model: Phi4ForCausalLMV, cache: PrefixCache, keep: int) -> Iterator[None]:
        """While this is open, a pass leaves behind where its last `keep` positions look: [keep, patches], each of sum 1."""
        attention = model.model.layers[self.pointing.layer].self_attn

        def hook(_module: object, _arguments: object, given: dict[str, Any]) -> None:
            # The whole projection, so that quantised weights will do; the taught group's heads come first in it.
            asked = attention.qkv_proj(given["hidden_states"][:, -keep:])[..., : attention.num_key_value_groups * attention.head_dim]
            asked = asked.unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)
            cos, sin = (part[:, -keep:] for part in given["position_embeddings"])
            # The rotation takes a key too; the queries stand in for one.
            asked, _ = apply_rotary_pos_emb(asked, asked, cos, sin)
            keys = cache.layers[self.pointing.layer].keys
            assert keys is not None
            shown = keys[:, :1, self._first : self._first + len(self._cells)]
            scores = (asked.float() @ shown.float().transpose(2, 3))[0] * attention.scaling
            self._now = scores.softmax(-1).mean(0).cpu()

        handle = attention.register_forward_pre_hook(hook, with_kwargs=True)
        try:
            yield
        finally:
            handle.remove()

    def choose(self, row: int, tokens: Sequence[int]) -> tuple[int, float]:
        """The next decimals of an answer of `tokens`, as a token, and the share of the look that lies there, 0–1.

        `row` is the kept position of the newest pass that they follow. Coordinates of one place are read from the mean of their looks.
        """
        number, size = self.pointing.written(tokens), 4 if self._box else 2
        look = np.zeros(self._grid, np.float32)
        look.reshape(-1)[self._cells] = self._now[row].numpy()
        self._past[number] = look
        alike = [look for past, look in self._past.items() if number - number % size <= past <= number]
        place, share = locate(np.mean(alike, 0), self._box, self._avoid)
        return self.pointing.decimals[min(round(place[number % size] * 1000), 999)], share


def locate(look: NDArray[np.float32], box: bool, avoid: Sequence[Point] = ()) -> tuple[tuple[float, ...], float]:
    """What a look [rows, columns] of sum 1 rests on: the box (left, top, right, bottom) or centre (x, y) as fractions, and its share.

    It is the strongest patch together with its neighbours that get a good part of its attention, along the line over small gaps. What
    lies around a place of `avoid` is passed over for the next strongest.
    """
    rows, columns = look.shape
    places = _strongest(look)
    for _ in avoid:
        (top, left), (bottom, right) = places.min(0), places.max(0) + 1
        if not any(left <= point.x * columns < right and top <= point.y * rows < bottom for point in avoid):
            break
        look = look.copy()
        look[top:bottom, left:right] = 0
        places = _strongest(look)
    weights = look[places[:, 0], places[:, 1]]
    share = float(min(weights.sum(), 1.0))
    if box:
        (top, left), (bottom, right) = places.min(0), places.max(0) + 1
        return (left / columns, top / rows, right / columns, bottom / rows), share
    weights = np.maximum(weights, 1e-9)  # where everything was passed over, nothing is left to weigh
    y, x = np.average(places + 0.5, axis=0, weights=weights)
    return (float(x / columns), float(y / rows)), share


def _strongest(look: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows and columns [n, 2] of the patches that the strongest one belongs to."""
    rows, columns = look.shape
    # A label is wider than high: its patches speak for each other along the line.
    beside = np.pad(look, ((0, 0), (1, 1)))
    start = divmod(int((look + 0.5 * (beside[:, :-2] + beside[:, 2:])).argmax()), columns)
    peak = beside[start[0], start[1] : start[1] + 3].max()
    strong = torch.from_numpy(look >= _FRINGE * peak)
    found = torch.zeros(1, rows, columns)
    found[0, start[0], start[1]] = 1
    size = 0.0
    while float(found.sum()) > size:
        size = float(found.sum())
        near = functional.max_pool2d(found, 3, 1, 1)
        along = functional.max_pool2d(found, (1, 2 * _REACH + 1), 1, (0, _REACH))
        found = torch.maximum(found, torch.maximum(near, along) * strong)
    places: NDArray[np.int64] = found[0].nonzero().numpy()
    return places


def in_vain(history: Sequence[Step]) -> list[Point]:
    """Where the latest clicks went, as far back as none of them changed anything."""
    points: list[Point] = []
    for step in reversed(history):
        if step.changed is not False or not isinstance(step.action, Click):
            break
        points.append(Point(x=step.action.x, y=step.action.y))
    return points
