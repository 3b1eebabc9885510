"""Weights made ready once: fetched, quantised and stored, shard by shard, so that loading them needs neither the network nor the time.

    origin ─ one shard ─► tensor by tensor: quantise or bf16 ─► files of at most a gigabyte, with checksums ─► index, config.json

No more than one such file and one tensor are in memory. A shard that came from the hub is deleted once it is worked up, so the disk
holds the result and one shard. `config.json` comes last: without it nothing loads the folder.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordings.durable import SHARED, replace_synced, sync_folder, try_lock
from vlm.folder import INDEX, CheckpointError, check_length, first_line, read_config, read_header, read_manifest, small_file
from vlm.images import ImageProcessor
from vlm.loading import load_tokenizer
from vlm.manifest import NAME as MANIFEST
from vlm.manifest import FileRecord, Manifest
from vlm.origin import Origin, fingerprint, open_origin, shards_of, small_files
from vlm.quantization import Quantization, bitsandbytes_config, quantize, stored_bytes, stored_quantization, takes_part
from vlm.sizes import gib, parts_of, skeleton

if TYPE_CHECKING:
    from torch import Tensor

STAGING = ".source"
_LOCK = ".preparing"
_FILE_SIZE = 2**30
"""Bytes of one file of weights, and so of what is held in memory."""
_MARGIN = 1.01
_LIBRARIES = ("bitsandbytes", "safetensors", "torch", "transformers")

Notice = Callable[[str], None]


def prepare(
    source: str,
    to: Path,
    quantization: Quantization | None,
    *,
    from_folder: Path | None = None,
    revision: str | None = None,
    notice: Notice = lambda text: None,
) -> Manifest:
    """Fill the folder `to`. Interrupted at any moment, the same call goes on; on a finished folder it checks every file and mends what is
    damaged.

    Args:
        source: a hub id, `pocket` or a folder.
        from_folder: a folder with the weights of `source`; the hub is not asked.
        revision: a branch, tag or commit; None: the main branch as it is at the first call. What was begun keeps its commit.
        notice: is told what is going on, a line at a time.

    Raises:
        CheckpointError: the source is not there, damaged, not this kind of model or already quantised; the disk is too small; `to` holds
            something else.
    """
    to = to.expanduser()
    if to.exists() and not to.is_dir():
        raise CheckpointError(f"{to} is a file: name a folder that may be filled")
    if Path(os.path.expanduser(source)).is_dir():
        source = str(Path(os.path.expanduser(source)).resolve())
    if from_folder is not None:
        from_folder = from_folder.expanduser().resolve()
    before = read_manifest(to)
    if before is None and to.is_dir() and any(not path.name.startswith(".") for path in to.iterdir()):
        raise CheckpointError(f"{to} is not empty and was not made by this command: name a new folder")
    try:
        with _alone(to):
            origin = open_origin(source, from_folder, revision or (before.revision if before else None), to / STAGING)
            return _Preparation(source, to, quantization, from_folder, origin, before, notice).run()
    except OSError as error:
        raise CheckpointError(f"{to} cannot be filled ({error.strerror or error}): mend that and give the same command again") from error


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Have the folder, and nobody else in it. Where no preparation began, nothing of it is there afterwards."""
    new = [folder for folder in (to, *to.parents) if not folder.exists()]
    to.mkdir(parents=True, exist_ok=True)
    lock = try_lock(to / _LOCK)
    if lock is None:
        raise CheckpointError(f"another process is preparing {to}: wait for it")
    try:
        _forget_unbegun(to)
        yield
    finally:
        _forget_unbegun(to)
        (to / _LOCK).unlink(missing_ok=True)
        os.close(lock)
        with suppress(OSError):
            for folder in new:
                folder.rmdir()


def _forget_unbegun(to: Path) -> None:
    """Files that were fetched for what never began may be another source's."""
    if not (to / MANIFEST).exists():
        shutil.rmtree(to / STAGING, ignore_errors=True)


class _Preparation:
    def __init__(
        self,
        source: str,
        to: Path,
        quantization: Quantization | None,
        from_folder: Path | None,
        origin: Origin,
        before: Manifest | None,
        notice: Notice,
    ) -> None:
        self.to, self.quantization, self.origin, self.notice = to, quantization, origin, notice
        self.manifest = before or Manifest(source, quantization or "none", versions={name: version(name) for name in _LIBRARIES})
        self.manifest.revision = origin.revision
        self.manifest.from_folder = None if from_folder is None else str(from_folder)
        self.wanted = source, quantization or "none"

    def run(self) -> Manifest:
        self.small = small_files(self.origin)
        for name in self.small:
            self.origin.fetch(name)
        self.config = read_config(self.origin.folder)
        if stored_quantization(self.config) is not None:
            raise CheckpointError(f"{self.origin.folder} is quantised already: name the published weights")
        load_tokenizer(self.origin.folder)
        ImageProcessor.from_folder(self.origin.folder)
        shards = shards_of(self.origin)
        self._take_up(fingerprint(self.origin, shards))
        self._check_disk(shards)
        self._begin()
        for number, shard in enumerate(shards, 1):
            if shard not in self.manifest.shards:
                self.notice(f"shard {number} of {len(shards)}: {shard}, {gib(self.origin.sizes()[shard])}")
                self._convert(shard)
        self._finish()
        return self.manifest

    def _take_up(self, mark: str) -> None:
        """Make sure that what the folder holds is of this very work, and forget what of it is damaged. Nothing is written yet."""
        manifest = self.manifest
        if manifest.fingerprint not in ("", mark) or (manifest.source, manifest.quantization) != self.wanted:
            raise CheckpointError(
                f"{self.to} holds {manifest.source} as {manifest.quantization}, not {self.wanted[1]} of these weights: name a new folder"
            )
        manifest.fingerprint = mark
        for stale in self.to.glob(".*.part"):
            stale.unlink()
        if manifest.files:
            self.notice(f"going on with what {self.to} holds: checking {len(manifest.files)} files")
        for name in manifest.damaged(self.to, thorough=True):
            self.notice(f"{name} is missing or damaged: it is made again")
            del manifest.files[name]
        manifest.shards = {shard: made for shard, made in manifest.shards.items() if all(name in manifest.files for name in made)}

    def _check_disk(self, shards: list[str]) -> None:
        """Before the folder is one quantisation's: what would fit can go there too. Raises CheckpointError with it."""
        fetched = {shard: size for shard, size in self.origin.sizes().items() if shard in shards and shard not in self.manifest.shards}
        staged = max(fetched.values(), default=0) if self.origin.folder == self.to / STAGING else 0
        done = sum(record.bytes for record in self.manifest.files.values())
        free = shutil.disk_usage(self.to).free
        kinds: tuple[Quantization | None, ...] = (self.quantization, "int8", "nf4")
        needed = {each: self._output_bytes(each) - done + staged for each in kinds}
        if needed[self.quantization] <= free:
            return
        smaller = [each for each in kinds[1:] if needed[each] <= free and needed[each] < needed[self.quantization]]
        hint = f"or use --quantization {smaller[0]} (needs {gib(needed[smaller[0]])})" if smaller else "or name a folder on another disk"
        raise CheckpointError(f"{self.to} needs {gib(needed[self.quantization])} more of disk, {gib(free)} are free: free some, {hint}")

    def _begin(self) -> None:
        self.manifest.complete = False
        (self.to / "config.json").unlink(missing_ok=True)
        self.manifest.files.pop("config.json", None)
        self.manifest.write(self.to)

    def _output_bytes(self, quantization: Quantization | None) -> int:
        return int(_MARGIN * sum(part.bytes for part in parts_of(self.config, quantization)))

    def _convert(self, shard: str) -> None:
        path = self.origin.fetch(shard)
        try:
            check_length(path, self.origin.mending(shard))
            made = []
            for number, names in enumerate(self._groups(read_header(path)), 1):
                made.append(f"{Path(shard).stem}-part-{number:02}.safetensors")
                if made[-1] not in self.manifest.files:
                    self._write(made[-1], self._read(path, names))
        except CheckpointError:
            self.origin.release(shard)
            raise
        self.manifest.shards[shard] = made
        self.manifest.write(self.to)
        self.origin.release(shard)

    def _groups(self, header: dict[str, dict[str, Any]]) -> list[list[str]]:
        """The tensors in the order in which they lie, in groups that fill one file each."""
        groups: list[list[str]] = []
        room = 0
        for name in sorted(header, key=lambda name: header[name]["data_offsets"][0]):
            size = self._stored_size(name, header[name])
            if not groups or size > room:
                groups.append([])
                room = _FILE_SIZE
            groups[-1].append(name)
            room -= size
        return groups

    def _stored_size(self, name: str, entry: dict[str, Any]) -> int:
        if self.quantization is not None and takes_part(name):
            return stored_bytes(entry["shape"], self.quantization)
        first, last = entry["data_offsets"]
        return (last - first) // (2 if entry["dtype"] == "F32" else 1)

    def _read(self, path: Path, names: list[str]) -> dict[str, Tensor]:
        """These tensors of a shard as they are stored."""
        from safetensors import SafetensorError, safe_open

        stored: dict[str, Tensor] = {}
        try:
            # Not mapped into memory: what is read would count until the file is closed.
            with safe_open(path, "pt", backend="pread") as file:
                for name in names:
                    stored |= self._converted(name, file.get_tensor(name))
        except SafetensorError as error:
            cure = self.origin.mending(path.name)
            raise CheckpointError(f"the weights file {path} is damaged ({first_line(error)}): {cure}") from error
        return stored

    def _write(self, name: str, stored: dict[str, Tensor]) -> None:
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        temporary = self.to / f".{name}.part"
        try:
            save_file(stored, temporary, metadata={"format": "pt"})
        except SafetensorError as error:
            raise OSError(f"{name} could not be written: {first_line(error)}") from error
        # The library writes for the owner alone; a server that runs as somebody else must read it, where the umask lets it.
        shutil.copymode(self.to / MANIFEST, temporary)
        descriptor = os.open(temporary, os.O_RDWR)
        os.fsync(descriptor)
        os.close(descriptor)
        os.replace(temporary, self.to / name)
        sync_folder(self.to)
        self.manifest.files[name] = FileRecord.of(self.to / name)
        self.manifest.write(self.to)

    def _converted(self, name: str, tensor: Tensor) -> dict[str, Tensor]:
        import torch

        if self.quantization is not None and takes_part(name):
            return quantize(name, tensor, self.quantization)
        return {name: tensor.to(torch.bfloat16) if tensor.is_floating_point() else tensor}

    def _finish(self) -> None:
        """The index, the small files as they were, and at the very end the configuration."""
        places: dict[str, str] = {}
        total = 0
        for made in self.manifest.shards.values():
            for name in made:
                header = read_header(self.to / name)
                places |= dict.fromkeys(header, name)
                total += sum(entry["data_offsets"][1] - entry["data_offsets"][0] for entry in header.values())
        expected = {name for name, _ in skeleton(self.config).named_parameters()}
        if missing := sorted(expected - places.keys()):
            raise CheckpointError(f"{self.origin.folder} lacks {len(missing)} tensors, first {missing[0]}: {self.origin.mending('')}")
        config = self.config | {"dtype": "bfloat16"}
        if self.quantization is not None:
            config["quantization_config"] = bitsandbytes_config(self.quantization).to_dict()
        index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(places.items()))}
        self._keep(INDEX, json.dumps(index, indent=1).encode())
        for name in self.small:
            if name not in ("config.json", MANIFEST):
                self.origin.fetch(name)
                self._keep(name, small_file(self.origin.folder, name))
        self._keep("config.json", (json.dumps(config, indent=2) + "\n").encode())
        shutil.rmtree(self.to / STAGING, ignore_errors=True)
        self.manifest.complete = True
        self.manifest.write(self.to)

    def _keep(self, name: str, data: bytes) -> None:
        replace_synced(self.to / name, data, SHARED)
        self.manifest.files[name] = FileRecord.of(self.to / name)
