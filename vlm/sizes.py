"""How large a model is and what it needs, computed from its configuration alone, before a byte of its weights is read.

The parameters are counted on a model without memory (torch's `meta` device), so that they are those of the code itself. What a pass
needs beside them is an estimate: its largest intermediate results, not a measurement (that is `deskhand model bench`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm.folder import CheckpointError, first_line
from vlm.quantization import Quantization, stored_bytes, stored_quantization, takes_part

if TYPE_CHECKING:
    import torch

    from vlm.configuration import Phi4SiglipConfig

QUESTION_ROOM = 512
"""Tokens of a question, its answer and what the cache allocates ahead."""

FEWER_TOKENS = 2048
"""Of a smaller picture: better than the most on ordinary screens, worse on dense ones."""

DRIVER = 2**29
"""Bytes that a GPU's driver takes for itself in each process."""

GIB = 2**30

MOST_PACKED = 2
"""Weights in a byte of a file: NF4's."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the model; `bytes` as it is stored, `stored` says how."""

    name: str
    parameters: int
    stored: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Needs:
    """Bytes of memory for questions about one picture of `tokens` tokens."""

    tokens: int
    weights: int
    cache: int
    working: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.working


@dataclass(frozen=True, slots=True)
class Device:
    """Where the model would run; bytes."""

    name: str
    kind: str
    total: int
    free: int


def parts_of(config: dict[str, Any], quantization: Quantization | None) -> list[Part]:
    """The model's parts in the order of a pass, from the keys of its `config.json`.

    Raises:
        CheckpointError: the configuration describes no model.
    """
    model = skeleton(config)
    last = len(model.model.vision_tower.siglip.encoder.layers) - 1
    unused = (f"encoder.layers.{last}.", "post_layernorm.", "head.")
    found: dict[str, tuple[int, str, int]] = {}
    for name, parameter in model.named_parameters():
        stored, size = "bfloat16", 2 * parameter.numel()
        if takes_part(name) and quantization is not None:
            stored, size = quantization, stored_bytes(parameter.shape, quantization)
        part = _part_of(name, unused)
        before = found.get(part, (0, stored, 0))
        found[part] = before[0] + parameter.numel(), stored, before[2] + size
    order = ("tower", "tower, unused", "projector", "embeddings", "decoder linears", "decoder norms", "head")
    return [Part(name, *found[name]) for name in order if name in found]


def skeleton(config: dict[str, Any], kind: Any = None) -> Any:
    """The model of a `config.json` with the shapes of its weights but no memory for them: for reading only.

    Args:
        kind: its class; None: the published model's.

    Raises:
        CheckpointError: the configuration describes no model.
    """
    from vlm.model import Phi4ForCausalLMV

    return _skeleton(json.dumps(config, sort_keys=True), kind or Phi4ForCausalLMV)


@lru_cache(maxsize=4)
def _skeleton(config: str, kind: Any) -> Any:
    import torch

    try:
        with torch.device("meta"):
            return kind(kind.config_class(**_described(json.loads(config))))
    except Exception as error:
        raise CheckpointError(f"config.json describes no model that can be built: {first_line(error)}") from error


def check_described(model: Any, weights: Sequence[Path]) -> int:
    """The number of a skeleton's weights. What the files lack of them a library would make up in memory, and complain afterwards.

    Raises:
        CheckpointError: the files cannot hold so many.
    """
    count = sum(parameter.numel() for parameter in model.parameters())
    if count > MOST_PACKED * sum(path.stat().st_size for path in weights):
        raise CheckpointError(f"config.json describes {count:,} weights, of which the files hold a part: fetch the whole model again")
    return count


def _part_of(name: str, unused: tuple[str, ...]) -> str:
    tower = "model.vision_tower.vision_tower.vision_model."
    if name.startswith(tower):
        return "tower, unused" if name.removeprefix(tower).startswith(unused) else "tower"
    if name.startswith("model.mm_projector."):
        return "projector"
    if name.startswith("lm_head."):
        return "head"
    if name.startswith("model.embed_tokens."):
        return "embeddings"
    return "decoder linears" if takes_part(name) else "decoder norms"


def configuration(config: dict[str, Any]) -> Phi4SiglipConfig:
    """The keys of a `config.json` as the model's configuration, without how its weights are stored."""
    from vlm.configuration import Phi4SiglipConfig

    return Phi4SiglipConfig(**_described(config))


def _described(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in ("quantization_config", "model_type")}


def needs_of(config: dict[str, Any], quantization: Quantization | None, tokens: int) -> Needs:
    """What looking at one picture of `tokens` patches and asking about it takes, computing in bfloat16.

    Raises:
        CheckpointError: the configuration describes no model.
    """
    weights = sum(part.bytes for part in parts_of(config, quantization))
    shape = configuration(config)
    length = tokens + QUESTION_ROOM
    # The widest moment is the decoder's feed-forward: its fused projection, the gate's value and their product, beside the residual.
    working = 2 * length * (4 * shape.intermediate_size + 4 * shape.hidden_size)
    if quantization is not None:
        # A long pass multiplies with one layer's weights unpacked.
        working += 2 * 2 * shape.intermediate_size * shape.hidden_size
    return Needs(tokens, weights, length * cache_bytes(config), working)


def cache_bytes(config: dict[str, Any]) -> int:
    """Bytes of keys and values that one token keeps, in bfloat16."""
    shape = configuration(config)
    width = shape.hidden_size // shape.num_attention_heads
    return 2 * 2 * shape.num_hidden_layers * shape.num_key_value_heads * width


def device_at(place: torch.device) -> Device:
    """The device and how much of its memory is free now."""
    import torch

    if place.type == "cuda":
        free, total = torch.cuda.mem_get_info(place)
        return Device(torch.cuda.get_device_name(place), "GPU", total, free)
    import psutil

    memory = psutil.virtual_memory()
    return Device("this machine", "host", memory.total, memory.available)


def check_room(folder: Path, config: dict[str, Any], weights: int, quantization: Quantization | None, tokens: int, device: Device) -> None:
    """Raise `CheckpointError` where the model cannot fit, with what would.

    Args:
        weights: bytes that the weights will take in memory.
        quantization: how they will be held.
        tokens: of the largest picture.
    """
    needs = needs_of(config, quantization, tokens)
    wanted = needs.total - needs.weights + weights
    if wanted > device.free:
        raise CheckpointError(
            f"it needs about {gib(wanted)} of {device.kind} memory for pictures of {tokens} tokens, {gib(device.free)} are free on "
            f"{device.name}: {advice(folder, config, quantization, tokens, device)}"
        )


def advice(folder: Path, config: dict[str, Any], quantization: Quantization | None, tokens: int, device: Device) -> str:
    """What to choose where the model does not fit the device: the gentlest thing that does."""
    stored = stored_quantization(config)
    others: list[Quantization] = ["int8", "nf4"] if quantization is None else ["nf4"] if quantization == "int8" else []
    choices = [(other, tokens) for other in others] + [(other, FEWER_TOKENS) for other in (quantization, *others) if tokens > FEWER_TOKENS]
    for other, fewer in choices:
        needed = needs_of(config, other, fewer).total
        if needed > device.free:
            continue
        steps = []
        if other != quantization:
            source = f"{folder} " if stored is None else "SOURCE "
            steps.append(f"deskhand model prepare {source}--quantization {other} --to NEW-FOLDER")
        if fewer != tokens:
            steps.append(f"--budget {fewer} with every command")
        return f"{gib(needed)} are enough with this: {'; '.join(steps)}"
    return "free some of it, or use --model pocket"


def gib(size: float) -> str:
    """Bytes as GiB, or as MiB where they are few."""
    return f"{size / GIB:.1f} GiB" if size >= GIB / 2 else f"{size / 2**20:.1f} MiB"
