"""Reads a picture: where text may be, its lines, what they say, and the single signs between them.

    pixels ─► tiles ─► text map ─► lines ─► crops ─► text ─┐
       └────► edges ─► small pieces of ink ──────► signs ──┴─► elements

Every stage answers for a piece of the picture from that piece alone: a tile, a line's crop, a sign's surroundings. So what a piece
said once holds wherever the same pixels come again, and a reading that reuses it equals one that does not.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recordings.geometry import Box
from vlm.reading.alphabet import allowed
from vlm.reading.elements import Judge, among_keys, either, in_reading_order, text_element
from vlm.reading.glyphs import Signs, find_signs
from vlm.reading.lines import Rectangle, find_lines
from vlm.reading.monospace import joined
from vlm.reading.networks import Networks
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.recognition import Recogniser, crops
from vlm.reading.tiles import Tiles, find_edges
from vlm.reading.unread import words_apart

LEAST_SIDE = 4
"""Pixels: what is narrower holds no text."""


class ScreenReader:
    """Names what is on a picture and remembers what it read. A `Reader`; not for several threads at once."""

    def __init__(self, lang: str = "latin", threads: int = 2) -> None:
        """
        Args:
            lang: scripts to read, names of `vlm.reading.alphabet.LANGUAGES` with commas.
            threads: that may work at once, none of which waits by spinning.

        Raises:
            DeskhandError: a language is unknown.
            ReaderError: the packages that read are missing.
        """
        networks = Networks()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._tiles = Tiles(networks, self._threads)
        self._recogniser = Recogniser(networks, allowed(networks.characters, lang), self._threads)
        self._signs = Signs()
        self._last: tuple[NDArray[np.uint8], Reading] | None = None

    def read(self, image: Image.Image) -> Reading:
        """The picture's elements in reading order. What did not change since the last picture is not looked at again."""
        started = time.perf_counter()
        pixels = np.asarray(image.convert("RGB"))
        if min(image.size) < LEAST_SIDE:
            return Reading((), image.size)
        if self._last is not None and np.array_equal(pixels, self._last[0]):
            elements, apart = self._last[1].elements, self._last[1].apart
        else:
            elements, apart = self._read(pixels)
        reading = Reading(elements, image.size, time.perf_counter() - started, apart)
        self._last = pixels, reading
        return reading

    def _read(self, pixels: NDArray[np.uint8]) -> tuple[tuple[ScreenElement, ...], tuple[ScreenElement, ...]]:
        size = pixels.shape[1], pixels.shape[0]
        edges = find_edges(pixels)
        lines = find_lines(pixels, self._tiles.text_map(pixels, edges))
        said = self._recogniser.read([crops(pixels, line) for line in lines])
        judge = self._judge(pixels)
        elements = [(line, text_element(line, spoken, size, judge)) for line, spoken in zip(lines, said, strict=True)]
        texts = [each for _, each in elements if each is not None]
        taken = [line.ink for line, each in elements if each is not None and each.kind == "text"]
        signs = []
        for seen in self._signs.look(pixels, find_signs(pixels, edges, taken)):
            if seen is not None and seen.sign:
                left, top, right, bottom = seen.ink
                signs.append(
                    ScreenElement(seen.sign, Box.from_pixels(left, top, right - left, bottom - top, size), seen.confidence, "glyph")
                )
        words = words_apart(lines, said)
        again = zip(words, self._recogniser.read([crops(pixels, word) for word in words]), strict=True)
        apart = (text_element(word, spoken, size, judge) for word, spoken in again)
        whole = in_reading_order(joined(either(texts, among_keys(signs, texts, size)), size), size)
        return whole, tuple(replace(each, kind="word") for each in apart if each is not None)

    def _judge(self, pixels: NDArray[np.uint8]) -> Judge:
        def judge(rectangle: Rectangle, alone: bool) -> tuple[str, float] | None:
            (seen,) = self._signs.look(pixels, [rectangle], alone=alone)
            return None if seen is None else (seen.sign, seen.confidence)

        return judge


def open_reader(lang: str = "latin", threads: int = 2) -> ScreenReader:
    """The reader, its networks loaded; some 0.3 s. Raises as `ScreenReader` does."""
    return ScreenReader(lang, threads)
