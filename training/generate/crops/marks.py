"""Boxes, radio buttons, switches and expanders in many styles, drawn four times as large and made smaller; every fifth style is only
measured with."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Colour = tuple[float, ...]
FINE = 4
WIDGETS = {
    "check box": ("on", "off", "mixed"), "radio button": ("on", "off"), "switch": ("on", "off"), "expander": ("open", "closed"),
}  # fmt: skip
TICKS = (
    ((0.2, 0.5), (0.42, 0.72), (0.8, 0.26)), ((0.16, 0.5), (0.4, 0.76), (0.86, 0.2)), ((0.25, 0.5), (0.45, 0.68), (0.75, 0.35)),
    ((0.22, 0.22), (0.78, 0.78), (0.5, 0.5), (0.78, 0.22), (0.22, 0.78)),
)  # fmt: skip
STYLES = tuple(product(range(len(TICKS)), (False, True), (1, 1.5, 2), (0.0, 0.15, 0.3)))
"""Tick, whether what is on is filled, the border's width, and how round the corners are."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`pixels` uint8 [side, side, 3] with the mark in the middle; `state` is one of its `WIDGETS`."""

    pixels: Pixels
    widget: str
    state: str


def draw_mark(rng: random.Random, held_out: bool, widget: str = "", state: str = "") -> Mark:
    """One mark on one ground, 11 to 24 pixels high; of any widget and in any state where none is given."""
    widget = widget or rng.choices(tuple(WIDGETS), (4, 3, 2, 2))[0]
    state = state or rng.choices(WIDGETS[widget], (4, 4, 1)[: len(WIDGETS[widget])])[0]
    number = rng.randrange(len(STYLES) // 5) * 5 + (0 if held_out else rng.randint(1, 4))
    tick, filled, border, round_ = STYLES[number % len(STYLES)]
    dark = rng.random() < 0.35
    ground = _shade(rng, 15, 60) if dark else _shade(rng, 215, 255)
    ink = _shade(rng, 170, 255) if dark else _shade(rng, 0, 110)
    accent = tuple(float(rng.randint(20, 235)) for _ in range(3)) if rng.random() < 0.7 else ink
    size = rng.randint(11, 24)
    side = size * 2 if widget == "switch" else round(size * rng.uniform(1.15, 1.5))
    canvas = np.empty((side * FINE, side * FINE, 3), np.float32)
    canvas[:] = ground
    middle, reach = side * FINE // 2, size * FINE // 2
    width = max(round(border * FINE), FINE)
    if widget == "expander":
        _arrow(canvas, middle, round(reach * 0.7), state == "open", ink, filled, width)
    elif widget == "switch":
        _switch(canvas, middle, reach, state == "on", (accent, ink, ground), filled, round_ > 0)
    else:
        _box(canvas, middle, reach, widget, state, (accent, ink, ground), tick, filled, width, round_)
    if rng.random() < 0.12:
        canvas = canvas * 0.45 + np.asarray(ground, np.float32) * 0.55
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    return Mark(small.round().clip(0, 255).astype(np.uint8), widget, state)


def _shade(rng: random.Random, low: int, high: int) -> Colour:
    level = rng.randint(low, high)
    return tuple(float(min(max(level + rng.randint(-6, 6), 0), 255)) for _ in range(3))


def _arrow(canvas: NDArray[np.float32], middle: int, reach: int, opened: bool, ink: Colour, filled: bool, width: int) -> None:
    points = np.array([(-reach, -reach // 2), (0, reach // 2), (reach, -reach // 2)]) if opened else None
    if points is None:
        points = np.array([(-reach // 2, -reach), (reach // 2, 0), (-reach // 2, reach)])
    if filled:
        cv2.fillPoly(canvas, [points + middle], ink)
    else:
        cv2.polylines(canvas, [points + middle], False, ink, width)


def _switch(
    canvas: NDArray[np.float32], middle: int, reach: int, on: bool, colours: tuple[Colour, Colour, Colour], filled: bool, round_: bool
) -> None:
    accent, ink, ground = colours
    half, wide = round(reach * 0.55), reach
    track = accent if on else tuple(0.75 * a + 0.25 * b for a, b in zip(ground, ink, strict=True))
    for x in (middle - wide + half, middle + wide - half) if round_ else ():
        cv2.circle(canvas, (x, middle), half, track, -1)
    inset = half if round_ else 0
    cv2.rectangle(canvas, (middle - wide + inset, middle - half), (middle + wide - inset, middle + half), track, -1)
    knob = middle + (wide - half if on else half - wide)
    cv2.circle(canvas, (knob, middle), round(half * (0.8 if filled else 0.65)), ground if on or filled else ink, -1)


def _box(
    canvas: NDArray[np.float32], middle: int, reach: int, widget: str, state: str, colours: tuple[Colour, Colour, Colour],
    tick: int, filled: bool, width: int, round_: float,
) -> None:  # fmt: skip
    accent, ink, ground = colours
    full = filled and state != "off"
    line, inside = (accent, ground) if full else (ink, accent)
    if widget == "radio button":
        cv2.circle(canvas, (middle, middle), reach - width, line, -1 if full else width)
        if state == "on":
            cv2.circle(canvas, (middle, middle), round(reach * (0.3 + round_ / 2)), inside, -1)
        return
    low, high, corner = middle - reach + width, middle + reach - width, round(reach * round_)
    if full:
        cv2.rectangle(canvas, (low + corner, low), (high - corner, high), line, -1)
        cv2.rectangle(canvas, (low, low + corner), (high, high - corner), line, -1)
    else:
        cv2.rectangle(canvas, (low, low), (high, high), line, width)
    if state == "mixed":
        cv2.line(canvas, (middle - reach // 2, middle), (middle + reach // 2, middle), inside, width * 2)
    elif state == "on":
        points = (np.array(TICKS[tick]) * 2 * (high - middle) + low).astype(np.int32)
        cv2.polylines(canvas, [points], False, inside, max(width, round(reach * 0.16)))
