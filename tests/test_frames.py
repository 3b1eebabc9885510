"""The frame of a field beside its label, drawn in several styles."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from recordings.geometry import Box
from vlm.reading.frames import field_frame
from vlm.reading.layout import Rectangle
from vlm.reading.match import TextLocator
from vlm.reading.reading import Reading, ScreenElement

SIZE = (640, 400)
WINDOW = Rectangle(0, 0, *SIZE)
STYLES = {
    "border": ((246, 245, 244), (255, 255, 255), (205, 199, 194)),
    "dark": ((53, 53, 53), (45, 45, 45), (27, 27, 27)),
    "flat": ((255, 255, 255), (238, 238, 238), None),
    "contrast": ((255, 255, 255), (255, 255, 255), (0, 0, 0)),
}  # fmt: skip


def draw(
    style: str, label: str, at: tuple[int, int], *fields: tuple[int, int, int, int], inside: str = ""
) -> tuple[Image.Image, Rectangle]:
    """A window with a label, and fields; returns it and the ink of the label."""
    ground, fill, line = STYLES[style]
    picture = Image.new("RGB", SIZE, ground)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=14)
    ink = (230, 230, 230) if sum(ground) < 300 else (30, 30, 30)
    for field in fields:
        pen.rounded_rectangle(field, 4, fill, line)
        pen.text((field[0] + 8, field[1] + 6), inside, ink, font=font)
    pen.text(at, label, ink, font=font)
    return picture, Rectangle(*pen.textbbox(at, label, font=font))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("inside", ["", "illicit Hill 1184"])
def test_right_of_the_label(style: str, inside: str) -> None:
    picture, label = draw(style, "Name", (40, 106), (200, 100, 420, 130), (200, 150, 420, 180), inside=inside)
    frame = field_frame(picture, label, WINDOW)
    assert frame is not None
    assert abs(frame.x1 - 200) <= 2 and abs(frame.x2 - 421) <= 2 and abs(frame.y1 - 100) <= 2 and abs(frame.y2 - 131) <= 2


@pytest.mark.parametrize("style", STYLES)
def test_below_the_label(style: str) -> None:
    picture, label = draw(style, "Comment", (40, 100), (40, 124, 420, 154))
    frame = field_frame(picture, label, WINDOW)
    assert frame is not None and frame.holds((200, 139)) and not frame.holds((200, 110))


@pytest.mark.parametrize("style", STYLES)
def test_around_the_words_that_an_empty_field_shows(style: str) -> None:
    picture, label = draw(style, "Search", (48, 106), (40, 100, 300, 130))
    frame = field_frame(picture, label, WINDOW)
    assert frame is not None and frame.x1 <= 42 and frame.x2 >= 298


@pytest.mark.parametrize("style", STYLES)
def test_where_there_is_no_frame_none_is_seen(style: str) -> None:
    picture, label = draw(style, "Name", (40, 106))
    assert field_frame(picture, label, WINDOW) is None
    divided, label = draw(style, "Name", (40, 106))
    ImageDraw.Draw(divided).line((200, 0, 200, 400), (120, 120, 120))
    assert field_frame(divided, label, WINDOW) is None


@pytest.mark.parametrize("place", [(0, 0, 0, 0), (630, 390, 700, 420), (-10, -10, 5, 5), (0, 0, 640, 400)])
def test_a_label_at_the_edge_is_no_trouble(place: tuple[int, int, int, int]) -> None:
    picture, _ = draw("border", "Name", (40, 106), (200, 100, 420, 130))
    found = field_frame(picture, Rectangle(*place), WINDOW)
    assert found is None or (WINDOW.x1 <= found.x1 < found.x2 <= WINDOW.x2 and WINDOW.y1 <= found.y1 < found.y2 <= WINDOW.y2)
    assert field_frame(picture, Rectangle(*place), Rectangle(0, 0, 1, 1)) is None, "in one pixel lies no field"
    assert field_frame(Image.new("RGB", (1, 1)), Rectangle(*place), WINDOW) is None


def test_the_locator_clicks_into_the_frame_where_it_has_the_picture() -> None:
    picture, label = draw("border", "Name:", (40, 106), (400, 100, 600, 130))
    place = Box.from_pixels(label.x1, label.y1, label.x2 - label.x1, label.height, SIZE)
    seen = Reading((ScreenElement("Name:", place, 0.9),), SIZE)
    framed = TextLocator().locate("the Name field", seen, picture=picture).best
    assert framed is not None and framed.how == "field"
    assert 400 <= framed.box.center.x * SIZE[0] <= 600 and 100 <= framed.box.center.y * SIZE[1] <= 130
    blind = TextLocator().locate("the Name field", seen).best
    assert blind is not None and blind.box.center.x * SIZE[0] < 400
    other_size = TextLocator().locate("the Name field", seen, picture=Image.new("RGB", (10, 10))).best
    assert other_size == blind
