"""Readings made by hand, for the cases of the locator."""

from __future__ import annotations

from recordings.geometry import Box
from vlm.reading.reading import Reading, ScreenElement

SIZE = (1000, 800)
Placed = tuple[str, int, int]


def box(left: float, top: float, width: float, height: float) -> Box:
    return Box.from_pixels(left, top, width, height, SIZE)


def element(text: str, left: int, top: int, height: int = 16) -> ScreenElement:
    return ScreenElement(text, box(left, top, 8 * len(text), height), 0.97)


def reading(*placed: Placed) -> Reading:
    return Reading(tuple(element(*each) for each in sorted(placed, key=lambda each: (each[2], each[1]))), SIZE)


EDITOR = reading(
    ("Untitled 1 - Editor", 400, 4),
    ("File", 10, 30),
    ("Edit", 60, 30),
    ("Search", 110, 30),
    ("View", 180, 30),
    ("Help", 230, 30),
    ("New", 10, 60),
    ("Open...", 60, 60),
    ("Save", 140, 60),
    ("Dear all, please press the Submit key before noon, then read the terms of service", 12, 140),
    ("Ln 1, Col 1", 800, 780),
)
MENU = (("Export…", 12, 60), ("Import CSV", 12, 84), ("Save As...", 12, 108), ("Deselect", 12, 132), ("Close Tab    Ctrl+W", 12, 156))
FILE_MENU = reading(("File", 10, 30), ("Edit", 60, 30), ("View", 120, 30), *MENU)
FORM = reading(
    ("Settings", 400, 10),
    ("Name:", 100, 100),
    ("E-mail address:", 100, 140),
    ("Width", 100, 180),
    ("120", 260, 180),
    ("Height", 100, 220),
    ("90", 260, 220),
    ("Appearance", 60, 300),
    ("Font", 100, 330),
    ("Theme", 100, 360),
    ("Printing", 60, 420),
    ("Font", 100, 450),
    ("Wrap long lines", 130, 500),
    ("OK", 700, 700),
    ("Cancel", 800, 700),
)
TABLE = reading(
    ("Contacts", 40, 20),
    ("John Smith", 40, 80),
    ("Edit", 400, 80),
    ("Delete", 480, 80),
    ("Mary Poppins", 40, 120),
    ("Edit", 400, 120),
    ("Delete", 480, 120),
    ("report.txt", 40, 160),
    ("Edit", 400, 160),
    ("Delete", 480, 160),
)
DIALOG = reading(
    ("File", 10, 30),
    ("Edit", 60, 30),
    ("View", 120, 30),
    ("Save", 20, 60),
    ("Open", 80, 60),
    ("Save changes to the document before closing?", 320, 320),
    ("Close without saving", 320, 420),
    ("Cancel", 520, 420),
    ("Save", 620, 420),
)
DIALOG_BOX = box(300, 290, 420, 170)
KEYS = [
    ("7", 20, 200),
    ("8", 70, 200),
    ("9", 120, 200),
    ("/", 170, 200),
    ("4", 20, 240),
    ("5", 70, 240),
    ("6", 120, 240),
    ("×", 170, 240),
    ("1", 20, 280),
    ("2", 70, 280),
    ("3", 120, 280),
    ("-", 170, 280),
    ("0", 20, 320),
    (".", 70, 320),
    ("=", 120, 320),
    ("+", 170, 320),
    ("sin", 20, 360),
    ("C", 70, 360),
    ("CE", 120, 360),
    ("x²", 170, 360),
]
CALCULATOR = Reading(
    (
        element("Calculator", 60, 4),
        element("File", 10, 30),
        element("Edit", 60, 30),
        element("View", 120, 30),
        element("7", 260, 90, 40),
        *(element(*key) for key in KEYS),
    ),
    SIZE,
)
