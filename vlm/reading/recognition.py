"""What the lines say: crops of one height, each read by itself, decoded within the user's alphabet, and known again by their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vlm.reading.lines import Line
from vlm.reading.memory import Memory
from vlm.reading.networks import LINE_HEIGHT, STEP, Networks

MARGIN = 0.22
"""Ground kept around a line, in heights of it."""
BUCKET = 32
"""Widths are padded up to multiples of this: the runtime plans anew for every width that it meets."""
LONGEST = 3200
"""Columns of a crop: some 270 letters. Longer lines are squeezed."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line's text, how sure each character is, and about where its middle is, in pixels of the picture from the left."""

    text: str
    confidences: tuple[float, ...]
    centres: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Crop:
    """A line with some ground around it, RGB, uint8 [height, width, 3], and the column of the picture that it begins at."""

    pixels: NDArray[np.uint8]
    left: int


def crop(pixels: NDArray[np.uint8], line: Line) -> Crop:
    """Cut out a line, without the underlines of its mnemonics."""
    left, _, right, _ = line.ink
    margin = max(2, round(MARGIN * (line.bottom - line.top)))
    x0, y0 = max(left - margin, 0), max(line.top - margin, 0)
    part = pixels[y0 : line.bottom + margin, x0 : right + margin]
    if line.underlines:
        part = part.copy()
        for a, b, c, d in line.underlines:
            part[b - y0 : d - y0, a - x0 : c - x0] = line.ground
    return Crop(part, x0)


class Recogniser:
    """Reads crops within one alphabet."""

    def __init__(self, networks: Networks, letters: Sequence[int], threads: ThreadPoolExecutor) -> None:
        """`letters` are the indices of `networks.characters` that may be read, CTC's blank first."""
        self._networks = networks
        self._letters = np.asarray(letters)
        self._characters = [networks.characters[index] for index in letters]
        self._threads = threads
        self._known: Memory[Spoken] = Memory()

    def read(self, crops: Sequence[Crop]) -> list[Spoken]:
        """What each says, in their order."""
        keys = [Memory.key(each.pixels) for each in crops]
        new = {key: each.pixels for key, each in zip(keys, crops, strict=True) if key not in self._known}
        longest_first = sorted(new, key=lambda key: -new[key].shape[1] / new[key].shape[0])
        for key, spoken in zip(longest_first, self._threads.map(lambda key: self._read(new[key]), longest_first), strict=True):
            self._known[key] = spoken
        return [_moved(self._known[key], each.left) for key, each in zip(keys, crops, strict=True)]

    def _read(self, pixels: NDArray[np.uint8]) -> Spoken:
        import cv2

        high, wide = pixels.shape[:2]
        width = min(max(round(wide * LINE_HEIGHT / high), STEP), LONGEST)
        line = np.full((1, LINE_HEIGHT, -(-width // BUCKET) * BUCKET, 3), 128, np.uint8)
        line[0, :, :width] = cv2.resize(pixels, (width, LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
        chances = self._networks.characters_map(line)[0][:, self._letters]
        return self._decode(chances, STEP * wide / width)

    def _decode(self, chances: NDArray[np.float32], scale: float) -> Spoken:
        """CTC: the likeliest character of each column, repetitions and blanks left out."""
        best = chances.argmax(axis=1)
        starts = np.flatnonzero((best != 0) & np.concatenate(([True], best[1:] != best[:-1])))
        text = "".join(self._characters[index] for index in best[starts])
        confidences = tuple(float(chances[start, best[start]]) for start in starts)
        return Spoken(text, confidences, tuple(scale * (float(start) + 0.5) for start in starts))


def _moved(spoken: Spoken, left: int) -> Spoken:
    return Spoken(spoken.text, spoken.confidences, tuple(left + centre for centre in spoken.centres))
