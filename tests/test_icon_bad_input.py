"""What is no icon, and icons as no program should draw them: nothing breaks, and nothing gets a sure name. Pictures are drawn here."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from vlm.reading.icons.finder import IconFinder
from vlm.reading.icons.icon import Icon
from vlm.reading.reading import Reading

SIZE = (640, 480)
SURE = 0.9


@pytest.fixture(scope="module")
def finder() -> IconFinder:
    return IconFinder()


def found(finder: IconFinder, picture: Image.Image) -> tuple[Icon, ...]:
    return finder.find(picture, Reading((), picture.size))


def noise(rng: np.random.Generator) -> Image.Image:
    return Image.fromarray(rng.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8))


def gradient(rng: np.random.Generator) -> Image.Image:
    corners = rng.integers(0, 256, (2, 2, 3), np.uint8)
    return Image.fromarray(corners).resize(SIZE, Image.Resampling.BICUBIC)


def clouds(rng: np.random.Generator) -> Image.Image:
    """Soft blots of all sizes, as in a photograph out of focus."""
    whole = np.zeros((SIZE[1], SIZE[0], 3), np.float32)
    for scale in (4, 9, 20, 45, 100):
        part = Image.fromarray(rng.integers(0, 256, (scale, scale, 3), np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
        whole += np.asarray(part, np.float32) / scale**0.5
    return Image.fromarray((255 * (whole - whole.min()) / np.ptp(whole)).astype(np.uint8))


def landscape(rng: np.random.Generator) -> Image.Image:
    """A sky, a sun, hills and trees, with the grain of a camera."""
    picture = gradient(rng)
    pen = ImageDraw.Draw(picture)
    x, y, wide = (int(value) for value in rng.integers(60, 400, 3))
    pen.ellipse((x, y // 3, x + wide // 4, y // 3 + wide // 4), fill=(250, 230, 150))
    for far in range(3):
        top = 200 + 80 * far
        edge = [(at, top + int(30 * math.sin(at / (40 + 30 * far) + far))) for at in range(0, SIZE[0] + 1, 8)]
        pen.polygon([*edge, (SIZE[0], SIZE[1]), (0, SIZE[1])], fill=(60, 130 - 30 * far, 60))
    for _ in range(40):
        x, y, side = (int(value) for value in rng.integers((0, 240, 6), (640, 470, 40)))
        pen.rectangle((x - 1, y, x + 1, y + side), fill=(80, 60, 30))
        pen.ellipse((x - side // 2, y - side, x + side // 2, y), fill=tuple(int(value) for value in rng.integers(20, 120, 3)))
    grain = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.8)), np.float32) + rng.normal(0, 6, (SIZE[1], SIZE[0], 1))
    return Image.fromarray(grain.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("make", [noise, gradient, clouds, landscape])
@pytest.mark.parametrize("seed", range(3))
def test_a_photograph_has_no_icon_with_a_sure_name(
    finder: IconFinder, make: Callable[[np.random.Generator], Image.Image], seed: int
) -> None:
    assert all(icon.element.confidence <= SURE for icon in found(finder, make(np.random.default_rng(seed))))


@pytest.mark.parametrize("make", [clouds, landscape])
def test_thumbnails_of_photographs_have_no_sure_names(finder: IconFinder, make: Callable[[np.random.Generator], Image.Image]) -> None:
    page = Image.new("RGB", SIZE, "white")
    for at in range(12):
        small = make(np.random.default_rng(at)).resize(((16, 24, 32, 48)[at % 4],) * 2)
        page.paste(small, (20 + at % 6 * 80, 40 + at // 6 * 100))
    icons = found(finder, page)
    assert len(icons) >= 8 and all(icon.element.confidence <= SURE for icon in icons)


def spinner(pen: ImageDraw.ImageDraw, x: int, y: int, side: int, step: int, kind: str) -> None:
    middle, radius = side / 2, side / 2 - 2
    for number in range(12):
        shade = 40 + (number + step) % 12 * 17
        turn = 2 * math.pi * number / 12
        at = x + middle + radius * math.cos(turn), y + middle + radius * math.sin(turn)
        if kind == "dots":
            pen.ellipse((at[0] - 1.5, at[1] - 1.5, at[0] + 1.5, at[1] + 1.5), fill=(shade, shade, shade))
        elif kind == "spokes":
            pen.line((x + middle + at[0] - x - middle, at[1], x + (middle + at[0] - x) / 2, y + (middle + at[1] - y) / 2), (shade,) * 3, 2)
    if kind == "arc":
        pen.arc((x, y, x + side, y + side), 30 * step, 30 * step + 100, fill=(40, 100, 200), width=max(side // 8, 2))


@pytest.mark.parametrize("kind", ["dots", "spokes", "arc"])
def test_a_spinner_is_no_other_thing_for_sure_in_any_of_its_frames(finder: IconFinder, kind: str) -> None:
    for step in range(12):
        picture = Image.new("RGB", (220, 80), "white")
        for x, side in ((20, 16), (70, 24), (130, 40)):
            spinner(ImageDraw.Draw(picture), x, 20, side, step, kind)
        for icon in found(finder, picture):
            assert icon.element.confidence <= SURE or icon.element.text in ("loading", "refresh"), icon.element.text


def draw_shapes(side: int) -> Image.Image:
    """A plus, a cross, a disc, a triangle, a check mark and a frame of one size, each alone."""
    picture = Image.new("RGB", (7 * (side + 20), side + 40), "white")
    pen = ImageDraw.Draw(picture)
    thick = max(side // 8, 1)
    for at, kind in enumerate(("plus", "cross", "disc", "triangle", "check", "frame")):
        x, y = 20 + at * (side + 20), 20
        end = side - 1
        if kind == "plus":
            pen.line((x + side // 2, y, x + side // 2, y + end), "black", thick)
            pen.line((x, y + side // 2, x + end, y + side // 2), "black", thick)
        elif kind == "cross":
            pen.line((x, y, x + end, y + end), "black", thick)
            pen.line((x + end, y, x, y + end), "black", thick)
        elif kind == "disc":
            pen.ellipse((x, y, x + end, y + end), fill="black")
        elif kind == "triangle":
            pen.polygon([(x, y), (x + end, y + side // 2), (x, y + end)], fill="black")
        elif kind == "check":
            pen.line((x, y + side // 2, x + side // 3, y + end, x + end, y), "black", thick)
        else:
            pen.rectangle((x, y, x + end, y + end), outline="black", width=thick)
    return picture


@pytest.mark.parametrize("side", [1, 2, 3, 4, 5, 6])
def test_specks_have_no_name(finder: IconFinder, side: int) -> None:
    assert all(icon.element.confidence <= 0.4 for icon in found(finder, draw_shapes(side)))


@pytest.mark.parametrize("side", [72, 128, 256])
def test_what_is_larger_than_an_icon_is_none(finder: IconFinder, side: int) -> None:
    assert all(icon.element.confidence <= SURE for icon in found(finder, draw_shapes(side)))
    whole = [icon for icon in found(finder, draw_shapes(side)) if icon.element.box.height * (side + 40) >= 0.8 * side]
    assert not whole


def test_a_button_whose_theme_lacks_the_icon_is_called_nothing(finder: IconFinder) -> None:
    picture = Image.new("RGB", (400, 80), (240, 240, 240))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((20, 20, 52, 52), outline=(120, 120, 120))  # nothing at all
    pen.rectangle((80, 20, 112, 52), outline=(120, 120, 120))
    pen.rectangle((88, 28, 104, 44), outline=(90, 90, 90))  # an empty frame, as Qt and browsers draw what is missing
    pen.rounded_rectangle((140, 20, 172, 52), 6, fill=(225, 225, 225))
    for icon in found(finder, picture):
        assert icon.element.confidence <= SURE
    blank = Image.new("RGB", (400, 80), (240, 240, 240))
    ImageDraw.Draw(blank).rounded_rectangle((140, 20, 172, 52), 6, fill=(225, 225, 225))
    assert found(finder, blank) == ()


def test_a_screen_of_nothing_but_icons_is_no_trouble(finder: IconFinder) -> None:
    sheet = draw_shapes(16)
    picture = Image.new("RGB", (sheet.width * 4, sheet.height * 12), "white")
    for at in range(48):
        picture.paste(sheet, (at % 4 * sheet.width, at // 4 * sheet.height))
    icons = found(finder, picture)
    assert len(icons) == 48 * 6
    by_place = {tuple(icon.names) for icon in icons}
    assert len(by_place) <= 24, "the same picture among the same neighbours has the same name"
