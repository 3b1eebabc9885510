"""What the lines say: crops of one height, each read by itself, decoded within the user's alphabet, and known again by their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vlm.reading.lines import Line
from vlm.reading.memory import Memory
from vlm.reading.networks import LINE_HEIGHT, STEP, Networks

MARGIN = 0.22
"""Ground kept around a line, in heights of it."""
BUCKET = 32
"""Widths are padded up to multiples of this: the runtime plans anew for every width that it meets."""
LONGEST = 1600
"""Columns of the widest crop: some 130 letters. What is longer, and has no gap to be cut at, is squeezed."""
LONG = 20
"""Widths of a line in its heights from where on it is read in parts: the network's memory grows with the width."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line's text, how sure each character is, and about where its middle is, in pixels of the picture from the left."""

    text: str
    confidences: tuple[float, ...]
    centres: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Crop:
    """A line, or a part of it, with some ground around it: RGB, uint8 [height, width, 3], and the column that it begins at."""

    pixels: NDArray[np.uint8]
    left: int


def crops(pixels: NDArray[np.uint8], line: Line) -> list[Crop]:
    """Cut out a line, without the underlines of its mnemonics; a long one in parts, between words."""
    left, _, right, _ = line.ink
    margin = max(2, round(MARGIN * (line.bottom - line.top)))
    top, bottom = max(line.top - margin, 0), line.bottom + margin
    part = pixels[top:bottom]
    if line.underlines:
        part = part.copy()
        for a, b, c, d in line.underlines:
            part[b - top : d - top, a:c] = line.ground
    cuts = [max(left - margin, 0), *_cuts(line, LONG * (bottom - top)), right + margin]
    return [Crop(part[:, start:end], start) for start, end in pairwise(cuts)]


def _cuts(line: Line, longest: int) -> list[int]:
    """Middles of the widest gaps near where a line falls into equal parts."""
    left, _, right, _ = line.ink
    count = -(-(right - left) // longest)
    reach = (right - left) / count / 3
    found = []
    for number in range(1, count):
        wanted = left + number * (right - left) / count
        near = [gap for gap in line.gaps if abs((gap[0] + gap[1]) / 2 - wanted) < reach]
        if near:
            best = max(near, key=lambda gap: (gap[1] - gap[0], -abs(gap[0] - wanted)))
            found.append((best[0] + best[1]) // 2)
    return found


class Recogniser:
    """Reads crops within one alphabet."""

    def __init__(self, networks: Networks, letters: Sequence[int], threads: ThreadPoolExecutor) -> None:
        """`letters` are the indices of `networks.characters` that may be read, CTC's blank first."""
        self._networks = networks
        self._letters = np.asarray(letters)
        self._characters = [networks.characters[index] for index in letters]
        self._threads = threads
        self._known: Memory[Spoken] = Memory()

    def read(self, lines: Sequence[Sequence[Crop]]) -> list[Spoken]:
        """What each line says, in their order, from the crops of its parts."""
        keys = [[Memory.key(each.pixels) for each in line] for line in lines]
        new = {
            key: each.pixels
            for line, names in zip(lines, keys, strict=True)
            for each, key in zip(line, names, strict=True)
            if key not in self._known
        }
        longest_first = sorted(new, key=lambda key: -new[key].shape[1] / new[key].shape[0])
        answers = dict(zip(longest_first, self._threads.map(lambda key: self._read(new[key]), longest_first), strict=True))
        for key, spoken in answers.items():
            self._known[key] = spoken
        said = [
            _joined([(self._known[key], each.left) for key, each in zip(names, line, strict=True)])
            for line, names in zip(lines, keys, strict=True)
        ]
        self._known.trim()
        return said

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


def _joined(parts: Sequence[tuple[Spoken, int]]) -> Spoken:
    """Parts of a line, each with the column that it begins at, and a space between them."""
    text = ""
    confidences: tuple[float, ...] = ()
    centres: tuple[float, ...] = ()
    for spoken, left in parts:
        if text and spoken.text:
            text, confidences, centres = f"{text} ", (*confidences, 1.0), (*centres, float(left))
        text += spoken.text
        confidences += spoken.confidences
        centres += tuple(left + centre for centre in spoken.centres)
    return Spoken(text, confidences, centres)
