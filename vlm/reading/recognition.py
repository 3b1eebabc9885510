"""What the lines say: crops of one height, read in batches of one width, decoded within the user's alphabet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vlm.reading.lines import Line
from vlm.reading.networks import LINE_HEIGHT, STEP, Networks

MARGIN = 0.22
"""Ground kept around a line's ink, in heights of it."""
BUCKET = 64
"""Widths are padded up to multiples of this, so that how a line is read does not depend on what it is read with."""
LONGEST = 2400
BATCH = 8


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line's text, how sure each character is, and where each begins and ends in pixels of the picture."""

    text: str
    confidences: tuple[float, ...]
    edges: tuple[float, ...]


def crop(pixels: NDArray[np.uint8], line: Line) -> tuple[NDArray[np.uint8], float, float]:
    """The line with some ground around it, and what maps its columns back: the left edge, and pixels of the picture a column."""
    import cv2

    left, _, right, _ = line.ink
    margin = max(2, round(MARGIN * (line.bottom - line.top)))
    x0, y0 = max(left - margin, 0), max(line.top - margin, 0)
    x1, y1 = min(right + margin, pixels.shape[1]), min(line.bottom + margin, pixels.shape[0])
    part = pixels[y0:y1, x0:x1]
    if line.underlines:
        part = part.copy()
        for a, b, c, d in line.underlines:
            part[b - y0 : d - y0, a - x0 : c - x0] = line.ground
    width = min(max(round((x1 - x0) * LINE_HEIGHT / (y1 - y0)), STEP), LONGEST)
    scaled = cv2.resize(part, (width, LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled, dtype=np.uint8), float(x0), (x1 - x0) / width


class Recogniser:
    """Reads crops within one alphabet."""

    def __init__(self, networks: Networks, letters: Sequence[int]) -> None:
        """`letters` are the indices of `networks.characters` that may be read, CTC's blank first."""
        self._networks = networks
        self._letters = np.asarray(letters)
        self._characters = [networks.characters[index] for index in letters]

    def read(self, crops: Sequence[tuple[NDArray[np.uint8], float, float]]) -> list[Spoken]:
        widths = [-(-image.shape[1] // BUCKET) * BUCKET for image, _, _ in crops]
        answers: list[Spoken] = [Spoken("", (), ())] * len(crops)
        for width in sorted(set(widths)):
            members = [index for index, each in enumerate(widths) if each == width]
            for start in range(0, len(members), BATCH):
                batch = members[start : start + BATCH]
                lines = np.full((len(batch), LINE_HEIGHT, width, 3), 128, np.uint8)
                for place, index in enumerate(batch):
                    lines[place, :, : crops[index][0].shape[1]] = crops[index][0]
                chances = self._networks.characters_map(lines)[..., self._letters]
                for place, index in enumerate(batch):
                    _, left, scale = crops[index]
                    answers[index] = self._decode(chances[place], left, scale * STEP)
        return answers

    def _decode(self, chances: NDArray[np.float32], left: float, scale: float) -> Spoken:
        """CTC: the likeliest character of each column, repetitions and blanks left out."""
        best = chances.argmax(axis=1)
        starts = np.flatnonzero((best != 0) & np.concatenate(([True], best[1:] != best[:-1])))
        text = "".join(self._characters[index] for index in best[starts])
        confidences = tuple(float(chances[start, best[start]]) for start in starts)
        centres = [left + scale * (start + 0.5) for start in starts]
        middles = [(one + other) / 2 for one, other in pairwise(centres)]
        edges = (left, *middles, left + scale * len(best)) if text else ()
        return Spoken(text, confidences, edges)
