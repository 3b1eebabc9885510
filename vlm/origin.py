"""Where a checkpoint to be prepared comes from: a folder of this machine, or one commit of a hub's repository, file by file."""

from __future__ import annotations

import hashlib
import json
import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from vlm.folder import (
    ADAPTER_CONFIG,
    INDEX,
    POCKET_NAMES,
    SINGLE,
    CheckpointError,
    find_checkpoint,
    first_line,
    is_file_name,
    is_hub_id,
    mending,
    offline,
    small_file,
    weights_names,
)

_SMALL_FILES = ("*.json", "*.txt", "*.jinja", "*.model", "LICENSE*", "NOTICE*", "README.md")
_SHA256 = re.compile(r"[0-9a-f]{64}")
"""What the hub gives as the tag of a large file."""


class Origin(Protocol):
    """A checkpoint's files. `folder` holds those that were fetched."""

    folder: Path
    revision: str | None
    """The commit; None where nothing is known of one."""

    def sizes(self) -> dict[str, int]:
        """Every file's name and bytes."""
        ...

    def fetch(self, name: str) -> Path:
        """Have one file in `folder`. Raises CheckpointError."""
        ...

    def mending(self, name: str) -> str:
        """What brings back a file that is missing or damaged, or all of them (`""`), as a command where there is one."""
        ...

    def release(self, name: str) -> None:
        """The file is needed no more: a copy that was made for this is deleted."""
        ...


def open_origin(source: str, from_folder: Path | None, revision: str | None, staging: Path) -> Origin:
    """The origin that a person means.

    Args:
        source: a hub id, `pocket`, or a folder.
        from_folder: the folder to take instead of the hub.
        revision: a branch, tag or commit of the hub's repository; None: its main branch as it is now.
        staging: where files from the hub lie until they are worked up.

    Raises:
        CheckpointError: there is no such folder, or the hub does not answer.
    """
    if from_folder is not None:
        return FolderOrigin(find_checkpoint(from_folder), revision, source if is_hub_id(source) else None)
    if source in POCKET_NAMES or Path(os.path.expanduser(source)).is_dir():
        return FolderOrigin(find_checkpoint(source), None)
    if not is_hub_id(source):
        raise CheckpointError(f"{source}: there is no such folder; name a hub id like owner/name, or a folder with --from-folder")
    if offline():
        cached = find_checkpoint(source)
        return FolderOrigin(cached, cached.name)
    return HubOrigin(source, revision, staging)


class FolderOrigin:
    """A folder, read where it lies."""

    def __init__(self, folder: Path, revision: str | None, hub_id: str | None = None) -> None:
        self.folder, self.revision, self._hub_id = folder, revision, hub_id

    def sizes(self) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in sorted(self.folder.iterdir()) if path.is_file()}

    def fetch(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise CheckpointError(f"{path} is missing: {self.mending(name)}")
        return path

    def mending(self, name: str) -> str:
        return mending(self.folder, name, self._hub_id)

    def release(self, name: str) -> None:
        pass


class HubOrigin:
    """One commit of a repository: whatever is fetched belongs together, also after days. A download that was cut goes on where it was."""

    def __init__(self, name: str, revision: str | None, staging: Path) -> None:
        from huggingface_hub import HfApi

        self._name, self.folder = name, staging
        try:
            found = HfApi().model_info(name, revision=revision, files_metadata=True)
        except Exception as error:
            raise CheckpointError(
                f"{name} cannot be had from the hub ({first_line(error)}): check the name and the network, or use --from-folder FOLDER"
            ) from error
        self.revision: str | None = found.sha
        self._sizes = {file.rfilename: file.size or 0 for file in found.siblings or []}

    def sizes(self) -> dict[str, int]:
        return self._sizes

    def fetch(self, name: str) -> Path:
        path = self.folder / name
        if path.is_file():
            return path
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._download(name, path)
        except Exception as error:
            raise CheckpointError(
                f"{name} of {self._name} could not be fetched whole ({first_line(error)}): give the same command again, it goes on there"
            ) from error
        return path

    def _download(self, name: str, path: Path) -> None:
        """The hub library's own downloads begin a file anew in each process; a shard of gigabytes must not."""
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # exported lazily

        url = hf_hub_url(self._name, name, revision=self.revision)
        found = get_hf_file_metadata(url, retry_on_errors=True)
        # Large files lie elsewhere: whoever keeps them is not told who asks.
        headers = build_hf_headers(token=None if urlsplit(found.location).netloc == urlsplit(url).netloc else False)
        partial = path.with_name(f".{name}.partial")
        if partial.exists() and partial.stat().st_size > (found.size or 0):
            partial.unlink()
        with partial.open("ab") as file:
            headers["Accept-Encoding"] = "identity"
            http_get(found.location, file, resume_size=file.tell(), headers=headers, expected_size=found.size, displayed_filename=name)
        if _SHA256.fullmatch(found.etag or "") and _sha256(partial) != found.etag:
            partial.unlink()
            raise CheckpointError("it came damaged")
        partial.replace(path)

    def mending(self, name: str) -> str:
        return f"give the same command again, or name another --revision of {self._name}"

    def release(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def small_files(origin: Origin) -> list[str]:
    """The names of everything but the weights that belongs to a checkpoint."""
    names = [name for name in origin.sizes() if is_file_name(name) and name not in (INDEX, ADAPTER_CONFIG) and not name.startswith(".")]
    return [name for name in names if any(fnmatch(name, each) for each in _SMALL_FILES)]


def shards_of(origin: Origin) -> list[str]:
    """The names of the weights files.

    Raises:
        CheckpointError: the origin has no weights of this kind, or its index is malformed.
    """
    sizes = origin.sizes()
    if INDEX not in sizes:
        if SINGLE in sizes:
            return [SINGLE]
        raise CheckpointError(f"{origin.folder} holds neither {INDEX} nor {SINGLE}: only weights as safetensors can be prepared")
    origin.fetch(INDEX)
    names = weights_names(origin.folder, origin.mending(INDEX))
    if missing := [name for name in names if name not in sizes]:
        raise CheckpointError(f"the weights file {origin.folder / missing[0]} is missing: {origin.mending(missing[0])}")
    return names


def fingerprint(origin: Origin, shards: list[str]) -> str:
    """Stands for the very weights and configuration: names, sizes and `config.json`. Equal ones may go on with each other's work."""
    sizes = origin.sizes()
    origin.fetch("config.json")
    digest = hashlib.sha256(small_file(origin.folder, "config.json"))
    digest.update(json.dumps([origin.revision, [(name, sizes[name]) for name in shards]]).encode())
    return digest.hexdigest()
