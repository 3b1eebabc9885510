"""The weights that ship from an empty folder, in one command that goes on where it stopped: `deskhand train pocket --out DIR`.

namer/    the network that names icons
tower/    its pool of pieces of screens, checkpoint, and how well it names icons that it never saw
begun/    the whole small checkpoint with that tower and a projector that knows nothing
align/ instruct/ extend/    the report's stages, each with its checkpoints and what was held out, by kinds
planner/  the adapter that makes plans of words
pocket/   what of these is ours and ships, laid out as in `vlm/pocket`, and the card
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from recordings.errors import DeskhandError
from training.commit import makers
from training.recipes.icons.train import ADVICE
from training.recipes.pocket.card import card
from training.recipes.pocket.parts import ICONS, make_part
from training.recipes.pocket.settings import PARTS, STAGES, Part, PocketSettings
from training.stages.result import ABOUT, write_about
from vlm.adapters import WEIGHTS
from vlm.assembly import OURS, save_vision, small_config
from vlm.folder import ADAPTER_CONFIG, read_json
from vlm.planner.base import find_base
from vlm.writing import writing


def make(settings: PocketSettings, out: Path, minutes: float | None = None, parts: Sequence[Part] = PARTS) -> dict[str, Any]:
    """Make what is not there yet; the card's numbers.

    Args:
        minutes: in place of all of the settings' minutes of these parts together.

    Raises:
        DeskhandError: another recipe was begun in `out`; a package lacks; the disk is full; a stage has made a kind of question worse.
    """
    _begin(settings, out)
    aims = aims_of(settings, minutes, parts)
    for part, aim in aims.items():
        make_part(part, settings, out, aim)
    return _export(settings, out)


def aims_of(settings: PocketSettings, minutes: float | None, parts: Sequence[Part]) -> dict[Part, float]:
    """Minutes of each part, in the order in which they are made."""
    chosen = {part: settings.minutes[part] for part in PARTS if part in parts}
    share = 1.0 if minutes is None else minutes / sum(chosen.values())
    return {part: share * each for part, each in chosen.items()}


def describe(settings: PocketSettings, out: Path, minutes: float | None = None, parts: Sequence[Part] = PARTS) -> list[str]:
    """What the command would do, for a dry run; nothing is written."""
    aims = aims_of(settings, minutes, parts)
    lines = [f"{part}: {aim:.1f} min{', done' if (out / part / ABOUT).exists() else ''}" for part, aim in aims.items()]
    if "tower" in aims:
        from vlm.model import VisionTower

        with torch.device("meta"):
            tower = VisionTower(small_config(find_base(settings.base), settings.tower.vision_config))
        weights = sum(value.numel() for name, value in tower.named_parameters() if ".head." not in name)
        lines.append(f"tower: {weights:,} weights, {settings.tower.icons:,} icons, {settings.tower.lines:,} texts")
    return [*lines, f"result: {out / 'pocket'}"]


def _begin(settings: PocketSettings, out: Path) -> None:
    """Write down what is being made, and see that what is there was begun so: a part that is yet to come may be changed."""
    path, telling = out / "recipe.json", settings.model_dump(mode="json", exclude={"minutes"})
    if path.exists():
        begun = read_json(path)["recipe"]
        changed = [name for name in telling if begun.get(name) != telling[name] and (name not in PARTS or (out / name).exists())]
        if changed:
            what = f"{out / changed[0]} and what comes after it" if changed[0] in PARTS else "that one"
            raise DeskhandError(f"another recipe ({changed[0]}) was begun in {out}: name a new folder, or remove {what}")
    with writing(out, ADVICE):
        out.mkdir(parents=True, exist_ok=True)
        write_about(path, {"recipe": telling, **makers()})


def _export(settings: PocketSettings, out: Path) -> dict[str, Any]:
    """Lay what is ours, and made by now, into one folder, with its card."""
    to = out / "pocket"
    made = {part: dict(read_json(out / part / ABOUT)) for part in PARTS if (out / part / ABOUT).exists()}
    with writing(to, ADVICE):
        to.mkdir(exist_ok=True)
        if "extend" in made:
            trained = {name: value for path in (out / "align").glob("*.safetensors") for name, value in load_file(path).items()}
            save_vision({name: value for name, value in trained.items() if name.startswith(OURS)}, settings.tower.vision_config, to)
            _copy_adapter(out / "extend", to)
        if "namer" in made:
            shutil.copyfile(out / "namer" / ICONS, to / ICONS)
        if "planner" in made:
            (to / "planner").mkdir(exist_ok=True)
            _copy_adapter(out / "planner", to / "planner")
            shutil.copyfile(out / "planner" / ABOUT, to / "planner" / ABOUT)
        weights = (path for path in sorted(to.rglob("*")) if path.suffix in (".safetensors", ".onnx"))
        told = {
            "recipe": read_json(out / "recipe.json"), "bytes": {str(path.relative_to(to)): path.stat().st_size for path in weights},
            "stages": {part: {name: value for name, value in one.items() if name != "settings"} for part, one in made.items()},
        }  # fmt: skip
        write_about(to / ABOUT, told)
        if set(STAGES) <= set(made):
            (to / "README.md").write_text(card(told), encoding="utf-8")
    return told


def _copy_adapter(folder: Path, to: Path) -> None:
    """With its base's name alone: where that lay on this machine says nothing on another."""
    config = read_json(folder / ADAPTER_CONFIG)
    shutil.copyfile(folder / WEIGHTS, to / WEIGHTS)
    write_about(to / ADAPTER_CONFIG, config | {"base_model_name_or_path": Path(config["base_model_name_or_path"]).name})
