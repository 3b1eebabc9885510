"""What was made here, and what a person has agreed to: a list of content hashes in the user's data folder.

Anything else came from elsewhere. It may be looked at, checked and trained from; it is acted on only after a person has seen what it does
and agreed, see `agent.consent`. Whoever can write the list is the user, so it needs no secret; one that others can write, too, says
nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from recordings import foreign
from recordings.durable import make_private, write_all
from recordings.names import default_root

LIST_BYTES = 64 << 20
MOST_FILES = 250_000
WEIGHTS_BYTES = 8 << 30
SHIPPED = tuple(
    Path(__file__).resolve().parents[1] / name for name in ("recordings/samples", "tasks/definitions", "training/configs", "vlm/pocket")
)
"""What lies in these folders came with Deskhand itself."""


How = Literal["made", "agreed", "agreed-unwalled"]
"""Agreed-unwalled: by a person who was told that no walls stand around what it runs."""
HOWS: tuple[How, ...] = ("made", "agreed", "agreed-unwalled")


def known_path() -> Path:
    """The list: `known.txt` beside the folder of episodes."""
    return default_root().parent / "known.txt"


def fingerprint(path: Path, only: Sequence[str] = ()) -> str:
    """SHA-256 of a file, or of every file in a folder with its name. Arguments and errors as of `digests`."""
    return of_digests(digests(path, only), os.path.isfile(path))


def digests(path: Path, only: Sequence[str] = (), read: Mapping[str, bytes | None] | None = None) -> dict[str, bytes]:
    """SHA-256 of each file that counts, by its name, in an order that is always the same; names that begin with a dot are passed over.

    Args:
        only: the names in the folder that count, where the others have no effect; of those with a question mark behind them, the ones
            that are there.
        read: SHA-256 of what was read of it already, by name, None for what was not there: whoever swaps, removes or adds a file while
            it is read does not get another content agreed to.

    Raises:
        OSError: something in it is missing, no regular file, or not what was read.
    """

    def same(name: str, found: bytes) -> bytes:
        if read is not None and name in read and read[name] != found:
            raise foreign.ForeignError(f"{name} has changed since it was read")
        return found

    if os.path.isfile(path):
        return {path.name: same(path.name, foreign.digest(path.parent, path.name, links=True))}
    found: dict[str, bytes] = {}
    for count, name in enumerate(effective(path, only) or _names(path)):
        if count == MOST_FILES:
            raise foreign.ForeignError(f"{path} holds more than {MOST_FILES:,} files")
        found[name] = same(name, foreign.digest(path, name, WEIGHTS_BYTES if only else foreign.PICTURE_BYTES))
    if gone := [name for name, one in (read or {}).items() if one is not None and name not in found]:
        raise foreign.ForeignError(f"{gone[0]} has gone since it was read")
    return found


def of_digests(found: Mapping[str, bytes], is_file: bool = False) -> str:
    """The fingerprint of what has these digests: of a file, or of a folder."""
    if is_file:
        return next(iter(found.values())).hex()
    whole = hashlib.sha256(b"folder")
    for name, one in found.items():
        whole.update(name.encode("utf-8", "surrogateescape") + b"\0" + one)
    return whole.hexdigest()


def effective(path: Path, only: Sequence[str]) -> list[str]:
    """The names in a folder that count, without those that may be missing and are."""
    return [name.removesuffix("?") for name in only if not name.endswith("?") or os.path.lexists(path / name[:-1])]


def _names(path: Path) -> Iterator[str]:
    """Every name below a folder but those of folders, in an order that is always the same; links are names of files."""
    for folder, folders, files in os.walk(path, onerror=_fail):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in links)
        inside = Path(folder).relative_to(path)
        yield from ((inside / name).as_posix() for name in sorted(files + links) if not name.startswith("."))


def _fail(error: OSError) -> None:
    raise error


def is_shipped(path: Path) -> bool:
    """Whether a file or folder came with Deskhand itself, and stays as it is."""
    try:
        return any(path.resolve().is_relative_to(folder) for folder in SHIPPED)
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def is_known(print_: str, hows: Sequence[How] = HOWS) -> bool:
    """Whether what has this fingerprint was made here, or agreed to before."""
    try:
        with foreign.open_file(known_path()) as file:
            if not foreign.only_mine(os.fstat(file.fileno())):
                return False
            lines = foreign.read_some(file, LIST_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(line.startswith(tuple(f"{print_} {how} " for how in hows)) for line in lines)


def is_trusted(path: Path, only: Sequence[str] = ()) -> bool:
    """Whether a file or folder came with Deskhand, was made here, or was agreed to; not so for what cannot be read whole."""
    try:
        return is_shipped(path) or is_known(fingerprint(path, only))
    except OSError:
        return False


def remember(print_: str, how: How, name: str) -> None:
    """Add a fingerprint to the list. Raises OSError."""
    path = known_path()
    make_private(path.parent)
    descriptor = foreign.append_below(path.parent, path.name)
    try:
        if not foreign.only_mine(os.fstat(descriptor)):
            raise foreign.ForeignError(f"{path} can be written by others than you: chown it, and chmod 600")
        write_all(descriptor, f"{print_} {how} {' '.join(name.split())[:200]}\n".encode("utf-8", "replace"))
    finally:
        os.close(descriptor)


def made_here(path: Path, only: Sequence[str] = ()) -> None:
    """Remember that a file or folder was made here. A full disk makes it one from elsewhere, and nothing fails."""
    with contextlib.suppress(OSError):
        remember(fingerprint(path, only), "made", path.name)


@contextmanager
def kept(path: Path) -> Iterator[None]:
    """While this is open something is changed here: what was trusted before is trusted after."""
    trusted = is_trusted(path)
    yield
    if trusted:
        made_here(path)
