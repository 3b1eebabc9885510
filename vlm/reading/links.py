"""Whether words in a line of prose are something to click: a link has a colour of its own, what is only mentioned has not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recordings.geometry import Box
from vlm.reading.protocols import Candidate

PROSE_WORDS = 4
"""So many words beside those that are meant make a line prose."""
_APART = 60.0
"""Distance of two inks' colours, of at most 442."""


def only_mentioned(candidate: Candidate, image: Image.Image) -> bool:
    """Whether the candidate is a part of a line of prose that is written like the rest of it."""
    if candidate.how != "part":
        return False
    part, whole = candidate.box, candidate.element.box
    width = whole.x2 - whole.x1
    words = len(candidate.element.text.split())
    if words * (1 - (part.x2 - part.x1) / max(width, 1e-6)) < PROSE_WORDS:
        return False
    left, right = Box(x1=whole.x1, y1=whole.y1, x2=part.x1, y2=whole.y2), Box(x1=part.x2, y1=whole.y1, x2=whole.x2, y2=whole.y2)
    own = _ink(part, image)
    rest = [ink for box in (left, right) if (ink := _ink(box, image)) is not None]
    return own is None or not rest or min(float(np.linalg.norm(own - ink)) for ink in rest) < _APART


def _ink(box: Box, image: Image.Image) -> NDArray[np.float64] | None:
    """The colour that stands out most from the ground, RGB; None where the box holds no writing."""
    across, down = image.size
    area = (round(box.x1 * across), round(box.y1 * down), round(box.x2 * across), round(box.y2 * down))
    if area[2] - area[0] < 4 or area[3] - area[1] < 4:
        return None
    pixels = np.asarray(image.crop(area).convert("RGB"), dtype=np.float64).reshape(-1, 3)
    ground = np.median(pixels, axis=0)
    distance = np.linalg.norm(pixels - ground, axis=1)
    strong = pixels[distance >= max(0.7 * distance.max(), 30.0)]
    return np.median(strong, axis=0) if len(strong) else None
