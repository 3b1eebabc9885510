"""What episodes may be called, and where they go."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"[^\W_][\w .,+=()-]{0,119}")


def is_name(name: str) -> bool:
    """Whether an episode can be called so: its name is its folder's."""
    return _NAME.fullmatch(name) is not None and name[-1] not in " ."


def default_root() -> Path:
    """Where episodes go unless a person says otherwise: `$DESKHAND_HOME/episodes`, or the user's data folder."""
    if home := os.environ.get("DESKHAND_HOME"):
        return Path(home).expanduser() / "episodes"
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "deskhand" / "episodes"


def unique_name(root: Path, name: str) -> str:
    """`name`, or `name-2`, `name-3`, … where it is taken. Only a hint: `EpisodeWriter.create(..., rename=True)` cannot be raced."""
    return next(candidate for candidate in candidates(name) if not (root / candidate).exists())


def candidates(name: str) -> Iterator[str]:
    """`name`, `name-2`, `name-3`, … for ever."""
    yield name
    yield from (f"{name}-{number}" for number in itertools.count(2))
