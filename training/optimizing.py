"""How our own networks are stepped: matrices between hidden layers by Muon, the rest by AdamW, at a rate that rises and falls."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

BETAS = (0.9, 0.98)


def optimizers_of(network: nn.Module, rate: float, decay: float, others: Sequence[str]) -> list[torch.optim.Optimizer]:
    """Steps of one size in all directions teach a small network more of each picture than AdamW alone does.

    Args:
        others: parts of the names of matrices that AdamW steps all the same: embeddings, and what meets them.
    """
    trained = [(name, value) for name, value in network.named_parameters() if value.requires_grad]
    inner = {name for name, value in trained if value.ndim == 2 and not any(part in name for part in others)}
    return [
        torch.optim.Muon([value for name, value in trained if name in inner], rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW([value for name, value in trained if name not in inner], rate, BETAS, weight_decay=decay),
    ]


def rate_at(share: float, warmup: float) -> float:
    """Part of the peak rate when so much of a run is done, 0–1: a straight rise over the warm-up, then a cosine to nothing."""
    if share < warmup:
        return max(share / warmup, 0.01)
    return 0.5 * (1 + math.cos(math.pi * min((share - warmup) / (1 - warmup), 1.0)))


def set_rate(optimizers: Sequence[torch.optim.Optimizer], rate: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate


def fast_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16 by itself."""
    try:
        return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    except AttributeError:
        return False
