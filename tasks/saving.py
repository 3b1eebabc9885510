"""A plan that a person has read, kept as a task file: its instruction and its steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from recordings.durable import make_private, write_private
from recordings.errors import words_of
from recordings.provenance import made_here
from recordings.secrets.memory import Redactor
from recordings.secrets.rules import load_rules
from tasks.catalogue import own_tasks, registered_tasks
from tasks.parameters import INSERTION
from tasks.task import Limits, Task, TaskError

_LONGEST_NAME = 40


def suggest_name(instruction: str) -> str:
    """A name for a task, from the words of its instruction."""
    instruction = load_rules().redact(instruction)[0]
    return "-".join(re.findall(r"[a-z0-9]+", instruction.lower()))[:_LONGEST_NAME].strip("-") or "instruction"


def save_plan(name: str, instruction: str, steps: Sequence[str], limits: Limits, folder: Path | None = None) -> Path:
    """Write a task file that `deskhand run` carries out by these steps; returns it. Never overwrites one; it counts as made here.

    Secrets are not written: a placeholder stands for each, and a run of the task asks for it.

    Args:
        name: what it is called; its file is `<name>.yaml`.
        steps: in the text form of plans, without `done`.
        limits: of its runs.
        folder: where it goes; the user's own tasks by default, where its name is enough.

    Raises:
        TaskError: it cannot be called that, there is one of that name, or the file cannot be written.
    """
    redactor = Redactor(load_rules())
    for text in (instruction, *steps):
        redactor.learn_from(text)
    instruction, *steps = (redactor.redact(text)[0] for text in (instruction, *steps))
    texts = {"instruction": instruction, "plan": list(steps)}
    data: dict[str, Any] = {"name": name}
    if INSERTION.search("\n".join((instruction, *steps))):
        data["parameters"] = {"brace": {"kind": "choice", "of": ["{"]}}  # so that braces stand for themselves
        texts = {"instruction": _literal(instruction), "plan": [_literal(step) for step in steps]}
    data |= texts | {"limits": limits.model_dump()}
    try:
        Task.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        if first["loc"][:1] == ("name",):
            raise TaskError(f"a task cannot be called {name[:60]!r}: use small letters, digits and hyphens, as in save-notes") from error
        raise TaskError(f"this cannot be saved: {words_of(first)}") from error
    path = (folder or own_tasks()) / f"{name}.yaml"
    try:
        if folder is None:
            make_private(path.parent)
            if name in registered_tasks():
                raise FileExistsError
        write_private(path, [yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120).encode()])
    except FileExistsError as error:
        raise TaskError(f"there is a task called {name} already: give this one another name") from error
    except OSError as error:
        raise TaskError(f"{path} cannot be written: {error.strerror or error}") from error
    made_here(path)
    return path


def _literal(text: str) -> str:
    return INSERTION.sub(lambda found: "{brace}" + found[0][1:], text)
