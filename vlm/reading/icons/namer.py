"""Names for icons, with a confidence: the network of `training.recipes.icons`, run by ONNX Runtime on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vlm.reading.icons.portrait import portrait
from vlm.reading.lines import Rectangle
from vlm.reading.memory import Memory
from vlm.reading.networks import open_session

WEIGHTS = Path(__file__).with_name("icons.onnx")
SURROUNDINGS = 12
"""Pixels around a picture that its portrait may show."""
SMALLEST, LARGEST = 8, 128
"""Pixels of the longer side, with its edge: a speck says nothing, and what is larger is a picture, no icon."""
SUREST = 0.9
"""No name is surer: a drawing may show what has no name here, and an arc that turns looks like a handset in one of its frames."""
FEW = 12
"""Names that are kept of each picture: whoever asks for the ninth likeliest may still mean it, where no other picture is called so."""
BATCH = 32


@dataclass(frozen=True, slots=True)
class Named:
    """What an icon may be: places in `icon_names()`, the likeliest first, and how likely each is, 0–1."""

    names: tuple[tuple[int, float], ...]

    @property
    def best(self) -> int:
        return self.names[0][0]

    @property
    def confidence(self) -> float:
        return self.names[0][1]


class Namer:
    """Names pictures, and knows them again by their pixels."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._session = open_session(weights)
        first, lead, offset = self._session.get_modelmeta().custom_metadata_map["confidence"].split()
        self.confidence = float(first), float(lead), float(offset)
        self._known: Memory[Named] = Memory()

    def look(self, pixels: NDArray[np.uint8], boxes: Sequence[Rectangle]) -> list[Named]:
        """What each rectangle of a picture shows. The answer depends on the rectangle and what is around it alone."""
        keys = [Memory.key(_surroundings(pixels, box)) + bytes((box[2] - box[0] & 255, box[3] - box[1] & 255)) for box in boxes]
        new = {key: box for key, box in zip(keys, boxes, strict=True) if key not in self._known}
        waiting = list(new.items())
        for start in range(0, len(waiting), BATCH):
            part = waiting[start : start + BATCH]
            scores = self.scores(np.stack([portrait(pixels, box) for _, box in part]))
            for (key, box), row in zip(part, scores, strict=True):
                self._known[key] = self.told(row, _doubt(box))
        return [self._known[key] for key in keys]

    def scores(self, portraits: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [n, 4, 40, 40] → [n, names], before the sigmoid."""
        parts = [portraits[start : start + BATCH] for start in range(0, len(portraits), BATCH)]
        return np.concatenate([self._session.run(None, {"portraits": part})[0] for part in parts])

    def told(self, scores: NDArray[np.float32], doubt: float = 1.0) -> Named:
        """The likeliest names of one picture's scores."""
        return named(scores, self.confidence, doubt)


def named(scores: NDArray[np.float32], confidence: tuple[float, float, float], doubt: float = 1.0) -> Named:
    """The likeliest names; the others share what the first leaves.

    Args:
        confidence: slope on the first score, on its lead over the second, and offset.
    """
    first, lead, offset = confidence
    order = np.argsort(-scores)[:FEW]
    ordered = scores[order]
    logit = first * ordered[0] + lead * (ordered[0] - ordered[1]) + offset
    sure = min(float(doubt / (1 + np.exp(-np.clip(logit, -30, 30)))), SUREST)
    rest = np.exp(ordered[1:] - ordered[1]) / (1 + np.exp(ordered[1:] - ordered[1]).sum())
    return Named(((int(order[0]), sure), *((int(n), float((1 - sure) * part)) for n, part in zip(order[1:], rest, strict=True))))


def _surroundings(pixels: NDArray[np.uint8], box: Rectangle) -> NDArray[np.uint8]:
    """All that the portrait shows, so that the same pixels are named the same."""
    left, top, right, bottom = box
    around = max(SURROUNDINGS, abs((right - left) - (bottom - top)) // 2 + SURROUNDINGS)
    return pixels[max(top - around, 0) : bottom + around, max(left - around, 0) : right + around]


def _doubt(box: Rectangle) -> float:
    """What a confidence is multiplied with: nobody tells what a few pixels show."""
    longer = max(box[2] - box[0], box[3] - box[1])
    return 0.0 if longer < SMALLEST or longer > LARGEST else 1.0
