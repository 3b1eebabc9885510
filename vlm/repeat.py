"""Passes of the decoder over a few tokens at fixed addresses, recorded once and then repeated as a whole: CUDA graphs.

A pass of the published model over one token is some 700 short kernels, and starting them one by one from Python takes a GPU several times
as long as running them. A recording starts them together. It repeats exactly what was done, so everything that changes from pass to pass
is read from the device's memory: the tokens, how many the cache holds, and their place in the sequence. Attention goes over all of the
cache's room, with what is not there masked away. Recording takes as long as some four passes without: a pass is recorded when it comes the
second time, so that a single click does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn import functional

from vlm.cache import PrefixCache
from vlm.model import Phi4ForCausalLMV

WIDTHS = (1, 4, 16, 64)
"""Tokens in a recorded pass: one, a guess, and up to a whole question. Fewer are filled up behind, where nothing looks at them; more are
passed the usual way."""

Recorder = Callable[[Callable[[], None]], Callable[[], object]]
"""Runs what it is given, and returns what repeats it."""


class GraphRecorder:
    """Records CUDA graphs. They share their working memory: no two are repeated at once, and none leaves anything in it.

    They share a stream, too: the library of matrix products keeps working memory for each that it was ever used on, 32 MiB on a Hopper.
    """

    def __init__(self) -> None:
        self._pool: Any = None
        self._stream: Any = None

    def __call__(self, step: Callable[[], None]) -> Callable[[], object]:
        """A graph of `step`, which has run once when this returns."""
        self._stream = self._stream or torch.cuda.Stream()
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            step()  # libraries set themselves up at first use, which a recording must not contain
        torch.cuda.current_stream().wait_stream(self._stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
            step()
        self._pool = self._pool or graph.pool()
        return graph.replay


@dataclass(slots=True)
class _Recorded:
    """What was recorded over one cache, per width, while its tensors were at `address`; and the widths that came once so far."""

    address: int
    passes: dict[int, Callable[[], object]] = field(default_factory=dict)
    once: set[int] = field(default_factory=set)


class RepeatedPasses:
    """Passes of one model. Weights that are replaced, rather than changed in place, want `forget`.

    Args:
        record: how a pass is recorded; None: as a CUDA graph.

    Attributes:
        on_pass: is told of each pass, by its tokens.
        refusal: why passes are not recorded after all, but made anew each time; None while they are.
    """

    on_pass: Callable[[int], None] | None = None
    refusal: str | None = None

    def __init__(self, model: Phi4ForCausalLMV, record: Recorder | None = None) -> None:
        self._model, self._record = model, record or GraphRecorder()
        device = model.device
        self._ids = {width: torch.zeros(1, width, dtype=torch.long, device=device) for width in WIDTHS}
        self._logits = {width: torch.zeros(width, model.config.vocab_size, device=device) for width in WIDTHS}
        self._held, self._place = torch.zeros(2, 1, dtype=torch.long, device=device)
        self._recorded: WeakKeyDictionary[PrefixCache, _Recorded] = WeakKeyDictionary()

    @staticmethod
    def fits(model: Phi4ForCausalLMV) -> bool:
        """Whether passes of this model can be recorded: on a GPU, with plain rotary positions, and not in int8, which asks the device
        in the middle of a pass what it found."""
        rope = (model.config.rope_parameters or {}).get("rope_type", "default")
        whole = all(type(module).__name__ != "Linear8bitLt" for module in model.model.layers.modules())
        return model.device.type == "cuda" and rope == "default" and whole

    def forget(self) -> None:
        """Drop every recording."""
        self._recorded.clear()

    def rows(self, cache: PrefixCache, tokens: list[int], keep: int) -> Tensor:
        """Append up to `WIDTHS[-1]` tokens to a cache that holds some: float logits of the last `keep`, on the CPU: [keep, vocabulary]."""
        count = len(tokens)
        width = next(width for width in WIDTHS if width >= count)
        cache.reserve(cache.length + width)
        self._ids[width].copy_(torch.tensor([tokens + [0] * (width - count)]))
        self._held.fill_(cache.length)
        self._place.fill_(cache.length)
        recorded = self._recorded.get(cache)
        if recorded is None or recorded.address != cache.address:
            recorded = self._recorded[cache] = _Recorded(cache.address)
        with torch.cuda.device_of(self._held):
            again = recorded.passes.get(width)
            if again is None:
                # Tensors, not the cache itself: a recording must not keep alive what it hangs on.
                again = partial(self._pass, width, [(layer.keys, layer.values) for layer in cache.layers])
                if width in recorded.once:
                    again = recorded.passes[width] = self._recorded_or_plain(again)
                recorded.once.add(width)
            again()
        if self.on_pass is not None:
            self.on_pass(count)
        cache.forward_to(cache.length + count)
        return self._logits[width][count - keep : count].cpu()

    def _recorded_or_plain(self, step: Callable[[], None]) -> Callable[[], object]:
        if self.refusal is None:
            try:
                return self._record(step)
            except RuntimeError as error:
                # Some kernel that cannot be recorded, or no memory for it: the same pass without a recording is only slower.
                self.refusal = str(error).strip().split("\n")[0]
        return step

    def _pass(self, width: int, keys_values: list[tuple[Tensor, Tensor]]) -> None:
        decoder = self._model.model
        steps = torch.arange(width, device=self._held.device)
        order, places = self._held + steps, (self._place + steps)[None]
        hidden = decoder.embed_tokens(self._ids[width])
        rotary = decoder.rotary_emb(hidden, position_ids=places)
        room = torch.arange(keys_values[0][0].shape[2], device=order.device)
        group = self._model.config.num_attention_heads // self._model.config.num_key_value_heads
        seen = (room <= order[:, None]).repeat(group, 1)
        for layer, (keys, values) in zip(decoder.layers, keys_values, strict=True):
            attention = layer.self_attn
            made = attention.qkv_proj(layer.input_layernorm(hidden)).unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)
            turned, new_values = made.split([keys.shape[1] * (group + 1), keys.shape[1]], dim=1)
            asked, new_keys = rotated(turned, *rotary).split([keys.shape[1] * group, keys.shape[1]], dim=1)
            keys.index_copy_(2, order, new_keys)
            values.index_copy_(2, order, new_values)
            # The heads that share a key stand one after the other, as if they were more tokens: nothing is repeated in memory.
            asked = asked.unflatten(1, (-1, group)).flatten(2, 3)
            found = functional.scaled_dot_product_attention(asked, keys, values, attn_mask=seen, scale=attention.scaling)
            found = found.unflatten(2, (group, width)).flatten(1, 2).transpose(1, 2).flatten(2)
            hidden = hidden + attention.o_proj(found)
            hidden = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
        self._logits[width].copy_(self._model.lm_head(decoder.norm(hidden))[0])


def rotated(states: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Queries and keys [batch, heads, t, width] turned to their places, by the numbers for each [batch, t, rotated width].

    Bit for bit the library's rotation in less than half of its operations: queries and keys at once, and no halves put together.
    """
    width = cosine.shape[-1]
    half = width // 2
    cosine, sine = cosine[:, None], sine[:, None]
    # In the order of the heads, as the library leaves it: the same kernels are then chosen for the attention.
    order = torch.contiguous_format
    turned = states.clone(memory_format=order) if width < states.shape[-1] else torch.empty_like(states, memory_format=order)
    torch.mul(states[..., :width], cosine, out=turned[..., :width])
    turned[..., :half] -= states[..., half:width] * sine[..., :half]
    turned[..., half:width] += states[..., :half] * sine[..., half:]
    return turned
