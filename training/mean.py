"""The mean of the weights of legs that began from the same ones: it mostly keeps what each was good at.

`python -m training.mean OUT MODEL=SHARE MODEL=SHARE …`, with folders as `training.pack` writes them. What is not weights comes from
the first.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from recordings.durable import SHARED, replace_synced
from recordings.errors import DeskhandError
from vlm.folder import SMALL, small_file


def average(out: Path, models: Sequence[tuple[Path, float]]) -> None:
    """Write the mean of several models to the folder `out`, file by file, summed in float32 and rounded to each weight's own type.

    Args:
        models: folders and their shares, which are scaled to a sum of 1.

    Raises:
        DeskhandError: a folder is no packed model, or they do not have the same weights.
    """
    whole = sum(share for _, share in models)
    first = models[0][0]
    names = sorted(path.name for path in first.glob("model*.safetensors"))
    if not names:
        raise DeskhandError(f"{first} holds no model*.safetensors: name folders that `python -m training.pack` wrote")
    means: dict[str, dict[str, torch.Tensor]] = {}
    for name in names:
        parts = [(_read(folder / name), share / whole) for folder, share in models]
        if any({key: one.shape for key, one in part.items()} != {key: one.shape for key, one in parts[0][0].items()} for part, _ in parts):
            raise DeskhandError(f"{name} does not hold the same weights everywhere: only legs of one model have a mean")
        means[name] = {
            key: torch.stack([part[key].float() * share for part, share in parts]).sum(0).to(weight.dtype)
            for key, weight in parts[0][0].items()
        }
    out.mkdir(parents=True, exist_ok=True)
    for name in sorted(path.name for path in first.iterdir() if path.suffix in (*SMALL, ".md") and path.is_file()):
        replace_synced(out / name, small_file(first, name), SHARED)
    for name, weights in means.items():
        save_file(weights, out / name, metadata={"format": "pt"})


def _read(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise DeskhandError(f"{path} cannot be read ({error}): pack the leg again") from error


def _part(text: str) -> tuple[Path, float]:
    folder, _, written = text.rpartition("=")
    try:
        share = float(written)
    except ValueError:
        share = 0.0
    if not (folder and 0 < share < float("inf")):
        raise argparse.ArgumentTypeError(f"write {text!r} as FOLDER=SHARE, with a share above 0")
    return Path(folder), share


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.mean", description="Average the weights of legs that began alike.")
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to write")
    parser.add_argument("models", type=_part, nargs="+", metavar="MODEL=SHARE", help="a packed model and how much it counts")
    arguments = parser.parse_args()
    try:
        average(arguments.out, arguments.models)
    except DeskhandError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
