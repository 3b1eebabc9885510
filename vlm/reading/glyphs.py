"""Single signs that stand alone: a calculator's `-`, `/`, `(`, `.`. The detector, made for words, passes over them.

Small, isolated pieces of ink are found by their edges and told apart by a tiny network of our own, which knows icons as well: what is
none of its signs is left alone. `python -m training.recipes.glyphs.train` makes its weights again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vlm.reading.convolutions import convolve, pool, read_weights, softmax
from vlm.reading.lines import FAINT, LEAST_CONTRAST, Rectangle, ground_of, strongest
from vlm.reading.memory import Memory

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghijkmnpqrtuy+-*/=().,%√×÷±<>!?&#@$€£[]{}^πΣ∞∫←→↑↓:;°²³~"
"""What can be told apart. Small letters that look like their capitals are not in it, nor what any line or speck is (`|`, `_`, `'`)."""
SIDE = 24
"""Pixels of a portrait's side; the sign's longer side takes `SIDE - 4` of them."""
FEATURES = 3
LARGEST = 56
SMALLEST = 2
RING = 2
"""Pixels of bare ground that must lie around a sign."""
WEIGHTS = Path(__file__).with_name("glyphs.safetensors")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a piece of ink was taken for ("" for no sign), how surely, 0–1, and the rectangle of its ink."""

    sign: str
    confidence: float
    ink: Rectangle


class Signs:
    """Tells what pieces of ink are, and knows them again by their pixels."""

    def __init__(self) -> None:
        self._network = SignNetwork()
        self._known: Memory[Seen | None] = Memory()

    def look(self, pixels: NDArray[np.uint8], boxes: Sequence[Rectangle], *, alone: bool = True) -> list[Seen | None]:
        """What each rectangle of a picture holds; None where it does not stand alone on bare ground, unless it need not."""
        keys = [Memory.key(_surroundings(pixels, box)) + bytes([alone]) for box in boxes]
        new: dict[bytes, tuple[NDArray[np.float32], NDArray[np.float32], Rectangle]] = {}
        for key, box in zip(keys, boxes, strict=True):
            if key not in self._known and key not in new:
                made = portrait(pixels, box, alone=alone)
                if made is None:
                    self._known[key] = None
                else:
                    new[key] = made[0], made[1], _moved(made[2], -box[0], -box[1])
        if new:
            pictures, features, inks = zip(*new.values(), strict=True)
            for key, chances, ink in zip(new, self._network(np.stack(pictures), np.stack(features)), inks, strict=True):
                best = int(chances.argmax())
                self._known[key] = Seen(SIGNS[best] if best < len(SIGNS) else "", float(chances[best]), ink)
        known = [(self._known[key], box) for key, box in zip(keys, boxes, strict=True)]
        self._known.trim()
        return [seen and Seen(seen.sign, seen.confidence, _moved(seen.ink, box[0], box[1])) for seen, box in known]


def _moved(box: Rectangle, across: int, down: int) -> Rectangle:
    return box[0] + across, box[1] + down, box[2] + across, box[3] + down


def _surroundings(pixels: NDArray[np.uint8], box: Rectangle) -> NDArray[np.uint8]:
    return pixels[max(box[1] - RING - 1, 0) : box[3] + RING + 1, max(box[0] - RING - 1, 0) : box[2] + RING + 1]


def find_signs(pixels: NDArray[np.uint8], edges: NDArray[np.uint8], taken: Sequence[Rectangle]) -> list[Rectangle]:
    """Pieces of ink that may be signs.

    Args:
        pixels: RGB, uint8 [height, width, 3].
        edges: uint8 [height, width], not zero where neighbouring pixels differ.
        taken: what has been read as text.
    """
    import cv2

    count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(edges, np.ones((3, 3), np.uint8)))
    sizes = stats[1:count, 2:4] - 2
    small = (sizes.max(axis=1, initial=0) <= LARGEST) & (sizes.min(axis=1, initial=LARGEST) >= 1)
    boxes = [(int(x) + 1, int(y) + 1, int(x + w) - 1, int(y + h) - 1) for x, y, w, h, _ in stats[1:count][small]]
    covered = np.zeros(pixels.shape[:2], np.bool_)
    for left, top, right, bottom in taken:
        covered[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = True
    free = [box for box in boxes if covered[box[1] : box[3], box[0] : box[2]].mean() < 0.3]
    return [box for box in _grouped(free) if SMALLEST <= max(box[2] - box[0], box[3] - box[1]) <= LARGEST]


def _grouped(boxes: list[Rectangle]) -> list[Rectangle]:
    """Parts of one sign together: the bars of `=`, the dots of `÷`."""
    boxes = sorted(boxes, key=lambda box: (box[1], box[0]))
    joined = True
    while joined:
        joined = False
        done: list[Rectangle] = []
        for box in boxes:
            for index in range(len(done) - 1, max(len(done) - 40, -1), -1):
                other = done[index]
                size = max(box[2] - box[0], box[3] - box[1], other[2] - other[0], other[3] - other[1])
                apart = max(box[0] - other[2], other[0] - box[2], box[1] - other[3], other[1] - box[3])
                twins = abs(box[0] - other[0]) <= 1 and abs(box[2] - other[2]) <= 1
                if apart <= (0.7 if twins else 0.45) * size and apart <= 16 and not (_within(box, other) or _within(other, box)):
                    done[index] = (min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3]))
                    joined = True
                    break
            else:
                done.append(box)
        boxes = done
    return boxes


def _within(one: Rectangle, other: Rectangle) -> bool:
    """Whether `other` lies around `one`, as a key's edge around its sign."""
    return one[0] > other[0] and one[1] > other[1] and one[2] < other[2] and one[3] < other[3]


def portrait(
    pixels: NDArray[np.uint8], box: Rectangle, *, alone: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.float32], Rectangle] | None:
    """A piece of ink as the network sees it: float32 [24, 24], 0 for ground and 1 for ink; float32 [3], its width, height and how
    colourful it is; and the ink's own rectangle. None where there is no bare ground all around it, or, unless it must be `alone`, what
    is not connected with it is taken away."""
    import cv2

    left, top, right, bottom = box
    x0, y0 = left - RING - 1, top - RING - 1
    if x0 < 0 or y0 < 0 or right + RING + 1 > pixels.shape[1] or bottom + RING + 1 > pixels.shape[0]:
        return None
    region = pixels[y0 : bottom + RING + 1, x0 : right + RING + 1].astype(np.int16)
    around = np.concatenate(
        (region[:RING].reshape(-1, 3), region[-RING:].reshape(-1, 3), region[:, :RING].reshape(-1, 3), region[:, -RING:].reshape(-1, 3))
    )
    ground = ground_of(around)
    contrast = strongest(region - ground)
    most = int(contrast.max(initial=0))
    if most < LEAST_CONTRAST + 6 or (alone and np.mean(np.abs(around - ground).max(axis=1) > LEAST_CONTRAST) > 0.06):
        return None
    ink = contrast > max(LEAST_CONTRAST, FAINT * most)
    if not alone:
        _, labels = cv2.connectedComponents(ink.astype(np.uint8))
        inner = labels[RING + 1 : -RING - 1, RING + 1 : -RING - 1]
        ink = labels == (np.bincount(inner[inner > 0]).argmax() if inner.any() else 1)
        contrast[cv2.dilate(ink.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0] = 0
    ink[:RING] = ink[-RING:] = False
    ink[:, :RING] = ink[:, -RING:] = False
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return None
    a, b, c, d = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    part = np.minimum(contrast[b - 1 : d + 1, a - 1 : c + 1] / most, 1.0).astype(np.float32)
    scale = (SIDE - 4) / max(c - a, d - b)
    wide, high = max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1)
    scaled = cv2.resize(part, (min(wide, SIDE), min(high, SIDE)), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    picture = np.zeros((SIDE, SIDE), np.float32)
    y, x = (SIDE - scaled.shape[0]) // 2, (SIDE - scaled.shape[1]) // 2
    picture[y : y + scaled.shape[0], x : x + scaled.shape[1]] = scaled
    features = np.array([np.log2(c - a) / 3 - 1, np.log2(d - b) / 3 - 1, _colourful(region - ground, contrast, most)], np.float32)
    return picture, features, (x0 + a, y0 + b, x0 + c, y0 + d)


def _colourful(differences: NDArray[np.int16], contrast: NDArray[np.int16], most: int) -> float:
    """How far the ink is from one colour, 0–1: letters have one, most icons several."""
    strong = differences[contrast > 0.6 * most].astype(np.float32)
    direction = strong.mean(axis=0)
    length = float(np.linalg.norm(direction))
    if length < 1:
        return 1.0
    along = strong @ (direction / length)
    beside = np.linalg.norm(strong - along[:, None] * (direction / length), axis=1)
    return float(min(beside.mean() / length * 2, 1.0))


class SignNetwork:
    """Three convolutions and two layers, in numpy: a hundred signs in some ten milliseconds."""

    def __init__(self) -> None:
        self._weights = read_weights(WEIGHTS)

    def __call__(self, pictures: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """
        Args:
            pictures: float32 [n, 24, 24].
            features: float32 [n, 3].

        Returns:
            float32 [n, len(SIGNS) + 1]: how likely each sign is, and last that it is none.
        """
        weights = self._weights
        hidden = pictures[..., None]
        for number in range(3):
            hidden = pool(convolve(hidden, weights[f"conv{number}.weight"], weights[f"conv{number}.bias"]))
        flat = np.concatenate((hidden.reshape(len(hidden), -1), features), axis=1)
        flat = np.maximum(flat @ weights["inner.weight"].T + weights["inner.bias"], 0)
        scores = flat @ weights["outer.weight"].T + weights["outer.bias"]
        return softmax(scores)
