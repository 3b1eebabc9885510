"""Other ways to draw the same icon, so that a name is learned and not a hand: in lines, heavier or lighter, shaded, on a tile, askew.

Each takes and gives RGBA, uint8 [height, width, 4].
"""

from __future__ import annotations

import random

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def restyle(icon: Pixels, rng: random.Random) -> Pixels:
    """One or two of these, by chance."""
    if rng.random() < 0.5:
        icon = skewed(icon, rng)
    plain = of_one_colour(icon)
    way = rng.choice((weighed, outlined, shaded, on_tile, on_tile) if plain else (shaded, shaded, on_tile))
    return way(icon, rng) if rng.random() < 0.7 else icon


def of_one_colour(icon: Pixels) -> bool:
    """Whether its cover alone says what it shows."""
    inside = icon[..., :3][icon[..., 3] > 100].astype(np.float32)
    return not len(inside) or float(np.abs(inside - inside.mean(axis=0)).max(axis=1).mean()) < 12


def weighed(icon: Pixels, rng: random.Random) -> Pixels:
    """Its strokes a pixel wider or narrower."""
    change = cv2.dilate if rng.random() < 0.5 else cv2.erode
    cover = change(icon[..., 3], _CROSS)
    share = rng.uniform(0.4, 1.0)
    cover = (icon[..., 3] * (1 - share) + cover * share).astype(np.uint8)
    if cover.max() < 60:
        return icon
    colours = cv2.dilate(icon[..., :3] * (icon[..., 3:] > 60).astype(np.uint8), _CROSS)
    return np.dstack((np.where(icon[..., 3:] > 60, icon[..., :3], colours), cover)).astype(np.uint8)


def outlined(icon: Pixels, rng: random.Random) -> Pixels:
    """The rim of what was filled."""
    inner = cv2.erode(icon[..., 3], _CROSS, iterations=rng.choice((1, 1, 2)))
    cover = np.where(icon[..., 3] > inner, icon[..., 3] - inner, 0)
    if int((cover > 100).sum()) < 0.06 * cover.size:
        return icon
    return np.dstack((icon[..., :3], cover)).astype(np.uint8)


def shaded(icon: Pixels, rng: random.Random) -> Pixels:
    """Lighter above, darker below, with a dark rim or a shadow."""
    high, wide = icon.shape[:2]
    colours = icon[..., :3].astype(np.float32)
    slope = np.linspace(rng.uniform(10, 90), -rng.uniform(10, 90), high, dtype=np.float32)[:, None, None]
    colours = (colours + slope).clip(0, 255)
    cover = icon[..., 3]
    if rng.random() < 0.5:
        rim = (cover.astype(np.int16) - cv2.erode(cover, _CROSS)).clip(0, 255).astype(np.float32)[..., None] / 255
        colours = colours * (1 - rim * rng.uniform(0.3, 0.9))
    drawn = np.dstack((colours, cover)).astype(np.float32)
    if rng.random() < 0.6:
        moved = np.array([[1, 0, rng.uniform(0, wide / 16)], [0, 1, rng.uniform(0, high / 12)]], np.float32)
        shadow = cv2.GaussianBlur(cv2.warpAffine(cover, moved, (wide, high)), (5, 5), 0).astype(np.float32) * rng.uniform(0.3, 0.7)
        share = drawn[..., 3:] / 255
        below = shadow[..., None] * (1 - share)
        drawn = np.dstack((drawn[..., :3] * share, drawn[..., 3:] + below))
        drawn[..., :3] = drawn[..., :3] * 255 / np.maximum(drawn[..., 3:], 1)
    return drawn.clip(0, 255).astype(np.uint8)


def on_tile(icon: Pixels, rng: random.Random) -> Pixels:
    """Smaller, on a filled circle or a tile with round corners; what has one colour in another, or cut out of it."""
    high, wide = icon.shape[:2]
    side = max(high, wide)
    tile = np.zeros((side, side), np.uint8)
    if rng.random() < 0.4:
        cv2.circle(tile, (side // 2, side // 2), (side - 1) // 2, 255, -1, cv2.LINE_AA)
    else:
        radius = round(side * rng.uniform(0.05, 0.25))
        cv2.rectangle(tile, (radius, radius), (side - 1 - radius, side - 1 - radius), 255, -1)
        if radius:
            tile = cv2.dilate(tile, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))
    share = rng.uniform(0.5, 0.72)
    size = max(round(wide * share), 1), max(round(high * share), 1)
    small = cv2.resize(np.dstack((icon[..., :3].astype(np.float32) * icon[..., 3:], icon[..., 3:])), size, interpolation=cv2.INTER_AREA)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    over = np.zeros((side, side), np.float32)
    over[top : top + size[1], left : left + size[0]] = small[..., 3] / 255
    ground = np.array([rng.uniform(0, 255) for _ in range(3)], np.float32)
    slope = np.linspace(rng.uniform(0, 40), -rng.uniform(0, 40), side, dtype=np.float32)[:, None, None]
    below = np.broadcast_to(ground + slope, (side, side, 3)).clip(0, 255)
    plain = of_one_colour(icon)
    if plain and rng.random() < 0.3:  # cut out
        return np.dstack((below, tile * (1 - over))).clip(0, 255).astype(np.uint8)
    drawn = np.empty((side, side, 3), np.float32)
    drawn[:] = 255.0 if ground.mean() < 140 else 10.0
    if not plain or rng.random() < 0.3:
        drawn[top : top + size[1], left : left + size[0]] = small[..., :3] / np.maximum(small[..., 3:], 1e-3)
    return np.dstack((below * (1 - over[..., None]) + drawn * over[..., None], np.maximum(tile, 255 * over))).clip(0, 255).astype(np.uint8)


def skewed(icon: Pixels, rng: random.Random) -> Pixels:
    """A little turned, narrower or wider."""
    high, wide = icon.shape[:2]
    turned = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), rng.uniform(-7, 7), rng.uniform(0.9, 1.0))
    turned[:, 0] *= rng.uniform(0.9, 1.05)
    mixed = np.dstack((icon[..., :3].astype(np.float32) * (icon[..., 3:] / 255.0), icon[..., 3:])).astype(np.float32)
    mixed = cv2.warpAffine(mixed, turned, (wide, high), flags=cv2.INTER_LINEAR)
    cover = mixed[..., 3:].clip(0, 255)
    return np.dstack((mixed[..., :3] * 255 / np.maximum(cover, 1), cover)).clip(0, 255).astype(np.uint8)
