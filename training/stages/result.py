"""What a stage leaves behind: checkpoints to go on from, and a result that the product can load."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from recordings.durable import SHARED, replace_synced
from recordings.errors import DeskhandError
from training.stages.pairs import write_pairs
from training.stages.prepare import Prepared
from vlm.folder import beside_weights, read_json

TRAINED = "trained.safetensors"
"""In a checkpoint: the weights that the stage trains, the others being the base's."""
ABOUT = "stage.json"
"""In a checkpoint and a result: the settings, the data's fingerprint and the versions that made it."""
STATE = "trainer_state.json"
"""In a checkpoint: how far it came, as transformers keeps it."""
_FREE = ("aim", "minutes", "save_every", "log_every", "measure_every", "measured")
"""Settings that may differ when a stage goes on: they change no loss."""


def write_trained(state: dict[str, torch.Tensor], about: dict[str, Any], folder: Path) -> None:
    """A checkpoint's part of the model."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.detach().cpu().contiguous() for name, value in state.items()}, folder / TRAINED)
    write_about(folder / ABOUT, about)


def load_trained(model: nn.Module, folder: Path) -> None:
    """Put a checkpoint's trained weights into the model. Raises DeskhandError where they are of another one."""
    try:
        saved = load_file(folder / TRAINED)
    except (OSError, ValueError, SafetensorError) as error:
        raise DeskhandError(f"{folder} is no checkpoint of a stage ({error}): give a checkpoint-… folder of the same --out") from error
    own = {name: value for name, value in model.named_parameters() if value.requires_grad}
    if {name: value.shape for name, value in saved.items()} != {name: value.shape for name, value in own.items()}:
        raise DeskhandError(f"{folder} is a checkpoint of another model or stage: resume with the configuration that began it")
    with torch.no_grad():
        for name, value in saved.items():
            own[name].copy_(value)


def check_whole(resume: Path) -> None:
    """Raise DeskhandError that names what a checkpoint lacks: without all of it the losses would not go on as they were."""
    read_about(resume)
    rank = os.environ.get("RANK", "0")
    chance = "rng_state.pth" if os.environ.get("WORLD_SIZE", "1") == "1" else f"rng_state_{rank}.pth"
    # Where weights are sharded the optimiser's state is a folder, or has another ending.
    for name, pattern in [(name, name) for name in (TRAINED, "scheduler.pt", STATE, chance)] + [("optimizer.pt", "optimizer*")]:
        found = list(resume.glob(pattern))
        if not found:
            raise DeskhandError(f"{resume} lacks {name}: its writing was cut short, or other processes did it; resume from another one")
        # A zip file's directory stands at its end.
        if found[0].suffix in (".pt", ".pth") and not zipfile.is_zipfile(found[0]):
            raise DeskhandError(f"{found[0]} is cut short: resume from another checkpoint")
    try:
        read_json(resume / STATE)
    except OSError as error:
        raise DeskhandError(f"{resume / STATE} is malformed ({error}): resume from another checkpoint") from error


def read_about(resume: Path) -> dict[str, Any]:
    """What made a checkpoint, and what was measured before its first step. Raises DeskhandError."""
    try:
        found = read_json(resume / ABOUT)
    except OSError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("settings"), dict) or "data" not in found:
        raise DeskhandError(f"{resume} is no checkpoint of a stage: give a checkpoint-… folder of the same --out")
    return found


def check_same(resume: Path, about: dict[str, Any]) -> None:
    """Raise DeskhandError where a checkpoint was made with settings or data that would change its losses."""
    before = read_about(resume)
    if _telling(before["settings"]) != _telling(about["settings"]):
        raise DeskhandError(f"{resume} was made with other settings: resume with what began it, or start anew without --resume")
    if before["data"] != about["data"]:
        raise DeskhandError(f"{resume} was made with other data: resume with what began it, or start anew without --resume")


def _telling(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in _FREE}


def write_result(ready: Prepared, about: dict[str, Any], state: dict[str, torch.Tensor], out: Path, adapter: bool) -> None:
    """An adapter in peft's layout, or a whole checkpoint in the base's; `state` is `StageModel`'s, gathered where it was sharded."""
    own = {name.removeprefix("model."): value for name, value in state.items() if name.startswith("model.")}
    if adapter:
        write_pairs(ready.model.model, own, out)
    else:
        folder = ready.checkpoint.folder
        ready.model.model.save_pretrained(out, state_dict=own, max_shard_size="5GB")
        for name, data in beside_weights(folder).items():
            replace_synced(out / name, data, SHARED)
        write_about(out / "config.json", read_json(out / "config.json") | {"deskhand": ready.checkpoint.metadata})
    write_about(out / ABOUT, about)


def write_about(path: Path, about: dict[str, Any]) -> None:
    """Keep what is to be known of what was made, as JSON."""
    replace_synced(path, (json.dumps(about, indent=2) + "\n").encode(), SHARED)
