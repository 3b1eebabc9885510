"""Fresh pocket weights that start where learning is quick.

Random weights of this architecture learn to read too slowly to afford. Nothing here is learned from labels; it is structure that the
data or the geometry already has: whitened patches, smooth positions and numbers, and heads that begin by looking at their neighbours.
"""

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from training.dense import LONGEST, SHORTEST, place_waves
from training.screens.drawn import draw_screen
from training.views import PreparedScreen
from vlm.configuration import pocket_config
from vlm.model import Phi4ForCausalLMV, build
from vlm.prompts import SPECIAL_TOKENS
from vlm.tokenizer import build_tokenizer

_POSITION_WIDTH = 64
"""The last features of the tower's input hold the position, the others the whitened patch."""
_OFFSETS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-2, 0), (2, 0), (3, 0))
"""Columns and rows from a patch to where each head of the first two layers begins by looking."""


def whitening(patches: np.ndarray, components: int) -> Tensor:
    """Rows that turn patches (uint8 [count, 768]) into uncorrelated features of equal size: [components, 768].

    Without it, large flat areas dominate the gradient and the strokes of letters come last.
    """
    grey = patches.reshape(len(patches), -1, 3).astype(np.float32).mean(-1) / 127.5 - 1
    grey = grey[grey.std(1) > 0.02]
    values, vectors = np.linalg.eigh(np.cov(grey.T))
    order = np.argsort(values)[::-1][:components]
    rows = (vectors[:, order] / np.sqrt(values[order] + 1e-3)).T * 0.3
    return torch.from_numpy(np.repeat(rows, 3, axis=1) / 3).float()


def _waves(count: int, shortest: float, longest: float) -> Tensor:
    return 2 * math.pi / torch.logspace(math.log10(shortest), math.log10(longest), count)


@torch.no_grad()
def _local_heads(model: Phi4ForCausalLMV, layer: int, cells: tuple[float, float], strength: float) -> None:
    """Let each head of a tower layer begin by looking at the patch at its offset, by rotating the position features."""
    attention = model.model.vision_tower.siglip.encoder.layers[layer].self_attn
    width, size = attention.embed_dim, attention.head_dim
    start, frequencies = width - _POSITION_WIDTH, _waves(_POSITION_WIDTH // 4, SHORTEST, LONGEST)
    for head, offset in enumerate(_OFFSETS[: attention.num_heads]):
        query, key = torch.zeros(size, width), torch.zeros(size, width)
        for axis in range(2):
            shift = offset[axis] * cells[axis]
            for slot in range(size // 4):
                frequency = 2 * slot + head % 2
                angle = float(frequencies[frequency] * shift)
                sine = start + axis * (_POSITION_WIDTH // 2) + 2 * frequency
                row = axis * (size // 2) + 2 * slot
                key[row, sine] = key[row + 1, sine + 1] = strength
                query[row, sine], query[row, sine + 1] = strength * math.cos(angle), strength * math.sin(angle)
                query[row + 1, sine], query[row + 1, sine + 1] = -strength * math.sin(angle), strength * math.cos(angle)
        rows = slice(head * size, (head + 1) * size)
        attention.q_proj.weight[rows] = query + 0.02 * torch.randn_like(query)
        attention.k_proj.weight[rows] = key + 0.02 * torch.randn_like(key)


@torch.no_grad()
def fresh_pocket(seed: int) -> Phi4ForCausalLMV:
    """The pocket model at its beginning."""
    torch.manual_seed(seed)
    tokenizer = build_tokenizer()
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in SPECIAL_TOKENS.items()}
    model = build(pocket_config(len(tokenizer), {"bos": ids["bos"], "eos": ids["end"], "pad": ids["pad"]}))
    config = model.config
    siglip = model.model.vision_tower.siglip
    rng = random.Random(seed)
    patches = np.concatenate([PreparedScreen(draw_screen(rng)).patches.reshape(-1, 768) for _ in range(12)])
    content = config.vision_config.hidden_size - _POSITION_WIDTH
    weight = siglip.embeddings.patch_embedding.weight
    weight.zero_()
    weight[: content - 16] = whitening(patches, content - 16)
    # A few features for colour, which the whitened greys cannot see.
    colour = torch.randn(16, 3)
    weight[content - 16 : content] = (colour - colour.mean(1, keepdim=True)).repeat(1, 256) / 256
    side = siglip.embeddings.position_embedding_size
    cell = torch.arange(side)[:, None] * _waves(_POSITION_WIDTH // 4, SHORTEST, LONGEST)[None, :]
    wave = torch.stack([cell.sin(), cell.cos()], dim=-1).flatten(1)
    table = torch.zeros(side, side, config.vision_config.hidden_size)
    table[..., content : content + _POSITION_WIDTH // 2] = wave[None, :, :]
    table[..., content + _POSITION_WIDTH // 2 :] = wave[:, None, :]
    siglip.embeddings.position_embedding.weight.copy_(table.view(side * side, -1))
    # One patch of a 64 × 48 screen is one column and one and a third rows of the 64 × 64 table.
    _local_heads(model, 0, (1.0, 64 / 48), 2.0)
    _local_heads(model, 1, (1.0, 64 / 48), 1.5)
    number_codes(model, tokenizer)
    return model


@torch.no_grad()
def number_codes(model: Phi4ForCausalLMV, tokenizer: PreTrainedTokenizerFast) -> None:
    """Write each coordinate in the very waves of the position table: a place that was looked at is then a linear map from its number."""
    numbers = torch.arange(1000)[:, None] / 1000
    code = place_waves(numbers)
    code = code @ torch.linalg.qr(torch.randn(model.config.hidden_size, code.shape[1]))[0].T
    places = torch.tensor([tokenizer.convert_tokens_to_ids(f"{value:03d}") for value in range(1000)])
    model.model.embed_tokens.weight[places] = code * 0.1
    model.lm_head.weight[places] = code * 0.3
