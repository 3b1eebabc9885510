"""Where the model looks when it is about to write a coordinate.

One layer of a model trained by `training.objective` is taught to attend, at each coordinate, to the very patches that show what is asked
for. Its attention says where the element is far sooner than the written digits do: a number has to be spelled out of what was seen, a
look has not. So for such a checkpoint (`pointer_layer` in its metadata) the coordinates are read from that look, token by token, and the
model then continues from them as from its own. After GUI-Actor (arXiv:2506.03143), which points at patches instead of writing numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers.models.phi3.modeling_phi3 import apply_rotary_pos_emb

from vlm.cache import PrefixCache
from vlm.loading import Checkpoint
from vlm.model import Phi4ForCausalLMV

_FRINGE = 0.2
"""A neighbour that gets at least this share of the strongest patch's attention belongs to what is looked at."""
_REACH = 2
"""Patches between two parts of one label along a line: a blank lies between words."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in a cache: the place of its first patch there, the numbers (row * columns + column) of its patches, int64 [n], and its
    whole grid (rows, columns)."""

    first: int
    cells: NDArray[np.int64]
    grid: tuple[int, int]


class Pointer:
    """The look at one picture of a prefix, of a model under decoding.

    Args:
        layer: the number of the layer that was taught to look.
        numbers: token ids of the three decimals 000 to 999.
        letter: a token that no number holds: where it is allowed, text is written, not a coordinate.
        box: whether four coordinates are asked for, left, top, right, bottom, instead of pairs.
    """

    def __init__(self, layer: int, shown: Shown, numbers: Sequence[int], letter: int, box: bool) -> None:
        self._layer, self._shown = layer, shown
        self._numbers, self._letter, self._box = numbers, letter, box
        self._looks: Tensor | None = None
        self._seen: list[NDArray[np.float32]] = []

    @contextmanager
    def watch(self, model: Phi4ForCausalLMV, cache: PrefixCache, keep: int) -> Iterator[None]:
        """While this is open, a pass leaves behind where its last `keep` positions looked."""
        attention = model.model.layers[self._layer].self_attn

        def hook(_module: object, _arguments: object, given: dict[str, Any]) -> None:
            size, heads = attention.head_dim, attention.num_key_value_groups
            hidden = given["hidden_states"][:, -keep:]
            asked = functional.linear(hidden, attention.qkv_proj.weight[: heads * size]).view(1, -1, heads, size).transpose(1, 2)
            cos, sin = (part[:, -keep:] for part in given["position_embeddings"])
            asked, _ = apply_rotary_pos_emb(asked, asked, cos, sin)
            keys = cache.layers[self._layer].keys
            assert keys is not None
            shown = keys[:, :1, self._shown.first : self._shown.first + len(self._shown.cells)]
            scores = (asked.float() @ shown.float().transpose(2, 3))[0] * attention.scaling
            self._looks = scores.softmax(-1).mean(0).cpu()

        handle = attention.register_forward_pre_hook(hook, with_kwargs=True)
        try:
            yield
        finally:
            handle.remove()

    def is_due(self, allowed: NDArray[np.bool_]) -> bool:
        """Whether the next token holds a coordinate's decimals, by what the grammar allows."""
        return bool(allowed[self._numbers[500]]) and not allowed[self._letter]

    def choose(self, row: int) -> tuple[int, float]:
        """The decimals that the look of the pass's kept position `row` gives, as a token, and the share of the look that lies there."""
        assert self._looks is not None
        number = len(self._seen) % (4 if self._box else 2)
        if number == 0:
            self._seen.clear()
        look = np.zeros(self._shown.grid, np.float32)
        look.reshape(-1)[self._shown.cells] = self._looks[row].numpy()
        self._seen.append(look)
        place, share = locate(np.mean(self._seen, 0), self._box)
        return self._numbers[min(max(round(place[number] * 1000), 0), 999)], share


def point_at(checkpoint: Checkpoint, shown: Sequence[Shown], box: bool) -> Pointer | None:
    """The look at the only picture, where the checkpoint was taught to look; None where it was not, or where there are several."""
    layer = checkpoint.metadata.get("pointer_layer")
    if layer is None or len(shown) != 1:
        return None
    numbers = checkpoint.tokenizer.convert_tokens_to_ids([f"{value:03d}" for value in range(1000)])
    return Pointer(int(layer), shown[0], numbers, checkpoint.tokenizer.convert_tokens_to_ids("a"), box)


def locate(look: NDArray[np.float32], box: bool) -> tuple[tuple[float, ...], float]:
    """What a look [rows, columns] of sum 1 rests on: the box (left, top, right, bottom) or centre (x, y) as fractions, and its share.

    It is the strongest patch together with its neighbours that get a good part of its attention, along the line over small gaps.
    """
    rows, columns = look.shape
    # A label is wider than high: its patches speak for each other along the line.
    padded = np.pad(look, ((0, 0), (1, 1)))
    line = padded[:, 1:-1] + 0.5 * (padded[:, :-2] + padded[:, 2:])
    start = divmod(int(line.argmax()), columns)
    strong = look >= _FRINGE * look[start[0], max(start[1] - 1, 0) : start[1] + 2].max()
    found, open_ = {start}, [start]
    while open_:
        row, column = open_.pop()
        for below in (-1, 0, 1):
            for right in range(-_REACH, _REACH + 1) if below == 0 else (-1, 0, 1):
                there = row + below, column + right
                if 0 <= there[0] < rows and 0 <= there[1] < columns and there not in found and strong[there]:
                    found.add(there)
                    open_.append(there)
    places = np.array(sorted(found))
    weights = look[places[:, 0], places[:, 1]]
    share = float(min(weights.sum(), 1.0))
    if box:
        top, left = places.min(0)
        bottom, right = places.max(0) + 1
        return (left / columns, top / rows, right / columns, bottom / rows), share
    y, x = ((places + 0.5) * weights[:, None]).sum(0) / max(weights.sum(), 1e-9)
    return (float(x / columns), float(y / rows)), share
