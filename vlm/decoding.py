"""Greedy decoding, exact and with as few decoder passes as can be.

Three things spare passes without changing a token: what the grammar forces is appended to the next pass; what the answer seems to copy
from the prompt (a plan, a name, a text), and the `0.` that nearly every coordinate begins with, is guessed ahead and checked in the same
pass; and nothing is computed for the end mark where only the end can follow.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers.masking_utils import create_causal_mask
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.phi3.modeling_phi3 import eager_attention_forward

from vlm.cache import PrefixCache
from vlm.grammar import Constraint
from vlm.model import Phi4ForCausalLMV
from vlm.repeat import WIDTHS, RepeatedPasses, rotated

GUESS_AHEAD = 12
"""Tokens guessed at once: a wrong guess costs a slightly wider pass, a right one a whole pass."""

_GUESS_REACH = 2048
"""Tokens looked back for a repetition."""

NUMBER = re.compile(rb"[01]\.[0-9]+")
"""A coordinate as it is written."""


@dataclass(slots=True)
class Decoded:
    """Tokens without the end mark; for each its probability among what was allowed, 1 where it was forced."""

    tokens: list[int] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    ended_by: int | None = None
    """The end token, None where the grammar was complete or the limit was reached."""
    complete: bool = False
    """False where the limit cut the answer."""
    unfed: list[int] = field(default_factory=list)
    """The newest tokens, which the cache does not hold yet: whatever continues the answer must begin with them."""
    passes: int = 0


@torch.inference_mode()
def decode(
    model: Phi4ForCausalLMV,
    cache: PrefixCache,
    prompt: Sequence[int],
    *,
    ends: Collection[int],
    limit: int,
    constraint: Constraint | None = None,
    copy_from: Sequence[int] = (),
    repeated: RepeatedPasses | None = None,
    on_token: Callable[[int], None] | None = None,
    check: Callable[[], None] | None = None,
) -> Decoded:
    """Continue what `cache` holds with `prompt` and then greedily, up to `limit` tokens or one of the `ends`.

    The cache then holds all of it but `Decoded.unfed`. `copy_from` are tokens that the answer may repeat. `check` is called before every
    pass and may raise to interrupt. Short passes go by way of `repeated`, if it is given.
    """
    done = Decoded()
    sequence = list(prompt)
    start, fed = cache.length, 0

    def accept(token: int, chance: float) -> None:
        done.tokens.append(token)
        done.chances.append(chance)
        sequence.append(token)
        if constraint is not None:
            constraint.consume(token)
            done.complete = constraint.complete
        if on_token is not None:
            on_token(token)

    while not done.complete:
        for token in constraint.forced() if constraint is not None else ():
            accept(token, 1.0)
        if done.complete or len(done.tokens) >= limit:
            break
        if check is not None:
            check()
        most = min(GUESS_AHEAD, limit - len(done.tokens) - 1)
        guess = guess_ahead([*copy_from, *sequence], most)
        if constraint is not None:
            guess = guess[: constraint.fitting(guess)] or constraint.likely()[:most]
        pending = sequence[fed:]
        right = 0
        rows = pass_over(model, cache, [*pending, *guess], len(guess) + 1, repeated)
        for row, guessed in zip(rows, [*guess, None], strict=True):
            forced = constraint.forced() if constraint is not None else []
            allowed = constraint.allowed() if constraint is not None and not forced else None
            token, chance = (forced[0], 1.0) if forced else _choose(row, allowed)
            if token in ends:
                done.ended_by, done.complete = token, True
                break
            accept(token, chance)
            if token != guessed:
                break
            right += 1
            if done.complete:
                break
        done.passes += 1
        fed += len(pending) + right
        cache.back_to(start + fed)
    done.unfed = sequence[fed:]
    return done


@torch.inference_mode()
def prefill(model: Phi4ForCausalLMV, inputs: Tensor, cache: PrefixCache) -> None:
    """Fill an empty cache with embeddings [t, hidden]. Nobody reads the last layer's output: only its keys and values are computed."""
    decoder = model.model
    hidden = inputs[None]
    positions = torch.arange(hidden.shape[1], device=hidden.device)[None]
    rotary = decoder.rotary_emb(hidden, position_ids=positions)
    mask = create_causal_mask(decoder.config, hidden, None, cache, position_ids=positions)
    for layer in decoder.layers[:-1]:
        hidden = _passed(layer, hidden, mask, rotary, cache)
    last = decoder.layers[-1]
    attention = last.self_attn
    heads, width = attention.num_key_value_heads, attention.head_dim
    projected = attention.qkv_proj(last.input_layernorm(hidden))[..., -2 * heads * width :]
    keys, values = projected.view(1, -1, 2, heads, width).permute(2, 0, 3, 1, 4)
    cache.update(rotated(keys, *rotary), values, attention.layer_idx)


def _passed(layer: Any, hidden: Tensor, mask: Tensor | None, rotary: tuple[Tensor, Tensor], cache: PrefixCache) -> Tensor:
    """`hidden` [1, t, hidden] after a layer, whose keys and values go into an empty cache: the library's bits in fewer operations."""
    attention = layer.self_attn
    heads = [attention.config.num_attention_heads, attention.config.num_key_value_heads]
    made = attention.qkv_proj(layer.input_layernorm(hidden)).unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)
    both, values = made.split([sum(heads), heads[1]], dim=1)
    asked, keys = rotated(both, *rotary).split(heads, dim=1)
    keys, values = cache.update(keys, values, attention.layer_idx)
    attend = ALL_ATTENTION_FUNCTIONS.get_interface(attention.config._attn_implementation, eager_attention_forward)
    found, _ = attend(attention, asked, keys, values, mask, dropout=0.0, scaling=attention.scaling)
    hidden = hidden + attention.o_proj(found.flatten(2))
    return hidden + layer.mlp(layer.post_attention_layernorm(hidden))


def pass_over(
    model: Phi4ForCausalLMV,
    cache: PrefixCache,
    tokens: list[int],
    keep: int,
    repeated: RepeatedPasses | None = None,
) -> Tensor:
    """Append `tokens` to the cache: float logits of the last `keep` positions, on the CPU: [keep, vocabulary]."""
    if repeated is not None and cache.length and len(tokens) <= WIDTHS[-1]:
        return repeated.rows(cache, tokens, keep)
    ids = torch.tensor([tokens], device=model.device)
    places = torch.arange(cache.length, cache.length + len(tokens), device=model.device)[None]
    logits = model(input_ids=ids, position_ids=places, past_key_values=cache, use_cache=True, logits_to_keep=keep).logits[0]
    return logits.float().cpu()


def _choose(row: Tensor, allowed: NDArray[np.bool_] | None) -> tuple[int, float]:
    """The likeliest allowed token, and its probability among the allowed; all are where `allowed` is None."""
    # Of the allowed alone, which are few where a grammar holds the answer, and without torch: its threads would be woken for each token.
    scores = row.numpy()
    places = None if allowed is None else np.flatnonzero(allowed)
    if places is not None:
        scores = scores[places]
    best = int(scores.argmax())
    chance = 1 / float(np.exp(scores - scores[best]).sum())
    return best if places is None else int(places[best]), chance


def guess_ahead(history: Sequence[int], most: int) -> list[int]:
    """What followed the last time the newest tokens occurred together; the longest match of 2 to 4 tokens wins."""
    if most < 1:
        return []
    for width in (4, 3, 2):
        tail = list(history[-width:])
        for start in range(len(history) - width - 1, max(len(history) - _GUESS_REACH, 0) - 1, -1):
            if history[start] == tail[0] and list(history[start : start + width]) == tail:
                return list(history[start + width : start + width + most])
    return []


def coordinate_confidence(pieces: Sequence[bytes], chances: Sequence[float]) -> float | None:
    """The geometric mean over the coordinates of the answer's last line, each the product of its tokens' probabilities.

    Args:
        pieces: the bytes of each token of the answer.
        chances: the probability of each.

    Returns:
        0–1, or None where the line holds no coordinate.
    """
    ends = list(accumulate(map(len, pieces)))
    answer = b"".join(pieces)
    spans = [found.span() for found in NUMBER.finditer(answer, answer.rfind(b"\n") + 1)]
    if not spans:
        return None
    logarithms = [
        math.log(max(chance, 1e-30))
        for piece, end, chance in zip(pieces, ends, chances, strict=True)
        if any(end - len(piece) < last and first < end for first, last in spans)
    ]
    return math.exp(sum(logarithms) / len(spans))
