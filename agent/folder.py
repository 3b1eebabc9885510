"""Temporary folders, each locked by its living owner, so that one whose owner was killed can be told and removed."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from recordings.durable import try_lock

PREFIX = "deskhand-"
LOCK = ".lock"


def make_folder() -> tuple[Path, int]:
    """A new folder and the descriptor of the lock on it, which ends with this process. Raises OSError."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = try_lock(folder / LOCK)
        if lock is not None:  # or else it was taken for an abandoned one before it was locked
            return folder, lock


def remove_folder(folder: Path, lock: int) -> None:
    """Remove one that is ours, and let go of its lock. Never raises."""
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def remove_abandoned() -> None:
    """Remove this user's folders whose locks nobody holds any more. Raises OSError where there is no place for temporary files at all."""
    for mark in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        with contextlib.suppress(OSError):
            folder = mark.parent.lstat()
            mine = os.name == "nt" or folder.st_uid == os.getuid()
            if stat.S_ISDIR(folder.st_mode) and mine and (lock := try_lock(mark)) is not None:
                remove_folder(mark.parent, lock)
