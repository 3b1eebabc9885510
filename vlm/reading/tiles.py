"""The detector over tiles at fixed places: a tile's answer depends on its own pixels alone, so only changed tiles are looked at again."""

from __future__ import annotations

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


def text_map(pixels: NDArray[np.uint8], networks: Networks) -> NDArray[np.float32]:
    """How likely each pixel lies in the core of a line of text: float32 [height, width] of a picture, uint8 [height, width, 3]."""
    high, wide = pixels.shape[:2]
    padded = np.pad(pixels, ((HALO, HEIGHT), (HALO, WIDTH), (0, 0)), mode="edge")
    answer = np.zeros((high, wide), np.float32)
    for top in range(0, high, HEIGHT - 2 * HALO):
        for left in range(0, wide, WIDTH - 2 * HALO):
            tile = padded[top : top + HEIGHT, left : left + WIDTH]
            if (tile == tile[0, 0]).all():
                continue
            seen = networks.text_map(tile)[HALO:-HALO, HALO:-HALO]
            part = answer[top : top + seen.shape[0], left : left + seen.shape[1]]
            part[:] = seen[: part.shape[0], : part.shape[1]]
    return answer * _near_edges(pixels)


def _near_edges(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    import cv2

    grey = pixels.astype(np.int16)
    edges = np.zeros(pixels.shape[:2], np.uint8)
    edges[:, 1:] |= np.abs(np.diff(grey, axis=1)).max(axis=2) > LEAST_STEP
    edges[1:] |= np.abs(np.diff(grey, axis=0)).max(axis=2) > LEAST_STEP
    return cv2.dilate(edges, np.ones((5, 9), np.uint8)) > 0
