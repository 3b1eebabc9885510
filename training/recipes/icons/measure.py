"""How well icons are named that nothing was trained on: `python -m training.recipes.icons.measure`.

Every drawing of the sources held out, once, as screens show it; the right name among all names. A drawing that a training source has, too,
is left out. With Wilson's 95 % intervals, and how far confidences are from how often they are right.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.statistics import rate_of
from training.generate.icons.drawings import Drawings, load_drawings
from training.generate.icons.examples import Examples, Look
from training.generate.icons.names import name_of
from training.generate.icons.sources import Use, cache_folder
from vlm.reading.icons.namer import WEIGHTS, Named, Namer
from vlm.reading.icons.portrait import portrait

SAME = 0.01
"""Mean difference of colour and cover, of 1, below which two drawings are one."""
THUMB = 16
BINS = 10
AMONG = 5
SURE = 0.8


@dataclass(frozen=True, slots=True)
class Answers:
    """For each example: the right name, the five likeliest, and how sure the first is."""

    names: NDArray[np.int64]
    likeliest: NDArray[np.int64]
    sure: NDArray[np.float64]

    def to_json(self) -> dict[str, Any]:
        right = self.likeliest == self.names[:, None]
        first = right[:, 0]
        top1, top5 = rate_of(int(first.sum()), len(first)), rate_of(int(right.any(1).sum()), len(first))
        confident = self.sure > SURE
        return {
            "names": len(set(self.names.tolist())), "top1": top1, "top5": top5, "calibration_error": self.calibration_error(),
            "over_0.8": rate_of(int(first[confident].sum()), int(confident.sum())),
            "over_0.6": rate_of(int(first[self.sure > 0.6].sum()), int((self.sure > 0.6).sum())),
        }  # fmt: skip

    def calibration(self) -> list[tuple[float, float, int]]:
        """Of each bin that is not empty: the mean confidence, how often it was right, and how many there are."""
        first = self.likeliest[:, 0] == self.names
        bins = np.minimum((self.sure * BINS).astype(int), BINS - 1)
        inside = [bins == one for one in sorted(set(bins.tolist()))]
        return [(float(self.sure[one].mean()), float(first[one].mean()), int(one.sum())) for one in inside]

    def calibration_error(self) -> float:
        """The mean difference between confidence and how often it is right, in ten bins, weighed by their size."""
        return round(sum(abs(sure - right) * n for sure, right, n in self.calibration()) / len(self.names), 4)


class Naming(Protocol):
    """What names icons: the shipped network, or another one."""

    def scores(self, shown: NDArray[Any], /) -> NDArray[np.float32]: ...

    def told(self, scores: NDArray[np.float32], /) -> Named: ...


def measure(namer: Naming, cache: Path, use: Use, most: int, seed: int, look: Look = portrait) -> tuple[dict[str, Any], Answers]:
    """Of each source and of all together, and all answers. Raises IconsMissing."""
    known = _thumbnails(load_drawings(cache, "train"))
    report: dict[str, Any] = {}
    every: list[Answers] = []
    for drawings in load_drawings(cache, use):
        places = [place for place, file in enumerate(drawings.names) if name_of(file) is not None]
        fresh = [place for place in places if not _is_known(drawings, place, known)]
        random.Random(seed).shuffle(fresh)
        examples = Examples([drawings], seed, look=look)
        names = np.array([name_of(drawings.names[place]) for place in fresh[:most]])
        named = [namer.told(row) for row in namer.scores(np.stack([examples.show(0, place) for place in fresh[:most]]))]
        answers = Answers(
            names, np.array([[one for one, _ in each.names[:AMONG]] for each in named]), np.array([each.confidence for each in named])
        )
        report[drawings.source.name] = {"left_out": len(places) - len(fresh), **answers.to_json()}
        every.append(answers)
    together = Answers(*(np.concatenate([getattr(one, part) for one in every]) for part in ("names", "likeliest", "sure")))
    return {**report, "all": together.to_json()}, together


def _thumbnails(every: Sequence[Drawings]) -> dict[int, NDArray[np.float32]]:
    """By name: what the drawings look like in small, [n, 4 * THUMB * THUMB]."""
    found: dict[int, list[NDArray[np.float32]]] = defaultdict(list)
    for drawings in every:
        for place, file in enumerate(drawings.names):
            if (name := name_of(file)) is not None:
                found[name].append(_thumbnail(drawings, place))
    return {name: np.stack(small) for name, small in found.items()}


def _thumbnail(drawings: Drawings, place: int) -> NDArray[np.float32]:
    wide, high = (int(side) for side in drawings.sizes[place])
    drawn = drawings.pixels[place, :high, :wide].astype(np.float32) / 255
    drawn = np.concatenate((drawn[..., :3] * drawn[..., 3:], drawn[..., 3:]), axis=2)
    return np.asarray(cv2.resize(drawn, (THUMB, THUMB), interpolation=cv2.INTER_AREA), np.float32).ravel()


def _is_known(drawings: Drawings, place: int, known: dict[int, NDArray[np.float32]]) -> bool:
    name = name_of(drawings.names[place])
    return name in known and bool((np.abs(known[name] - _thumbnail(drawings, place)).mean(axis=1) < SAME).any())


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.recipes.icons.measure", description=__doc__)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--on", choices=("tune", "test"), default="test")
    parser.add_argument("--most", type=int, default=2000, help="drawings of each source (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    print(json.dumps(measure(Namer(given.weights), given.cache, given.on, given.most, given.seed)[0], indent=1))


if __name__ == "__main__":
    main()
