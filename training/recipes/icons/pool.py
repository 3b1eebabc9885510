"""Examples drawn, described and whitened ahead of training: `python -m training.recipes.icons.pool --files 26`."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.generate.icons.drawings import load_drawings
from training.generate.icons.examples import Examples
from training.generate.icons.sources import IconsMissing, cache_folder
from training.recipes.icons.network import WHITENED
from vlm.reading.icons.gradients import describe

EXAMPLES = 8192
"""In one file."""
PART = 1024


@dataclass(frozen=True, slots=True)
class Pool:
    """All examples: whitened [n, WHITENED] in half precision; the place of each name, or NONE; the words of those without one."""

    whitened: NDArray[np.float16]
    names: NDArray[np.int64]
    words: list[str]


@dataclass(frozen=True, slots=True)
class Whitening:
    """The directions in which examples differ most, and little less in the others; fixed once."""

    mean: NDArray[np.float32]
    matrix: NDArray[np.float32]

    def __call__(self, described: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((described - self.mean) @ self.matrix, np.float32)


def fill_pool(pool: Path, cache: Path, files: int, seed: int) -> None:
    """Draw what is missing of so many files. Raises IconsMissing."""
    pool.mkdir(parents=True, exist_ok=True)
    wanted = [(number, path) for number in range(files) if not (path := pool / f"{number:03d}.npz").exists()]
    drawings = load_drawings(cache, "train") if wanted else []
    for number, path in wanted:
        examples = Examples(drawings, seed + number)
        parts = [examples.draw(PART) for _ in range(EXAMPLES // PART)]
        described = np.concatenate([describe(part.pictures) for part in parts])
        if not (kept := pool / "whitening.npz").exists():
            whitening = whiten(described)
            np.savez(kept, mean=whitening.mean, matrix=whitening.matrix)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            whitened = read_whitening(pool)(described).astype(np.float16)
            words = json.dumps([text for part in parts for text in part.words])
            np.savez(file, whitened=whitened, names=np.concatenate([part.names for part in parts]), words=np.array(words))
        partial.rename(path)


def whiten(described: NDArray[np.float32]) -> Whitening:
    """From some examples: their strongest directions, each divided by its deviation, but weak ones, which are mostly noise, by more."""
    mean = described.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov((described - mean).T))
    strongest = np.argsort(-variances)[:WHITENED]
    kept = variances[strongest]
    return Whitening(mean, (directions[:, strongest] / np.sqrt(kept + kept.mean())).astype(np.float32))


def read_whitening(pool: Path) -> Whitening:
    """Raises IconsMissing where nothing was drawn yet."""
    try:
        with np.load(pool / "whitening.npz") as kept:
            return Whitening(kept["mean"], kept["matrix"])
    except OSError as error:
        raise IconsMissing(f"no examples in {pool}: draw them with python -m training.recipes.icons.pool") from error


def read_pool(pool: Path) -> Pool:
    """All files. Raises IconsMissing where there are none."""
    whitened, names, words = [], [], []
    for path in sorted(pool.glob("[0-9]*.npz")):
        with np.load(path) as kept:
            whitened.append(kept["whitened"])
            names.append(kept["names"])
            words += json.loads(str(kept["words"]))
    if not whitened:
        raise IconsMissing(f"no examples in {pool}: draw them with python -m training.recipes.icons.pool")
    return Pool(np.concatenate(whitened), np.concatenate(names), words)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.recipes.icons.pool", description=__doc__)
    parser.add_argument("--pool", type=Path, default=Path("runs/icons/pool"))
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--files", type=int, default=26, help="of 8,192 examples (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1000)
    given = parser.parse_args()
    fill_pool(given.pool, given.cache, given.files, given.seed)


if __name__ == "__main__":
    main()
