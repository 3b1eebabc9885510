"""The detector over tiles at fixed places: a tile's answer depends on its own pixels alone, so only changed tiles are looked at again.

Over a whole screen the detector takes twice as long a pixel, and its answer for one corner changes with what happens in another.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from vlm.reading.networks import Networks

HALO = 32
"""Pixels of its surroundings that a tile sees on each side."""
WIDTH, HEIGHT = 640, 256
"""Of a tile with its halo."""
LEAST_STEP = 20
"""Levels of 255 between neighbouring pixels that make an edge: letters have edges, and where there are none nearby is no text. Over
empty ground the detector sees things."""


class Tiles:
    """The map of one picture after the other."""

    def __init__(self, networks: Networks, threads: ThreadPoolExecutor) -> None:
        self._networks = networks
        self._threads = threads
        self._pixels = np.zeros((0, 0, 3), np.uint8)
        self._map = np.zeros((0, 0), np.float32)

    def text_map(self, pixels: NDArray[np.uint8], edges: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How likely each pixel lies in the core of a line of text.

        Args:
            pixels: RGB, uint8 [height, width, 3]; kept, and not to be changed afterwards.
            edges: of `find_edges`.

        Returns:
            float32 [height, width], 0–1.
        """
        import cv2

        high, wide = pixels.shape[:2]
        if self._pixels.shape != pixels.shape:
            self._pixels = ~pixels
            self._map = np.zeros((high, wide), np.float32)
        differs = pixels != self._pixels
        padded = np.pad(pixels, ((HALO, HEIGHT), (HALO, WIDTH), (0, 0)), mode="edge")
        places = [
            (top, left)
            for top in range(0, high, HEIGHT - 2 * HALO)
            for left in range(0, wide, WIDTH - 2 * HALO)
            if differs[max(top - HALO, 0) : top + HEIGHT - HALO, max(left - HALO, 0) : left + WIDTH - HALO].any()
        ]
        tiles = [padded[top : top + HEIGHT, left : left + WIDTH] for top, left in places]
        for (top, left), answer in zip(places, self._threads.map(self._look, tiles), strict=True):
            part = self._map[top : top + HEIGHT - 2 * HALO, left : left + WIDTH - 2 * HALO]
            part[:] = answer[: part.shape[0], : part.shape[1]]
        self._pixels = pixels
        return self._map * cv2.dilate(edges, np.ones((5, 9), np.uint8))

    def _look(self, tile: NDArray[np.uint8]) -> NDArray[np.float32]:
        if (tile == tile[0, 0]).all():
            return np.zeros((HEIGHT - 2 * HALO, WIDTH - 2 * HALO), np.float32)
        return self._networks.text_map(tile)[HALO:-HALO, HALO:-HALO]


def find_edges(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where neighbouring pixels differ: uint8 [height, width], 0 or 1."""
    import cv2

    edges = np.zeros(pixels.shape[:2], np.uint8)
    for channel in cv2.split(pixels):
        edges[:, 1:] |= cv2.absdiff(channel[:, 1:], channel[:, :-1]) > LEAST_STEP
        edges[1:] |= cv2.absdiff(channel[1:], channel[:-1]) > LEAST_STEP
    return edges
