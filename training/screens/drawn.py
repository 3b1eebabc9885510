"""Screens drawn with Pillow: windows with menus, buttons, boxes, fields and rows, in the virtual desktop's own font.

A loose imitation of a desktop toolkit that needs neither a browser nor a display: for timing a model at any size, and for tests.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from training.screens.store import LabelledScreen, PixelBox, ScreenElement
from training.screens.words import label, sentence

FONT, SIZE = "DejaVuSans.ttf", 13.333
LOOKS = (
    {"ground": "#f6f5f4", "field": "#ffffff", "ink": "#2e3436", "line": "#cdc7c2", "accent": "#3584e4"},
    {"ground": "#e6e2dc", "field": "#fafafa", "ink": "#141414", "line": "#9a968f", "accent": "#1e783c"},
    {"ground": "#353535", "field": "#242424", "ink": "#eeeeec", "line": "#1b1b1b", "accent": "#c85028"},
)
ROW = 26


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, SIZE, layout_engine=ImageFont.Layout.BASIC)


class _Window:
    """One window being drawn, with the truth collected on the way."""

    def __init__(self, rng: random.Random, image: Image.Image, box: tuple[int, int, int, int]) -> None:
        self.rng, self.box, self.look = rng, box, rng.choice(LOOKS)
        self.draw = ImageDraw.Draw(image)
        self.elements: list[ScreenElement] = []
        self.draw.rectangle(box, self.look["ground"], self.look["line"])

    def text(self, x: float, y: float, text: str, ink: str = "") -> None:
        self.draw.text((x, y + 5), text, fill=ink or self.look["ink"], font=_font())

    def add(self, name: str, role: str, box: PixelBox, checked: bool | None = None, selected: bool | None = None) -> None:
        self.elements.append(ScreenElement(name, role, box, checked=checked, selected=selected, enabled=True))

    def in_a_row(self, x: int, y: int, right: int, role: str) -> None:
        """Buttons, or a menu bar, as far as they fit."""
        while True:
            name = label(self.rng)
            end = x + _font().getlength(name) + 20
            if end > right:
                return
            if role == "push button":
                self.draw.rounded_rectangle((x, y + 1, end, y + ROW - 3), 3, self.look["field"], self.look["line"])
            self.text(x + 10, y, name)
            self.add(name, role, (x, y + 1, end, y + ROW - 3))
            x = round(end) + self.rng.randint(2, 30)

    def buttons(self, x: int, y: int, right: int) -> None:
        self.in_a_row(x, y, right, "push button")

    def tick(self, x: int, y: int, right: int) -> None:
        name, on, role = label(self.rng), self.rng.random() < 0.5, self.rng.choice(("check box", "radio button"))
        end = x + 24 + _font().getlength(name)
        if end > right:
            return
        shape = self.draw.rectangle if role == "check box" else self.draw.ellipse
        shape((x, y + 6, x + 14, y + 20), self.look["accent" if on else "field"], self.look["ink"])
        if on:
            self.draw.line((x + 3, y + 13, x + 6, y + 16, x + 11, y + 10), "#ffffff", 2)
        self.text(x + 22, y, name)
        self.add(name, role, (x, y, end, y + ROW - 4), checked=on)

    def field(self, x: int, y: int, right: int) -> None:
        name, value = label(self.rng), sentence(self.rng, 3)
        start = x + _font().getlength(name) + 12
        if start + 60 > right:
            return
        self.text(x, y, name)
        self.draw.rectangle((start, y + 1, right, y + ROW - 3), self.look["field"], self.look["line"])
        if _font().getlength(value) < right - start - 12:
            self.text(start + 6, y, value)
        self.add(name, "text", (start, y + 1, right, y + ROW - 3))

    def row(self, x: int, y: int, right: int) -> None:
        name, chosen = label(self.rng), self.rng.random() < 0.2
        if x + _font().getlength(name) + 24 > right:
            return
        if chosen:
            self.draw.rectangle((x, y, right, y + ROW - 1), self.look["accent"])
        self.text(x + 20, y, name, "#ffffff" if chosen else "")
        self.add(name, "table cell", (x, y, right, y + ROW - 1), selected=chosen)

    def fill(self) -> list[ScreenElement]:
        """A menu bar, then columns of rows of one kind after the other."""
        left, top, right, bottom = self.box
        self.in_a_row(left + 4, top, right, "menu")
        columns = max(1, (right - left) // self.rng.randint(230, 420))
        for column in range(columns):
            start, end = (left + (right - left) * part // columns for part in (column, column + 1))
            y = top + ROW + self.rng.randint(2, 14)
            while y + ROW < bottom:
                make: Callable[[int, int, int], None] = self.rng.choice((self.buttons, self.tick, self.field, self.row))
                for _ in range(self.rng.randint(1, 6)):
                    if y + ROW < bottom:
                        make(start + 10, y, end - 10)
                    y += ROW
                y += self.rng.randint(0, 12)
        return self.elements


def draw_screen(rng: random.Random, size: tuple[int, int] = (1024, 768)) -> LabelledScreen:
    """One drawn screen of `size` pixels: a window that fills it, and at times another before it."""
    width, height = size
    image = Image.new("RGB", size)
    elements = _Window(rng, image, (0, 0, width - 1, height - 1)).fill()
    if rng.random() < 0.5:
        wide, high = rng.randint(width // 2, width - 1), rng.randint(height // 2, height - 1)
        x, y = rng.randint(0, width - 1 - wide), rng.randint(0, height - 1 - high)
        x2, y2 = x + wide, y + high
        elements = [one for one in elements if one.box[2] <= x or one.box[0] >= x2 or one.box[3] <= y or one.box[1] >= y2]
        elements += _Window(rng, image, (x, y, x2, y2)).fill()
    return LabelledScreen(image, "drawn", "drawn", elements)
