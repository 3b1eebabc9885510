"""What a portrait's edges look like, place by place: oriented gradients in blocks, as Dalal and Triggs describe pictures, ink and colours.

An icon is drawn filled or in lines, dark or light, flat or shaded: where its edges run stays much the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vlm.reading.icons.portrait import SIDE

ANGLES = 8
"""Directions of an edge over half a turn: which side is darker does not count."""
CELL = 4
CELLS = SIDE // CELL
MOST = 0.25
"""What one direction in one cell counts at most, of a block's length."""
FEATURES = 4 * ANGLES * (CELLS - 1) ** 2 + CELLS**2 + 3 * 25
Values = NDArray[np.float32]


def describe(portraits: Values) -> Values:
    """float32 [n, 4, 40, 40] of `portrait` → [n, FEATURES]."""
    count = len(portraits)
    ink, colours = portraits[:, 0], portraits[:, 1:]
    colours = colours / np.maximum(np.abs(colours).max(axis=(1, 2, 3), keepdims=True), 0.04)
    blocks = _blocks(_cells(ink, colours))
    inked = ink.reshape(count, CELLS, CELL, CELLS, CELL).mean(axis=(2, 4)).reshape(count, -1)
    coloured = colours.reshape(count, 3, 5, SIDE // 5, 5, SIDE // 5).mean(axis=(3, 5)).reshape(count, -1)
    return np.concatenate((blocks, 2 * inked, coloured), axis=1).astype(np.float32)


def _cells(ink: Values, colours: Values) -> Values:
    """How strong the edges of each direction are in each cell: [n, ANGLES, CELLS, CELLS]. The strongest channel counts at each pixel."""
    across, down = _slopes(ink)
    for channel in range(colours.shape[1]):
        other_across, other_down = _slopes(colours[:, channel])
        stronger = other_across**2 + other_down**2 > across**2 + down**2
        across, down = np.where(stronger, other_across, across), np.where(stronger, other_down, down)
    strength = np.sqrt(across**2 + down**2)
    turn = np.mod(np.arctan2(down, across), np.pi) / np.pi * ANGLES
    below = np.floor(turn)
    share = strength * (turn - below)
    first = below.astype(np.int64) % ANGLES
    cells = np.empty((len(ink), ANGLES, CELLS, CELLS), np.float32)
    for angle in range(ANGLES):
        there = np.where(first == angle, strength - share, 0) + np.where((first + 1) % ANGLES == angle, share, 0)
        cells[:, angle] = there.reshape(-1, CELLS, CELL, CELLS, CELL).mean(axis=(2, 4))
    return cells


def _slopes(channel: Values) -> tuple[Values, Values]:
    across, down = np.zeros_like(channel), np.zeros_like(channel)
    across[:, :, 1:-1] = channel[:, :, 2:] - channel[:, :, :-2]
    down[:, 1:-1] = channel[:, 2:] - channel[:, :-2]
    return across, down


def _blocks(cells: Values) -> Values:
    """Blocks of two by two cells, each of length 1, so that a faint edge among faint ones counts as a strong one among strong ones."""
    size = CELLS - 1
    parts = [cells[:, :, y : y + size, x : x + size] for y in (0, 1) for x in (0, 1)]
    blocks = np.stack(parts, axis=1).reshape(len(cells), 4 * ANGLES, size, size)
    blocks = np.minimum(blocks / _length(blocks), MOST)
    return (blocks / _length(blocks)).reshape(len(cells), -1)


def _length(blocks: Values) -> Values:
    return np.asarray(np.sqrt((blocks**2).sum(axis=1, keepdims=True) + 1e-3), np.float32)
