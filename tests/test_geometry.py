"""The transform inverts to within half a pixel: negative offsets, HiDPI sizes and crops included."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recordings.geometry import COORDINATE_DECIMALS, Box, Point, ScreenTransform

ROUNDING = 0.5 * 10**-COORDINATE_DECIMALS
fractions = st.floats(0, 1)
points = st.builds(Point, x=fractions, y=fractions)
offsets = st.integers(-8000, 8000) | st.floats(-8000, 8000)
sizes = st.integers(1, 4096) | st.floats(1, 4096)
transforms = st.builds(
    ScreenTransform, left=offsets, top=offsets, width=sizes, height=sizes, scale=st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0])
)


@st.composite
def boxes(draw: st.DrawFn, smallest: float = 0.0) -> Box:
    x1, y1 = draw(st.floats(0, 1 - smallest)), draw(st.floats(0, 1 - smallest))
    return Box(x1=x1, y1=y1, x2=draw(st.floats(x1 + smallest, 1)), y2=draw(st.floats(y1 + smallest, 1)))


@given(transforms, points)
def test_point_to_pixel_and_back_is_within_half_a_pixel(transform: ScreenTransform, point: Point) -> None:
    back = transform.to_image(*transform.to_screen(point))
    assert abs(back.x - point.x) * transform.width <= 0.5 + 1e-6 + ROUNDING * transform.width
    assert abs(back.y - point.y) * transform.height <= 0.5 + 1e-6 + ROUNDING * transform.height


@given(transforms, fractions, fractions)
def test_every_captured_pixel_comes_back_exactly(transform: ScreenTransform, across: float, down: float) -> None:
    first_x, first_y = math.ceil(transform.left), math.ceil(transform.top)
    x = first_x + int(across * (transform.left + transform.width - 1 - first_x))
    y = first_y + int(down * (transform.top + transform.height - 1 - first_y))
    if transform.covers(x, y) and transform.covers(x + 1, y + 1):
        assert transform.to_screen(transform.to_image(x, y)) == (x, y)


@given(transforms, points)
def test_a_point_never_leaves_its_rectangle(transform: ScreenTransform, point: Point) -> None:
    x, y = transform.to_screen(point)
    assert math.floor(transform.left) <= x < transform.left + transform.width
    assert math.floor(transform.top) <= y < transform.top + transform.height


def crop_of(transform: ScreenTransform, box: Box) -> ScreenTransform:
    """The transform of the image cut out along a box."""
    width, height = (box.x2 - box.x1) * transform.width, (box.y2 - box.y1) * transform.height
    return ScreenTransform(transform.left + box.x1 * transform.width, transform.top + box.y1 * transform.height, width, height)


@given(transforms, boxes(smallest=0.01), points)
def test_a_crop_lands_where_the_whole_image_does(transform: ScreenTransform, box: Box, point: Point) -> None:
    inner = crop_of(transform, box).to_screen(point)
    outer = transform.to_screen(Point(x=box.x1 + point.x * (box.x2 - box.x1), y=box.y1 + point.y * (box.y2 - box.y1)))
    slack = 1 + math.ceil(2 * ROUNDING * max(transform.width, transform.height))
    assert max(abs(inner[0] - outer[0]), abs(inner[1] - outer[1])) <= slack


@given(transforms, boxes(smallest=0.01), boxes())
def test_a_lifted_box_lies_in_its_crop(transform: ScreenTransform, crop: Box, box: Box) -> None:
    lifted = transform.lift(box, crop_of(transform, crop))
    grown = Box(x1=max(crop.x1 - ROUNDING, 0), y1=max(crop.y1 - ROUNDING, 0), x2=min(crop.x2 + ROUNDING, 1), y2=min(crop.y2 + ROUNDING, 1))
    assert grown.contains(Point(x=lifted.x1, y=lifted.y1)) and grown.contains(Point(x=lifted.x2, y=lifted.y2))


@given(boxes(), boxes())
def test_overlap_is_symmetric_and_bounded(first: Box, second: Box) -> None:
    assert 0 <= first.overlap(second) == second.overlap(first) <= 1 + 1e-9
    assert first.area == 0 or first.overlap(first) == pytest.approx(1)


def test_the_monitor_on_the_left_at_double_scale() -> None:
    transform = ScreenTransform(left=-1920, top=-200, width=1920, height=1080, scale=2)
    assert transform.to_screen(Point(x=0, y=0)) == (-1920, -200)
    assert transform.to_screen(Point(x=1, y=1)) == (-1, 879)
    assert transform.to_screen(Point(x=0.5, y=0.5)) == (-960, 340)


def test_pixels_outside_the_image_are_clipped() -> None:
    assert Box.from_pixels(-10, 90, 30, 30, (100, 100)) == Box(x1=0, y1=0.9, x2=0.2, y2=1)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf])
def test_coordinates_outside_the_image_are_refused(value: float) -> None:
    with pytest.raises(ValidationError):
        Point(x=value, y=0.5)


def test_boxes_out_of_order_and_empty_rectangles_are_refused() -> None:
    with pytest.raises(ValidationError, match="out of order"):
        Box(x1=0.5, y1=0, x2=0.4, y2=1)
    with pytest.raises(ValueError, match="needs a size"):
        ScreenTransform(left=0, top=0, width=0, height=100)


def test_a_crop_that_ends_at_the_edge_lifts_its_last_pixel_there() -> None:
    transform = ScreenTransform(left=128, top=0, width=1, height=1, scale=1.0)
    part = ScreenTransform(left=128.7812, top=0.0, width=0.2188, height=1.0, scale=1.0)
    assert transform.lift(Box(x1=1.0, y1=0.0, x2=1.0, y2=0.0), part).x1 == 1.0
