"""A checkpoint folder (or hub id) to a model, its tokenizer and its image processor. Whatever is wrong is one clear line."""

from __future__ import annotations

import json
import logging
import os
import re
import struct
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recordings.errors import DeskhandError
from vlm.images import ImageProcessor

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerFast

    from vlm.model import Phi4ForCausalLMV

Quantization = Literal["int8", "nf4"]

MODEL_TYPE = "phi4-siglip"
INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
UNQUANTIZED = ["lm_head", "model.vision_tower", "model.mm_projector"]
"""Quantising the tower breaks grounding; naming any module here takes away the library's own exception for the head."""

_SMALL = 2**30
"""Bytes of stored weights that may double in memory."""
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_HUB_FILES = ["*.json", "*.safetensors", "*.txt", "*.jinja"]


class CheckpointError(DeskhandError):
    """A checkpoint that cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything one folder holds. `metadata` is the `deskhand` key of its `config.json`."""

    folder: Path
    model: Phi4ForCausalLMV
    tokenizer: PreTrainedTokenizerFast
    images: ImageProcessor
    metadata: dict[str, Any]


def load_checkpoint(
    source: str | Path = "pocket",
    quantization: Quantization | None = None,
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
) -> Checkpoint:
    """Load `pocket`, a folder, or a hub id (from the local cache if it is there).

    The device is the GPU where there is one. The type is bfloat16, the stored one; a small model on a CPU without instructions for it
    runs in float32, which is many times faster there.

    Raises:
        CheckpointError: the folder, a file or a tensor is missing, truncated or of another model; or quantisation is not possible.
    """
    import torch
    from transformers.utils.logging import disable_progress_bar

    from vlm.model import Phi4ForCausalLMV

    # Standard error belongs to the command line.
    disable_progress_bar()
    folder = find_checkpoint(source)
    config = read_config(folder)
    weights = check_weights(folder)
    tokenizer = _load_tokenizer(folder)
    images = ImageProcessor.from_folder(folder)
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if dtype is None:
        dtype = _best_type(place, sum(path.stat().st_size for path in weights)) if quantization is None else torch.bfloat16
    options: dict[str, Any] = {}
    if quantization is not None:
        options = {"quantization_config": _quantization_config(quantization), "device_map": {"": place}}
    try:
        model, report = Phi4ForCausalLMV.from_pretrained(folder, dtype=dtype, local_files_only=True, output_loading_info=True, **options)
    except Exception as error:
        raise CheckpointError(f"{folder} cannot be loaded: {_first_line(error)}") from error
    for complaint in ("missing_keys", "mismatched_keys"):
        if names := sorted(str(name) for name in report[complaint]):
            raise CheckpointError(
                f"{folder}: {len(names)} tensors are {complaint.split('_')[0]}, first {names[0]}: fetch the checkpoint again"
            )
    if quantization is None:
        model = model.to(place)
    return Checkpoint(folder, model.eval(), tokenizer, images, dict(config.get("deskhand") or {}))


def find_checkpoint(source: str | Path) -> Path:
    """The folder of `pocket`, of a path, or of a hub id; only an id that is in no local cache is downloaded.

    Raises:
        CheckpointError: there is no such folder, and the hub does not give it.
    """
    if str(source) == "pocket":
        folder = Path(str(files("vlm"))) / "pocket"
        if not (folder / "config.json").is_file():
            raise CheckpointError(f"the pocket model is not in {folder}: reinstall Deskhand, or name another model with --model")
        return folder
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    if folder.exists():
        raise CheckpointError(f"{folder} is a file: name the checkpoint's folder")
    if not _HUB_ID.fullmatch(str(source)):
        raise CheckpointError(f"{folder}: there is no such folder; name a checkpoint's folder, a hub id like owner/name, or pocket")
    return _from_hub(str(source))


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES, local_files_only=True))
    except (LocalEntryNotFoundError, OSError, ValueError):
        pass
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        raise CheckpointError(f"{name} is in no local cache, and HF_HUB_OFFLINE forbids fetching it: name a folder")
    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES))
    except Exception as error:
        raise CheckpointError(f"{name} is neither a folder nor could it be fetched from the hub: {_first_line(error)}") from error


def read_config(folder: Path) -> dict[str, Any]:
    """The checkpoint's `config.json`.

    Raises:
        CheckpointError: it is missing, malformed, or of another kind of model.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing: {folder} is not a checkpoint's folder") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is malformed ({_first_line(error)}): fetch the checkpoint again") from error
    if not isinstance(config, dict) or config.get("model_type") != MODEL_TYPE:
        found = config.get("model_type") if isinstance(config, dict) else type(config).__name__
        raise CheckpointError(f"{path}: the model_type is {found!r}, only {MODEL_TYPE!r} can be loaded")
    return config


def check_weights(folder: Path) -> list[Path]:
    """The weights files, each as long as its own header says.

    Raises:
        CheckpointError: a file is missing, malformed or truncated; checked before anything is read into memory.
    """
    index = folder / INDEX
    if index.is_file():
        try:
            names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{index} is malformed ({_first_line(error)}): fetch the checkpoint again") from error
    else:
        names = [SINGLE]
    paths = [folder / name for name in names]
    for path in paths:
        if not path.is_file():
            raise CheckpointError(f"the weights file {path} is missing: fetch the checkpoint again")
        try:
            expected = _expected_length(path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
            raise CheckpointError(f"the weights file {path} is damaged ({_first_line(error)}): fetch the checkpoint again") from error
        if path.stat().st_size != expected:
            raise CheckpointError(f"the weights file {path} has {path.stat().st_size} of {expected} bytes: fetch the checkpoint again")
    return paths


def _expected_length(path: Path) -> int:
    """Bytes of a safetensors file by its header."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > path.stat().st_size:
            raise ValueError("its header is cut")
        header = json.loads(file.read(length))
    return 8 + length + max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)


def _load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    if not (folder / "tokenizer.json").is_file():
        raise CheckpointError(f"{folder / 'tokenizer.json'} is missing: fetch the checkpoint again")
    try:
        return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise CheckpointError(f"the tokenizer in {folder} cannot be loaded: {_first_line(error)}") from error


def _quantization_config(quantization: Quantization) -> Any:
    import torch

    options: dict[str, Any] = {"llm_int8_skip_modules": UNQUANTIZED}
    match quantization:
        case "int8":
            options |= {"load_in_8bit": True}
        case "nf4":
            options |= {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.bfloat16}
        case _:
            raise CheckpointError(f"there is no quantization {quantization!r}: use int8 or nf4")
    # It advises a package that would fetch code from a hub at import.
    logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
    try:
        import bitsandbytes  # noqa: F401
    except ImportError as error:
        raise CheckpointError(f"{quantization} needs two more packages: pip install bitsandbytes accelerate") from error
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(**options)


def _best_type(place: torch.device, size: int) -> torch.dtype:
    import torch

    known = torch.cpu.get_capabilities()
    slow = place.type == "cpu" and not (known.get("avx512_bf16") or known.get("amx_bf16"))
    return torch.float32 if slow and size < _SMALL else torch.bfloat16


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
