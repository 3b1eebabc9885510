"""LoRA adapters in peft's own folder layout, put onto a loaded base in place and taken off again. The base may be quantised."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm.folder import ADAPTER_CONFIG as CONFIG
from vlm.folder import CheckpointError, beside_weights, check_length, first_line, read_header, read_json

if TYPE_CHECKING:
    from vlm.engine import VisionLanguageModel
    from vlm.model import Phi4ForCausalLMV

WEIGHTS, SHOWN = "adapter_model.safetensors", "shown.json"
EFFECTIVE = (CONFIG, WEIGHTS, f"{SHOWN}?")
"""The files of an adapter's folder that change what a model does, as `recordings.provenance.fingerprint` takes them."""
DECODER = r"model\.layers\.\d+\.(self_attn\.(qkv_proj|o_proj)|mlp\.(gate_up_proj|down_proj))"
"""The decoder's matrices, by their whole names: a shorter pattern would take in the vision tower, which must stay exact."""
PROJECTOR = r"model\.mm_projector\.(0|2)"
_UNFELT = {
    "auto_mapping", "base_model_name_or_path", "corda_config", "eva_config", "exclude_modules", "inference_mode", "init_lora_weights",
    "layers_pattern", "layers_to_transform", "loftq_config", "lora_alpha", "lora_dropout", "lora_ga_config", "megatron_core", "peft_type",
    "peft_version", "qalora_group_size", "r", "revision", "target_modules", "task_type", "use_rslora",
}  # fmt: skip
"""What an adapter's configuration may say: it is read below, or the weights say it themselves, or it mattered to its training alone."""
MOST_ALPHA = 1e6
NAME = "deskhand"
"""What peft calls the one adapter that is on."""


def read_adapter(folder: Path) -> dict[str, Any]:
    """The adapter's configuration, after a look at both files.

    Raises:
        CheckpointError: no adapter lies there, or a file of it is malformed or truncated.
    """
    for name in (CONFIG, WEIGHTS):
        if not os.path.isfile(folder / name):
            raise CheckpointError(f"{folder} is no adapter: {name} is missing; give the folder that `deskhand train` wrote")
    try:
        config: dict[str, Any] = read_json(folder / CONFIG)
    except OSError as error:
        raise CheckpointError(f"{folder / CONFIG} is malformed ({error}): train or copy the adapter again") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        found = config.get("peft_type") if isinstance(config, dict) else None
        raise CheckpointError(f"{folder / CONFIG}: peft_type is {str(found)[:80]!r}, only LORA is understood")
    try:
        check_length(folder / WEIGHTS)
    except CheckpointError as error:
        # What that error advises mends a published model; an adapter has no other source than its training.
        raise CheckpointError(f"{folder / WEIGHTS} is damaged or cut short: copy it again, or train it again") from error
    return config


def lora_settings(folder: Path) -> dict[str, Any]:
    """What peft is told of an adapter: its layers and their rank as the weights have them, and no more of its configuration than is needed.

    The configuration's own patterns of names would be searched for in every name of the model, and its other methods build other layers.

    Raises:
        CheckpointError: see `read_adapter`; or it is more than low-rank pairs of one rank.
    """
    config, header = read_adapter(folder), read_header(folder / WEIGHTS)
    if odd := sorted(name for name, value in config.items() if name not in _UNFELT and value not in (None, False, "none", {}, [])):
        raise CheckpointError(f"{folder / CONFIG}: {odd[0][:80]!r} is set, only low-rank pairs alone are understood")
    pairs: dict[str, dict[str, int]] = {}
    for name, entry in header.items():
        layer, _, part = name.removeprefix("base_model.model.").rpartition(".lora_")
        if not layer or part not in ("A.weight", "B.weight") or len(entry["shape"]) != 2:
            raise CheckpointError(f"{folder} changes {name[:80]}, which is no low-rank pair of a layer: it was trained on another model")
        pairs.setdefault(layer, {})[part[0]] = entry["shape"]["AB".index(part[0])]
    ranks = {rank for pair in pairs.values() for rank in (pair.get("A"), pair.get("B"))}
    if len(ranks) != 1 or None in ranks:
        raise CheckpointError(f"{folder} holds no low-rank pairs of one rank: only those are understood")
    alpha = config.get("lora_alpha", 8)
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 <= alpha <= MOST_ALPHA:
        raise CheckpointError(f"{folder / CONFIG}: lora_alpha is {str(alpha)[:80]!r}, which is no weight")
    return {"r": ranks.pop(), "lora_alpha": alpha, "use_rslora": config.get("use_rslora") is True, "target_modules": sorted(pairs)}


def put_on(model: Phi4ForCausalLMV, folder: Path) -> None:
    """Put an adapter onto a base, in place. One that is on already is taken off before.

    Raises:
        CheckpointError: see `read_adapter`; or the adapter was trained on a model of another shape.
    """
    _silence_peft()
    from peft import LoraConfig
    from peft.tuners.tuners_utils import BaseTunerLayer
    from safetensors.torch import load_file

    settings = lora_settings(folder)
    check_shapes(model, folder)
    take_off(model)
    try:
        model.load_adapter(
            adapter_name=NAME,
            peft_config=LoraConfig(**settings, inference_mode=True),
            adapter_state_dict={name.removeprefix("base_model.model."): value for name, value in load_file(folder / WEIGHTS).items()},
        )
    except Exception as error:
        raise CheckpointError(f"{folder} does not fit this model: {first_line(error)}") from error
    if not any(isinstance(module, BaseTunerLayer) for module in model.modules()):
        raise CheckpointError(f"{folder} fits no layer of this model: it was trained on another one")
    model.eval()


def _silence_peft() -> None:
    """Have it find its own import of bitsandbytes made, which is not silent."""
    from vlm.quantization import import_bitsandbytes

    with suppress(CheckpointError):
        import_bitsandbytes()


def take_off(model: Phi4ForCausalLMV) -> None:
    """Leave the base as it was before any adapter."""
    if getattr(model, "_hf_peft_config_loaded", False):
        model.delete_adapter(NAME)


def check_shapes(model: Phi4ForCausalLMV, folder: Path) -> None:
    """Every low-rank pair must fit the layer it names: peft would leave out in silence what fits nothing."""
    layers = dict(model.named_modules())
    for name, entry in read_header(folder / WEIGHTS).items():
        layer, _, part = name.removeprefix("base_model.model.").rpartition(".lora_")
        module = layers.get(layer)
        side = {"A": "in_features", "B": "out_features"}.get(part[:1], "")
        wanted = getattr(module, side, None)
        found = entry["shape"][1 if side == "in_features" else 0]
        if wanted is None:
            raise CheckpointError(f"{folder} changes {layer or name}, which this model does not have: it was trained on another one")
        if wanted != found:
            raise CheckpointError(f"{folder}: {layer} has {found} {side}, this model's has {wanted}: it was trained on another one")


@contextmanager
def _alone(model: VisionLanguageModel) -> Iterator[None]:
    """While this is open nobody asks the model, and what it has seen with other weights is forgotten."""
    with model.lock:
        model.forget()
        yield
        model.forget()


def switch(model: VisionLanguageModel, folder: Path | None) -> None:
    """Put another adapter onto a model in use, or none. Nothing is loaded again but the adapter. Raises as `put_on` does."""
    with _alone(model):
        if folder is None:
            take_off(model.network)
        else:
            put_on(model.network, folder)


def merge(base: str | Path, adapter: Path, to: Path) -> None:
    """Write a checkpoint of the base with the adapter worked into its weights, in the official layout and the base's stored type.

    Raises:
        CheckpointError: see `put_on`; the base is quantised; or `to` holds something already.
        DeskhandError: `to` cannot be written.
    """
    import shutil

    import torch

    _silence_peft()
    from peft.tuners.tuners_utils import BaseTunerLayer

    from vlm.folder import find_checkpoint, read_config
    from vlm.loading import load_checkpoint
    from vlm.quantization import stored_quantization
    from vlm.writing import writing

    folder = find_checkpoint(base)
    config = read_config(folder)
    if stored_quantization(config) is not None:
        raise CheckpointError(f"{folder} is quantised and cannot take in an adapter: merge into the published weights instead")
    if os.path.exists(to) and (not os.path.isdir(to) or any(to.iterdir())):
        raise CheckpointError(f"{to} is not empty: name a new folder")
    beside = beside_weights(folder)
    dtype = getattr(torch, str(config.get("dtype") or config.get("torch_dtype") or "bfloat16"))
    model = load_checkpoint(folder, device="cpu", dtype=torch.float32).model
    put_on(model, adapter)
    changed = [(name, module) for name, module in model.named_modules() if isinstance(module, BaseTunerLayer)]
    for name, module in changed:
        module.merge()
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, module.get_base_layer())
    model._hf_peft_config_loaded = False
    with writing(to, "free some space, remove what was begun, and merge again"):
        to.mkdir(parents=True, exist_ok=True)
        model.to(dtype).save_pretrained(to, max_shard_size="5GB")
        for name, data in beside.items():
            (to / name).write_bytes(data)
        # Every key that the base's configuration has is kept, the project's own included.
        (to / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        for path in to.glob("*.safetensors"):  # which the library writes for the owner alone
            shutil.copymode(to / "config.json", path)
