"""Where one icon ends and the next begins, and what stands beside one says of it. Pictures are drawn here; none is named by the network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from recordings.geometry import Point
from vlm.reading.icons import finder
from vlm.reading.icons.finder import IconFinder
from vlm.reading.icons.namer import SUREST, Named
from vlm.reading.icons.names import icon_names
from vlm.reading.icons.neighbours import ROWS, among_neighbours, with_neighbours
from vlm.reading.icons.regions import find_regions
from vlm.reading.lines import Rectangle
from vlm.reading.reading import Reading
from vlm.reading.tiles import find_edges

PLACES = {name.name: place for place, name in enumerate(icon_names())}


def named(**chances: float) -> Named:
    ranked = sorted(((PLACES[name.replace("_", " ")], chance) for name, chance in chances.items()), key=lambda one: -one[1])
    return Named(tuple(ranked))


def row(count: int, gap: int = 8, side: int = 16) -> list[Rectangle]:
    return [(20 + at * (side + gap), 20, 20 + at * (side + gap) + side, 20 + side) for at in range(count)]


def names_of(every: Sequence[Named]) -> list[str]:
    return [icon_names()[one.best].name for one in every]


def test_what_comes_together_is_told_by_what_stands_beside_it() -> None:
    weak = named(checklist=0.4, paste=0.3)
    alone, beside = [weak], [named(cut=0.9), named(copy=0.9), weak]
    assert names_of(among_neighbours(row(1), alone)) == ["checklist"]
    told = among_neighbours(row(3), beside)
    assert names_of(told) == ["cut", "copy", "paste"] and told[2].confidence > 0.6
    assert sum(chance for _, chance in told[2].names) <= 1


def test_a_square_beside_a_cross_at_the_right_is_maximize_and_a_dash_before_it_minimize() -> None:
    bar = [named(remove=0.4, minimize=0.2), named(rectangle=0.5, maximize=0.2), named(close=0.95)]
    assert names_of(among_neighbours(row(3), bar)) == ["minimize", "maximize", "close"]
    assert names_of(among_neighbours(row(3), bar[::-1])) == ["close", "rectangle", "remove"], "the other way round they mean nothing"


def test_what_comes_next_is_looked_for_where_it_would_stand() -> None:
    reload = named(refresh=0.5, redo=0.4)
    assert names_of(among_neighbours(row(3), [named(undo=0.9), named(redo=0.9), reload])) == ["undo", "redo", "refresh"]
    assert names_of(among_neighbours(row(2), [named(undo=0.9), reload])) == ["undo", "redo"]


def test_two_drawings_in_a_row_hardly_mean_the_same() -> None:
    reload = named(redo=0.5, refresh=0.3)
    for others in ([named(undo=0.9), named(redo=0.9), reload], [reload, named(cut=0.9), named(redo=0.9)]):
        assert names_of(among_neighbours(row(3), others)).count("redo") == 1
    for rival in (named(redo=0.7), named(undo=0.9)):
        assert "redo" in names_of(among_neighbours(row(2), [rival, reload]))[1:], "nothing that is surely it"
    grey = named(redo=0.7, refresh=0.1)
    assert names_of(among_neighbours(row(2), [named(redo=0.9), grey])) == ["redo", "redo"], "nothing else that it may well be"


@pytest.mark.parametrize("boxes", [row(2, gap=60), [(20, 20, 36, 36), (44, 60, 60, 76)], [(20, 20, 36, 36), (40, 10, 100, 70)]])
def test_what_is_far_off_or_of_another_size_says_nothing(boxes: list[Rectangle]) -> None:
    pair = [named(undo=0.9), named(forward=0.5, redo=0.3)]
    assert among_neighbours(boxes, pair) == pair


def test_nothing_becomes_surer_than_it_may_by_its_neighbours() -> None:
    told = among_neighbours(row(2), [named(undo=0.88), named(redo=0.75)])
    assert [one.confidence for one in told] == [0.88, SUREST], "what is sure by itself is left alone"


def test_every_row_is_of_names_that_there_are() -> None:
    assert all(name in PLACES for row_ in ROWS for name in row_) and all(len(set(row_)) == len(row_) > 1 for row_ in ROWS)


class ByWidth:
    """Names pictures by how wide they are."""

    NAMES = {10: named(undo=0.9), 14: named(forward=0.5, redo=0.3)}

    def look(self, pixels: NDArray[np.uint8], boxes: Sequence[Rectangle]) -> list[Named]:
        return [self.NAMES[min(self.NAMES, key=lambda wide: abs(wide - (right - left)))] for left, _, right, _ in boxes]


def test_the_icon_at_a_point_has_the_name_that_its_neighbours_give_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "Namer", ByWidth)
    picture = Image.new("RGB", (600, 300), "white")
    pen = ImageDraw.Draw(picture)
    for x in (20, 320):
        pen.rectangle((x, 100, x + 9, 113), fill="black")
    pen.rectangle((340, 100, 353, 113), fill="black")
    pen.rectangle((120, 100, 133, 113), fill="black")
    read = Reading((), picture.size)
    every = {icon.element.box.center.x: icon for icon in IconFinder().find(picture, read)}
    assert [icon.element.text for _, icon in sorted(every.items())] == ["undo", "forward", "undo", "redo"]
    for icon in every.values():
        at = Point(x=icon.element.box.center.x, y=icon.element.box.center.y)
        assert IconFinder().find_at(picture, read, at) == (icon,)


def test_icons_that_are_asked_for_bring_those_that_have_a_say() -> None:
    assert with_neighbours(row(6), [2]) == [0, 1, 2, 3, 4] and with_neighbours([], []) == [] and with_neighbours(row(1), [0]) == [0]


def arrow(pen: ImageDraw.ImageDraw, x: int, y: int, half: int) -> None:
    for line in range(half + 1):
        pen.line((x + line, y + line, x + 2 * half - line, y + line), fill="black")


def cross(pen: ImageDraw.ImageDraw, x: int, y: int, side: int) -> None:
    pen.rectangle((x + side // 2 - 1, y, x + side // 2, y + side - 1), fill="black")
    pen.rectangle((x, y + side // 2 - 1, x + side - 1, y + side // 2), fill="black")


def found(picture: Image.Image) -> list[Rectangle]:
    return sorted(find_regions(find_edges(np.asarray(picture)), []))


@pytest.mark.parametrize(("side", "gap", "half"), [(16, 3, 3), (16, 2, 4), (22, 4, 3)])
def test_the_arrow_of_a_menu_beside_an_icon_is_no_part_of_it(side: int, gap: int, half: int) -> None:
    picture = Image.new("RGB", (120, 60), "white")
    pen = ImageDraw.Draw(picture)
    cross(pen, 20, 20, side)
    arrow(pen, 20 + side + gap, 20 + side // 2 - half // 2, half)
    icon, beside = found(picture)
    assert icon[2] - icon[0] <= side + 1 and beside[0] >= icon[2] and beside[2] - beside[0] <= 2 * half + 2


@pytest.mark.parametrize(("side", "gap", "count"), [(16, 3, 2), (22, 3, 2), (12, 2, 2)])
def test_two_icons_that_nearly_touch_are_two(side: int, gap: int, count: int) -> None:
    picture = Image.new("RGB", (160, 60), "white")
    pen = ImageDraw.Draw(picture)
    for at in range(count):
        cross(pen, 20 + at * (side + gap), 20, side)
    assert len(found(picture)) == count


def test_the_parts_of_one_icon_stay_together() -> None:
    picture = Image.new("RGB", (400, 60), "white")
    pen = ImageDraw.Draw(picture)
    for x in (20, 30):  # pause
        pen.rectangle((x, 20, x + 4, 36), fill="black")
    for x in (80, 90):  # fast forward
        pen.polygon([(x, 20), (x + 8, 28), (x, 36)], fill="black")
    for x in (140, 146, 152):  # more
        pen.rectangle((x, 26, x + 2, 28), fill="black")
    for y in (20, 26, 32):  # a list: a dot and a line
        pen.rectangle((200, y, 202, y + 2), fill="black")
        pen.rectangle((206, y, 222, y + 2), fill="black")
    assert len(found(picture)) == 4
