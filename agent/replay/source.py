"""Replaying an episode: which one is meant, and where and how its run is repeated. See `ground` and `act`."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.settings import Settings
from recordings.errors import DeskhandError, words_of
from recordings.names import normal
from recordings.store import HEADER, Episode, default_root, read_episode
from tasks.catalogue import registered_tasks


class ReplayError(DeskhandError):
    """A replay that cannot begin."""


def episodes_root(settings: Settings) -> Path:
    """The folder that holds the episodes, which may not be there yet. Raises ReplayError where it is a file."""
    root = (settings.episodes or default_root()).expanduser()
    if os.path.isfile(root):
        raise ReplayError(f"{root} is a file: name the folder of the episodes with --episodes")
    return root


def episode_path(name: str, root: Path) -> Path:
    """The folder of an episode, by its name in `root` or by its path.

    Raises:
        ReplayError: there is none.
    """
    path = Path(os.path.expanduser(name))
    for candidate in (path, root / name, root / normal(name)):
        if os.path.isfile(candidate / HEADER):
            return candidate
    names = [entry.name for entry in root.iterdir() if os.path.isfile(entry / HEADER)] if os.path.isdir(root) else []
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.4)
    hint = f"did you mean {close[0]}?" if close else "deskhand episodes list names them" if names else "there are none yet"
    raise ReplayError(f"there is no episode {name} in {root}: {hint}")


def stage_settings(episode: Episode, settings: Settings) -> tuple[str, Settings]:
    """What to ask the session for, and the settings of a run that repeats the episode: its task and seed, its kind and size of desktop.

    Raises:
        ReplayError: it has nothing to repeat, or names a task that is none of Deskhand's and none of the user's own.
    """
    header = episode.header
    if header.task is not None and header.task not in registered_tasks():
        raise ReplayError(
            f"{episode.path.name} is of a task that is not registered here, {header.task[:80]!r}: deskhand tasks add FILE registers one"
        )
    if not any(step.action is not None for step in episode.steps):
        raise ReplayError(f"{episode.path.name} has no steps with an action: there is nothing to repeat")
    changes: dict[str, Any] = {"repeats": len(episode.steps) + 100, "steps": settings.steps or 2 * len(episode.steps) + 100}
    if settings.seconds is None:
        changes["seconds"] = 600.0 + 2 * max((header.ended_at or header.started_at) - header.started_at, 0.0)
    if header.task is not None:
        seed = header.extra.get("seed")
        changes["seed"] = seed if isinstance(seed, int) else settings.seed
    kind = settings.desktop or ("virtual" if header.task is not None else header.extra.get("desktop", "host"))
    changes["desktop"] = "virtual" if kind == "virtual" else "host"
    if kind == "virtual" and header.displays:
        changes |= {"width": round(header.displays[0].width), "height": round(header.displays[0].height)}
    words = " ".join(header.instruction.split())
    # Neither is it the name of a task, nor of a task's file.
    words = f"{words} (repeated)" if words.endswith((".yaml", ".yml")) else words if " " in words else f"repeat {words}"
    try:
        return header.task or words, Settings.model_validate(settings.model_dump() | changes)
    except ValidationError as error:
        raise ReplayError(f"{episode.path.name} cannot be repeated: its header asks for {words_of(error.errors()[0])}") from error


def read_for_replay(name: str, settings: Settings) -> Episode:
    """The episode that is meant. Raises DeskhandError where there is none, or it cannot be read."""
    return read_episode(episode_path(name, episodes_root(settings)))
