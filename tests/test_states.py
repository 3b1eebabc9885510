"""Widgets and their states, seen beside what is written, by the weights that ship."""

from __future__ import annotations

import numpy as np
import pytest
from paper import draw_tick
from PIL import Image, ImageDraw, ImageFilter

from recordings.geometry import Box
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.states import StateReader, TextLine, marks_before, marks_behind, open_state_reader, with_widgets

SIZE = (640, 360)


def label(text: str, left: int, top: int, height: int = 13) -> ScreenElement:
    return ScreenElement(text, Box.from_pixels(left, top, 8 * len(text), height, SIZE), 0.99)


def states(picture: Image.Image, *labels: ScreenElement) -> list[tuple[str, str | None] | None]:
    reading = with_widgets(Reading(labels, picture.size), picture)
    return [None if one.widget is None else (one.widget.kind, one.widget.state) for one in reading.elements]


def switch(picture: Image.Image, left: int, top: int, on: bool) -> None:
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((left, top, left + 36, top + 18), 9, "#3584e4" if on else "#b8b8b8")
    x = left + (19 if on else 1)
    pen.ellipse((x, top + 1, x + 16, top + 17), "white")


@pytest.mark.parametrize(("ground", "dark"), [("#f4f4f4", False), ("#ffffff", False), ("#ececec", False), ("#2b2b2b", True)])
def test_boxes_radio_buttons_and_switches_tell_their_states(ground: str, dark: bool) -> None:
    picture = Image.new("RGB", SIZE, ground)
    pen, line = ImageDraw.Draw(picture), "#dddddd" if dark else "#555555"
    made, truth = [], []
    for number, on in enumerate((True, False, True, False)):
        top = 20 + 30 * number
        draw_tick(picture, 60, top, on, dark)
        pen.text((60, top), "Word wrap", "#eeeeee" if dark else "#222222")
        made.append(label("Word wrap", 60, top))
        truth.append(("check box", "on" if on else "off"))
        pen.ellipse((236, top - 1, 251, top + 14), "#3a3a3a" if dark else "white", line)
        if on:
            pen.ellipse((240, top + 3, 247, top + 10), "#eeeeee" if dark else "#222222")
        made.append(label("Landscape", 260, top))
        truth.append(("radio button", "on" if on else "off"))
        switch(picture, 590, top - 3, on)
        made.append(label("Do not disturb", 400, top))
        truth.append(("switch", "on" if on else "off"))
    told = states(picture, *made)
    assert not [(one, other) for one, other in zip(told, truth, strict=True) if one not in (other, (other[0], None))], "never wrong"
    assert sum(one == other for one, other in zip(told, truth, strict=True)) >= 10, "and hardly ever unsure"


def _noise() -> Image.Image:
    rng = np.random.default_rng(3)
    return Image.fromarray(rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)).filter(ImageFilter.GaussianBlur(2))


@pytest.mark.parametrize(
    "picture", [Image.new("RGB", SIZE, "white"), Image.new("RGB", SIZE, "black"), _noise()], ids=["white", "black", "photo"]
)
def test_where_there_is_no_widget_no_state_is_told(picture: Image.Image) -> None:
    made = [label("Landscape", left, top) for left in (0, 40, 300, 560) for top in range(0, 340, 30)]
    assert [one for one in states(picture, *made) if one is not None and one[1] is not None] == []


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (1, 300), (300, 1)])
def test_a_picture_with_no_room_for_a_widget_has_none(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "white")
    whole = ScreenElement("A", Box(x1=0, y1=0, x2=1, y2=1), 0.5)
    assert states(picture, whole) == [None] and states(picture) == []


def test_the_scale_follows_the_letters() -> None:
    """A box is as surely told in letters of 10 and of 30 pixels."""
    for scale in (0.8, 1.0, 1.5, 2.3):
        picture = Image.new("RGB", SIZE, "#f0f0f0")
        for number, on in enumerate((True, False)):
            draw_tick(picture, 60, 20 + 40 * number, on)
        width, height = round(SIZE[0] * scale), round(SIZE[1] * scale)
        assert states(picture.resize((width, height), Image.Resampling.LANCZOS), label("Wrap", 60, 20), label("Wrap", 60, 60)) == [
            ("check box", "on"), ("check box", "off")
        ]  # fmt: skip


def test_the_middle_of_a_line_and_its_size_do_not_hang_on_its_letters() -> None:
    """Ink of "none" is lower than that of "Type", and ends higher than that of "gap"; the line is the same."""
    ink = {"Type": (3.3, 13.1), "none": (6.1, 10.0), "Name": (3.3, 10.0), "gap": (6.1, 13.1)}
    lines = [
        TextLine.of(ScreenElement(text, Box.from_pixels(10, 100 + top, 30, bottom - top, SIZE), 1.0), SIZE)
        for text, (top, bottom) in ink.items()
    ]  # fmt: skip
    assert max(line.em for line in lines) - min(line.em for line in lines) < 3.5
    assert max(line.middle for line in lines) - min(line.middle for line in lines) < 1.2


def test_what_stands_close_before_another_label_belongs_to_that() -> None:
    picture = Image.new("RGB", SIZE, "#f4f4f4")
    draw_tick(picture, 200, 20, True)
    pixels, lines = np.asarray(picture), [TextLine.of(label(text, left, 20), SIZE) for text, left in (("Margin", 60), ("Ruler", 200))]
    assert marks_behind(pixels, lines[0], lines) == []
    (before,), (behind,) = marks_before(pixels, lines[1]), marks_behind(pixels, lines[0], lines[:1])
    assert before == behind and abs(before.left - 176) < 3 and abs(before.right - 192) < 3


@pytest.mark.parametrize("fill", ["#4a6984", "#222222", "#c02020", "#1a73e8"])
def test_a_box_filled_with_a_colour_and_nothing_in_it_is_never_said_to_be_off(fill: str) -> None:
    """Tk shows so what is ticked."""
    picture = Image.new("RGB", SIZE, "#d9d9d9")
    pen = ImageDraw.Draw(picture)
    for number, side in enumerate((9, 11, 15)):
        pen.rectangle((38, 24 + 40 * number, 38 + side, 24 + 40 * number + side), fill, "#888888")
    told = states(picture, *(label("Wrap long lines", 60, 22 + 40 * number) for number in range(3)))
    assert not [one for one in told if one is not None and one[1] == "off"]


def test_a_doubtful_state_is_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    from vlm.reading import states as module

    reader = StateReader()
    even = np.full(len(module.CLASSES), 0.0, np.float32)
    even[module.CLASSES.index("check box on")], even[module.CLASSES.index("check box off")] = 0.6, 0.4
    looks = []
    monkeypatch.setattr(reader, "_network", lambda crops: looks.append(len(crops)) or np.tile(even, (len(crops), 1)))
    picture = Image.new("RGB", SIZE, "white")
    draw_tick(picture, 60, 20, True)
    widget = reader.look(np.asarray(picture), Reading((), SIZE), [label("Wrap", 60, 20)])[0]
    assert widget is not None and widget.kind == "check box" and widget.state is None and abs(widget.confidence - 0.6) < 1e-3
    assert looks == [1, len(module.CLOSER)], "what is doubtful is looked at closer before it is given up"
    assert open_state_reader() is open_state_reader()
