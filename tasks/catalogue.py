"""Finding and reading task definitions: YAML files, with errors that name the line."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from recordings import foreign, parsing
from recordings.durable import make_private, replace_synced
from recordings.errors import words_of
from recordings.names import default_root
from recordings.secrets.rules import load_rules
from tasks.task import Task, TaskError

DEFINITIONS = Path(__file__).parent / "definitions"
_SUFFIXES = (".yaml", ".yml")
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
"""What tasks are called; nothing else in an episode's header names one."""


def own_tasks() -> Path:
    """The folder of the tasks that the user has registered: `tasks` beside the folder of episodes."""
    return default_root().parent / "tasks"


def list_tasks() -> list[Task]:
    """Every task that ships with Deskhand, by name."""
    return [read_task(path) for path in sorted(DEFINITIONS.glob("*.yaml"))]


def registered_tasks() -> dict[str, Path]:
    """The files of all tasks that can be named: those that ship with Deskhand, and the user's own."""
    own = {path.stem: path for path in sorted(own_tasks().glob("*.yaml")) if NAME.fullmatch(path.stem)}
    return own | {path.stem: path for path in sorted(DEFINITIONS.glob("*.yaml"))}


def register_task(path: Path, agreed: Task | None = None) -> Path:
    """Copy a definition into the user's own tasks, where it can be named; returns the copy.

    Raises:
        TaskError: it is no definition, not the one that was agreed to, holds a secret, its name is taken, or it cannot be written.
    """
    data = task_data(path)
    task = parse_task(data, path)
    if agreed is not None and task != agreed:
        raise TaskError(f"{path} has changed meanwhile: nothing was done")
    if line := _secret_line(data.decode("utf-8")):
        raise TaskError(f"{path}:{line}: this looks like a secret: write [secret] in its place, and a run of the task asks for it")
    target = own_tasks() / f"{task.name}.yaml"
    if task.name in registered_tasks():
        raise TaskError(f"there is a task called {task.name} already: give this one another name")
    try:
        make_private(target.parent)
        replace_synced(target, data)
    except OSError as error:
        raise TaskError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _secret_line(text: str) -> int | None:
    """The first line that holds what is copied nowhere; None where there is none. Addresses are no secrets of a task."""
    return next((text.count("\n", 0, find.start) + 1 for find in load_rules().find(text) if find.kind != "mail"), None)


def demo_tasks() -> list[Task]:
    """The tasks that show what Deskhand can do."""
    return [task for task in list_tasks() if task.demo]


def find_task(path_or_name: str | Path) -> Path:
    """The file of a task: by its name, or by the path of a definition, which need not exist. Raises TaskError where none is called so."""
    text = str(path_or_name)
    if text.endswith(_SUFFIXES) or isinstance(path_or_name, Path):
        return Path(os.path.expanduser(text))
    found = registered_tasks()
    if text in found:
        return found[text]
    names = sorted(found)
    close = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}, or give the path of a .yaml file"
    raise TaskError(f"there is no task called {text!r}: {hint}")


def load_task(path_or_name: str | Path) -> Task:
    """A task by its name, or by the path of a definition.

    Raises:
        TaskError: there is none, or its definition is wrong.
    """
    return read_task(find_task(path_or_name))


def read_task(path: Path) -> Task:
    """Read one definition. Raises as `task_data` and `parse_task` do."""
    return parse_task(task_data(path), path)


def task_data(path: Path) -> bytes:
    """What lies in a definition's file. Raises TaskError where it cannot be read."""
    try:
        return foreign.read_file(path, parsing.YAML_BYTES)
    except FileNotFoundError as error:
        raise TaskError(f"there is no task file {path}") from error
    except OSError as error:
        raise TaskError(f"the task file {path} cannot be read: {error.strerror or error}") from error


def parse_task(data: bytes, path: Path) -> Task:
    """A definition from what lies in its file; `path` is told in errors. Raises TaskError: the line that is wrong and why."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TaskError(f"the task file {path} cannot be read: it is no text") from error
    try:
        loader, root = parsing.yaml_loader(text)
        if not isinstance(root, yaml.MappingNode):
            raise TaskError(f"{path}:1: a task is a list of `key: value` lines, such as `name: my-task`")
        data = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise TaskError(f"{path}:{mark.line + 1 if mark else 1}: {error.problem or error.context or 'this is no YAML'}") from error
    except foreign.ForeignError as error:
        raise TaskError(f"{path}: {error}") from error
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise TaskError(f"{path}:1: this is no YAML: {' '.join(str(error).split())}") from error
    try:
        task = Task.model_validate(data)
    except ValidationError as error:
        # A misspelt key is both unknown and missing: the first says more.
        first = min(error.errors(), key=lambda one: (one["type"] != "extra_forbidden", _line(root, one["loc"])))
        raise TaskError(f"{path}:{_line(root, first['loc'])}: {_words(first)}") from error
    try:
        task.instantiate(0)
    except TaskError as error:
        raise TaskError(f"{path}: {error}") from error
    return task


def _line(root: yaml.Node, place: Sequence[int | str]) -> int:
    """The line of a validation error's place; parts of it that name a union's member are in no document and are passed over."""
    node, line = root, root.start_mark.line
    for part in place:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == part), None)
            if entry is not None:
                line, node = entry[0].start_mark.line, entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
    return line + 1


def _words(error: Any) -> str:
    key = str(error["loc"][-1]) if error["loc"] else ""
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key {key!r}"
        case "missing":
            return f"the key {key!r} is missing"
        case "union_tag_invalid":
            return f"unknown kind {error['ctx']['tag']!r}: use one of {error['ctx']['expected_tags']}"
        case "union_tag_not_found":
            return "the key 'kind' is missing"
        case _:
            return f"{key}: {words_of(error)}" if key else words_of(error)
