"""Reads a picture: text map, lines, text."""

from __future__ import annotations

import time

import numpy as np
from PIL import Image

from recordings.geometry import Box
from vlm.reading.alphabet import allowed
from vlm.reading.lines import Line, find_lines
from vlm.reading.networks import Networks
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.recognition import Recogniser, Spoken, crop
from vlm.reading.tiles import text_map

LEAST_CONFIDENCE = 0.5
"""Mean of a line's characters below which it is taken for a picture."""


class ScreenReader:
    """Names what is on a picture. A `Reader`; not for several threads at once."""

    def __init__(self, lang: str = "latin") -> None:
        """
        Args:
            lang: scripts to read, names of `vlm.reading.alphabet.LANGUAGES` with commas.

        Raises:
            DeskhandError: a language is unknown.
            ReaderError: the packages that read are missing.
        """
        self._networks = Networks()
        self._recogniser = Recogniser(self._networks, allowed(self._networks.characters, lang))

    def read(self, image: Image.Image) -> Reading:
        """The picture's elements in reading order."""
        started = time.perf_counter()
        if not all(image.size):
            return Reading((), image.size)
        pixels = np.asarray(image.convert("RGB"))
        lines = find_lines(pixels, text_map(pixels, self._networks))
        spoken = self._recogniser.read([crop(pixels, line) for line in lines])
        found = [_element(line, said, image.size) for line, said in zip(lines, spoken, strict=True)]
        elements = sorted((each for each in found if each is not None), key=lambda each: (round(each.box.y1, 2), each.box.x1))
        return Reading(tuple(elements), image.size, time.perf_counter() - started)


def open_reader(lang: str = "latin") -> ScreenReader:
    """The reader, its networks loaded. Raises as `ScreenReader` does."""
    return ScreenReader(lang)


def _element(line: Line, said: Spoken, size: tuple[int, int]) -> ScreenElement | None:
    text = said.text.strip()
    if not text:
        return None
    confidence = float(np.mean(said.confidences))
    if confidence < LEAST_CONFIDENCE:
        return None
    start = len(said.text) - len(said.text.lstrip())
    left, top, right, bottom = line.ink
    edges = [min(max(edge, left), right) / size[0] for edge in said.edges[start : start + len(text) + 1]]
    box = Box.from_pixels(left, top, right - left, bottom - top, size)
    return ScreenElement(text, box, min(confidence, 1.0), "text", (box.x1, *edges[1:-1], box.x2))
