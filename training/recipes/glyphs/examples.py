"""Pictures of single signs, drawn by seed in the machine's fonts, in many sizes and colours, as text toolkits draw them.

What is none of the signs is drawn from the symbols of DejaVu Sans, from pieces of words, from shapes that buttons are made of, and from
the icon themes under /usr/share/icons.
"""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from recordings.errors import DeskhandError
from recordings.foreign import PICTURE_BYTES, open_picture, read_file
from training.beside import beside
from vlm.reading.glyphs import SIGNS, portrait
from vlm.reading.lines import Rectangle

FONTS = Path("/usr/share/fonts")
ICONS = Path("/usr/share/icons")
SAID = beside(__file__)
FAMILIES: list[str] = SAID["families"]
ALIKE: dict[str, str] = SAID["alike"]
SYMBOLS = [
    chr(code)
    for code in (*range(0x2194, 0x2211), *range(0x2220, 0x2300), *range(0x2318, 0x2328), *range(0x2500, 0x2800))
    if chr(code) not in "".join((SIGNS, *ALIKE.values()))
]
OFTEN = "0123456789+-*/=().,%√×÷±"
NONE = len(SIGNS)
Colour = tuple[int, int, int]


class Examples:
    """Draws examples by seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        found = {path.stem: path for path in sorted(FONTS.rglob("*.[ot]tf"))}
        self._fonts = [found[name] for name in FAMILIES if name in found]
        if "DejaVuSans" not in found:
            raise DeskhandError("the fonts to draw signs in are missing: apt install fonts-dejavu fonts-urw-base35 fonts-cantarell")
        self._symbols = found["DejaVuSans"]
        icons = (path for path in sorted(ICONS.rglob("*.png")) if not any(word in path.stem.lower() for word in SAID["speaking"]))
        self._icons = [
            path for path in icons if any(size in path.parts for size in ("16x16", "22x22", "24x24", "32x32", "16", "22", "24", "32"))
        ]

    def draw(self, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Portraits float32 [n, 24, 24], features float32 [n, 3], labels int64 [n]."""
        rows: list[tuple[np.ndarray, np.ndarray, int]] = []
        while len(rows) < count:
            drawn = self._sign() if self._rng.random() < 0.6 else (NONE, self._other())
            if drawn[1] is None:
                continue
            pixels = np.asarray(drawn[1])
            seen = portrait(pixels, _jittered(pixels, self._rng))
            if seen is not None:
                rows.append((seen[0], seen[1], drawn[0]))
        pictures, features, labels = zip(*rows, strict=True)
        return np.stack(pictures), np.stack(features), np.asarray(labels)

    def _sign(self) -> tuple[int, Image.Image | None]:
        rng = self._rng
        sign = rng.choice(OFTEN) if rng.random() < 0.4 else rng.choice(SIGNS)
        path = rng.choice(self._fonts)
        character = rng.choice(ALIKE.get(sign, sign))
        if not has(path, character):
            path = self._symbols
        return SIGNS.index(sign), self._written(character, path)

    def _other(self) -> Image.Image | None:
        rng = self._rng
        chance = rng.random()
        if chance < 0.3:
            character = rng.choice(SYMBOLS)
            return self._written(character, self._symbols) if has(self._symbols, character) else None
        if chance < 0.45:
            word = "".join(rng.choice("abcdefghijklmnopqrstuvwxyzABCDEFGHIMNOPRST0123456789.:") for _ in range(rng.choice((2, 2, 3, 4))))
            return self._written(word, rng.choice(self._fonts))
        if chance < 0.63:
            return self._shape()
        if chance < 0.7:
            whole = self._sign()[1]  # half of a sign, as the edge of a window leaves it
            if whole is None:
                return None
            pixels = np.asarray(whole)
            left, top, right, bottom = _ink(pixels)
            if right - left < 6 or bottom - top < 6:
                return None
            cut = pixels.copy()
            cut[:, (left + right) // 2 :] = pixels[0, 0]
            return Image.fromarray(cut if rng.random() < 0.5 else np.swapaxes(np.swapaxes(cut, 0, 1)[::-1], 0, 1))
        return self._icon()

    def _colours(self) -> tuple[Colour, Colour]:
        """Ground and ink, far enough apart to be seen."""
        while True:
            ground, ink = self._colour(), self._colour()
            if max(abs(one - other) for one, other in zip(ground, ink, strict=True)) > self._rng.choice((40, 60, 120)):
                return ground, ink

    def _colour(self) -> Colour:
        red, green, blue = (self._rng.randrange(256) for _ in range(3))
        return (red, green, blue) if self._rng.random() < 0.4 else (red, red, red)

    def _canvas(self, wide: int, high: int, ground: Colour) -> Image.Image:
        return Image.new("RGB", (wide, high), ground)

    def _written(self, text: str, path: Path) -> Image.Image | None:
        """As toolkits draw: hinted to the grid or between its pixels, now and then with coloured edges."""
        rng = self._rng
        size = rng.choice((*range(8, 24), *range(9, 20), *range(20, 44, 2)))
        ground, ink = self._colours()
        style = rng.random()
        fine = 1 if style < 0.45 else 4
        font = load(path, size * fine)
        left, top, right, bottom = (round(value) for value in font.getbbox(text))
        wide, high = right - left, bottom - top
        if wide < 1 or high < 1 or max(wide, high) > 52 * fine:
            return None
        pad = 8 * fine
        cover = Image.new("L", (-(-(wide + 2 * pad) // 12) * 12, -(-(high + 2 * pad) // 12) * 12))
        ImageDraw.Draw(cover).text((pad - left + rng.randrange(fine), pad - top + rng.randrange(fine)), text, font=font, fill=255)
        if style > 0.85:  # three subpixels a pixel
            third = np.asarray(cover.resize((cover.width * 3 // fine, cover.height // fine), Image.Resampling.BOX), np.float32) / 255
            third = (third + np.roll(third, 1, 1) + np.roll(third, -1, 1)) / 3
            covers = np.stack([third[:, channel::3] for channel in range(3)], axis=2)
        else:
            plain = np.asarray(cover.resize((cover.width // fine, cover.height // fine), Image.Resampling.BOX), np.float32) / 255
            covers = np.repeat(plain[..., None], 3, axis=2)
        pixels = np.asarray(ground) * (1 - covers) + np.asarray(ink) * covers
        if rng.random() < 0.3:  # buttons are often shaded from above
            pixels += np.linspace(-rng.randrange(8), rng.randrange(8), len(pixels))[:, None, None]
        picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        return picture.filter(ImageFilter.GaussianBlur(0.4)) if rng.random() < 0.1 else picture

    def _shape(self) -> Image.Image:
        """Boxes, discs, ticks, triangles, rules and heaps of them: what buttons and bars are made of."""
        rng = self._rng
        ground, ink = self._colours()
        side = rng.randrange(6, 40)
        picture = self._canvas(side + 16, side + 16, ground)
        pen = ImageDraw.Draw(picture)
        for _ in range(rng.choice((1, 1, 2, 3, 5))):
            x0, x1 = sorted(8 + rng.randrange(side + 1) for _ in range(2))
            y0, y1 = sorted(8 + rng.randrange(side + 1) for _ in range(2))
            width = rng.choice((1, 1, 2, 3))
            match rng.randrange(8):
                case 0:
                    pen.rectangle((x0, y0, x1, y1), outline=ink, width=width)
                case 1:
                    pen.rectangle((x0, y0, x1, y1), fill=ink) if x1 - x0 < 2 * (y1 - y0) and y1 - y0 > 4 else pen.ellipse(
                        (x0, y0, x1, y1), outline=ink, width=width
                    )
                case 2:
                    pen.ellipse((x0, y0, x1, y1), fill=ink) if x1 - x0 > 7 else pen.line((x0, y0, x1, y1, x0, y1), fill=ink, width=width)
                case 3:
                    pen.polygon([(x0, y0), (x1, y0), ((x0 + x1) // 2, y1)], fill=ink)
                case 4:
                    return self._stroke(ground, ink)
                case 5:
                    pen.polygon([(x0, y1), (x1, y1), ((x0 + x1) // 2, y0)], fill=ink)
                case 6:
                    pen.line(
                        [(8 + rng.randrange(side), 8 + rng.randrange(side)) for _ in range(rng.choice((3, 4, 5)))], fill=ink, width=width
                    )
                case _:
                    pen.rectangle((8, y0, 9, 8 + side), fill=ink)
        return picture

    def _stroke(self, ground: Colour, ink: Colour) -> Image.Image:
        """A tick, or a chevron that points anywhere but is flatter than a V."""
        rng = self._rng
        side, fine = rng.randrange(6, 26), 4
        picture = self._canvas((side + 16) * fine, (side + 16) * fine, ground)

        def at(x: float, y: float) -> tuple[float, float]:
            return (8 + x * side) * fine, (8 + y * side) * fine

        if rng.random() < 0.5:
            low = rng.uniform(0.25, 0.45)
            points = [at(rng.uniform(0, 0.12), rng.uniform(0.45, 0.65)), at(low, rng.uniform(0.8, 1)), at(1, rng.uniform(0, 0.25))]
        else:
            depth = rng.uniform(0.35, 0.6)
            points = [at(0, 0), at(0.5, depth), at(1, 0)]
            if rng.random() < 0.5:
                points = [(x, (16 + side) * fine - y) for x, y in points]
            if rng.random() < 0.4:
                points = [(y, x) for x, y in points]
        ImageDraw.Draw(picture).line(points, fill=ink, width=round(rng.uniform(1, max(2, side / 5)) * fine), joint="curve")
        return picture.resize((side + 16, side + 16), Image.Resampling.BOX)

    def _icon(self) -> Image.Image | None:
        rng = self._rng
        if not self._icons:
            return None
        icon = open_picture(read_file(rng.choice(self._icons), PICTURE_BYTES)).convert("RGBA")
        if max(icon.size) > 40:
            return None
        picture = self._canvas(icon.width + 12, icon.height + 12, self._colours()[0])
        cover = icon.getchannel("A")
        if rng.random() < 0.3:  # greyed
            cover = cover.point([value // 2 for value in range(256)])
        picture.paste(icon.convert("L").convert("RGB") if rng.random() < 0.25 else icon, (6, 6), cover)
        return picture


@lru_cache(maxsize=2048)
def load(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=8192)
def has(path: Path, character: str) -> bool:
    """Whether the font has it: what it lacks, all fonts draw as they draw a code that nothing has."""
    font = load(path, 24)
    return bytes(font.getmask(character)) != bytes(font.getmask("\U000fffff")) or font.getbbox(character) != font.getbbox("\U000fffff")


def _ink(pixels: np.ndarray) -> Rectangle:
    differs = np.abs(pixels.astype(np.int16) - pixels[0, 0].astype(np.int16)).max(axis=2) > 20
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return 4, 4, 5, 5
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _jittered(pixels: np.ndarray, rng: random.Random) -> Rectangle:
    left, top, right, bottom = _ink(pixels)
    a, b, c, d = (rng.choice((0, 0, 1)) for _ in range(4))
    return max(left - a, 3), max(top - b, 3), right + c, bottom + d
