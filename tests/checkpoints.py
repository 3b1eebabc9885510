"""A tiny checkpoint of the real architecture with random weights, in the published folder layout."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from PIL import Image
from safetensors.torch import load_file

from training.stages.settings import StageSettings
from vlm.configuration import Phi4SiglipConfig
from vlm.model import Phi4ForCausalLMV
from vlm.stand_in_tokenizer import build_tokenizer


def tiny_config(**changes: Any) -> Phi4SiglipConfig:
    tokenizer = build_tokenizer()
    settings: dict[str, Any] = {
        "vocab_size": len(tokenizer) + 7,  # padded beyond the tokenizer's, as published
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "original_max_position_embeddings": 2048,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "vision_config": {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 2},
    }
    return Phi4SiglipConfig(**(settings | changes))


def tiny_model(seed: int = 0, spread: float = 0.25, **changes: Any) -> Phi4ForCausalLMV:
    """Weights spread widely, so that answers vary."""
    torch.manual_seed(seed)
    model = Phi4ForCausalLMV(tiny_config(**changes)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, spread)
    return model


def write_checkpoint(folder: Path, seed: int = 0, **changes: Any) -> Path:
    """A whole checkpoint folder; `changes` go into the configuration."""
    tiny_model(seed, **changes).save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"min_num_patches": 16, "max_num_patches": 64}))
    return folder


def write_shards(folder: Path, seed: int = 0, **changes: Any) -> Path:
    """The same as it is published: bfloat16, in several files."""
    write_checkpoint(folder, seed, **changes)
    (folder / "model.safetensors").unlink()
    model = tiny_model(seed, **changes).to(torch.bfloat16)
    with TemporaryDirectory() as made:
        model.save_pretrained(made, max_shard_size="60KB")
        for path in Path(made).glob("model*"):
            (folder / path.name).write_bytes(path.read_bytes())
    assert len(list(folder.glob("model-*.safetensors"))) > 3
    return folder


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    """All weights of a folder by name."""
    return {name: tensor for path in folder.glob("model*.safetensors") for name, tensor in load_file(path).items()}


def picture(seed: int = 0, size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Random pixels."""
    generator = torch.Generator().manual_seed(seed)
    return Image.fromarray(torch.randint(0, 256, (size[1], size[0], 3), dtype=torch.uint8, generator=generator).numpy())


def stage_settings(base: Path, shown: Path, **changes: Any) -> StageSettings:
    values = {"stage": "instruct", "base": str(base), "episodes": [shown], "kinds": ["ground", "act"], "steps": 6, "rate": 0.01,
              "tokens": 2000, "save_every": 3, "log_every": 1}  # fmt: skip
    return StageSettings.model_validate(values | changes)


def adapter_bytes(config: dict[str, Any], rank: int, width: int = 2) -> int:
    """Bytes of an adapter of `DECODER` for a model of this configuration, from its shapes alone; `width` bytes a number."""
    hidden, between, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    keys = 2 * config["num_key_value_heads"] * (hidden // heads)
    pairs = [(hidden, hidden + keys), (hidden, hidden), (hidden, 2 * between), (between, hidden)]
    return width * rank * sum(a + b for a, b in pairs) * int(config["num_hidden_layers"])
