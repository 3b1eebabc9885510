"""The base with low-rank pairs, as a stage on text trains it.

What made the plain way slow: logits of 49,152 words for every token, the question's too; padding; and beside each matrix of this narrow
model two more products with their casts. Here only an answer's tokens meet the head, and the low-rank product is added to the matrix
before the tokens come, which is one small product a step and nothing a token.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.stages.encode import IGNORED
from training.stages.pairs import with_pairs
from training.stages.settings import LoraSettings
from vlm.adapters import DECODER
from vlm.folder import check_weights


class TextModel(nn.Module):
    """Wraps the adapted decoder so that a batch gives its loss."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    @property
    def base(self) -> Any:
        return self.model.get_base_model()

    def forward(self, ids: Tensor, truth: Tensor) -> dict[str, Tensor]:
        """The mean loss of the answers' tokens, how many they are, and how many of them were the likeliest."""
        hidden = self.base.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
        wanted = truth[:, 1:]
        places = wanted != IGNORED
        logits = functional.linear(hidden[places], self.base.lm_head.weight).float()
        told = wanted[places]
        loss = functional.cross_entropy(logits, told)
        return {"loss": loss, "tokens": places.sum(), "right": (logits.detach().argmax(-1) == told).sum()}


def load_base(folder: Path, dtype: torch.dtype | None = None) -> Any:
    """The decoder that lies in a folder of the published layout."""
    from transformers import Phi3ForCausalLM

    check_weights(folder)
    return Phi3ForCausalLM.from_pretrained(folder, dtype=dtype or torch.float32, local_files_only=True, attn_implementation="sdpa")


def prepare_text(folder: Path, lora: LoraSettings, seed: int, adapter: Path | None = None, dtype: torch.dtype | None = None) -> TextModel:
    """The base, frozen, with low-rank pairs in float32 beside its matrices: fresh ones, or those of an adapter.

    Args:
        dtype: of the base and of what flows through it; unset: bfloat16 on a GPU, where moving numbers takes the time, else float32.
    """
    torch.manual_seed(seed)
    base = load_base(folder, dtype or (torch.bfloat16 if torch.cuda.is_available() else torch.float32))
    base.requires_grad_(False)
    model = with_pairs(base, DECODER, lora, adapter)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    fuse(model)
    return TextModel(model)


def fuse(model: nn.Module) -> None:
    """Let each adapted matrix take in its low-rank product before it is multiplied: W + s·B·A, rounded once, where autocast rounds."""
    from peft.tuners.lora import Linear

    for module in model.modules():
        if isinstance(module, Linear):
            module.forward = _Fused(module)


class _Fused:
    """An adapted layer's pass. The weights are looked up each time: they may be moved to another device in between."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def __call__(self, x: Tensor) -> Tensor:
        layer = self.layer
        (name,) = layer.active_adapters
        with torch.autocast(x.device.type, enabled=False):
            low, high = layer.lora_A[name].weight, layer.lora_B[name].weight
            matrix = torch.addmm(layer.base_layer.weight.float(), high, low, alpha=layer.scaling[name])
            if x.dtype == torch.bfloat16:
                matrix = matrix.to(torch.bfloat16)
        return functional.linear(x, matrix, layer.base_layer.bias)
