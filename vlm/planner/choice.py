"""How likely each visible name is what a person meant, in one pass over all of them.

Every name is an answer to the same question and sees nothing but the question and itself: a name on the screen can be chosen, but no name
can speak for itself or against another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from vlm.loading import Decoder

MOST_TOKENS = 1024
"""Tokens of names in one pass: attention is over all of them."""

_ROWS = 64
"""Tokens whose chances over the whole vocabulary are in memory at once."""


@torch.inference_mode()
def name_chances(decoder: Decoder, question: Sequence[int], names: Sequence[Sequence[int]]) -> list[float]:
    """The probability of each name as the whole answer to the question, end mark included; all names together have at most 1."""
    chances: list[float] = []
    begun = 0
    while begun < len(names):
        end, room = begun, MOST_TOKENS
        while end < len(names) and (end == begun or len(names[end]) <= room):
            room -= len(names[end])
            end += 1
        chances += _one_pass(decoder, question, names[begun:end])
        begun = end
    return chances


def _one_pass(decoder: Decoder, question: Sequence[int], names: Sequence[Sequence[int]]) -> list[float]:
    device, first = decoder.model.device, len(question)
    tokens = torch.tensor([*question, *(token for name in names for token in name)], device=device)
    places = torch.tensor([*range(first), *(first + at for name in names for at in range(len(name)))], device=device)
    # 0 is the question, 1, 2, … the names: a token sees the question and what stands before it in its own name.
    owner = torch.tensor([*[0] * first, *(number for number, name in enumerate(names, 1) for _ in name)], device=device)
    order = torch.arange(len(tokens), device=device)
    seen = (order[None] <= order[:, None]) & ((owner[None] == 0) | (owner[None] == owner[:, None]))
    hidden = decoder.model.model(
        input_ids=tokens[None], attention_mask=seen[None, None], position_ids=places[None], use_cache=False
    ).last_hidden_state[0]
    # What foretells a token stands before it; before the first of each name stands the end of the question.
    before = torch.where(places == first, first - 1, order - 1)[first:]
    told = torch.cat([_told(decoder, *part) for part in zip(hidden[before].split(_ROWS), tokens[first:].split(_ROWS), strict=True)])
    sums = torch.zeros(len(names), device=device).index_add_(0, owner[first:] - 1, told)
    return [float(chance) for chance in sums.exp()]


def _told(decoder: Decoder, hidden: Tensor, tokens: Tensor) -> Tensor:
    """The logarithm of each token's probability: [tokens]."""
    logits = decoder.model.lm_head(hidden).float()
    return logits.gather(1, tokens[:, None])[:, 0] - logits.logsumexp(1)
