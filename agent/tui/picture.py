"""Pictures for a terminal: the intended action drawn into the frame, then the frame as coloured block characters.

The mark is drawn before the picture is scaled, at the very pixel that the hands would touch, so what is seen is what would happen.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from recordings.action import Action, Drag, Scroll, target_of
from recordings.episode import Screenshot
from recordings.geometry import Box, Point

MARK = (255, 64, 129)
RECORDED = (64, 200, 130)
"""What a recording did, beside what is wanted now."""
BLOCKS = " ▗▖▄▝▐▞▟▘▚▌▙▀▜▛█"
"""Indexed by which quarters are lit: 8 top left, 4 top right, 2 bottom left, 1 bottom right."""
SHADES = " .:-=+*#%@"
"""From dark to light, for terminals without colour."""
TARGET = "✛"
FLAT = 6
"""Quarters of one cell whose channels differ by no more than this look the same."""


def landing_pixel(screenshot: Screenshot, point: Point) -> tuple[float, float]:
    """The image pixel (x, y) under the pointer after the hands have moved to `point`."""
    transform = screenshot.transform
    landed = transform.to_image(*transform.to_screen(point))
    width, height = screenshot.size
    return landed.x * width, landed.y * height


def draw_intent(
    screenshot: Screenshot,
    action: Action | None,
    box: Box | None,
    stroke: float,
    gap: float,
    window: tuple[int, int, int, int] | None = None,
    recorded: tuple[Point | None, Box | None] = (None, None),
) -> Image.Image:
    """A copy of the frame, or of a pixel rectangle of it, with the action's place marked.

    Args:
        stroke: line width in image pixels.
        gap: radius around the target that stays open, in image pixels.
        window: left, top, right and bottom of the part that is wanted.
        recorded: the place and the element's box of a recording, marked in another colour.
    """
    width, height = screenshot.size
    left, top, right, bottom = window or (0, 0, width, height)
    image = screenshot.image.crop((left, top, right, bottom))
    image = image if image.mode == "RGB" else image.convert("RGB")
    pen = ImageDraw.Draw(image)
    place, element = recorded
    for shown, colour in ((element, RECORDED), (box, MARK)):
        if shown is not None:
            corners = (shown.x1 * width - left, shown.y1 * height - top, shown.x2 * width - left, shown.y2 * height - top)
            pen.rectangle(corners, outline=colour, width=max(1, round(stroke)))
    if place is not None:
        x, y = landing_pixel(screenshot, place)
        radius = gap + 4 * stroke
        rim = (x - left - radius, y - top - radius, x - left + radius, y - top + radius)
        pen.ellipse(rim, outline=RECORDED, width=max(1, round(2 * stroke)))
    path = [landing_pixel(screenshot, point) for point in _path(action)]
    path = [(x - left, y - top) for x, y in path]
    if not path:
        return image
    if isinstance(action, Scroll):
        (x, y), reach = path[0], gap + 12 * stroke
        pen.line([(x, y), (x + reach * np.sign(action.dx), y + reach * np.sign(action.dy))], fill=MARK, width=max(1, round(2.4 * stroke)))
    elif len(path) > 1:
        pen.line(path, fill=MARK, width=max(1, round(2.4 * stroke)), joint="curve")
    _crosshair(pen, *path[-1], stroke, gap)
    return image


def _path(action: Action | None) -> list[Point]:
    """Where the action touches the screen, in order; empty for one that has no place."""
    if isinstance(action, Drag):
        return [Point(x=x, y=y) for x, y in action.path]
    point = target_of(action) if action is not None else None
    return [point] if point is not None else []


def _crosshair(pen: ImageDraw.ImageDraw, x: float, y: float, stroke: float, gap: float) -> None:
    """Four arms that leave the target itself open, so that what is about to be touched stays readable."""
    half, end = max(0.5, 1.2 * stroke), gap + 8 * stroke
    for near, far in ((-end, -gap), (gap, end)):
        pen.rectangle((x + near, y - half, x + far, y + half), fill=MARK)
        pen.rectangle((x - half, y + near, x + half, y + far), fill=MARK)
    pen.ellipse((x - half, y - half, x + half, y + half), fill=MARK)


def fit(image_size: tuple[int, int], columns: int, rows: int) -> tuple[int, int]:
    """The largest (columns, rows) of the picture's shape inside a room of cells that are twice as high as wide."""
    width, height = image_size
    scale = min(columns / width, 2 * rows / height)
    return max(1, min(columns, round(width * scale))), max(1, min(rows, round(height * scale / 2)))


def window_around(point: Point, image_size: tuple[int, int], columns: int, rows: int) -> tuple[int, int, int, int]:
    """The pixel rectangle (left, top, right, bottom) around a point that fills the cells at two image pixels to a column."""
    width, height = (min(extent, max(1, cells * 2)) for extent, cells in zip(image_size, (columns, 2 * rows), strict=True))
    left = min(max(round(point.x * image_size[0] - width / 2), 0), image_size[0] - width)
    top = min(max(round(point.y * image_size[1] - height / 2), 0), image_size[1] - height)
    return left, top, left + width, top + height


def to_shades(image: Image.Image, columns: int, rows: int, target: Point | None = None) -> list[Strip]:
    """The picture as `rows` strips of `columns` characters that are as bright as it is, the target's cell marked by one of its own."""
    grey = np.asarray(image.convert("L").resize((columns, rows), Image.Resampling.BOX, reducing_gap=2.0), dtype=np.float32)
    cells = [[SHADES[level] for level in row] for row in (grey / 256 * len(SHADES)).astype(int)]
    if target is not None:
        cells[min(int(target.y * rows), rows - 1)][min(int(target.x * columns), columns - 1)] = TARGET
    return [Strip([Segment("".join(row), Style.null())], columns) for row in cells]


def to_strips(image: Image.Image, columns: int, rows: int) -> list[Strip]:
    """The picture as `rows` strips of `columns` cells, each a quarter block in two colours."""
    small = image.resize((2 * columns, 2 * rows), Image.Resampling.HAMMING, reducing_gap=2.0)
    pixels = np.asarray(small, dtype=np.int16).reshape(rows, 2, columns, 2, 3).transpose(0, 2, 1, 3, 4).reshape(rows, columns, 4, 3)
    letters, fronts, backs = _two_colours(pixels)
    return [_strip(*row) for row in zip(letters, fronts, backs, strict=True)]


def _two_colours(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For cells (rows, columns, 4 quarters, RGB): the block's index, and its lit and unlit colours as 0xRRGGBB."""
    low, high = pixels.min(axis=2), pixels.max(axis=2)
    spread = high - low
    channel = spread.argmax(axis=2)[..., None, None]
    values = np.take_along_axis(pixels, channel, axis=3)[..., 0]
    middle = np.take_along_axis((low + high) / 2, channel[..., 0], axis=2)
    lit = (values > middle) & (spread.max(axis=2) > FLAT)[..., None]
    letters = (lit * np.array([8, 4, 2, 1])).sum(axis=2)
    fronts, backs = (_mean(pixels, lit), _mean(pixels, ~lit))
    fronts = np.where(letters == 0, backs, fronts)
    return letters, fronts, backs


def _mean(pixels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    count = np.maximum(chosen.sum(axis=2), 1)[..., None]
    mean = (pixels * chosen[..., None]).sum(axis=2) // count & 0xFC
    return (mean * np.array([1 << 16, 1 << 8, 1])).sum(axis=2)


def _strip(letters: np.ndarray, fronts: np.ndarray, backs: np.ndarray) -> Strip:
    """One row of cells, neighbours of the same two colours joined into one segment."""
    edges = np.flatnonzero((np.diff(fronts) != 0) | (np.diff(backs) != 0)) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(letters)]
    segments = [
        Segment("".join(BLOCKS[letter] for letter in letters[start:end]), _style(int(fronts[start]), int(backs[start])))
        for start, end in zip(starts, ends, strict=True)
    ]
    return Strip(segments, len(letters))


@lru_cache(maxsize=1 << 14)
def _style(front: int, back: int) -> Style:
    return Style(color=_rgb(front), bgcolor=_rgb(back))


def _rgb(value: int) -> Color:
    return Color.from_rgb(value >> 16, value >> 8 & 255, value & 255)
