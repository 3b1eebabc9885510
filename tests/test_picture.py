"""Pictures for the terminal: the mark is where the hands will land, and the picture is the frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from agent.tui import picture
from recordings.action import Click, Drag, Move, Scroll, Type
from recordings.episode import Screenshot
from recordings.geometry import Box, Point, ScreenTransform

fractions = st.floats(0, 1)
transforms = st.builds(
    ScreenTransform, left=st.integers(-2000, 2000), top=st.integers(-2000, 2000), width=st.integers(1, 3000), height=st.integers(1, 3000)
)


def blank(width: int = 640, height: int = 480, colour: str = "white", scale: int = 1) -> Screenshot:
    return Screenshot(Image.new("RGB", (width, height), colour), ScreenTransform(0, 0, width / scale, height / scale, scale))


def colours_of(image: Image.Image) -> set[object]:
    return {colour for _, colour in image.getcolors(1 << 20) or ()}


@given(x=fractions, y=fractions, transform=transforms)
def test_the_mark_is_on_the_pixel_that_the_pointer_touches(x: float, y: float, transform: ScreenTransform) -> None:
    screenshot = Screenshot(Image.new("RGB", (round(transform.width), round(transform.height))), transform)
    point = Point(x=x, y=y)
    marked_x, marked_y = picture.landing_pixel(screenshot, point)
    pointer_x, pointer_y = transform.to_screen(point)
    tolerance = 0.5 + 1e-4 * max(transform.width, transform.height)  # points are stored with four decimals
    assert abs(transform.left + marked_x - (pointer_x + 0.5)) <= tolerance
    assert abs(transform.top + marked_y - (pointer_y + 0.5)) <= tolerance


@pytest.mark.parametrize("scale", [1, 2])
def test_a_click_is_drawn_where_it_lands(scale: int) -> None:
    screenshot = blank(scale=scale)
    image = picture.draw_intent(screenshot, Click(x=0.25, y=0.75), None, stroke=2, gap=8)
    marked = np.argwhere((np.asarray(image) == picture.MARK).all(axis=2))
    assert np.abs(marked.mean(axis=0) - (0.75 * 480, 0.25 * 640)).max() <= 1
    part = picture.draw_intent(screenshot, Click(x=0.25, y=0.75), None, stroke=2, gap=8, window=(100, 300, 220, 400))
    assert part.tobytes() == image.crop((100, 300, 220, 400)).tobytes()
    assert screenshot.image.getpixel((160, 360)) == (255, 255, 255), "the frame itself is left as it was"


def test_boxes_paths_and_wheels_are_drawn_and_actions_without_a_place_are_not() -> None:
    box = Box(x1=0.5, y1=0.5, x2=0.75, y2=0.75)
    cases = [(Move(x=0.6, y=0.6), box), (Drag(path=((0.1, 0.1), (0.9, 0.9))), None), (Scroll(x=0.5, y=0.5, dy=3), None)]
    for action, around in cases:
        assert picture.MARK in colours_of(picture.draw_intent(blank(), action, around, 2, 8))
    boxed = picture.draw_intent(blank(), cases[0][0], box, 2, 8)
    assert boxed.getpixel((320, 300)) == boxed.getpixel((400, 240)) == picture.MARK
    assert colours_of(picture.draw_intent(blank(), Type(text="x"), None, 2, 8)) == {(255, 255, 255)}


def test_the_mark_survives_shrinking() -> None:
    image = picture.draw_intent(blank(1920, 1080), Click(x=0.5, y=0.5), None, stroke=1920 / 160, gap=48)
    strips = picture.to_strips(image, 80, 22)
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    seen = {colour.triplet for style in styles for colour in (style.color, style.bgcolor) if colour and colour.triplet}
    assert any(red > 200 and green < 120 for red, green, _ in seen)


@given(width=st.integers(1, 3000), height=st.integers(1, 3000), columns=st.integers(1, 200), rows=st.integers(1, 60))
def test_a_picture_fits_its_room_and_fills_it_one_way(width: int, height: int, columns: int, rows: int) -> None:
    fitted = picture.fit((width, height), columns, rows)
    assert 1 <= fitted[0] <= columns and 1 <= fitted[1] <= rows
    assert fitted[0] == columns or fitted[1] == rows


@given(x=fractions, y=fractions, columns=st.integers(1, 80), rows=st.integers(1, 30))
def test_the_loupe_stays_inside_the_frame_and_holds_the_target(x: float, y: float, columns: int, rows: int) -> None:
    left, top, right, bottom = picture.window_around(Point(x=x, y=y), (320, 200), columns, rows)
    assert 0 <= left < right <= 320 and 0 <= top < bottom <= 200
    assert left - 1 <= x * 320 <= right + 1 and top - 1 <= y * 200 <= bottom + 1


def test_quarters_of_a_cell_become_their_block() -> None:
    image = Image.new("RGB", (4, 2), "black")
    image.putpixel((0, 0), (252, 252, 252))
    image.putpixel((2, 0), (252, 252, 252))
    image.putpixel((3, 1), (252, 252, 252))
    (strip,) = picture.to_strips(image, 2, 1)
    assert strip.text == "▘▚"
    (flat,) = picture.to_strips(Image.new("RGB", (640, 480), "navy"), 40, 1)
    assert [segment.text for segment in flat] == [" " * 40], "one colour is one segment"


def test_shades_stand_for_brightness_without_colour() -> None:
    image = Image.linear_gradient("L").rotate(90).convert("RGB")
    (strip,) = picture.to_shades(image, 10, 1)
    assert strip.text == picture.SHADES
    (marked,) = picture.to_shades(image, 10, 1, Point(x=1, y=1))
    assert marked.text == picture.SHADES[:-1] + picture.TARGET
