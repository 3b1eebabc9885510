"""Files that survive a crash: written whole, synced, and owned by one process at a time. None is written through a link."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL.Image import Image

PRIVATE, SHARED = 0o600, 0o666
"""Modes of a new file: for its owner alone, whatever the umask; or for whom the umask allows."""

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | getattr(os, "O_BINARY", 0)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte: one call may write only a part, on a nearly full disk for instance. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone; one that exists stays as it is. Raises OSError."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(PRIVATE | 0o100, exist_ok=True)


def create_private(path: Path) -> BinaryIO:
    """A new file for its owner alone, open for writing. Raises FileExistsError, also for a link, and OSError."""
    return os.fdopen(os.open(path, _NEW, PRIVATE), "wb")


def write_private(path: Path, parts: Iterable[bytes]) -> None:
    """A new file for its owner alone, written piece by piece, which appears once it is whole. Raises as `create_private` does."""
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    begun = path.with_name(f".{secrets.token_hex(8)}.new")
    try:
        with create_private(begun) as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        if not try_link(begun, path):
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
            os.rename(begun, path)  # a file system without second names
    finally:
        with contextlib.suppress(OSError):
            begun.unlink()


def write_synced(path: Path, data: bytes, mode: int = PRIVATE, dir_fd: int | None = None) -> None:
    """Create a file and have its content on the disk on return. A failure leaves no file behind.

    Args:
        dir_fd: the descriptor of the folder that `path` is relative to.

    Raises:
        FileExistsError: there is something of that name, be it a link.
        OSError: it cannot be written.
    """
    descriptor = os.open(path, _NEW, mode, dir_fd=dir_fd)
    try:
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path, dir_fd=dir_fd)
        raise


def replace_picture(path: Path, picture: Image) -> None:
    """Replace a picture as `replace_synced` does a file, in the format that its name says. Raises OSError, ValueError."""
    data = io.BytesIO()
    picture.save(data, picture_format(path))
    replace_synced(path, data.getvalue())


def picture_format(path: Path) -> str:
    """The format that a picture's name says. Raises ValueError."""
    from PIL.Image import registered_extensions

    form = registered_extensions().get(path.suffix.lower())
    if form is None:
        raise ValueError(f"no picture is called {path.suffix or 'so'}")
    return form


def replace_synced(path: Path, data: bytes, mode: int = PRIVATE, dir_fd: int | None = None) -> None:
    """Replace a file in one step: whoever reads it, after a crash too, finds the old content or the new one. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    write_synced(temporary, data, mode, dir_fd)
    try:
        os.replace(temporary, path, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=dir_fd)
        raise
    if dir_fd is None:
        sync_folder(path.parent)
    else:
        os.fsync(dir_fd)


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
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0), 0o600)
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
