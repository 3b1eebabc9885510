"""A closer look at a small or uncertain box: which part of the screenshot to cut out, and which of two answers to take.

    whole screenshot ─ ground ─► box ─ small or uncertain? ─► cut out around it at full resolution ─ ground again ─► back to the whole

What the model sees of a large screen is a reduction; a part of it is seen as sharp as it was captured. How small, how uncertain and how
much around it are settings of good sense: they have not been measured on the published weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from PIL import Image

from recordings.geometry import Box, ScreenTransform
from vlm.answer import Grounding
from vlm.images import PATCH

Zoom = Literal["off", "auto"]

SMALL = 2.0
"""Patches along the shorter side under which a box is small."""

UNSURE = 0.3
"""Confidence under which a box is uncertain: neighbouring numbers share the probability of a right one."""

LARGE = 0.25
"""Share of the screenshot's width or height from which a box is large, and a closer look shows nothing new."""

AROUND = 1 / 3
"""Share of the width and height that is cut out, at least: enough of what is near to recognise the place."""

TRUST = 0.5
"""A second answer that is less than this much as confident as the first says that the part does not hold what is asked for."""


def look_closer(found: Grounding, image: Image.Image, grid: tuple[int, int], ground: Callable[[Image.Image], Grounding]) -> Grounding:
    """The answer of a closer look, where one is worth it and its answer to be trusted; else the first.

    Args:
        found: the first answer, about the whole `image`, of which the model saw `grid` rows and columns of patches.
        ground: finds the same in a part of the image.
    """
    began = time.perf_counter()
    part = part_to_zoom(found.box, found.confidence or 0.0, grid, image.size)
    if part is None:
        return found
    again = ground(image.crop((int(part.left), int(part.top), int(part.left + part.width), int(part.top + part.height))))
    seconds = found.seconds + time.perf_counter() - began
    if not is_better(again.confidence or 0.0, found.confidence or 0.0):
        return replace(found, seconds=seconds)
    whole = ScreenTransform(0, 0, *image.size)
    box = whole.lift(again.box, part)
    return Grounding(box, box.center, again.confidence, seconds, whole.lift(Box(x1=0, y1=0, x2=1, y2=1), part))


def part_to_zoom(box: Box, confidence: float, grid: tuple[int, int], size: tuple[int, int]) -> ScreenTransform | None:
    """The part to look at again, in pixels of the screenshot; None where the first answer is good enough or the box large.

    Args:
        box: the first answer.
        confidence: its confidence, 0–1.
        grid: rows and columns of patches that the model saw.
        size: width and height of the screenshot in pixels.
    """
    across, down = box.x2 - box.x1, box.y2 - box.y1
    small = min(across * grid[1], down * grid[0]) < SMALL
    if max(across, down) >= LARGE or not (small or confidence < UNSURE):
        return None
    share = max(AROUND, 2 * across, 2 * down)
    width, height = (min(max(round(side * share), PATCH), side) for side in size)
    left = min(max(round(box.center.x * size[0] - width / 2), 0), size[0] - width)
    top = min(max(round(box.center.y * size[1] - height / 2), 0), size[1] - height)
    return ScreenTransform(left, top, width, height)


def is_better(second: float, first: float) -> bool:
    """Whether the closer look's answer is taken, by both confidences."""
    return second >= TRUST * first
