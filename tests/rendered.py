"""Screens drawn by seed, whose words and places are known: what the reader is held against."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path("/usr/share/fonts")
FONTS = (
    "truetype/dejavu/DejaVuSans.ttf",
    "truetype/dejavu/DejaVuSans-Bold.ttf",
    *(
        name
        for name in ("opentype/urw-base35/NimbusSans-Regular.otf", "opentype/cantarell/Cantarell-Regular.otf")
        if (FOLDER / name).exists()
    ),
)
"""DejaVu is wherever the tests run; others add to it."""
LOOKS = {
    "light": ((250, 250, 250), (30, 30, 30)),
    "dark": ((40, 42, 46), (225, 225, 225)),
    "grey": ((240, 240, 240), (165, 165, 165)),
    "chosen": ((53, 132, 228), (255, 255, 255)),
}
NAMES = (
    "File", "Edit", "View", "Tools", "Help", "Save As...", "Open Recent", "Print Preview", "Preferences", "Find and Replace",
    "Zoom In", "Full Screen", "Page Setup", "Word Wrap", "Show Hidden Files", "Quit", "OK", "Cancel", "Apply", "Close Tab",
    "Line Numbers", "Background", "Username:", "Password:", "Remember me", "Export to PDF", "Ctrl+Shift+S", "Größe", "Été", "100%",
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A text and the pixels that it covers: left, top, right, bottom."""

    text: str
    box: tuple[int, int, int, int]


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FOLDER / name), size)


def draw_words(
    seed: int, look: str, size: int, *, screen: tuple[int, int] = (1280, 720), count: int = 40
) -> tuple[Image.Image, list[Written]]:
    """Names on a grid, each somewhere in its cell, in one font size; every one stands apart."""
    rng = random.Random(f"{seed}/{look}/{size}")
    ground, ink = LOOKS[look]
    picture = Image.new("RGB", screen, ground)
    pen = ImageDraw.Draw(picture)
    chosen = font(rng.choice(FONTS), size)
    wide, high = max(240, size * 12), max(36, size * 2 + 10)
    cells = [(x, y) for y in range(4, screen[1] - high, high) for x in range(4, screen[0] - wide, wide)]
    written = []
    for x, y in rng.sample(cells, min(count, len(cells))):
        text = rng.choice(NAMES)
        left, top = x + rng.randrange(8, 30), y + rng.randrange(2, 8)
        pen.text((left, top), text, font=chosen, fill=ink)
        a, b, c, d = chosen.getbbox(text)
        written.append(Written(text, (round(left + a), round(top + b), round(left + c), round(top + d))))
    return picture, written
