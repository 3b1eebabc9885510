"""What `deskhand train` and `deskhand evaluate` do. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli.arguments import UsageError, read_settings, report
from agent.settings import Settings
from recordings.errors import DeskhandError

if TYPE_CHECKING:
    from training.stages.text.settings import TextSettings

_ICONS = "icons:"
"""With folders of labelled screens behind it, what `evaluate` measures there."""


def train(arguments: argparse.Namespace) -> int:
    if arguments.show is not None:
        return _show(arguments)
    if arguments.config is None:
        raise UsageError("name a configuration, such as training/configs/stages/planner-taught.yaml; or --show 3")
    from training.stages.quiet import silence

    silence()
    from training.stages.text.settings import is_text_stage
    from training.yaml_file import each_read_once

    _check_folder(arguments.out)
    if str(arguments.config) == "pocket":
        return _pocket(arguments)
    if arguments.parts is not None:
        raise UsageError("--parts are those of pocket: deskhand train pocket --parts tower,align")
    with each_read_once():
        if not getattr(arguments, "dry_run", False):
            _ask_for(arguments.config)
        if is_text_stage(arguments.config):
            return _plan_stage(arguments)
        if arguments.shown is not None:
            raise UsageError("--from is for --show, and for configurations with stage: plan, which learn from those episodes")
        return _stage(arguments)


def _ask_for(recipe: Path) -> None:
    """What came from elsewhere and reaches out of its folder is learned from once a person agreed."""
    from agent.cli.commands import console_person
    from agent.cli.plain import PlainPrinter
    from training.reach import require_recipe

    require_recipe(console_person(PlainPrinter(sys.stderr), lambda: False), recipe)


def _pocket(arguments: argparse.Namespace) -> int:
    from training.recipes.pocket.make import describe, make
    from training.recipes.pocket.settings import PARTS, read_recipe

    if arguments.resume is not None:
        raise UsageError("pocket goes on by itself where it stopped: leave --resume out")
    parts = PARTS if arguments.parts is None else arguments.parts.split(",")
    if strange := [name for name in parts if name not in PARTS]:
        raise UsageError(f"--parts: there is no {strange[0] or 'part without a name'}, only {', '.join(PARTS)}")
    if getattr(arguments, "dry_run", False):
        found = describe(read_recipe(), arguments.out, arguments.minutes, parts)
        report(arguments, {"lines": found}, "\n".join(found))
        return 0
    with redirect_stdout(sys.stderr):
        made = make(read_recipe(), arguments.out, arguments.minutes, parts)
    report(arguments, made, f"saved in {arguments.out / 'pocket'}, {sum(made['bytes'].values()) / 2**20:.1f} MiB")
    return 0


def _stage(arguments: argparse.Namespace) -> int:
    from training.stages.settings import read_stage

    settings = read_stage(arguments.config)
    if arguments.minutes is not None:
        settings = settings.model_copy(update={"minutes": arguments.minutes})
    if getattr(arguments, "dry_run", False):
        from training.stages.prepare import describe, prepare

        with redirect_stdout(sys.stderr):
            found = list(describe(settings, prepare(settings)))
        report(arguments, {"lines": found}, "\n".join(found))
        return 0
    from training.stages.trainer import run_stage

    with redirect_stdout(sys.stderr):
        made = run_stage(settings, arguments.out, arguments.resume)
    if made["process"] == 0:  # of several one speaks
        held = made["held_out"]
        change = f"loss {made['first_loss']:.4g} → {made['last_loss']:.4g} in {_steps_of(made)}"
        change += f", held out {held[0]:.4g} → {held[-1]:.4g}" if held else ", nothing was held out"
        report(arguments, made, f"{change}, saved in {arguments.out}")
    return 0


def _plan_stage(arguments: argparse.Namespace) -> int:
    settings = _read_plan_stage(arguments)
    if getattr(arguments, "dry_run", False):
        from training.stages.text.describe import describe

        found = list(describe(settings))
        report(arguments, {"lines": found}, "\n".join(found))
        return 0
    from training.stages.text.trainer import run_text_stage
    from vlm.planner.base import find_base

    with redirect_stdout(sys.stderr):
        made = run_text_stage(settings, find_base(settings.base), arguments.out, arguments.resume)
    losses = made["losses"]
    change = f"loss {losses[0]:.4g} → {losses[-1]:.4g} in {made['steps']} steps, saved in {arguments.out}: use it with --adapter"
    report(arguments, made, "\n".join([*made["lessons"], *made["scores"], change]))
    return 0


def _steps_of(made: dict[str, Any]) -> str:
    """How many steps were made, and of how many: a stage whose time was up has not learned what it was to learn."""
    steps, planned = made["steps"], made["of_steps"]
    return f"{steps} steps" if steps >= planned else f"{steps} of {planned} steps ({100 * steps // planned} %: the time was up)"


def _read_plan_stage(arguments: argparse.Namespace) -> TextSettings:
    from training.stages.text.settings import read_text_stage

    settings = read_text_stage(arguments.config)
    if arguments.minutes is not None:
        settings = settings.model_copy(update={"minutes": arguments.minutes})
    return settings if arguments.shown is None else settings.model_copy(update={"episodes": [arguments.shown]})


def _check_folder(out: Path) -> None:
    there = next(path for path in (out, *out.parents, Path()) if os.path.exists(path))
    if not os.path.isdir(there):
        raise DeskhandError(f"nothing can be saved in {out}: {there} is no folder; name another one with --out")


def _show(arguments: argparse.Namespace) -> int:
    if arguments.config is not None:
        from training.stages.text.settings import is_text_stage

        if is_text_stage(arguments.config):
            from training.stages.text.describe import show as show_text

            found = list(show_text(_read_plan_stage(arguments), arguments.show, read_settings(arguments).seed))
            report(arguments, {"lines": found}, "\n".join(found))
            return 0
    if arguments.config is not None and arguments.shown is not None:
        raise UsageError("--show looks at the records of a configuration or at those of --from EPISODES: name one of them")
    from training.stages.settings import StageSettings, read_stage
    from training.stages.show import SAMPLES, show

    settings = read_settings(arguments)
    if arguments.config is None:
        episodes = [arguments.shown or SAMPLES]
        stage = StageSettings(stage="instruct", base=settings.model, episodes=episodes, held_out=0, seed=settings.seed)
    else:
        stage = read_stage(arguments.config)
    found = list(show(stage, arguments.show, settings.seed, arguments.to))
    report(arguments, {"lines": found}, "\n".join(found))
    return 0


def evaluate(arguments: argparse.Namespace) -> int:
    from training.evaluation.evaluate import evaluate as measure

    settings = read_settings(arguments)
    if arguments.train_on is not None and arguments.resolution is None:
        raise UsageError("--train-on belongs to a comparison of ways to see: give --resolution, too")
    if arguments.before is not None or arguments.after is not None:
        if arguments.resolution is not None:
            raise UsageError("--resolution and --before with --after are two comparisons: ask for one of them")
        return _compare(arguments, settings)
    if arguments.retain is not None:
        raise UsageError("--retain belongs to a comparison: give --before and --after, too")
    if arguments.resolution is not None:
        return _ablate(arguments, settings)
    from training.evaluation.injection.report import evaluate_injection, is_injection, lines

    if is_injection(arguments.on):
        with redirect_stdout(sys.stderr):
            rows = evaluate_injection(arguments.on, arguments.count, settings)
        report(arguments, {"rows": [row.to_json() for row in rows]}, "\n".join(lines(rows)))
        return 0
    if arguments.on.startswith(_ICONS):
        return _icons(arguments, settings)
    with redirect_stdout(sys.stderr):
        found = measure(arguments.on, arguments.count, settings)
    report(arguments, found, "\n".join(f"{name}: {value}" for name, value in found.items()))
    return 0


def _icons(arguments: argparse.Namespace, settings: Settings) -> int:
    """Buttons without a text, asked for by what accessibility calls them."""
    from agent.model import open_model
    from training.datasets.folders import screens_in
    from training.evaluation.icons import measure
    from vlm.pocket_engine import PocketEngine

    engine = open_model(settings)
    if not isinstance(engine, PocketEngine):
        raise UsageError("icons are named by the pocket engine: leave --model out")
    folders = screens_in([Path(name) for name in arguments.on.removeprefix(_ICONS).split(",")])
    with redirect_stdout(sys.stderr):
        found = measure(folders, engine, seed=settings.seed).to_json()
    report(arguments, found, "\n".join(f"{name}: {value}" for name, value in found.items()))
    return 0


def _compare(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.before is None or arguments.after is None:
        raise UsageError("a comparison needs both: deskhand evaluate --before pocket --after pocket+ADAPTER --on EPISODES")
    from training.evaluation.compare import compare, compare_tasks, lines
    from training.evaluation.evaluate import task_names

    names = task_names(arguments.on)
    if names and arguments.retain is not None:
        raise UsageError("--retain goes with episodes: what tasks have become worse at is measured by other tasks")
    with redirect_stdout(sys.stderr):
        if names:
            pairs = compare_tasks(arguments.before, arguments.after, names, arguments.count, settings)
        else:
            pairs = compare(arguments.before, arguments.after, Path(arguments.on), settings, arguments.retain)
    report(arguments, {name: pair.to_dict() for name, pair in pairs.items()}, "\n".join(lines(pairs)))
    return 0


def _ablate(arguments: argparse.Namespace, settings: Settings) -> int:
    from training.evaluation.ablation import ablate, lines, ways_of
    from training.yaml_file import each_read_once

    ways = ways_of(arguments.resolution)
    with each_read_once(), redirect_stdout(sys.stderr):
        if arguments.train_on is not None:
            _ask_for(arguments.train_on)
        rows = list(ablate(Path(arguments.on), arguments.count, settings, ways, arguments.train_on, arguments.train_steps))
    report(arguments, {"rows": [row.to_dict() for row in rows]}, "\n".join(lines(rows)))
    return 0


def redteam(arguments: argparse.Namespace) -> int:
    from training.evaluation.injection.redteam import again, lines, summary
    from training.evaluation.injection.redteam import redteam as attack

    settings = read_settings(arguments)
    worst = arguments.worst
    with redirect_stdout(sys.stderr):
        if arguments.again:
            found = again(arguments.again, settings, worst)
        else:
            found = attack(arguments.out, arguments.tries, arguments.minutes, settings, worst)
    report(arguments, summary(found), "\n".join(lines(found, arguments.out, worst)))
    return 0


TRAIN_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {"train": train, "evaluate": evaluate, "redteam": redteam}
