"""Whether two frames show the same: the whole screen at a glance, a patch of it closely, and where a patch went."""

from __future__ import annotations

import numpy as np
from PIL import Image

from recordings.geometry import Box, Point

CELLS = (64, 48)
CELL_LEVELS = 20
"""A cell of the whole screen that differs by more levels of grey (of 255) shows something else."""
PIXEL_LEVELS = 48
"""The same for a pixel of a patch, in the colour that differs most."""
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
    """How much a rectangle looks the same in two frames of one size, 0–1; its letters and lines count as much as all the rest."""
    return _likeness(*(np.asarray(image.crop(rectangle), dtype=np.int16) for image in (one, other)))


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    same = np.abs(one - other).max(axis=2) <= PIXEL_LEVELS
    middle = np.median(one.reshape(-1, 3), axis=0), np.median(other.reshape(-1, 3), axis=0)
    ink = (np.abs(one - middle[0]).max(axis=2) > PIXEL_LEVELS) | (np.abs(other - middle[1]).max(axis=2) > PIXEL_LEVELS)
    # Two buttons of one kind differ in their labels alone, which are a few pixels of a hundred.
    return float(same.mean() + same[ink].mean()) / 2 if ink.any() else float(same.mean())


def is_plain(image: Image.Image, rectangle: Rectangle) -> bool:
    """Whether a rectangle is too blank to be recognised."""
    return float(np.std(np.asarray(image.crop(rectangle).convert("L"), dtype=np.float32))) < PLAIN


def find_patch(patch: Image.Image, image: Image.Image, near: tuple[int, int]) -> tuple[int, int, float]:
    """Where a patch lies best near a place of its left top corner: left, top, and how much it looks the same there, 0–1."""
    wanted, whole = (np.asarray(one.convert("RGB"), dtype=np.int16) for one in (patch, image))
    height, width = wanted.shape[:2]
    best, least = (near[0], near[1]), np.inf
    for top in range(max(0, near[1] - PATCH_REACH), min(whole.shape[0] - height, near[1] + PATCH_REACH) + 1):
        for left in range(max(0, near[0] - PATCH_REACH), min(whole.shape[1] - width, near[0] + PATCH_REACH) + 1):
            part = whole[top : top + height, left : left + width]
            # A glance at a few pixels rules out nearly all places.
            if np.abs(part[::6, ::6] - wanted[::6, ::6]).mean() > 2 * least + 8:
                continue
            difference = np.abs(part - wanted).mean()
            if difference < least:
                best, least = (left, top), difference
    part = whole[best[1] : best[1] + height, best[0] : best[0] + width]
    return *best, _likeness(part, wanted) if part.shape == wanted.shape else 0.0
