"""The one door for files that somebody else may have made: episodes, datasets, tasks and pictures from elsewhere.

What a file names inside a folder is opened here and nowhere else: below that folder, through no symbolic link, regular files alone, up to
a stated number of bytes. Pictures are PNG, JPEG or WebP of at most `MAX_PIXELS`. What text in them says is read by `recordings.parsing`.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from PIL import Image, ImageOps

from recordings.durable import PRIVATE, replace_synced
from recordings.errors import DeskhandError

PICTURES = ("PNG", "JPEG", "WEBP")
PICTURE_BYTES = 64 << 20
MAX_PIXELS = 48_000_000
"""Three 5K monitors side by side are 44 million."""
JPEG_SCANS = 64
"""Each scan decodes the whole picture again: thousands of empty ones fit into a few kilobytes. Ordinary files have about ten."""
PNG_PARTS = 50_000
"""Chunks of a PNG, each of which costs a look; what programs write of the largest pictures has some twelve thousand."""
MEMORY = 640 << 20
"""What unpacking a foreign file may take at once."""

_HERE = os.supports_dir_fd >= {os.open, os.stat} and hasattr(os, "O_NOFOLLOW")
_DRIVE = (":",) if os.name == "nt" else ()
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (_READ & ~os.O_RDONLY)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | (_READ & ~os.O_RDONLY)
_PIECE = 1 << 20
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = _READ | getattr(os, "O_DIRECTORY", 0)


class ForeignError(DeskhandError, OSError):
    """A file that is not opened, or not used, for what it is. An OSError too: who expects a file to fail expects this."""


def read_below(folder: Path, name: str, most: int) -> bytes:
    """The content of the file `name` of a folder.

    Raises:
        ForeignError: the name leaves the folder, leads through a link, is no regular file, or holds more than `most` bytes.
        OSError: it is missing or cannot be read.
    """
    return _whole(open_below(folder, name), name, most)


def read_file(path: Path, most: int) -> bytes:
    """The content of a file that a person named: their own links are followed. Raises as `read_below` does."""
    return _whole(open_file(path), str(path), most)


def open_below(folder: Path, name: str) -> BinaryIO:
    """A file of the folder, open for reading; for what is read piece by piece. Raises as `read_below` does."""
    with _parent(folder, name) as (parent, last):
        return _open(last, name, parent, links=False)


def open_file(path: Path) -> BinaryIO:
    """A file that a person named, open for reading; for what is read piece by piece. Raises as `open_below` does."""
    return _open(str(path), str(path), None, links=True)


def lines_of(file: BinaryIO, most: int) -> Iterator[bytes]:
    """The lines of an open file, one after the other. Raises ForeignError at one of `most` bytes or more."""
    while line := file.readline(most):
        if len(line) == most:
            raise ForeignError(f"a line of it is longer than {most:,} bytes")
        yield line


def read_some(file: IO[bytes], most: int) -> bytes:
    """All that is left of an open file. Raises ForeignError where that is more than `most` bytes."""
    data = file.read(most + 1)
    if len(data) > most:
        raise ForeignError(f"it is larger than {most:,} bytes")
    return data


def read_text(path: Path, most: int) -> str:
    """The same as UTF-8 text. Raises UnicodeDecodeError, too."""
    return read_file(path, most).decode("utf-8")


def is_below(folder: Path, name: str) -> bool:
    """Whether `read_below` would find a regular file."""
    try:
        with _parent(folder, name) as (parent, last):
            return stat.S_ISREG(os.stat(last, dir_fd=parent, follow_symlinks=False).st_mode)
    except (OSError, ValueError):
        return False


def identity(folder: Path, name: str) -> tuple[int, int] | None:
    """What two names of one file have in common; None where it cannot be said."""
    try:
        with _parent(folder, name) as (parent, last):
            status = os.stat(last, dir_fd=parent, follow_symlinks=False)
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


def digest(folder: Path, name: str, most: int = PICTURE_BYTES, *, links: bool = False) -> bytes:
    """SHA-256 of a file of the folder; of one that is a link only with `links`. Raises as `read_below` does."""
    with _parent(folder, name) as (parent, last):
        with _open(last, name, parent, links) as file:
            if os.fstat(file.fileno()).st_size > most:
                raise ForeignError(f"{name!r} is larger than {most:,} bytes: it is not read")
            return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]  # a BufferedReader it is


def copy_below(folder: Path, name: str, to: Path, most: int) -> bytes:
    """Copy a file of the folder to a new one, and return SHA-256 of what was copied. Raises as `read_below` does."""
    whole, left = hashlib.sha256(), most
    with open_below(folder, name) as file, open(os.open(to, _NEW, PRIVATE), "wb") as copy:
        while piece := file.read(_PIECE):
            if (left := left - len(piece)) < 0:
                raise ForeignError(f"{name!r} is larger than {most:,} bytes: it is not read")
            whole.update(piece)
            copy.write(piece)
    return whole.digest()


def replace_below(folder: Path, name: str, data: bytes) -> None:
    """Replace a file of the folder in one step; a link of that name is replaced, not followed. Raises OSError."""
    with _parent(folder, name) as (parent, last):
        replace_synced(Path(last), data, PRIVATE, dir_fd=parent)


def append_below(folder: Path, name: str) -> int:
    """The descriptor of a file of the folder, made where it is missing, to the end of which is written.

    Raises:
        ForeignError: the name leaves the folder or leads through a link; or it is no regular file, or has a second name, which may be that
            of a file elsewhere.
        OSError: it cannot be written.
    """
    with _parent(folder, name) as (parent, last):
        descriptor = os.open(last, _APPEND | _NOFOLLOW, PRIVATE, dir_fd=parent)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(descriptor)
        raise ForeignError(f"{name!r} is no file of its own: it is not written to")
    return descriptor


def only_mine(status: os.stat_result) -> bool:
    """Whether nobody but this user, and root, can write a file. Always so on Windows, where its mode does not tell."""
    return os.name == "nt" or (status.st_uid in (0, os.getuid()) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def plain_name(name: Any) -> str:
    """The name itself, if it can be that of a file below a folder. Raises ForeignError."""
    parts = PurePosixPath(name).parts if isinstance(name, str) else ()
    if not parts or parts[0].startswith("/") or ".." in parts or any(mark in name for mark in ("\\", "\0", *_DRIVE)):
        raise ForeignError(f"{str(name)[:200]!r} is no name of a file in its folder")
    return str(name)


@contextmanager
def _parent(folder: Path, name: str) -> Iterator[tuple[int | None, str]]:
    """The descriptor of the folder that holds a file, reached step by step from `folder`, and the file's name in it."""
    parts = PurePosixPath(plain_name(name)).parts
    if not _HERE:  # Windows
        paths = [folder.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
        if any(os.path.islink(path) or getattr(os.path, "isjunction", lambda path: False)(path) for path in paths):
            raise ForeignError(f"{name!r} leads through a link: it is not followed")
        yield None, str(paths[-1])
        return
    parent = os.open(folder, _FOLDER)
    try:
        for part in parts[:-1]:
            below = _step(part, parent, name)
            os.close(parent)
            parent = below
        yield parent, parts[-1]
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ForeignError(f"{name!r} is a link: it is not followed") from error
    finally:
        os.close(parent)


def _step(part: str, parent: int, name: str) -> int:
    try:
        return os.open(part, _FOLDER | _NOFOLLOW, dir_fd=parent)
    except NotADirectoryError as error:
        raise ForeignError(f"{name!r} leads through what is no folder: links are not followed") from error


def _whole(opened: BinaryIO, name: str, most: int) -> bytes:
    with opened as file:
        if os.fstat(file.fileno()).st_size > most:
            raise ForeignError(f"{name!r} is larger than {most:,} bytes: it is not read")
        return read_some(file, most)


def _open(path: str, name: str, parent: int | None, links: bool) -> BinaryIO:
    """Looked at before it is opened, as opening a device or a pipe does something; and after, when nobody can put another in its place."""
    _check_regular(os.stat(path, dir_fd=parent, follow_symlinks=links).st_mode, name)
    descriptor = os.open(path, _READ | (0 if links else _NOFOLLOW), dir_fd=parent)
    try:
        _check_regular(os.fstat(descriptor).st_mode, name)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _check_regular(kind: int, name: str) -> None:
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if stat.S_ISLNK(kind):
        raise ForeignError(f"{name!r} is a link: it is not followed")
    if not stat.S_ISREG(kind):
        raise ForeignError(f"{name!r} is no regular file")


def open_picture(data: bytes, formats: tuple[str, ...] = PICTURES) -> Image.Image:
    """The picture that bytes are, its header read and its pixels not yet.

    Raises:
        ForeignError: it is no picture of these formats, or has more than `MAX_PIXELS`.
    """
    if data.startswith(b"\x89PNG"):
        _check_parts(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # how large a picture may be, our own rule says
            image = Image.open(io.BytesIO(data), formats=formats)
    except Exception as error:
        if isinstance(error, Image.DecompressionBombError):
            raise ForeignError(f"it has more than {MAX_PIXELS:,} pixels") from error
        raise ForeignError(f"it is not an image of a kind that is read: use {_named(formats)}") from error
    if image.width * image.height > MAX_PIXELS:
        raise ForeignError(f"it has {image.width}×{image.height} pixels, more than {MAX_PIXELS:,}")
    if image.format not in ("PNG", "WEBP") and data.count(b"\xff\xda") > JPEG_SCANS:  # one that says to hold more pictures is an MPO
        raise ForeignError(f"it is a JPEG of more than {JPEG_SCANS} scans")
    return image


def _check_parts(data: bytes) -> None:
    at = 8
    for _ in range(PNG_PARTS):
        if at >= len(data):
            return
        at += 12 + int.from_bytes(data[at : at + 4])
    raise ForeignError(f"it is a PNG of more than {PNG_PARTS:,} parts")


def _named(formats: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(formats[:-1]), formats[-1])))


def decode(data: bytes, formats: tuple[str, ...] = PICTURES) -> Image.Image:
    """The picture that bytes are, in RGB as people see it: turned as its camera held it, on white where nothing is drawn.

    Raises:
        ForeignError: as `open_picture` does; or it is damaged.
    """
    image = open_picture(data, formats)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what stands beside the pixels
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
        return _as_seen(image)
    except Exception as error:
        raise ForeignError(f"it is damaged ({error or type(error).__name__})") from error


def _as_seen(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey, of which the library would keep the lower eight
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    drawn, seen = image.convert("RGBA"), Image.new("RGB", image.size, "white")
    seen.paste(drawn, mask=drawn)  # what nobody sees is not read: a page could be written there
    return seen


def read_picture(folder: Path, name: str, formats: tuple[str, ...] = PICTURES) -> Image.Image:
    """The picture `name` of a folder, in RGB. Raises as `read_below` and `decode` do."""
    return decode(read_below(folder, name, PICTURE_BYTES), formats)


def picture_size(folder: Path, name: str) -> tuple[int, int]:
    """Width and height of the picture `name` of a folder. Raises as `read_below` and `open_picture` do."""
    return open_picture(read_below(folder, name, PICTURE_BYTES)).size


@contextmanager
def bounded_memory() -> Iterator[None]:
    """While this is open the process cannot grow by more than `MEMORY`: what needs more fails with MemoryError. Nothing on Windows."""
    try:
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    except (ImportError, OSError):
        yield
        return
    limit = used + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit if soft == resource.RLIM_INFINITY else min(soft, limit), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
