"""A picture on the screen as the namer's network sees it: square, on its ground, whatever its size and colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vlm.reading.lines import Rectangle

SIDE = 40
CHANNELS = 4
MARGIN = 0.14
"""Of the longer side, that is seen around a picture."""


def portrait(pixels: NDArray[np.uint8], box: Rectangle) -> NDArray[np.float32]:
    """
    Args:
        pixels: RGB, uint8 [height, width, 3].
        box: around the picture's ink, in pixels; may be off by some.

    Returns:
        float32 [4, 40, 40]: how far each pixel is from the ground, 1 for the farthest; and the difference in red, green and blue, −1 to 1.
    """
    import cv2

    crop = square(pixels, box)
    side = len(crop)
    if not side:
        return np.zeros((CHANNELS, SIDE, SIDE), np.float32)
    rim = np.concatenate((crop[0], crop[-1], crop[1:-1, 0], crop[1:-1, -1]))
    ground = np.median(rim, axis=0).astype(np.float32)
    scaled = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR)
    difference = (scaled.astype(np.float32) - ground) / 255.0
    strength = np.abs(difference).max(axis=2)
    seen = np.empty((CHANNELS, SIDE, SIDE), np.float32)
    seen[0] = strength / max(float(strength.max()), 0.04)
    seen[1:] = difference.transpose(2, 0, 1)
    return seen


def square(pixels: NDArray[np.uint8], box: Rectangle) -> NDArray[np.uint8]:
    """The square piece of a picture around a rectangle, with its surroundings: uint8 [side, side, 3]; of no side where it is beyond."""
    import cv2

    left, top, right, bottom = box
    side = max(right - left, bottom - top, 1)
    side += 2 * max(round(MARGIN * side), 1)
    x, y = (left + right - side) // 2, (top + bottom - side) // 2
    high, wide = pixels.shape[:2]
    crop = pixels[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)]
    if not crop.size:
        return np.zeros((0, 0, 3), np.uint8)
    if crop.shape[:2] != (side, side):
        beyond = (max(-y, 0), max(y + side - high, 0), max(-x, 0), max(x + side - wide, 0))
        crop = cv2.copyMakeBorder(crop, *beyond, cv2.BORDER_REPLICATE)
    return crop
