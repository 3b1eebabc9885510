"""Files that survive a crash: written whole, synced, and owned by one process at a time."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte: one call may write only a part, on a nearly full disk for instance. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


PRIVATE, SHARED = 0o600, 0o666
"""Modes of a new file: for its owner alone, whatever the umask; or for whom the umask allows."""


def write_synced(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Create or overwrite a file and have its content on the disk on return. A failure leaves no file behind. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
    try:
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def replace_synced(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Replace a file in one step: whoever reads it, after a crash too, finds the old content or the new one. Raises OSError."""
    temporary = path.with_name(f".{path.name}.new")
    write_synced(temporary, data, mode)
    os.replace(temporary, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk, so that files made in it are found after a power cut. Raises OSError."""
    if sys.platform == "win32":  # folders cannot be opened there; NTFS journals their entries
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """Take the lock that `path` stands for, or return None where another process holds it.

    Closing the returned descriptor gives it back, and so does the end of the process, however it comes. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def try_link(existing: Path, path: Path) -> bool:
    """Give a file a second name, where the file system can; says whether it could."""
    try:
        os.link(existing, path)
    except OSError:
        return False
    return True
