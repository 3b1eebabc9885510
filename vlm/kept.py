"""Checkpoints that this machine makes of others, kept in a cache: written whole or not at all, and made again where they were altered.

The cache is `share/deskhand/planner` of the virtual environment, else `~/.cache/deskhand/planner`; anything in it can be made again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from recordings import foreign
from vlm.manifest import FileRecord, Manifest, ManifestError

LEFT_SECONDS = 86_400.0


def caches() -> list[Path]:
    """Where they are looked for; the first that can be written receives new ones."""
    own = [] if sys.prefix == sys.base_prefix else [Path(sys.prefix) / "share" / "deskhand" / "planner"]
    return [*own, Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "deskhand" / "planner"]


def digest_of(files: Sequence[Path]) -> str:
    """One SHA-256 of one file, or of the digests of several."""
    found = []
    for path in files:
        with foreign.open_file(path) as file:
            found.append(hashlib.file_digest(file, "sha256").hexdigest())  # type: ignore[arg-type]  # a BufferedReader it is
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def kept(roots: Sequence[Path], name: str, digest: str) -> Path | None:
    """The folder of what was made of the source with that digest, every file as it was written; None where there is none."""
    folders = [root / _folder_name(name, digest) for root in roots]
    return next((folder for folder in folders if _is_whole(folder, digest)), None)


def make(roots: Sequence[Path], name: str, digest: str, source: str, write: Callable[[Path], None]) -> Path:
    """Have `write` fill a folder beside the final place and move it there in one step: a crash leaves nothing half done, and two at once do
    no harm.

    Raises:
        DeskhandError: the cache cannot be written; and what `write` raises.
    """
    from vlm.writing import writing

    root = next((root for root in roots if _can_be_written(root)), roots[-1])
    to = root / _folder_name(name, digest)
    with writing(to, "free some space, or set XDG_CACHE_HOME to a folder that can be written"):
        root.mkdir(parents=True, exist_ok=True)
        _remove_left(root)
        made = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=root))
        try:
            write(made)
            made.chmod(0o755)
            for path in made.iterdir():  # the library writes weights for the owner alone
                path.chmod(0o644)
            files = {path.name: FileRecord.of(path) for path in sorted(made.iterdir())}
            Manifest(source, "none", fingerprint=digest, files=files, complete=True).write(made)
            if os.path.exists(to) and not _is_whole(to, digest):
                shutil.rmtree(to)
            try:
                os.rename(made, to)
            except OSError:
                if not _is_whole(to, digest):  # else another process was faster
                    raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return to


def _remove_left(root: Path) -> None:
    """What a killed process had begun: nobody fills a folder for so long."""
    for folder in root.glob(".*-*"):
        with suppress(OSError):
            if time.time() - folder.lstat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _folder_name(name: str, digest: str) -> str:
    return f"{name}-{digest[:16]}"


def _is_whole(folder: Path, digest: str) -> bool:
    try:
        manifest = Manifest.read(folder)
    except ManifestError:
        return False
    return manifest is not None and manifest.complete and manifest.fingerprint == digest and not manifest.damaged(folder)


def _can_be_written(folder: Path) -> bool:
    while not os.path.exists(folder):
        folder = folder.parent
    return os.access(folder, os.W_OK)
