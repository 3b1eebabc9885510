"""What `deskhand tasks` and `deskhand trust` do."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agent.cli.arguments import print_json, read_settings, report
from recordings.errors import DeskhandError


def tasks_list(arguments: argparse.Namespace) -> int:
    from tasks.catalogue import list_tasks, read_task, registered_tasks

    every = list_tasks()
    for name, path in registered_tasks().items():
        if name not in {task.name for task in every}:
            try:
                every.append(read_task(path))
            except DeskhandError as problem:
                print(f"deskhand: {problem}", file=sys.stderr)
    if arguments.json:
        print_json({"tasks": [{"name": task.name, "instruction": task.instruction} for task in every]})
        return 0
    width = max((len(task.name) for task in every), default=0)
    for task in every:
        print(f"{task.name:{width}}  {' '.join(task.instruction.split())}")
    return 0


def tasks_show(arguments: argparse.Namespace) -> int:
    from tasks.catalogue import load_task

    instance = load_task(arguments.task).instantiate(read_settings(arguments).seed)
    shown = _to_plain(instance)
    if arguments.json:
        print_json(shown)
    else:
        import yaml

        print(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=120), end="")
    return 0


def tasks_check(arguments: argparse.Namespace) -> int:
    from agent.consent import on_one_line, task_lines
    from tasks.catalogue import list_tasks, load_task
    from vlm.planner.plan import parse_plan

    seed = read_settings(arguments).seed
    problems: dict[str, str] = {}
    would: dict[str, list[str]] = {}
    names = arguments.tasks or [task.name for task in list_tasks()]
    for name in names:
        try:
            task = load_task(name)
            parse_plan("\n".join(task.instantiate(seed).plan))
            would[name] = task_lines(task)
        except DeskhandError as error:
            problems[name] = str(error)
    if arguments.json:
        print_json({"checked": list(names), "problems": problems, "would": would})
    else:
        for name in names:
            print("\n".join([f"{name}: {problems.get(name, 'ok')}", *(f"  {on_one_line(line)}" for line in would.get(name, ()))]))
    return 1 if problems else 0


def tasks_add(arguments: argparse.Namespace) -> int:
    from agent.consent import require_task
    from tasks.catalogue import register_task

    path = register_task(arguments.file, require_task(_agreeing(arguments), arguments.file))
    report(arguments, {"written": str(path)}, f"{path}: deskhand run {path.stem} does it")
    return 0


def trust(arguments: argparse.Namespace) -> int:
    from agent.consent import require_adapter, require_episode, require_task
    from agent.replay.source import episode_path, episodes_root
    from recordings.store import read_episode

    person, path = _agreeing(arguments), Path(os.path.expanduser(arguments.path))
    if os.path.isfile(path / "adapter_config.json"):
        require_adapter(person, path)
    elif path.suffix in (".yaml", ".yml"):
        if not path.exists():
            raise DeskhandError(f"there is no file {path}: name a task, a mixture, a training configuration or permissions")
        from agent.permissions.opening import open_permissions
        from agent.permissions.storing import is_manifest
        from training.reach import read_recipe, require_recipe

        if is_manifest(path):
            open_permissions(path, person)
        elif read_recipe(path) is None:
            require_task(person, path)
        else:
            require_recipe(person, path)
    else:
        path = episode_path(arguments.path, episodes_root(read_settings(arguments)))
        episode = read_episode(path)
        require_episode(person, path, episode, str(episode.header.extra.get("desktop", "host")))
    report(arguments, {"trusted": str(path)}, f"{path} is trusted as it is now")
    return 0


def _agreeing(arguments: argparse.Namespace) -> Any:
    """Whoever sits at the terminal; with --yes they have said so beforehand, and are shown the same."""
    from agent.approval import ConsolePerson
    from agent.cli.commands import console_person
    from agent.cli.plain import PlainPrinter

    printer = PlainPrinter(sys.stderr)
    return ConsolePerson(lambda prompt: "yes", printer.line) if arguments.yes else console_person(printer, lambda: False)


def _to_plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    return json.loads(json.dumps(asdict(value), default=str)) if is_dataclass(value) and not isinstance(value, type) else str(value)


TASK_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "tasks list": tasks_list, "tasks show": tasks_show, "tasks check": tasks_check, "tasks add": tasks_add, "trust": trust,
}  # fmt: skip
