"""Notes beside episodes and screens, which stay as they are: JSON lines in the folder that holds them, written anew as a whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from recordings.durable import replace_synced
from recordings.errors import DeskhandError
from recordings.foreign import read_below
from recordings.parsing import parse_json
from recordings.provenance import is_shipped
from recordings.store import HEADER
from vlm.writing import writing

Note = TypeVar("Note")
NOTES_BYTES = 64 << 20
"""The most that is read of what lies beside the episodes."""


def home_of(folder: Path) -> Path:
    """Where notes about episodes lie: in the folder that holds them, also where one of them is named alone."""
    return folder.absolute().parent if os.path.isfile(folder / HEADER) else folder


def read_notes(folder: Path, name: str, parse: Callable[[Any], Note], what: str) -> list[Note]:
    """The notes of one kind; none where there is no such file.

    Args:
        parse: makes a note of a line's JSON; raises ValueError, TypeError or OSError where it is none.
        what: a note is called.

    Raises:
        DeskhandError: the file cannot be read, or a line of it is wrong, which the message names.
    """
    path = home_of(folder) / name
    if not os.path.isfile(path):
        return []
    try:
        lines = read_below(path.parent, path.name, NOTES_BYTES).splitlines()
    except OSError as error:
        raise DeskhandError(f"{path} cannot be read: {error.strerror or error}") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(parse(parse_json(line)))
        except (ValueError, TypeError, OSError) as error:
            raise DeskhandError(f"{path}, line {number}: not {what} ({error})") from error
    return found


def write_notes(folder: Path, name: str, notes: Iterable[Any]) -> Path:
    """Replace the notes of one kind, dataclasses. Raises DeskhandError beside what ships with Deskhand, and where it cannot be written."""
    if is_shipped(home := home_of(folder)):
        raise DeskhandError(f"{home} ships with Deskhand and stays as it is: copy it, and name the copy")
    path = home / name
    with writing(path, "free some space or open the folder; what it held before is kept"):
        replace_synced(path, "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in notes).encode())
    return path
