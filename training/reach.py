"""What a mixture or a training configuration reaches outside its own folder: other files, and models.

One that was not made here is looked at, checked and counted freely, and trained from freely where it stays in its folder. One that reaches
out of it could teach a model what nobody meant to give away: its training begins only once a person has seen what it takes in, and agreed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from agent.consent import Agreeing, require, require_adapter
from training.datasets.mixture import Mixture, read_mixture
from training.stages.settings import StageSettings, read_stage
from training.stages.text.settings import TextSettings, read_text_stage
from training.yaml_file import data_of, load_yaml
from vlm.folder import POCKET_NAMES, is_hub_id

BASE = "base"


def read_recipe(path: Path) -> BaseModel | None:
    """The mixture or the training configuration in a file; None where it is neither. Raises DeskhandError where it is a wrong one."""
    found = load_yaml(path, "recipe")
    if not isinstance(found, dict):
        return None
    if "stage" in found:
        return read_text_stage(path) if found["stage"] == "plan" else read_stage(path)
    return read_mixture(path) if "sources" in found else None


def require_recipe(person: Agreeing | None, path: Path) -> None:
    """Before a training: the recipe, and then what it names, its mixture and the adapter that it goes on from.

    Raises as `agent.consent.require` does.
    """
    recipe = read_recipe(path)
    if recipe is None:  # whoever trains by it says what is wrong with it
        return
    if reach := list(_reach(recipe, _real(path.parent))):
        what = "mixture" if isinstance(recipe, Mixture) else "training configuration"
        read = {path.name: hashlib.sha256(data_of(path)).digest()}
        require(person, what, path, ["This will be learned from, and lies outside its folder:", *reach], read=read)
    if isinstance(recipe, StageSettings) and recipe.mixture is not None:
        require_recipe(person, recipe.mixture)
    if isinstance(recipe, TextSettings | StageSettings) and isinstance(recipe.adapter, Path):
        require_adapter(person, recipe.adapter)


def _reach(recipe: BaseModel, folder: Path) -> Iterator[str]:
    for key, named in _named(recipe):
        real = _real(named)
        if key == BASE and not os.path.exists(real) and is_hub_id(named):
            yield f"{key}: the model {named}, as it lies in the hub's cache"
        elif not real.is_relative_to(folder):
            yield f"{key}: {real}"


def _real(path: str | Path) -> Path:
    """Where a path leads; one that leads in a circle, or nowhere, to itself."""
    return Path(os.path.realpath(os.path.expanduser(path)))


def _named(recipe: BaseModel) -> Iterator[tuple[str, str]]:
    """Every path that a recipe names, and the model that it begins with, each with its key."""
    for key, value in recipe:
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, BaseModel):
                yield from _named(one)
            elif isinstance(one, Path) or (key == BASE and one is not None and one not in POCKET_NAMES):
                yield key, str(one)
