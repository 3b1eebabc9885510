"""The parts of the recipe, each made in a folder of its own, which holds `stage.json` once the part is whole."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np

from recordings.errors import DeskhandError
from training.commit import makers
from training.generate.icons.sources import cache_folder
from training.recipes.icons.export import export
from training.recipes.icons.train import ADVICE, train
from training.recipes.pocket.measure import TowerNaming, measured
from training.recipes.pocket.settings import STAGES, Part, PocketSettings, StagePart
from training.recipes.pocket.tower import CHECKPOINT, TowerRun, draw_pool
from training.stages.result import ABOUT, check_whole, write_about
from vlm.assembly import assemble, small_config
from vlm.folder import read_json
from vlm.planner.base import find_base
from vlm.reading.icons.namer import WEIGHTS
from vlm.writing import writing

ICONS = WEIGHTS.name
"""The namer, in its part's folder and in the result."""
TIMED = 5
"""Steps of the tower that are timed to plan the others."""
HELD_OUT = 500
"""Drawings of each source to tune with that the tower names at its end."""


def make_part(part: Part, settings: PocketSettings, out: Path, minutes: float) -> dict[str, Any]:
    """Make a part, or go on with it; what it says of itself. Raises DeskhandError, where a part that it needs is missing, too."""
    folder = out / part
    if not (folder / ABOUT).exists():
        base = find_base(settings.base)
        match part:
            case "namer":
                about = train(settings.namer, base, cache_folder(), folder, minutes, settings.seed)
                about["confidence"] = export(folder, cache_folder(), folder / ICONS)
                write_about(folder / ABOUT, about)
            case "tower":
                _tower(settings, base, out, minutes)
            case "planner":
                _planner(settings, base, folder, minutes)
            case _:
                _stage(part, getattr(settings, part), out, minutes)
    return dict(read_json(folder / ABOUT))


def finished_tower(out: Path) -> TowerRun:
    """The tower of a recipe's folder with the heads of its pretraining, to name icons. Raises DeskhandError where it is not made yet."""
    if not (out / "tower" / CHECKPOINT).exists():
        raise DeskhandError(f"{out} holds no tower yet: make it with deskhand train pocket --out {out}")
    settings = PocketSettings.model_validate({**read_json(out / "recipe.json")["recipe"], "minutes": {}})
    run = _tower_run(settings, find_base(settings.base), out)
    run.restore(out / "tower" / CHECKPOINT)
    return run


def _tower_run(settings: PocketSettings, base: Path, out: Path) -> TowerRun:
    return TowerRun(settings.tower, small_config(base, settings.tower.vision_config), base, out / "tower" / "pool.npz", settings.seed)


def _tower(settings: PocketSettings, base: Path, out: Path, minutes: float) -> None:
    """Pretrain the tower, measure it, and put the whole checkpoint together around it, in `begun`."""
    folder, begun, made = out / "tower", out / "begun", out / "namer" / ICONS
    pool = folder / "pool.npz"
    draw_pool(pool, settings.tower, settings.seed, made if made.exists() else WEIGHTS)
    run = _tower_run(settings, base, out)
    plan = folder / "plan.json"
    if not plan.exists():
        write_about(plan, {"steps": max(int(60 * minutes / run.seconds_a_step(TIMED)), 1)})
    steps = int(read_json(plan)["steps"])
    about: dict[str, Any] = {"steps": steps, "data": _digest(pool), **makers()}
    run.train(steps, folder, about)
    about |= {"minutes": round(run.spent / 60, 1), "first_loss": run.losses[0], "last_loss": float(np.mean(run.losses[-50:]))}
    about["held_out"] = measured(TowerNaming(run, None), "tune", settings.seed, HELD_OUT)[0]["all"]
    about["written"] = measured(TowerNaming(run, None, written=True), "tune", settings.seed, HELD_OUT)[0]["all"]
    with writing(begun, ADVICE):
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir()
        assemble(base, run.vision(), settings.tower.vision_config, begun)
        write_about(folder / ABOUT, about)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _stage(stage: Part, part: StagePart, out: Path, minutes: float) -> None:
    """Run one of the report's stages, or go on with it."""
    from training.stages.trainer import run_stage

    folder = out / stage
    before = "tower" if stage == "align" else STAGES[STAGES.index(stage) - 1]
    if not (out / before / ABOUT).exists():
        raise DeskhandError(f"{stage} goes on from {before}, which is not in {out}: make that part, too")
    base = out / ("begun" if stage == "align" else "align")
    settings = part.settings(stage, base, out / "instruct" if stage == "extend" else None, minutes)
    kept = _newest(folder)
    print(f"{stage}: {f'going on from {kept.name}' if kept else 'begins'}", file=sys.stderr, flush=True)
    run_stage(settings, folder, kept)


def _newest(folder: Path) -> Path | None:
    """The last checkpoint of a stage that was written to its end."""
    for path in sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True):
        try:
            check_whole(path)
            return path
        except DeskhandError:
            continue
    return None


def _planner(settings: PocketSettings, base: Path, folder: Path, minutes: float) -> None:
    """Train the planner's adapter, or go on with it."""
    from training.stages.text.trainer import run_text_stage

    made = run_text_stage(settings.planner.settings(minutes), base, folder, _newest(folder))
    about = cast(dict[str, Any], read_json(folder / ABOUT))
    write_about(folder / ABOUT, about | {"scores": made["scores"], "held_out": made["held_out"]})
