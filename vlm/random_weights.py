"""The published model's layout with random weights, made straight on the device: speed and memory at full size without a download.

It answers nonsense, under the same grammar and at the same cost. Its tokenizer is a stand-in, whose boxes are as many tokens long.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vlm.configuration import Phi4SiglipConfig, published_config
from vlm.folder import CheckpointError
from vlm.images import MAX_PATCHES, ImageProcessor
from vlm.loading import Checkpoint
from vlm.model import Phi4ForCausalLMV
from vlm.quantization import UNQUANTIZED, Quantization, bitsandbytes_config, import_bitsandbytes, takes_part
from vlm.sizes import device_at, gib, needs_of
from vlm.stand_in_tokenizer import build_tokenizer

Size = Literal["full", "slice", "tiny"]
"""`slice` has the published widths, two layers deep; `tiny` is narrow, too, three layers deep."""

SLICE = 2
"""Layers of the decoder and of the tower in a `slice`."""

_SPREAD = 0.02


class NoRoom(CheckpointError):
    """The device has too little memory for these weights and one picture."""


def random_checkpoint(size: Size, quantization: Quantization | None, device: torch.device) -> Checkpoint:
    """A checkpoint of no folder.

    One weight at a time is made in bfloat16 and quantised at once, so that the peak is that of the finished model and one layer's matrix.

    Raises:
        NoRoom: the device has too little memory for it.
    """
    tokenizer = build_tokenizer()
    ids = {"bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id}
    config = _tiny_config(ids) if size == "tiny" else published_config(ids)
    if size == "slice":
        config.num_hidden_layers = SLICE
        tower: Any = config.vision_config
        tower.num_hidden_layers = SLICE
    _check_room(size, config.to_dict(), quantization, device)
    with torch.device("meta"):
        model: Any = Phi4ForCausalLMV(config).to(torch.bfloat16)
    if quantization is not None:
        from transformers.integrations import replace_with_bnb_linear

        settings = bitsandbytes_config(quantization)
        model = replace_with_bnb_linear(model, modules_to_not_convert=UNQUANTIZED, quantization_config=settings)
    generator = torch.Generator(device).manual_seed(0)
    for name, parameter in list(model.named_parameters()):
        owner, _, last = name.rpartition(".")
        module = model.get_submodule(owner)
        module.register_parameter(last, _made(name, parameter, quantization, device, generator))
    rotary = model.model.rotary_emb
    model.model.rotary_emb = type(rotary)(config=config).to(device)
    if left := [name for name, tensor in _tensors(model) if tensor.is_meta]:
        raise AssertionError(f"{left[0]} was not made")
    return Checkpoint(Path(f"random-{size}"), model.eval(), tokenizer, ImageProcessor(), {})


def _check_room(size: Size, config: dict[str, Any], quantization: Quantization | None, place: torch.device) -> None:
    device = device_at(place)
    kinds: tuple[Quantization | None, ...] = (quantization, "int8", "nf4")
    needed = {kind: needs_of(config, kind, MAX_PATCHES).total for kind in kinds}
    if needed[quantization] <= device.free:
        return
    smaller = [kind for kind in kinds if needed[kind] <= device.free]
    hint = f"use --quantization {smaller[0]} (needs {gib(needed[smaller[0]])})" if smaller else "free some of it, or use --random tiny"
    raise NoRoom(
        f"random weights, {size}, need about {gib(needed[quantization])} of {device.kind} memory, {gib(device.free)} are free on "
        f"{device.name}: {hint}"
    )


def _made(name: str, shape: Tensor, quantization: Quantization | None, device: torch.device, generator: torch.Generator) -> nn.Parameter:
    if shape.dim() < 2:
        value = torch.zeros if name.endswith("bias") else torch.ones
        return nn.Parameter(value(shape.shape, dtype=torch.bfloat16, device=device), requires_grad=False)
    weight = torch.empty(shape.shape, dtype=torch.bfloat16, device=device).normal_(0, _SPREAD, generator=generator)
    if quantization is None or not takes_part(name):
        return nn.Parameter(weight, requires_grad=False)
    library = import_bitsandbytes()
    if quantization == "int8":
        # As the library does it for weights that come from the host, which twenty-seven gigabytes need not do.
        codes, scales, _ = library.functional.int8_vectorwise_quant(weight.to(torch.float16))
        made: nn.Parameter = library.nn.Int8Params(codes, requires_grad=False, CB=codes, SCB=scales)
    else:
        made = library.nn.Params4bit(weight, requires_grad=False, quant_type="nf4", compress_statistics=False).to(device)
    return made


def _tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


def _tiny_config(ids: dict[str, Any]) -> Phi4SiglipConfig:
    config = published_config(ids).to_dict()
    config |= {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2}
    config |= {"vocab_size": 1536, "mm_hidden_size": 64}
    config["vision_config"] = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 3, "num_attention_heads": 2}
    return Phi4SiglipConfig(**{key: value for key, value in config.items() if key != "model_type"})
