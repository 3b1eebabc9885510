"""A checkpoint folder (or hub id) to a model, its tokenizer and its image processor. Whatever is wrong is one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordings.errors import DeskhandError
from vlm.bounds import read_tokenizer
from vlm.folder import CheckpointError as CheckpointError
from vlm.folder import check_weights, find_checkpoint, first_line, mending, read_config, read_header
from vlm.images import ImageProcessor
from vlm.quantization import Quantization as Quantization
from vlm.quantization import allow_narrow, bitsandbytes_config, import_bitsandbytes, stored_quantization
from vlm.sizes import check_described, check_room, device_at, gib, parts_of, skeleton

if TYPE_CHECKING:
    import torch
    from transformers import Phi3ForCausalLM, PreTrainedTokenizerFast

    from vlm.model import Phi4ForCausalLMV

_SMALL = 2**30
"""Bytes of stored weights that may double in memory."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything one folder holds. `metadata` is the `deskhand` key of its `config.json`."""

    folder: Path
    model: Phi4ForCausalLMV
    tokenizer: PreTrainedTokenizerFast
    images: ImageProcessor
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decoder:
    """What a folder of the published layout without a tower holds: a language model. `metadata` as in `Checkpoint`."""

    folder: Path
    model: Phi3ForCausalLM
    tokenizer: PreTrainedTokenizerFast
    metadata: dict[str, Any]


def load_decoder(folder: Path, device: str | torch.device | None = None, dtype: torch.dtype | None = None) -> Decoder:
    """Load a folder of `model_type: phi3`; device and type as `load_checkpoint` chooses them.

    Raises:
        CheckpointError: a file or tensor of it is missing, truncated or altered, or it is another model's.
    """
    import torch
    from transformers import Phi3ForCausalLM

    config = read_config(folder, "phi3")
    weights = check_weights(folder)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    dtype = dtype or _best_type(place, sum(path.stat().st_size for path in weights))
    with _named(folder):
        needed = check_described(skeleton(config, Phi3ForCausalLM), weights) * dtype.itemsize
        if needed > (memory := device_at(torch.device("cpu"))).free:  # all of it is read there first
            raise CheckpointError(f"it needs {gib(needed)} of memory, {gib(memory.free)} are free: close programs, or name a smaller one")
    model = _read_weights(Phi3ForCausalLM, folder, dtype)
    return Decoder(folder, model.to(place).eval(), read_tokenizer(folder), dict(config.get("deskhand") or {}))


def load_checkpoint(
    source: str | Path = "pocket",
    quantization: Quantization | None = None,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    budget: int | None = None,
    official_rope: bool | None = None,
) -> Checkpoint:
    """Load `pocket`, a folder, or a hub id (from the local cache if it is there).

    The device is the GPU where there is one. The type is bfloat16, the stored one; a small model on a CPU without instructions for it
    runs in float32, which is many times faster there. Weights that are stored quantised stay so; others are, where `quantization` says so.
    Memory must be there for pictures of `budget` patches, the checkpoint's own maximum where it is None. `official_rope` is for
    `round_rotation`; None: as the checkpoint's metadata has it, else no.

    Raises:
        CheckpointError: the folder, a file or a tensor is missing, truncated, altered or of another model; it does not fit into memory; or
            it cannot be quantised so.
    """
    import torch

    from vlm.model import Phi4ForCausalLMV

    folder, config, stored, weights = look_at(source, quantization)
    tokenizer = load_tokenizer(folder)
    images = ImageProcessor.from_folder(folder)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    held = quantization or stored
    size = sum(path.stat().st_size for path in weights)
    if dtype is None:
        dtype = _best_type(place, size) if held is None else torch.bfloat16
    # Straight to a GPU, without the weights lying in the host's memory first.
    options: dict[str, Any] = {"device_map": {"": place}} if held is not None or place.type == "cuda" else {}
    with _named(folder):
        check_described(skeleton(config), weights)
        if held is not None:
            import_bitsandbytes()
            if stored is None:
                options["quantization_config"] = bitsandbytes_config(held)
                size = sum(part.bytes for part in parts_of(config, held))
        elif dtype == torch.float32:
            size *= 4 // _stored_width(weights)
        check_room(folder, config, size, held, min(budget or images.max_patches, images.max_patches), device_at(place))
    model = _read_weights(Phi4ForCausalLMV, folder, dtype, **options)
    if held is None:
        model = model.to(place)
    elif held == "nf4":
        allow_narrow(model)
    metadata = dict(config.get("deskhand") or {})
    if metadata.get("official_rope", False) if official_rope is None else official_rope:
        round_rotation(model)
    return Checkpoint(folder, model.eval(), tokenizer, images, metadata)


def round_rotation(model: Phi4ForCausalLMV) -> None:
    """Round the inverse frequencies of the rotary positions to bfloat16, in place.

    The official loading ends in `model.to(bfloat16)`, which does so; here they are kept in float32, as servers keep them. In float32
    places far from the beginning are told apart more exactly, but the published results were made with the rounded ones.
    """
    import torch

    rotary: Any = model.model.rotary_emb
    for name in ("inv_freq", "original_inv_freq"):
        frequencies = getattr(rotary, name)
        setattr(rotary, name, frequencies.to(torch.bfloat16).to(frequencies.dtype))


def _read_weights(kind: Any, folder: Path, dtype: torch.dtype, **options: Any) -> Any:
    """A model of the class `kind`, each of its tensors from the folder's files. Raises CheckpointError."""
    from transformers.utils import logging

    # Standard error belongs to the command line, which gets one line of what the library draws a table of.
    logging.disable_progress_bar()
    told = logging.get_verbosity()
    logging.set_verbosity(logging.CRITICAL)
    try:
        model, report = kind.from_pretrained(folder, dtype=dtype, local_files_only=True, output_loading_info=True, **options)
    except Exception as error:
        raise CheckpointError(f"{folder} cannot be loaded: {first_line(error)}") from error
    finally:
        logging.set_verbosity(told)
    for complaint in ("missing_keys", "mismatched_keys"):
        if names := sorted(str(name) for name in report[complaint]):
            raise CheckpointError(f"{folder}: {len(names)} tensors are {complaint.split('_')[0]}, first {names[0]}: {mending(folder)}")
    return model


def look_at(source: str | Path, wanted: Quantization | None) -> tuple[Path, dict[str, Any], Quantization | None, list[Path]]:
    """The folder, its `config.json`, how its weights are stored, and their files: what can be said before a long work begins.

    Raises:
        CheckpointError: the folder or a file of it is missing, truncated or altered; or it cannot be held as `wanted`.
    """
    folder = find_checkpoint(source)
    config = read_config(folder)
    with _named(folder):
        stored = stored_quantization(config)
        if stored is not None and wanted not in (None, stored):
            raise CheckpointError(f"it is stored as {stored} and cannot become {wanted}: prepare the published weights with {wanted}")
    return folder, config, stored, check_weights(folder)


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """Errors inside are the folder's."""
    try:
        yield
    except DeskhandError as error:
        raise CheckpointError(f"{folder}: {error}") from error


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The folder's tokenizer.

    Raises:
        CheckpointError: a file is missing or malformed, or the tokenizer lacks a token that prompts are built of.
    """
    from vlm.chat import ChatFormat

    tokenizer = read_tokenizer(folder)
    with _named(folder):
        ChatFormat(tokenizer)
    return tokenizer


def _stored_width(weights: list[Path]) -> int:
    """Bytes of one number in the files: all are stored in one type."""
    kinds = {entry["dtype"] for path in weights for entry in read_header(path).values()}
    return 4 if "F32" in kinds else 2


def _best_type(place: torch.device, size: int) -> torch.dtype:
    import torch

    known = torch.cpu.get_capabilities()
    slow = place.type == "cpu" and not (known.get("avx512_bf16") or known.get("amx_bf16"))
    return torch.float32 if slow and size < _SMALL else torch.bfloat16
