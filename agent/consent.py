"""What came from elsewhere is acted on only after a person has seen what it will do and agreed: once for each content.

Looking at it, checking it and training from it need no consent. See `recordings.provenance` for what counts as made here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from agent.adapters import AdapterCopy
from agent.sandbox import why_no_walls
from agent.settings import Settings
from recordings.action import Action, print_action, target_of
from recordings.episode import Step
from recordings.errors import DeskhandError
from recordings.printable import printable
from recordings.provenance import HOWS, digests, fingerprint, is_known, is_shipped, of_digests, remember
from recordings.reading import STEPS
from recordings.store import Episode
from tasks.catalogue import find_task, load_task, parse_task, task_data
from tasks.parameters import Parameter
from tasks.task import Task
from vlm.adapters import EFFECTIVE
from vlm.planner.shown import shown_with


class ConsentError(DeskhandError):
    """Something from elsewhere that nobody has agreed to."""

    exit_status = 2


class Agreeing(Protocol):
    """Whoever answers for the user."""

    def agree(self, words: str) -> bool:
        """Whether the person has read this and wants it."""
        ...


def require(
    person: Agreeing | None, what: str, path: Path, lines: Sequence[str], only: Sequence[str] = (), unwalled: bool = False,
    read: Mapping[str, bytes | None] | None = None,
) -> dict[str, bytes]:  # fmt: skip
    """Once this content is trusted, SHA-256 of each of its files, by name; of what came with Deskhand, and was not `read`, none.

    Args:
        what: it is, in a word or two.
        lines: what it will do.
        only: the names in its folder that have an effect, where not all have.
        read: SHA-256 of what was read of it, by name, and is acted on, None for what was not there: that is what is agreed to, whatever
            lies there meanwhile.
        unwalled: whether no walls stand around what it does: whoever agreed to it behind walls did not agree to that.

    Raises:
        ConsentError: nobody is there to agree, the person does not, or it changed meanwhile.
    """
    try:
        if is_shipped(real := Path(os.path.realpath(path))):
            return digests(real, only, _called(real, read)) if read is not None else {}
        found = digests(path, only, read)
        print_ = of_digests(found, os.path.isfile(path))
        if is_known(print_, ("made", "agreed-unwalled") if unwalled else HOWS):
            return found
        if person is None:
            raise ConsentError(f"the {what} {path} was not made here, and nobody is there to agree to it: look, then deskhand trust {path}")
        if not person.agree("\n".join(map(on_one_line, (f"The {what} {path.name} was not made here.", *lines)))):
            raise ConsentError(f"the {what} {path.name} was not agreed to: nothing was done")
        if fingerprint(path, only) != print_:
            raise ConsentError(f"the {what} {path.name} has changed meanwhile: nothing was done")
        remember(print_, "agreed-unwalled" if unwalled else "agreed", path.name)
        return found
    except OSError as error:
        raise ConsentError(f"the {what} {path} cannot be read whole ({error.strerror or error}): it is not acted on") from error


def _called(real: Path, read: Mapping[str, bytes | None]) -> Mapping[str, bytes | None]:
    """What was read, a file by its own name: a person may have named their link to it."""
    return dict(zip((real.name,), read.values(), strict=True)) if os.path.isfile(real) else read


def on_one_line(words: str) -> str:
    """A line, whole, that passes for no other."""
    return printable(words.replace("\n", "⏎"))


def task_lines(task: Task) -> list[str]:
    """What a task would do, whatever its seed."""
    quoted = [f"to do, where that is not understood: {task.quoted}"] if task.quoted is not None else []
    return [*_start_lines(task), f"to do: {task.instruction}", *quoted, *(f"  {line}" for line in task.plan)]


def _start_lines(task: Task) -> list[str]:
    """What it begins with, and where."""
    start = task.start
    if start is None:
        begin = ["act on: the desktop that it is started on"]
    else:
        made = [*start.folders, *(file.path for file in start.files)]
        begin = [
            f"This will run: {'; '.join(shlex.join(run) for run in (*(one.run for one in start.beside), start.run))}",
            *([f"write: {', '.join(made)}"] if made else []),
            *(f"  {file.path} with: {file.text}" for file in start.files),
            *(f"  {{{name}}} is: {_values(drawn)}" for name, drawn in task.parameters.items()),
            f"act on: {_reach(start.network)}",
        ]
    return begin


def _values(drawn: Parameter) -> str:
    """What a parameter may stand for."""
    told = drawn.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    return "; ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in told.items())


def _reach(network: bool = False) -> str:
    """A virtual desktop, and what the programs on it can get at."""
    if why := why_no_walls():
        return f"a virtual desktop without walls ({why}); what runs there can do on this machine what you can"
    seen = "the system's programs, a home of its own, none of your files, and"
    return f"a virtual desktop; what runs there sees {seen} {'the network, with what listens on this machine' if network else 'no network'}"


def require_task(person: Agreeing | None, path: Path) -> Task:
    """The task in a file, which is what was agreed to even if the file is another one by now. Raises as `require` does."""
    data = task_data(path)
    task = parse_task(data, path)
    unwalled = task.start is not None and why_no_walls() != ""
    require(person, "task", path, task_lines(task), unwalled=unwalled, read={path.name: hashlib.sha256(data).digest()})
    return task


def episode_lines(episode: Episode, desktop: str) -> list[str]:
    """What acting an episode out would do, and where."""
    header, actions = episode.header, [_done(step, step.action) for step in episode.steps if step.action is not None]
    lines = (
        _start_lines(load_task(header.task))
        if header.task is not None
        else [f"act on: {_reach() if desktop == 'virtual' else f'the {desktop} desktop'}"]
    )
    lines = ["This will run: " + (f"{len(actions)} recorded actions" + (f" of the task {header.task}" if header.task else "")), *lines]
    return [*lines, *actions]


def _done(step: Step, action: Action) -> str:
    """An action, and what it is done to: what has moved is found by its name, and acted on wherever it is by then."""
    to = step.element if target_of(action) is not None else None
    return print_action(action) + (f" on {' '.join(filter(None, (to.role, repr(to.name))))}" if to is not None and to.name else "")


def require_episode(person: Agreeing | None, path: Path, episode: Episode, desktop: str) -> Episode:
    """An episode that is acted out, on a desktop of this kind; its frames are those that were agreed to, or cannot be read.

    Raises as `require` does.
    """
    unwalled = desktop != "virtual" or why_no_walls() != ""
    read = {STEPS: None, **dict(episode.digests)}  # steps that are there by now were not shown
    found = require(person, "episode", path, episode_lines(episode, desktop), unwalled=unwalled, read=read)
    return replace(episode, agreed=tuple(found.items()) or None)


def require_adapter(person: Agreeing | None, path: Path, copied: AdapterCopy | None = None) -> None:
    """An adapter, of which few files have an effect; `copied` is what will be loaded of it. Raises as `require` does."""
    lines = [f"This will run: the model with other weights, from {path}", "act on: whatever the model is asked to do"]
    shown = sorted(shown_with(copied.folder if copied is not None else path), key=lambda step: step.text is None)
    lines += [f"it may do, though nobody says it: {step}" for step in shown]
    read = None if copied is None else {name: copied.digests.get(name) for name in (one.removesuffix("?") for one in EFFECTIVE)}
    require(person, "adapter", path, lines, EFFECTIVE, read=read)


def before_run(
    request: str, has_task: bool, settings: Settings, person: Agreeing | None, copied: AdapterCopy | None = None
) -> Task | None:  # fmt: skip
    """Whatever of a run came from elsewhere: the task's file, and the adapter. The task that was agreed to. Raises as `require` does."""
    task = require_task(person, find_task(request)) if has_task else None
    if settings.adapter is not None:
        require_adapter(person, settings.adapter, copied)
    return task


def before_replay(episode: Episode, desktop: str, person: Agreeing | None) -> Episode:
    """An episode that is acted out, as it was agreed to. Raises as `require` does."""
    return require_episode(person, episode.path, episode, desktop)
