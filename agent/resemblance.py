"""Whether two frames show the same: the whole screen at a glance, a patch of it closely, and where a patch went."""

from __future__ import annotations

import numpy as np
from PIL import Image

from recordings.geometry import Box, Point

CELLS = (64, 48)
CELL_LEVELS = 20
"""A cell of the whole screen that differs by more levels of grey (of 255) shows something else."""
PIXEL_LEVELS = 48
"""The same for one pixel of a patch."""
PLAIN = 4.0
"""A patch whose grey levels deviate by less is blank: it resembles any other blank place."""
PATCH_REACH = 24
"""Pixels around a place that stand for it where the recording knows no element."""

Rectangle = tuple[int, int, int, int]


def alike(one: Image.Image, other: Image.Image) -> float:
    """How much of the screen looks the same, 0–1; frames of different sizes are compared scaled."""
    first, second = (np.asarray(image.convert("L").resize(CELLS, Image.Resampling.BOX), dtype=np.int16) for image in (one, other))
    return float(np.mean(np.abs(first - second) <= CELL_LEVELS))


def patch_around(point: Point, box: Box | None, size: tuple[int, int]) -> Rectangle:
    """The pixel rectangle (left, top, right, bottom) that stands for a target: its element's box, or its surroundings."""
    width, height = size
    if box is not None and box.area > 0:
        left, top, right, bottom = box.x1 * width, box.y1 * height, box.x2 * width, box.y2 * height
    else:
        x, y = point.x * width, point.y * height
        left, top, right, bottom = x - PATCH_REACH, y - PATCH_REACH, x + PATCH_REACH, y + PATCH_REACH
    return (
        max(0, round(left)),
        max(0, round(top)),
        min(width, max(round(left) + 2, round(right))),
        min(height, max(round(top) + 2, round(bottom))),
    )


def patch_alike(one: Image.Image, other: Image.Image, rectangle: Rectangle) -> float:
    """How many pixels of a rectangle look the same in two frames of one size, 0–1."""
    first, second = (np.asarray(image.crop(rectangle).convert("L"), dtype=np.int16) for image in (one, other))
    return float(np.mean(np.abs(first - second) <= PIXEL_LEVELS))


def is_plain(image: Image.Image, rectangle: Rectangle) -> bool:
    """Whether a rectangle is too blank to be recognised."""
    return float(np.std(np.asarray(image.crop(rectangle).convert("L"), dtype=np.float32))) < PLAIN


def find_patch(patch: Image.Image, image: Image.Image, near: tuple[int, int], reach: int = PATCH_REACH) -> tuple[int, int, float]:
    """Where a patch lies best near a place of its left top corner: left, top, and how many of its pixels look the same, 0–1."""
    wanted, whole = (np.asarray(one.convert("L"), dtype=np.int16) for one in (patch, image))
    height, width = wanted.shape
    best = (near[0], near[1], 0.0)
    rows = range(max(0, near[1] - reach), min(whole.shape[0] - height, near[1] + reach) + 1)
    columns = range(max(0, near[0] - reach), min(whole.shape[1] - width, near[0] + reach) + 1)
    for top in rows:
        for left in columns:
            part = whole[top : top + height, left : left + width]
            # A glance at every eighth pixel rules out nearly all places.
            if best[2] and np.mean(np.abs(part[::8, ::8] - wanted[::8, ::8]) <= PIXEL_LEVELS) + 0.25 < best[2]:
                continue
            score = float(np.mean(np.abs(part - wanted) <= PIXEL_LEVELS))
            if score > best[2]:
                best = (left, top, score)
    return best
