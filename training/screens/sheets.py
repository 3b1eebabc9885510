"""Sheets of text: nothing but reading, as much of it as a picture holds."""

from __future__ import annotations

import random

from training.screens.drawn import KEYS, Canvas, random_look
from training.screens.store import LabelledScreen, ScreenElement
from training.screens.words import label, nonsense, number, sentence


def draw_sheet(rng: random.Random, size: tuple[int, int] = (1024, 768), wide: float = 0.05) -> LabelledScreen:
    """A sheet of lines of text in blocks of different colours: nothing but reading, as much of it as a picture holds."""
    width, height = size
    canvas = Canvas(rng, size, random_look(rng, wide))
    top = 0
    while top < height:
        bottom = min(top + rng.randint(60, 200), height)
        left = 0
        while left < width:
            right = min(left + rng.randint(200, 520), width)
            canvas.look = random_look(rng, wide)
            ground = rng.choice((canvas.look.paper, canvas.look.panel, canvas.look.button))
            canvas.draw.rectangle((left, top, right, bottom), fill=ground)
            y = top + rng.randint(0, 16)
            while y + canvas.line_height < bottom:
                x = left + rng.randint(0, 24)
                while True:
                    text = rng.choice((label, sentence, nonsense, number, lambda r: r.choice(KEYS)))(rng)
                    if x + canvas.width(text) > right:
                        break
                    box = canvas.text(x, y, text)
                    canvas.elements.append(ScreenElement(text, "label", box))
                    x = int(box[2]) + rng.randint(4, 14)
                y += canvas.line_height + rng.randint(0, 5)
            left = right
        top = bottom
    return canvas.result("drawn")
