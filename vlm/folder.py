"""A checkpoint's folder before anything of it is loaded: where it is, what kind of model, and whether its files are whole."""

from __future__ import annotations

import os
import re
import shlex
import stat
from importlib.resources import files
from pathlib import Path
from typing import Any

from recordings import foreign, parsing
from recordings.errors import DeskhandError
from vlm.manifest import Manifest, ManifestError

MODEL_TYPE = "phi4-siglip"
INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
POCKET = Path(str(files("vlm"))) / "pocket"
"""What of the checkpoint that ships is ours; `vlm.assembly` makes the whole of it."""
POCKET_NAMES = ("pocket", "vlm/pocket")
"""How it is named. Where an engine is chosen, `pocket` is the one that reads and plans, and the checkpoint is `vlm/pocket`."""

SMALL_BYTES = 64 << 20
"""No file beside the weights is larger: the published model's tokenizer has a tenth of it."""
SMALL = (".json", ".jinja", ".txt", ".model")
CONFIG_BYTES = 1 << 20
MOST_LAYERS, MOST_SIZE = 512, 2_000_000
"""Of a model; the published one has 40 layers, and no number in its configuration is beyond 200,000."""
HEADER_BYTES = 100 << 20
"""What the library itself allows the header of a weights file to be."""
ADAPTER_CONFIG = "adapter_config.json"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_HUB_FILES = ["*.json", "*.safetensors", "*.txt", "*.jinja"]


class CheckpointError(DeskhandError):
    """A checkpoint that cannot be loaded or prepared."""


def find_checkpoint(source: str | Path) -> Path:
    """The folder of `pocket`, of a path, or of a hub id that lies in the local cache. Nothing is downloaded.

    Raises:
        CheckpointError: there is no such folder, the id is in no local cache, or see `vlm.assembly.find_small`.
    """
    folder = Path(os.path.expanduser(source))
    if str(source) in POCKET_NAMES or os.path.realpath(folder) == os.path.realpath(POCKET):
        from vlm.assembly import find_small

        return find_small(POCKET)
    if os.path.isdir(folder):
        return folder
    if os.path.exists(folder):
        raise CheckpointError(f"{folder} is a file: name the checkpoint's folder")
    if not is_hub_id(str(source)):
        raise CheckpointError(f"{folder}: there is no such folder; name a checkpoint's folder, a hub id like owner/name, or pocket")
    return _from_hub(str(source))


def is_hub_id(name: str) -> bool:
    """Whether this is written as `owner/name`."""
    return _HUB_ID.fullmatch(name) is not None


def offline() -> bool:
    """Whether the environment forbids asking the hub."""
    return os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on")


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES, local_files_only=True))
    except (LocalEntryNotFoundError, OSError, ValueError) as error:
        way = f"deskhand model prepare {name} --to FOLDER fetches it from the hub"
        if offline():
            way = "HF_HUB_OFFLINE forbids asking the hub; unset it, or copy the folder here"
        raise CheckpointError(f"{name} is no folder, and in no local cache: {way}") from error


def read_config(folder: Path, kind: str = MODEL_TYPE) -> dict[str, Any]:
    """The checkpoint's `config.json`, of the model type `kind`.

    Raises:
        CheckpointError: it is missing, malformed, or of another kind of model; or the folder's preparation was interrupted.
    """
    path = folder / "config.json"
    try:
        config = read_json(path, CONFIG_BYTES)
    except FileNotFoundError:
        manifest = read_manifest(folder)
        if manifest is not None and not manifest.complete:
            raise CheckpointError(f"the preparation of {folder} was interrupted: go on with {manifest.command(folder)}") from None
        raise CheckpointError(f"{path} is missing: {folder} is not a checkpoint's folder") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is malformed ({first_line(error)}): {mending(folder)}") from error
    if not isinstance(config, dict) or config.get("model_type") != kind:
        found = config.get("model_type") if isinstance(config, dict) else type(config).__name__
        raise CheckpointError(f"{path}: the model_type is {found!r}, only {kind!r} can be loaded")
    check_config(config, path)
    return config


def check_config(config: dict[str, Any], path: Path) -> None:
    """Raise CheckpointError where a configuration describes no model that there could be, has a library fetch code to run it with, or leads
    it to other weights than those that are looked at here."""
    method = config.get("quantization_config")
    if method is not None and not (isinstance(method, dict) and method.get("quant_method") == "bitsandbytes"):
        raise CheckpointError(f"{path}: its weights are quantised otherwise than by bitsandbytes: prepare it from the published weights")
    if config.get("transformers_weights") is not None:
        raise CheckpointError(f"{path}: transformers_weights names other weights than the folder's: take that line out")
    for key, value in config.items():
        if isinstance(value, dict) and key != "deskhand":
            check_config(value, path)
        elif isinstance(value, int) and abs(value) > (MOST_LAYERS if key.endswith("layers") else MOST_SIZE):
            raise CheckpointError(f"{path}: {key} is {value:,}, as of no model that there is: {mending(path.parent)}")
        elif key.endswith("implementation") and isinstance(value, str) and not value.isidentifier():
            raise CheckpointError(f"{path}: {key} names code of another place, {value[:80]!r}: it is not loaded; take that line out")


def read_json(path: Path, most: int = SMALL_BYTES) -> Any:
    """What a small file of a checkpoint or an adapter says. Raises OSError; a ForeignError is one."""
    return parsing.parse_json(foreign.read_file(path, most))


def small_file(folder: Path, name: str) -> bytes:
    """The content of a file beside the weights that is to be copied.

    The hub's own cache is links into the folder of its repository; any other link could carry a file of the user's into the copy.

    Raises:
        OSError: it leads elsewhere, is larger than such files are, or cannot be read.
    """
    here, real = folder.resolve(), (folder / name).resolve()
    if real.parent not in (here, here.parent.parent / "blobs"):
        raise foreign.ForeignError(f"{folder / name} leads out of its folder: it is not copied")
    return foreign.read_file(real, SMALL_BYTES)


def beside_weights(folder: Path) -> dict[str, bytes]:
    """What a copy of a checkpoint takes over as it is, by name. Raises CheckpointError, see `small_file`."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix in SMALL and os.path.isfile(path))
    try:
        return {name: small_file(folder, name) for name in names if name != "config.json" and not name.startswith("model")}
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be copied: {error}") from error


def check_small(folder: Path) -> None:
    """Raise `CheckpointError` where a library would choke on something beside the weights, or be led to another folder's weights by it."""
    for path in folder.iterdir():
        if path.name == ADAPTER_CONFIG:
            raise CheckpointError(f"{folder} holds an adapter: name the folder of the model that it belongs to, and this with --adapter")
        try:
            status = path.stat()
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read ({error.strerror}): {mending(folder, path.name)}") from error
        if path.suffix in SMALL and not stat.S_ISDIR(status.st_mode) and (not stat.S_ISREG(status.st_mode) or status.st_size > SMALL_BYTES):
            raise CheckpointError(f"{path} is no file of a checkpoint: {mending(folder, path.name)}")


def read_manifest(folder: Path) -> Manifest | None:
    """What `deskhand model prepare` wrote about the folder; None where another hand made it.

    Raises:
        CheckpointError: it is malformed.
    """
    try:
        return Manifest.read(folder)
    except ManifestError as error:
        raise CheckpointError(str(error)) from error


def mending(folder: Path, file: str = "", hub_id: str | None = None) -> str:
    """What brings back a damaged folder, or one file of it, as a command where there is one; `hub_id`: where it is known to come from."""
    manifest = read_manifest(folder)
    if manifest is not None:
        return f"mend it with {manifest.command(folder)}"
    if folder == POCKET:
        return "reinstall Deskhand"
    cached = re.search(r"models--([\w.-]+?)--([\w.-]+)$", folder.parent.parent.name)
    name = f"{cached[1]}/{cached[2]}" if cached else hub_id or "OWNER/NAME"
    options = ["--force-download"] if cached else ["--local-dir", str(folder)]
    return f"fetch the checkpoint again with {shlex.join(['hf', 'download', name, *([file] if file else []), *options])}"


def check_weights(folder: Path) -> list[Path]:
    """The weights files, each as long as its own header says, and with the content that its manifest, where there is one, promises.

    Raises:
        CheckpointError: a file is missing, malformed, truncated or altered; checked before anything is read into memory.
    """
    check_small(folder)
    names = weights_names(folder)
    if strange := sorted(path.name for path in folder.glob("*.safetensors") if path.name not in names):
        raise CheckpointError(f"{folder} holds {strange[0]!r} beside its weights, which may be taken for them: move it elsewhere")
    paths = [folder / name for name in names]
    for path in paths:
        check_length(path)
    manifest = read_manifest(folder)
    if manifest is not None and (damaged := manifest.damaged(folder)):
        raise CheckpointError(f"the file {folder / damaged[0]} is not what was written: {mending(folder)}")
    return paths


def check_length(path: Path, cure: str = "") -> None:
    """Raise `CheckpointError` where a weights file is missing, or not as long as its own header says, with the `cure`, if not `mending`."""
    cure = cure or mending(path.parent, path.name)
    if not os.path.isfile(path):
        raise CheckpointError(f"the weights file {path} is missing: {cure}")
    try:
        start, header = _header(path)
        expected = start + max((entry["data_offsets"][1] for entry in header.values()), default=0)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"the weights file {path} is damaged ({first_line(error)}): {cure}") from error
    if path.stat().st_size != expected:
        raise CheckpointError(f"the weights file {path} has {path.stat().st_size} of {expected} bytes: {cure}")


def weights_names(folder: Path, cure: str = "") -> list[str]:
    """What the folder's index names, or the one file of a folder without an index.

    Raises:
        CheckpointError: the index is malformed; with the `cure`, if not `mending`.
    """
    index = folder / INDEX
    cure = cure or mending(folder, INDEX)
    if not os.path.isfile(index):
        return [SINGLE]
    try:
        names = sorted(set(read_json(index)["weight_map"].values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{index} is malformed ({first_line(error)}): {cure}") from error
    if strange := [name for name in names if not is_file_name(name)]:
        raise CheckpointError(f"{index} names {strange[0]!r}, which is no file of the folder: {cure}")
    return names


def is_file_name(name: Any) -> bool:
    """Whether something is the name of a file in its folder, and nothing else."""
    return isinstance(name, str) and Path(name).name == name != ".." and "\0" not in name and name.isprintable()


def read_header(path: Path) -> dict[str, dict[str, Any]]:
    """The tensors of a safetensors file: name → `dtype`, `shape`, `data_offsets`.

    Raises:
        OSError, ValueError: the file is not one.
    """
    return _header(path)[1]


def _header(path: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    with foreign.open_file(path) as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length <= min(os.fstat(file.fileno()).st_size, HEADER_BYTES):
            raise ValueError("its header is cut")
        header = parsing.parse_json(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("its header names no tensors")
    header.pop("__metadata__", None)
    if wrong := next((name for name, entry in header.items() if not _is_entry(entry)), None):
        raise ValueError(f"its header says nothing of {wrong[:80]!r} that can be understood")
    return 8 + length, header


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("dtype"), str):
        return False
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    numbers = [*shape, *offsets] if isinstance(shape, list) and isinstance(offsets, list) and len(offsets) == 2 else [None]
    return all(isinstance(number, int) and 0 <= number < 2**63 for number in numbers)


def first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
