"""Screens drawn with Pillow: windows, menus, keypads, forms and lists, in the virtual desktop's own font first.

A loose imitation of a desktop toolkit that needs neither a browser nor a display, about 100 screens a second on one core: for timing a
model at any size, and for tests.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from training.screens.store import LabelledScreen, ScreenElement
from training.screens.words import LABELS, label, nonsense, number, sentence

KEYS = (
    *"0123456789" * 3,
    *"+-*/=%().,:;!?#@&_√×÷±abcdefxyzCEM<>",
    "sin",
    "cos",
    "tan",
    "log",
    "ln",
    "exp",
    "MC",
    "MR",
    "AC",
    "CE",
    "x²",
    "1/x",
    "n!",
    "pi",
)

Colour = tuple[int, int, int]

MAIN_FONT = "DejaVuSans.ttf"
MAIN_SIZE = 13.333
OTHER_FONT_SHARE = 0.3
OTHER_FONTS = ("DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf", "DejaVuSansCondensed.ttf")


def word(rng: random.Random) -> str:
    """One short label, as menu bars have."""
    draw = rng.random()
    return rng.choice(LABELS).split()[0] if draw < 0.5 else nonsense(rng).split()[0] if draw < 0.9 else number(rng)


@functools.lru_cache(maxsize=64)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(name, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        return ImageFont.truetype(MAIN_FONT, size, layout_engine=ImageFont.Layout.BASIC)


@functools.lru_cache(maxsize=8192)
def _advance(name: str, size: float, text: str) -> float:
    return _font(name, size).getlength(text)


@dataclass(frozen=True, slots=True)
class Look:
    """The colours and the font of one screen."""

    paper: Colour
    panel: Colour
    button: Colour
    ink: Colour
    dim: Colour
    line: Colour
    accent: Colour
    font: str
    size: float


def _shade(colour: Colour, by: int) -> Colour:
    red, green, blue = (min(max(part + by, 0), 255) for part in colour)
    return red, green, blue


def random_look(rng: random.Random) -> Look:
    """A theme, mostly with the virtual desktop's own font."""
    font, size = MAIN_FONT, MAIN_SIZE
    if rng.random() < OTHER_FONT_SHARE:
        font = rng.choice((MAIN_FONT, *OTHER_FONTS))
        size = rng.choice((11.0, 12.0, 13.333, 14.0, 14.667, 16.0))
    if rng.random() < 0.25:
        base = rng.randint(20, 70)
        panel: Colour = (base, base, _shade((base, 0, 0), rng.randint(-6, 12))[0])
        light = rng.randint(215, 255)
        return Look(
            _shade(panel, -14),
            panel,
            _shade(panel, rng.randint(8, 30)),
            (light,) * 3,
            (light - 90,) * 3,
            _shade(panel, 40),
            (53, 132, 228),
            font,
            size,
        )
    base = rng.randint(228, 255)
    panel = (base, base - rng.randint(0, 4), base - rng.randint(0, 8))
    dark = rng.choice((0, 20, 46, 50))
    ink = (dark, dark + rng.randint(0, 6), dark + rng.randint(0, 10))
    accent = rng.choice(((53, 132, 228), (20, 90, 160), (30, 120, 60), (200, 80, 30), (110, 60, 160)))
    return Look((255, 255, 255), panel, _shade(panel, rng.randint(-14, 10)), ink, (146, 149, 149), _shade(panel, -45), accent, font, size)


class Canvas:
    """A picture being drawn, with the truth collected on the way."""

    def __init__(self, rng: random.Random, size: tuple[int, int], look: Look) -> None:
        self.rng, self.size, self.look = rng, size, look
        self.image = Image.new("RGB", size, _shade(look.paper, rng.choice((0, 0, -20, -60, -120))))
        self.draw = ImageDraw.Draw(self.image)
        self.elements: list[ScreenElement] = []

    def cover(self, box: tuple[float, float, float, float]) -> None:
        """Forget what lies under a new window."""
        x1, y1, x2, y2 = box

        def free(other: tuple[float, float, float, float]) -> bool:
            return other[2] <= x1 or other[0] >= x2 or other[3] <= y1 or other[1] >= y2

        self.elements = [element for element in self.elements if free(element.box)]

    def width(self, text: str) -> float:
        return _advance(self.look.font, self.look.size, text)

    @property
    def line_height(self) -> int:
        return round(self.look.size * 1.2)

    def text(self, x: float, y: float, text: str, ink: Colour | None = None) -> tuple[float, float, float, float]:
        """Write at the top left (x, y) of a line box; returns the box."""
        font = _font(self.look.font, self.look.size)
        x, y = round(x), round(y)
        self.draw.text((x, y), text, fill=ink or self.look.ink, font=font)
        return x, y, x + self.width(text), y + self.line_height

    def button(self, box: tuple[float, float, float, float], name: str) -> None:
        enabled = self.rng.random() > 0.06
        x1, y1, x2, y2 = box
        fill = self.look.accent if self.rng.random() < 0.06 else self.look.button
        self.draw.rounded_rectangle((x1, y1, x2 - 1, y2 - 1), self.rng.choice((0, 3, 5)), fill=fill, outline=self.look.line)
        ink = self.look.dim if not enabled else (255, 255, 255) if fill == self.look.accent else None
        self.text((x1 + x2 - self.width(name)) / 2, (y1 + y2 - self.line_height) / 2, name, ink)
        self.elements.append(ScreenElement(name, "push button", box, enabled=enabled))

    def result(self, source: str) -> LabelledScreen:
        width, height = self.size
        inside = [e for e in self.elements if e.box[0] >= 0 and e.box[1] >= 0 and e.box[2] <= width and e.box[3] <= height]
        return LabelledScreen(self.image, source, "drawn", inside)


def _menu_bar(canvas: Canvas, x: int, y: int, right: int) -> int:
    height = canvas.line_height + canvas.rng.randint(6, 12)
    at = x + canvas.rng.randint(2, 8)
    while True:
        name = word(canvas.rng)
        end = at + round(canvas.width(name)) + 16
        if end > right or canvas.rng.random() < 0.08:
            return y + height
        canvas.text(at + 8, y + (height - canvas.line_height) // 2, name)
        canvas.elements.append(ScreenElement(name, "menu", (at, y, end, y + height)))
        at = end


def _menu(canvas: Canvas, x: int, y: int, right: int, bottom: int) -> int:
    """A drop-down list of entries over a border."""
    rng = canvas.rng
    names = [label(rng) for _ in range(rng.randint(3, 12))]
    height = canvas.line_height + rng.randint(4, 10)
    width = min(int(max(canvas.width(name) for name in names)) + rng.randint(50, 140), right - x)
    count = min(len(names), (bottom - y) // height)
    if count < 1:
        return bottom
    canvas.draw.rectangle((x, y, x + width, y + count * height), fill=canvas.look.panel, outline=canvas.look.line)
    indent = rng.choice((8, 12, 28, 32))
    lit = rng.randint(0, 3 * count)
    for index, name in enumerate(names[:count]):
        top = y + index * height
        ink = None
        if index == lit:
            canvas.draw.rectangle((x + 1, top, x + width - 1, top + height - 1), fill=canvas.look.accent)
            ink = (255, 255, 255)
        if canvas.width(name) < width - indent - 6:
            canvas.text(x + indent, top + (height - canvas.line_height) // 2, name, ink)
            canvas.elements.append(ScreenElement(name, "menu item", (x, top, x + width, top + height), selected=index == lit))
    return y + count * height


def _keypad(canvas: Canvas, x: int, y: int, right: int, bottom: int) -> int:
    rng = canvas.rng
    columns, rows = rng.randint(4, 8), rng.randint(3, 6)
    gap = rng.choice((0, 2, 4, 6))
    width = min((right - x) // columns, rng.randint(34, 80))
    height = min((bottom - y) // rows, rng.randint(26, 52))
    if width < 26 or height < 22:
        return y
    used: set[str] = set()
    for row in range(rows):
        for column in range(columns):
            name = rng.choice(KEYS)
            if name in used:
                continue
            used.add(name)
            left, top = x + column * width, y + row * height
            canvas.button((left, top, left + width - gap, top + height - gap), name)
    return y + rows * height


def _buttons(canvas: Canvas, x: int, y: int, right: int, bottom: int) -> int:
    height = canvas.line_height + canvas.rng.randint(8, 18)
    at = x
    while at < right:
        name = label(canvas.rng)
        end = at + round(canvas.width(name)) + canvas.rng.randint(16, 60)
        if end > right or y + height > bottom:
            break
        canvas.button((at, y, end, y + height), name)
        at = end + canvas.rng.randint(4, 30)
    return y + height


def _ticks(canvas: Canvas, x: int, y: int, right: int, bottom: int) -> int:
    rng = canvas.rng
    round_ = rng.random() < 0.4
    spacing = canvas.line_height + rng.randint(4, 14)
    for _ in range(rng.randint(2, 7)):
        name = label(rng)
        end = x + 22 + canvas.width(name)
        if y + spacing > bottom or end > right:
            break
        checked = rng.random() < 0.5
        side = 14
        top = y + (canvas.line_height - side) // 2
        shape = canvas.draw.ellipse if round_ else canvas.draw.rectangle
        shape((x, top, x + side, top + side), fill=canvas.look.accent if checked else canvas.look.paper, outline=canvas.look.line)
        if checked:
            canvas.draw.line((x + 3, top + 7, x + 6, top + 10, x + 11, top + 4), fill=(255, 255, 255), width=2)
        canvas.text(x + 22, y, name)
        role = "radio button" if round_ else "check box"
        canvas.elements.append(ScreenElement(name, role, (x, y, end, y + canvas.line_height), checked=checked, enabled=True))
        y += spacing
    return y


def _fields(canvas: Canvas, x: int, y: int, right: int, bottom: int) -> int:
    rng = canvas.rng
    height = canvas.line_height + rng.randint(8, 16)
    column = x + rng.randint(90, 180)
    for _ in range(rng.randint(1, 5)):
        name = label(rng)
        if y + height > bottom or column + 60 > right or canvas.width(name) > column - x - 8:
            break
        canvas.text(x, y + (height - canvas.line_height) // 2, name)
        end = rng.randint(column + 60, right)
        canvas.draw.rectangle((column, y, end, y + height), fill=canvas.look.paper, outline=canvas.look.line)
        value = sentence(rng, 3)
        if canvas.width(value) < end - column - 12 and rng.random() < 0.6:
            canvas.text(column + 6, y + (height - canvas.line_height) // 2, value)
        canvas.elements.append(ScreenElement(name, "text", (column, y, end, y + height)))
        y += height + rng.randint(4, 12)
    return y


def _prose(canvas: Canvas, x: int, y: int, right: int, bottom: int) -> int:
    lead = canvas.line_height + canvas.rng.randint(0, 5)
    for _ in range(canvas.rng.randint(2, 10)):
        text = sentence(canvas.rng)
        while text and canvas.width(text) > right - x:
            text = text.rpartition(" ")[0]
        if y + lead > bottom:
            break
        canvas.text(x, y, text)
        y += lead
    return y


def _rows(canvas: Canvas, x: int, y: int, right: int, bottom: int) -> int:
    rng = canvas.rng
    height = canvas.line_height + rng.randint(2, 12)
    selected = rng.randint(0, 12)
    for index in range(rng.randint(3, 12)):
        name = label(rng)
        if y + height > bottom or canvas.width(name) + 40 > right - x:
            break
        if index == selected:
            canvas.draw.rectangle((x, y, right, y + height - 1), fill=canvas.look.accent)
        box = canvas.text(x + 24, y + (height - canvas.line_height) // 2, name, (255, 255, 255) if index == selected else None)
        canvas.elements.append(ScreenElement(name, "table cell", (x, y, max(box[2], right), y + height), selected=index == selected))
        y += height
    return y


_PARTS = (_menu, _keypad, _buttons, _ticks, _fields, _prose, _rows, _buttons, _ticks)


def _window(canvas: Canvas, x: int, y: int, right: int, bottom: int) -> None:
    rng = canvas.rng
    canvas.cover((x, y, right, bottom))
    canvas.draw.rectangle((x, y, right, bottom), fill=canvas.look.panel, outline=canvas.look.line)
    if rng.random() < 0.7:
        bar = canvas.line_height + rng.randint(4, 12)
        fill = rng.choice((canvas.look.line, canvas.look.accent, canvas.look.button, (60, 60, 64)))
        canvas.draw.rectangle((x, y, right, y + bar), fill=fill)
        ink = (255, 255, 255) if sum(fill) < 380 else (20, 20, 20)
        title = label(rng)
        if canvas.width(title) < right - x - 80:
            canvas.text(
                x + (right - x - canvas.width(title)) / 2 if rng.random() < 0.6 else x + 24, y + (bar - canvas.line_height) // 2, title, ink
            )
        y += bar
    if rng.random() < 0.6:
        y = _menu_bar(canvas, x, y, right)
    columns = max(1, (right - x) // rng.randint(230, 420))
    for column in range(columns):
        left = x + (right - x) * column // columns + rng.randint(4, 16)
        edge = x + (right - x) * (column + 1) // columns - 8
        at = y + rng.randint(2, 14)
        while at < bottom - 24:
            grown = rng.choice(_PARTS)(canvas, left, at, edge, bottom - 4)
            at = max(grown, at + 8) + rng.randint(4, 16)


def draw_screen(rng: random.Random, size: tuple[int, int] = (1024, 768)) -> LabelledScreen:
    """One drawn screen of `size` pixels."""
    canvas = Canvas(rng, size, random_look(rng))
    width, height = size
    _window(canvas, 0, 0, width, height)
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        w, h = rng.randint(min(220, width), width), rng.randint(min(160, height), height)
        x, y = rng.randint(0, width - w), rng.randint(0, height - h)
        canvas.look = random_look(rng)
        _window(canvas, x, y, x + w, y + h)
    return canvas.result("drawn")
