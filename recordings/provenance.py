"""What was made here, and what a person has agreed to: a list of content hashes in the user's data folder.

Anything else came from elsewhere. It may be looked at, checked and trained from; it is acted on only after a person has seen what it does
and agreed, see `agent.consent`. Whoever can write the list is the user, so the list needs no secret.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from recordings import foreign
from recordings.durable import make_private, write_all
from recordings.names import default_root

LIST_BYTES = 64 << 20
MOST_FILES = 250_000
SHIPPED = tuple(Path(__file__).parents[1] / name for name in ("recordings/samples", "tasks/definitions", "training/configs"))
"""What lies in these folders came with Deskhand itself."""


def known_path() -> Path:
    """The list: `known.txt` beside the folder of episodes."""
    return default_root().parent / "known.txt"


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, or of every file in a folder with its name; names that begin with a dot are passed over.

    Raises:
        OSError: something in it is missing, or no regular file.
    """
    if path.is_file():
        return foreign.digest(path.parent, path.name, links=True).hex()
    whole, count = hashlib.sha256(b"folder"), 0
    for folder, folders, files in os.walk(path, onerror=_fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(folder).relative_to(path)
        for name in sorted(name for name in (*files, *filter(lambda one: (Path(folder) / one).is_symlink(), folders))):
            if name.startswith("."):
                continue
            if (count := count + 1) > MOST_FILES:
                raise foreign.ForeignError(f"{path} holds more than {MOST_FILES:,} files")
            below = (inside / name).as_posix()
            whole.update(below.encode("utf-8", "surrogateescape") + b"\0" + foreign.digest(path, below))
    return whole.hexdigest()


def _fail(error: OSError) -> None:
    raise error


def is_known(print_: str) -> bool:
    """Whether what has this fingerprint was made here, or agreed to before."""
    try:
        lines = foreign.read_file(known_path(), LIST_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(line.startswith(print_ + " ") for line in lines)


def is_trusted(path: Path) -> bool:
    """Whether a file or folder came with Deskhand, was made here, or was agreed to. Raises OSError where it cannot be read whole."""
    real = path.resolve()
    return any(real.is_relative_to(folder) for folder in SHIPPED) or is_known(fingerprint(path))


def remember(print_: str, how: Literal["made", "agreed"], name: str) -> None:
    """Add a fingerprint to the list. Raises OSError."""
    path = known_path()
    make_private(path.parent)
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | safe, 0o600)
    try:
        write_all(descriptor, f"{print_} {how} {' '.join(name.split())[:200]}\n".encode("utf-8", "replace"))
    finally:
        os.close(descriptor)


def made_here(path: Path) -> None:
    """Remember that a file or folder was made here. A full disk makes it one from elsewhere, and nothing fails."""
    with contextlib.suppress(OSError):
        remember(fingerprint(path), "made", path.name)


@contextmanager
def kept(path: Path) -> Iterator[None]:
    """While this is open something is changed here: what was trusted before is trusted after."""
    try:
        trusted = is_trusted(path)
    except OSError:
        trusted = False
    yield
    if trusted:
        made_here(path)
