"""What a prepared checkpoint's folder says about itself: where its weights came from, and the checksum of every file.

`prepared.json` is written before the first weights and after every file, so that an interrupted preparation goes on where it was and a
damaged file is known by name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

from recordings import foreign, parsing
from recordings.durable import SHARED, replace_synced
from recordings.errors import DeskhandError
from recordings.reading import first_of

NAME = "prepared.json"
MOST_BYTES = 16 << 20
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$", max_length=255)]
"""Of a file in the folder itself: what a manifest names is read, and deleted where it is damaged."""
_VERSION = 1


class ManifestError(DeskhandError):
    """A `prepared.json` that cannot be read."""


@dataclass(slots=True)
class FileRecord:
    """One file as it was written. `modified` (nanoseconds) spares reading gigabytes at each start: another time means reading again."""

    bytes: int
    sha256: str
    modified: int

    @classmethod
    def of(cls, path: Path) -> FileRecord:
        """Raises OSError."""
        status = path.stat()
        return cls(status.st_size, _digest(path), status.st_mtime_ns)


@dataclass(slots=True)
class Manifest:
    """The content of `prepared.json`."""

    source: str
    """The hub id, or what the person called it."""
    quantization: str
    """`nf4`, `int8` or `none`."""
    revision: str | None = None
    """The commit that every file came from; None for a folder."""
    from_folder: str | None = None
    fingerprint: str = ""
    """Stands for the weights read: a preparation only goes on with the same ones."""
    versions: dict[str, str] = field(default_factory=dict)
    shards: dict[FileName, list[FileName]] = field(default_factory=dict)
    """The files made of each finished shard of the source."""
    files: dict[FileName, FileRecord] = field(default_factory=dict)
    complete: bool = False
    version: int = _VERSION

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """The folder's manifest, None where it has none.

        Raises:
            ManifestError: it is malformed, or of a later version.
        """
        path = folder / NAME
        try:
            content = parsing.parse_json(foreign.read_file(path, MOST_BYTES))
            if content["version"] != _VERSION:
                raise ManifestError(f"{path} is of version {content['version']}, only {_VERSION} is known: update Deskhand")
            return _MANIFEST.validate_python({key: content[key] for key in content if key in {each.name for each in fields(cls)}})
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise ManifestError(f"{path} is malformed ({first_of(error)}): prepare the model into another folder") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ManifestError(f"{path} is malformed ({' '.join(str(error).split())}): prepare the model into another folder") from error

    def write(self, folder: Path) -> None:
        """Raises OSError."""
        replace_synced(folder / NAME, json.dumps(asdict(self), indent=1).encode(), SHARED)

    def command(self, folder: Path) -> str:
        """What makes the folder again, or what is missing of it."""
        words = ["deskhand", "model", "prepare", self.source, "--quantization", self.quantization, "--to", str(folder)]
        if self.from_folder is not None:
            words += ["--from-folder", self.from_folder]
        return shlex.join(words)

    def damaged(self, folder: Path, thorough: bool = False) -> list[str]:
        """The names of files that are missing or not what was written.

        Args:
            thorough: read every file, also one whose size and time of modification are as recorded.
        """
        suspects = []
        for name, record in self.files.items():
            try:
                status = os.stat(folder / name)
            except OSError:
                suspects.append(name)
                continue
            if thorough or status.st_size != record.bytes or status.st_mtime_ns != record.modified:
                suspects.append(name)
        with ThreadPoolExecutor() as pool:
            fine = pool.map(lambda name: self._is_fine(folder, name), suspects)
            return [name for name, good in zip(suspects, fine, strict=True) if not good]

    def _is_fine(self, folder: Path, name: str) -> bool:
        record = self.files[name]
        try:
            return os.stat(folder / name).st_size == record.bytes and _digest(folder / name) == record.sha256
        except OSError:
            return False


_MANIFEST = TypeAdapter(Manifest)


def _digest(path: Path) -> str:
    with foreign.open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a BufferedReader it is
