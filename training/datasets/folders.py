"""What a folder holds to learn from: episodes, or labelled screens."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from recordings.errors import DeskhandError
from recordings.store import HEADER
from training.screens.store import INDEX


def holds_screens(folder: Path) -> bool:
    """Whether these are labelled screens."""
    return os.path.isfile(folder / INDEX)


def screens_in(folders: Iterable[Path]) -> list[Path]:
    """The folders of labelled screens among these and right below them; one that holds none stays, and who reads it is told so."""
    found: list[Path] = []
    for folder in folders:
        below = [] if holds_screens(folder) else sorted(path.parent for path in folder.glob(f"*/{INDEX}"))
        found += below or [folder]
    return found


def episodes_in(folder: Path) -> list[Path]:
    """An episode's folder itself, or those that lie in a folder, by name.

    A link could lead to what nobody meant to learn from, and of a folder whose name cannot be written down no note can be kept.
    """
    found = [folder] if os.path.isfile(folder / HEADER) else sorted(path.parent for path in folder.glob(f"*/{HEADER}"))
    return [path for path in found if (path == folder or not path.is_symlink()) and path.name.isprintable()]


def some_episodes_in(folder: Path) -> list[Path]:
    """The same. Raises DeskhandError where there is none."""
    if paths := episodes_in(folder):
        return paths
    raise DeskhandError(f"{folder} holds no episode: name an episode's folder, or the folder that holds them")
