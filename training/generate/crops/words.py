"""Rendered words: one line on one ground, in fonts and words of which some are only measured with."""

from __future__ import annotations

import random
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from recordings.errors import DeskhandError
from training.recipes.glyphs.examples import FAMILIES, FONTS
from training.screens.words import label

LONGEST = 14
"""Characters."""
EVERY = 6
"""Of words and of fonts each sixth is only measured with."""


@cache
def _fonts(held_out: bool) -> tuple[Path, ...]:
    found = {path.stem: path for path in sorted(FONTS.rglob("*.[ot]tf"))}
    chosen = tuple(found[name] for number, name in enumerate(FAMILIES) if name in found and (number % EVERY == EVERY - 1) == held_out)
    if not chosen:
        raise DeskhandError("the fonts to draw words in are missing: apt install fonts-dejavu fonts-urw-base35 fonts-cantarell")
    return chosen


def draw_text(rng: random.Random, held_out: bool) -> str:
    """What a control says, of those words that may be trained on, or of the others."""
    while True:
        text = label(rng).strip()
        if 0 < len(text) <= LONGEST and (zlib.crc32(text.casefold().encode()) % EVERY == 0) == held_out:
            return text


def write(rng: random.Random, text: str, held_out: bool) -> NDArray[np.uint8]:
    """The line as a screen shows it, uint8 [height, width, 3]: letters of 9 to 20 pixels, with a little ground around."""
    font = _font(rng.choice(_fonts(held_out)), rng.randint(9, 20))
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    gap = rng.randint(2, 5)
    size = (max(right - left, 8) + 2 * gap, max(bottom - top, 12) + 2 * gap)
    dark = rng.random() < 0.35
    ground = tuple(rng.randint(15, 60) if dark else rng.randint(215, 255) for _ in range(3))
    ink = tuple(rng.randint(170, 255) if dark else rng.randint(0, 110) for _ in range(3))
    canvas = Image.new("RGB", size, ground)
    ImageDraw.Draw(canvas).text((gap - left, gap - top), text, font=font, fill=ink)
    return np.asarray(canvas)


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)
