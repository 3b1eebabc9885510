"""4-bit and 8-bit weights: which tensors take part, what becomes of one, and how the library is told.

Only the decoder's linear layers are quantised. The tower, the projector and the head stay in bfloat16: quantising a tower breaks
grounding, and the head chooses the digits.
"""

from __future__ import annotations

import logging
import re
import sys
from math import prod
from typing import TYPE_CHECKING, Any, Literal, get_args

from vlm.folder import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor
    from torch.nn import Module

Quantization = Literal["int8", "nf4"]

UNQUANTIZED = ["lm_head", "model.vision_tower", "model.mm_projector"]
"""Naming any module here takes away the library's own exception for the head, so it is named too."""

BLOCK = 64
"""Weights that share one scale in NF4."""

_LINEAR = re.compile(r"model\.layers\.\d+\.(self_attn\.(qkv_proj|o_proj)|mlp\.(gate_up_proj|down_proj))\.weight")
_PIECE = 2**20
"""Weights quantised at once: the library's steps hold several float32 copies."""
_LIBRARY = "bitsandbytes"


def takes_part(name: str) -> bool:
    """Whether a tensor of the published layout is one that is quantised."""
    return _LINEAR.fullmatch(name) is not None


def stored_bytes(shape: Sequence[int], quantization: Quantization) -> int:
    """Bytes of one quantised weight [out, in] with its scales, in memory and on disk (but for some hundred of description)."""
    weights = prod(shape)
    return weights + 4 * shape[0] if quantization == "int8" else weights // 2 + 4 * -(-weights // BLOCK) + 4 * 16


def quantize(name: str, weight: Tensor, quantization: Quantization) -> dict[str, Tensor]:
    """What is stored for the weight [out, in] called `name`: tensors under the names that the library looks for, on the CPU.

    Bit for bit what loading the weight with `bitsandbytes_config` and saving it again gives, in little memory.
    """
    import torch

    library = import_bitsandbytes()
    weight = weight.to(torch.bfloat16).contiguous()
    rows = max(1, _PIECE // weight.shape[1])
    if quantization == "int8":
        pairs = [library.functional.int8_vectorwise_quant(piece.to(torch.float16))[:2] for piece in weight.split(rows)]
        base = name.removesuffix("weight")
        return {
            name: torch.cat([codes for codes, _ in pairs]),
            f"{base}SCB": torch.cat([scales for _, scales in pairs]),
            f"{base}weight_format": torch.tensor(0, dtype=torch.uint8),
        }
    pieces = [library.functional.quantize_4bit(piece, blocksize=BLOCK, quant_type="nf4") for piece in weight.reshape(-1).split(_PIECE)]
    state = pieces[0][1]
    state.absmax = torch.cat([part.absmax for _, part in pieces])
    state.shape = weight.shape
    stored = {f"{name}.{key}": value.contiguous() for key, value in state.as_dict(packed=True).items()}
    return {name: torch.cat([codes for codes, _ in pieces]), **stored}


def bitsandbytes_config(quantization: Quantization) -> Any:
    """The library's settings, in full: its defaults would compute in float32 and use another 4-bit type.

    Raises:
        CheckpointError: there is no such quantisation, or the library is not installed.
    """
    import torch

    options: dict[str, Any] = {"llm_int8_skip_modules": UNQUANTIZED}
    match quantization:
        case "int8":
            options |= {"load_in_8bit": True}
        case "nf4":
            options |= {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.bfloat16}
        case _:
            raise CheckpointError(f"there is no quantization {quantization!r}: use {' or '.join(get_args(Quantization))}")
    import_bitsandbytes()
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(**options)


def stored_quantization(config: dict[str, Any]) -> Quantization | None:
    """How the weights of a checkpoint's configuration are stored; None where they are not quantised.

    Raises:
        CheckpointError: they are quantised in another way than `quantize` does it.
    """
    settings = config.get("quantization_config")
    if settings is None:
        return None
    if isinstance(settings, dict) and settings.get("quant_method") == _LIBRARY:
        if settings.get("load_in_8bit"):
            return "int8"
        if settings.get("load_in_4bit") and settings.get("bnb_4bit_quant_type") == "nf4":
            return "nf4"
    raise CheckpointError(
        "its weights are quantised in another way than nf4 or int8 of bitsandbytes: prepare it from the published weights"
    )


def allow_narrow(model: Module) -> None:
    """Have layers whose rows are no whole blocks of NF4 unpacked on a processor: the library's faster way there fails on them."""
    library = import_bitsandbytes()
    for module in model.modules():
        if isinstance(module, library.nn.Linear4bit) and module.in_features % BLOCK:
            module.support_avx512bf16_for_cpu = False


def import_bitsandbytes() -> Any:
    """The library, kept silent and at home: where a package called `kernels` is installed it would fetch code from a hub at import.

    Raises:
        CheckpointError: it is not installed.
    """
    logging.getLogger(_LIBRARY).setLevel(logging.ERROR)
    if _LIBRARY in sys.modules:
        return sys.modules[_LIBRARY]
    absent = object()
    before: Any = sys.modules.get("kernels", absent)
    sys.modules["kernels"] = None  # type: ignore[assignment]
    try:
        import bitsandbytes
    except ImportError as error:
        raise CheckpointError("quantised weights need two more packages: pip install bitsandbytes accelerate") from error
    finally:
        if before is absent:
            del sys.modules["kernels"]
        else:
            sys.modules["kernels"] = before
    return bitsandbytes
