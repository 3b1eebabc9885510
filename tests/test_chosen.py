"""What is chosen and what is grey among its like, by the weights that ship."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from rendered import FONTS, font

from recordings.geometry import Box
from vlm.reading.chosen import open_chosen_reader, with_standings
from vlm.reading.looks import COLUMNS, ROWS, Look, odd_one
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.siblings import column_of, row_of
from vlm.reading.states import TextLine

SIZE = (640, 360)
NAMES = ("General", "Colours", "Shortcuts", "Network")
FACE = font(FONTS[0], 13)
LIGHT, DARK = ("#f2f2f2", "#222222", "#c4c4c4"), ("#2d2d30", "#eeeeee", "#4a4a4e")


class Painting:
    """A window in one of two themes, and what was written on it."""

    def __init__(self, theme: tuple[str, str, str]) -> None:
        self.ground, self.ink, self.line = theme
        self.picture = Image.new("RGB", SIZE, self.ground)
        self.pen = ImageDraw.Draw(self.picture)
        self.elements: list[ScreenElement] = []

    def write(self, text: str, left: int, top: int, ink: str = "") -> tuple[int, int, int, int]:
        self.pen.text((left, top), text, ink or self.ink, FACE)
        x1, y1, x2, y2 = (round(side) for side in self.pen.textbbox((left, top), text, FACE))
        self.elements.append(ScreenElement(text, Box.from_pixels(x1, y1, x2 - x1, y2 - y1, SIZE), 0.99))
        return x1, y1, x2, y2

    def told(self, what: str) -> dict[str, bool | None]:
        seen = with_standings(Reading(tuple(self.elements), SIZE), self.picture).elements
        return {element.text: getattr(element, what) for element in seen}


def tabs(theme: tuple[str, str, str], look: str, chosen: int) -> Painting:
    made, left = Painting(theme), 40
    for number, name in enumerate(NAMES):
        right = left + round(FACE.getlength(name)) + 28
        if look == "filled" and number == chosen:
            made.pen.rounded_rectangle((left, 52, right, 82), 4, "#3584e4")
        made.write(name, left + 14, 60, "white" if look == "filled" and number == chosen else "")
        if look == "line":
            made.pen.rectangle((left, 84, right, 86), "#3584e4" if number == chosen else made.line)
        left = right
    return made


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("look", ["line", "filled"])
def test_the_open_tab_is_told_from_the_others(look: str, theme: tuple[str, str, str]) -> None:
    for chosen in range(len(NAMES)):
        told = tabs(theme, look, chosen).told("chosen")
        assert told.pop(NAMES[chosen]) is True
        assert True not in told.values(), "and no other is said to be"


@pytest.mark.parametrize(("theme", "step"), [(LIGHT, -12), (DARK, 12)], ids=["light", "dark"])
@pytest.mark.parametrize("chosen", range(len(NAMES)))
def test_the_odd_one_of_a_row_of_tabs_is_the_open_one_though_it_differs_little(chosen: int, theme: tuple[str, str, str], step: int) -> None:
    made, left = Painting(theme), 40
    ground = tuple(int(theme[0][at : at + 2], 16) + step for at in (1, 3, 5))
    for number, name in enumerate(NAMES):
        right = left + round(FACE.getlength(name)) + 28
        made.pen.rectangle((left, 52, right - 2, 82), ground if number == chosen else theme[0], outline=theme[2])
        made.write(name, left + 14, 60)
        left = right
    seen = open_chosen_reader().look(np.asarray(made.picture), Reading(tuple(made.elements), SIZE), made.elements, one_of_them=True)
    assert [one.is_chosen if one is not None else None for one in seen] == [number == chosen for number in range(len(NAMES))]


def test_an_odd_one_takes_two_that_are_alike() -> None:
    def shade(level: float) -> Look:
        return Look(np.full((ROWS + 2 * COLUMNS, 3), level, np.float32), np.full(3, level, np.float32), np.zeros(3, np.float32), 0.2)

    assert odd_one([shade(0.9), shade(0.9), shade(0.8)]) == 2 and odd_one([shade(0.8), shade(0.9), shade(0.9), shade(0.91)]) == 0
    assert odd_one([shade(0.9), shade(0.8)]) is None and odd_one([shade(0.9)] * 4) is None
    assert odd_one([shade(0.9), shade(0.8), shade(0.7)]) is None, "each is as different as another"


@pytest.mark.parametrize(("theme", "faint"), [(LIGHT, "#a6a6a6"), (DARK, "#77777b")], ids=["light", "dark"])
def test_a_grey_entry_is_told_from_the_others(theme: tuple[str, str, str], faint: str) -> None:
    made = Painting(theme)
    for number, name in enumerate(("Undo", "Redo", "Cut", "Copy", "Paste", "Select All")):
        made.write(name, 60, 40 + 26 * number, faint if name in ("Redo", "Paste") else "")
    told = made.told("grey")
    assert {name for name, grey in told.items() if grey} == {"Redo", "Paste"}


def test_nothing_is_told_of_what_has_no_like_or_is_not_there() -> None:
    alone = Painting(LIGHT)
    alone.write("General", 40, 60)
    assert alone.told("chosen") == {"General": None} and alone.told("grey") == {"General": None}
    blank = Painting(LIGHT)
    blank.elements = [ScreenElement(name, Box.from_pixels(40, 30 * at, 60, 12, SIZE), 0.9) for at, name in enumerate(NAMES)]
    assert set(blank.told("grey").values()) == {None}, "where nothing is drawn nothing is grey"


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_a_picture_with_no_room_tells_something_or_nothing_but_never_fails(size: tuple[int, int]) -> None:
    whole = ScreenElement("A", Box(x1=0, y1=0, x2=1, y2=1), 0.5)
    with_standings(Reading((whole, whole), size), Image.new("RGB", size, "white"))
    assert with_standings(Reading((), size), Image.new("RGB", size)).elements == ()


def test_siblings_stand_in_the_row_or_in_the_column_and_near() -> None:
    places = {"a": (40, 60), "b": (110, 61), "c": (180, 60), "far": (480, 60), "under": (40, 88), "below": (40, 116), "away": (300, 240)}
    lines = [TextLine(x, x + 40.0, float(y), 13.0) for x, y in places.values()]
    named = list(places)
    assert {named[at] for at in row_of(lines[0], lines)} == {"b", "c"}
    assert {named[at] for at in column_of(lines[0], lines)} == {"under", "below"}
    assert row_of(lines[-1], lines) == [] and column_of(lines[-1], lines) == []
