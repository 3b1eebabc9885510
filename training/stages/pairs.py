"""Low-rank pairs beside a model's matrices, as a stage trains them, and the adapter that they become."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch

from recordings.provenance import made_here
from training.stages.settings import LoraSettings
from vlm.adapters import EFFECTIVE, WEIGHTS, check_shapes, lora_settings


def with_pairs(base: Any, where: str, lora: LoraSettings, adapter: Path | None) -> Any:
    """The base with pairs beside the matrices whose names match `where`: fresh ones, or those of an adapter, to go on from.

    Raises:
        DeskhandError: the adapter is malformed, or of another model.
    """
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
    from safetensors.torch import load_file

    if adapter is None:
        config = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=where)
    else:
        check_shapes(base, adapter)
        config = LoraConfig(**lora_settings(adapter))
    with warnings.catch_warnings():
        # peft asks transformers by a name that is about to go; nobody who trains can change that.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        model = get_peft_model(base, config)
        if adapter is not None:
            set_peft_model_state_dict(model, load_file(adapter / WEIGHTS))
    return model


def write_pairs(model: Any, state: dict[str, torch.Tensor], out: Path) -> None:
    """An adapter in peft's layout, which would keep the pairs in float32: more than 200 MiB for the published model."""
    model.save_pretrained(out, state_dict={name: value.to(torch.bfloat16) for name, value in state.items()})
    made_here(out, EFFECTIVE)
