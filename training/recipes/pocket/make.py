"""The small checkpoint from an empty folder, in one command that goes on where it stopped: `deskhand train pocket --out DIR`.

tower/    its pool of pieces of screens, checkpoint, and how well it names icons that it never saw
begun/    the whole checkpoint with that tower and a projector that knows nothing
align/ instruct/ extend/    the report's stages, each with its checkpoints and what was held out, by kinds
pocket/   what is ours and ships: tower and projector, adapter, and the card
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from recordings.durable import SHARED, replace_synced
from recordings.errors import DeskhandError
from training.commit import commit
from training.recipes.pocket.card import card
from training.recipes.pocket.measure import TowerNaming, measured
from training.recipes.pocket.settings import PocketSettings, StagePart
from training.recipes.pocket.tower import CHECKPOINT, TowerRun, draw_pool
from training.stages.result import ABOUT, check_whole
from vlm.adapters import WEIGHTS
from vlm.assembly import OURS, assemble, save_vision, small_config
from vlm.folder import ADAPTER_CONFIG, read_json
from vlm.planner.base import find_base
from vlm.writing import writing

STAGES = ("align", "instruct", "extend")
TIMED = 5
"""Steps of the tower that are timed to plan the others."""
HELD_OUT = 500
"""Drawings of each source to tune with that the tower names at its end."""
_ADVICE = "free some space and give the command again"


def make(settings: PocketSettings, out: Path, minutes: float | None = None) -> dict[str, Any]:
    """Make what is not there yet; the card's numbers.

    Args:
        minutes: in place of all of the settings' minutes together.

    Raises:
        DeskhandError: another recipe was begun in `out`; a package lacks; the disk is full; a stage has made a kind of question worse.
    """
    share = 1.0 if minutes is None else minutes / sum(settings.minutes.values())
    aims = {stage: share * each for stage, each in settings.minutes.items()}
    base = find_base(settings.base)
    _begin(settings, out)
    about = {"tower": _tower(settings, base, out, aims["tower"])}
    parts: dict[str, StagePart] = {"align": settings.align, "instruct": settings.instruct, "extend": settings.extend}
    for stage in STAGES:
        about[stage] = _stage(stage, parts[stage], out, aims[stage])
    return _export(settings, out, about)


def describe(settings: PocketSettings, out: Path, minutes: float | None = None) -> list[str]:
    """What the command would do, for a dry run; nothing is written."""
    share = 1.0 if minutes is None else minutes / sum(settings.minutes.values())
    done = {"tower": out / "tower" / ABOUT, **{stage: out / stage / ABOUT for stage in STAGES}}
    lines = [f"{stage}: {share * settings.minutes[stage]:.1f} min{', done' if path.exists() else ''}" for stage, path in done.items()]
    model = small_config(find_base(settings.base), settings.tower.vision_config)
    from vlm.model import VisionTower

    with torch.device("meta"):
        weights = sum(value.numel() for name, value in VisionTower(model).named_parameters() if ".head." not in name)
    return [
        *lines,
        f"tower: {weights:,} weights, {settings.tower.icons:,} icons, {settings.tower.lines:,} texts",
        f"result: {out / 'pocket'}",
    ]


def _begin(settings: PocketSettings, out: Path) -> None:
    """Write down what is being made, and see that what is there was begun so: a stage that is yet to come may be changed."""
    path, telling = out / "recipe.json", settings.model_dump(mode="json", exclude={"minutes"})
    if path.exists():
        begun = read_json(path)["recipe"]
        changed = [name for name in telling if begun[name] != telling[name] and (name not in STAGES or (out / name).exists())]
        if changed:
            what = f"{out / changed[0]} and what comes after it" if changed[0] in STAGES else "that one"
            raise DeskhandError(f"another recipe ({changed[0]}) was begun in {out}: name a new folder, or remove {what}")
    with writing(out, _ADVICE):
        out.mkdir(parents=True, exist_ok=True)
        _write(path, {"recipe": telling, "commit": commit(), "versions": _versions()})


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("deskhand", "torch", "transformers", "peft", "accelerate")}


def _write(path: Path, about: dict[str, Any]) -> None:
    replace_synced(path, (json.dumps(about, indent=2) + "\n").encode(), SHARED)


def _tower(settings: PocketSettings, base: Path, out: Path, aim: float) -> dict[str, Any]:
    """Pretrain the tower, measure it, and put the whole checkpoint together around it."""
    folder, begun = out / "tower", out / "begun"
    if (folder / ABOUT).exists():
        return dict(read_json(folder / ABOUT))
    pool = folder / "pool.npz"
    draw_pool(pool, settings.tower, settings.seed)
    run = TowerRun(settings.tower, small_config(base, settings.tower.vision_config), base, pool, settings.seed)
    plan = folder / "plan.json"
    if not plan.exists():
        _write(plan, {"steps": max(int(60 * aim / run.seconds_a_step(TIMED)), 1)})
    steps = int(read_json(plan)["steps"])
    about: dict[str, Any] = {"steps": steps, "data": _digest(pool), "commit": commit(), "versions": _versions()}
    run.train(steps, folder, about)
    about |= {"minutes": round(run.spent / 60, 1), "first_loss": run.losses[0], "last_loss": float(np.mean(run.losses[-50:]))}
    about["held_out"] = measured(TowerNaming(run, None), "tune", settings.seed, HELD_OUT)[0]["all"]
    torch.manual_seed(settings.seed)
    width, hidden = settings.tower.width, int(read_json(base / "config.json")["hidden_size"])
    projector = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, hidden))
    vision = run.vision() | {f"model.mm_projector.{name}": value for name, value in projector.state_dict().items()}
    with writing(begun, _ADVICE):
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir()
        assemble(base, vision, settings.tower.vision_config, begun)
        _write(folder / ABOUT, about)
    return about


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _stage(stage: str, part: StagePart, out: Path, aim: float) -> dict[str, Any]:
    """Run one of the report's stages, or go on with it."""
    from training.stages.trainer import run_stage

    folder = out / stage
    if not (folder / ABOUT).exists():
        base = out / ("begun" if stage == "align" else "align")
        settings = part.settings(stage, base, out / "instruct" if stage == "extend" else None, aim)
        kept = _newest(folder)
        print(f"{stage}: {f'going on from {kept.name}' if kept else 'begins'}", file=sys.stderr, flush=True)
        run_stage(settings, folder, kept)
    return dict(read_json(folder / ABOUT))


def _newest(folder: Path) -> Path | None:
    """The last checkpoint of a stage that was written to its end."""
    for path in sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True):
        try:
            check_whole(path)
            return path
        except DeskhandError:
            continue
    return None


def _export(settings: PocketSettings, out: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Lay what is ours into one folder, with its card."""
    to = out / "pocket"
    with writing(to, _ADVICE):
        to.mkdir(exist_ok=True)
        weights = {name: value for path in (out / "align").glob("*.safetensors") for name, value in load_file(path).items()}
        size = save_vision({name: value for name, value in weights.items() if name.startswith(OURS)}, settings.tower.vision_config, to)
        shutil.copyfile(out / "extend" / WEIGHTS, to / WEIGHTS)
        # Where the stages' base lay on this machine says nothing on another.
        _write(to / ADAPTER_CONFIG, read_json(out / "extend" / ADAPTER_CONFIG) | {"base_model_name_or_path": to.name})
        told = {
            "recipe": read_json(out / "recipe.json"), "bytes": {"vision": size, "adapter": (to / WEIGHTS).stat().st_size},
            "stages": {stage: {name: value for name, value in one.items() if name != "settings"} for stage, one in about.items()},
        }  # fmt: skip
        _write(to / ABOUT, told)
        (to / "README.md").write_text(card(told), encoding="utf-8")
    return told


def finished_tower(out: Path) -> TowerRun:
    """The tower of a recipe's folder with the heads of its pretraining, to name icons. Raises DeskhandError where it is not made yet."""
    if not (out / "tower" / CHECKPOINT).exists():
        raise DeskhandError(f"{out} holds no tower yet: make it with deskhand train pocket --out {out}")
    settings = PocketSettings.model_validate({**read_json(out / "recipe.json")["recipe"], "minutes": {}})
    base = find_base(settings.base)
    run = TowerRun(settings.tower, small_config(base, settings.tower.vision_config), base, out / "tower" / "pool.npz", settings.seed)
    run.restore(out / "tower" / CHECKPOINT)
    return run
