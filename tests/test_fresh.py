"""What has just appeared on a screen."""

from __future__ import annotations

from PIL import Image

from recordings.geometry import Box
from vlm.reading.fresh import changed_share, fresh_parts

SCREEN = Image.new("RGB", (640, 480), "white")


def with_parts(*boxes: tuple[int, int, int, int]) -> Image.Image:
    image = SCREEN.copy()
    for box in boxes:
        image.paste("gray", box)
    return image


def test_each_part_that_appeared_has_its_box_largest_first() -> None:
    found = fresh_parts(SCREEN, with_parts((10, 12, 60, 90), (300, 200, 500, 400)))
    assert found == (Box.from_pixels(300, 200, 200, 200, (640, 480)), Box.from_pixels(10, 12, 50, 78, (640, 480)))


def test_where_all_or_nothing_is_new_nothing_stands_out() -> None:
    assert (
        fresh_parts(SCREEN, SCREEN.copy()) == () == fresh_parts(None, SCREEN) == fresh_parts(SCREEN, Image.new("RGB", (640, 480), "black"))
    )
    assert fresh_parts(SCREEN, Image.new("RGB", (320, 240))) == ()


def test_a_caret_is_next_to_nothing() -> None:
    assert 0 < changed_share(SCREEN, with_parts((100, 100, 101, 116))) < 0.003 < changed_share(SCREEN, with_parts((0, 100, 640, 110)))
    assert changed_share(SCREEN, SCREEN.copy()) == 0 and changed_share(SCREEN, Image.new("RGB", (2, 2))) == 1
