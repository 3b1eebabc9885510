"""Points and boxes relative to the captured image, and the one transform between image and screen.

Everything that is stored, prompted or sent is normalised: 0–1, origin at the top left of the captured image. Pixels appear only where
a `ScreenTransform` hands them to the hands, or takes them from the recorder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

COORDINATE_DECIMALS = 4
"""Decimals kept in files: a ten-thousandth of a 4K screen is less than half a pixel."""


def _rounded(value: float) -> float:
    return round(float(value), COORDINATE_DECIMALS)


Coordinate = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False), AfterValidator(_rounded)]
"""A fraction of the image's width or height, rounded so that printing and parsing it changes nothing."""


class Point(BaseModel):
    """A place in the captured image: x to the right, y down, both 0–1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x: Coordinate
    y: Coordinate

    def distance(self, other: Point) -> float:
        """Euclidean distance in image fractions (an aspect ratio is not applied)."""
        return math.hypot(self.x - other.x, self.y - other.y)


class Box(BaseModel):
    """An axis-aligned rectangle, 0–1, with `x1 <= x2` and `y1 <= y2`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x1: Coordinate
    y1: Coordinate
    x2: Coordinate
    y2: Coordinate

    @model_validator(mode="after")
    def _ordered(self) -> Box:
        if self.x1 > self.x2 or self.y1 > self.y2:
            raise ValueError(f"box corners are out of order: {self.x1}, {self.y1}, {self.x2}, {self.y2}")
        return self

    @classmethod
    def from_pixels(cls, left: float, top: float, width: float, height: float, image_size: tuple[int, int]) -> Box:
        """The box of a pixel rectangle in an image of `image_size` (width, height), clipped to the image."""
        full_width, full_height = image_size
        xs = sorted(min(max(value / full_width, 0.0), 1.0) for value in (left, left + width))
        ys = sorted(min(max(value / full_height, 0.0), 1.0) for value in (top, top + height))
        return cls(x1=xs[0], y1=ys[0], x2=xs[1], y2=ys[1])

    @property
    def center(self) -> Point:
        return Point(x=(self.x1 + self.x2) / 2, y=(self.y1 + self.y2) / 2)

    @property
    def area(self) -> float:
        return (self.x2 - self.x1) * (self.y2 - self.y1)

    def contains(self, point: Point) -> bool:
        return self.x1 <= point.x <= self.x2 and self.y1 <= point.y <= self.y2

    def shares_row(self, other: Box) -> bool:
        """Whether the two stand beside each other: they have more than half of the lower one's height in common."""
        shared = min(self.y2, other.y2) - max(self.y1, other.y1)
        return shared > 0.5 * min(self.y2 - self.y1, other.y2 - other.y1)

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0–1; 0 where both are empty."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        shared = max(width, 0.0) * max(height, 0.0)
        union = self.area + other.area - shared
        return shared / union if union > 0 else 0.0


@dataclass(frozen=True, slots=True)
class ScreenTransform:
    """Image fractions ↔ pointer coordinates of the screen.

    `left, top, width, height` is the captured rectangle in the units the pointer moves in (logical pixels on HiDPI systems; they may be
    negative on a monitor left of the primary one). The image of that rectangle may have any number of pixels: `scale` is image pixels
    per pointer unit, and only informs. A crop (window, region, zoom) is another transform over a smaller rectangle.
    """

    left: float
    top: float
    width: float
    height: float
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0 and self.scale > 0):
            raise ValueError(f"a captured rectangle needs a size: {self.width} × {self.height} at scale {self.scale}")

    def to_screen(self, point: Point) -> tuple[int, int]:
        """The pointer position inside the rectangle whose pixel holds the point."""
        x = math.floor(self.left + point.x * self.width)
        y = math.floor(self.top + point.y * self.height)
        last_x = math.ceil(self.left + self.width) - 1
        last_y = math.ceil(self.top + self.height) - 1
        return min(max(x, math.floor(self.left)), last_x), min(max(y, math.floor(self.top)), last_y)

    def to_image(self, x: float, y: float) -> Point:
        """The point at the centre of pointer pixel (x, y), clamped to the rectangle's edge."""
        fraction_x = (x + 0.5 - self.left) / self.width
        fraction_y = (y + 0.5 - self.top) / self.height
        return Point(x=min(max(fraction_x, 0.0), 1.0), y=min(max(fraction_y, 0.0), 1.0))

    def covers(self, x: float, y: float) -> bool:
        return self.left <= x < self.left + self.width and self.top <= y < self.top + self.height

    def lift(self, box: Box, part: ScreenTransform) -> Box:
        """A box of the image of `part`, which lies inside this rectangle, as a box of this one's image: exact, rounded once."""
        x1, x2 = ((part.left - self.left + x * part.width) / self.width for x in (box.x1, box.x2))
        y1, y2 = ((part.top - self.top + y * part.height) / self.height for y in (box.y1, box.y2))
        return Box(x1=min(max(x1, 0.0), 1.0), y1=min(max(y1, 0.0), 1.0), x2=min(x2, 1.0), y2=min(y2, 1.0))  # floats round past an edge
