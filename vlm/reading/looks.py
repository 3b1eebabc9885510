"""How a text looks among its like: the colours around it, of its ground and of its ink, measured against those of its siblings.

A tab that is open, a button that is down, a chosen row: each theme draws them in its own way, and otherwise than what stands beside them.
So nothing absolute is measured that could be measured against a sibling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vlm.reading.convolutions import Floats
from vlm.reading.states import TextLine

UP_DOWN = 2.4
"""Font sizes above and below the middle of a line that are looked at."""
ROWS = 16
"""Bands of them."""
BESIDE = 1.8
"""Font sizes before and behind a text that are looked at."""
COLUMNS = 5
"""Bands of each of them."""
LONGEST = 24.0
"""Font sizes of a text beyond which the rest is not looked at."""
CLEARLY = 1.5
"""Times as different from its like as they are from each other: an odd one."""
INK = 0.3
"""How much the colours of letters count in it."""
FEATURES = 2 * (ROWS + 2 * COLUMNS) * 3 + 20


@dataclass(frozen=True, slots=True)
class Look:
    """How one text looks; colours are RGB, 0–1.

    Attributes:
        around: float32 [ROWS + 2 * COLUMNS, 3], from the top, then before it and behind it: of each band what differs most from the ground.
        weight: the share of the text's box that is ink.
    """

    around: Floats
    ground: Floats
    ink: Floats
    weight: float

    @property
    def contrast(self) -> float:
        return float(np.abs(self.ink - self.ground).max())


def look_of(pixels: NDArray[np.uint8], line: TextLine) -> Look:
    """How a line of text looks; beyond the picture its edge goes on."""
    em, left = max(line.em, 4.0), line.left
    right = max(min(line.right, left + LONGEST * em), left + 2)
    rows = _cut(pixels, (left, right), (line.middle - UP_DOWN * em, line.middle + UP_DOWN * em))
    middle = rows.shape[0] // 2
    half = max(round(0.5 * em), 2)
    text = rows[max(middle - half, 0) : middle + half + 1].reshape(-1, 3)
    ground = np.median(text, axis=0)
    distance = np.abs(text - ground).max(axis=1)
    strongest = float(np.percentile(distance, 97))
    inked = distance >= max(0.6 * strongest, 6.0)
    ink = np.median(text[distance >= max(0.85 * strongest, 4.0)], axis=0) if inked.any() else ground
    before = _cut(pixels, (left - BESIDE * em, left - 1), (line.middle - 0.4 * em, line.middle + 0.4 * em))
    behind = _cut(pixels, (right + 1, right + BESIDE * em), (line.middle - 0.4 * em, line.middle + 0.4 * em))
    bands = [
        *_bands(np.median(rows, axis=1), ROWS, ground),
        *_bands(np.median(before, axis=0)[::-1], COLUMNS, ground), *_bands(np.median(behind, axis=0), COLUMNS, ground),
    ]  # fmt: skip
    weight = float(inked.mean())
    return Look(_unit(np.stack(bands)), _unit(ground), _unit(ink), weight)


def features_of(own: Look, siblings: Sequence[Look], others: Sequence[Look], in_row: bool) -> Floats:
    """What of a look may tell, float32 [FEATURES]; brightness counts from the ground's side, so that dark themes are as light ones.

    Args:
        siblings: at least one.
        others: all texts of the picture: what contrast is usual there.
    """
    usual = Look(
        np.median([one.around for one in siblings], axis=0), np.median([one.ground for one in siblings], axis=0),
        np.median([one.ink for one in siblings], axis=0), float(np.median([one.weight for one in siblings])),
    )  # fmt: skip
    side = 1.0 if usual.ground.mean() >= usual.ink.mean() else -1.0
    apart = [np.abs(one.around - usual.around).mean() for one in siblings]
    oddness = float(np.abs(own.around - usual.around).mean())
    contrasts = np.array([one.contrast for one in others])
    same = np.array([np.abs(one.ground - own.ground).max() < 0.05 for one in others])
    on_it = float(np.percentile(contrasts[same], 80)) if same.any() else own.contrast
    everywhere = float(np.percentile(contrasts, 80)) if len(contrasts) else own.contrast
    beside = float(np.median([one.contrast for one in siblings]))
    numbers = [
        float(in_row), min(len(siblings), 4) / 4, float(len(siblings) == 1), oddness, max(apart), float(np.median(apart)),
        oddness / (oddness + max(apart) + 0.01), own.contrast, beside, _ratio(own.contrast, beside), _ratio(own.contrast, on_it),
        _ratio(own.contrast, everywhere), _chroma(own.ink), _chroma(usual.ink), _chroma(own.ground), _chroma(usual.ground),
        own.weight - usual.weight, _ratio(own.weight, usual.weight), side * float((own.ground - usual.ground).mean()),
        float(np.abs(own.ground - usual.ground).max()),
    ]  # fmt: skip
    return np.concatenate([
        _relative(own.around - usual.around, own.around, usual.around, side).ravel(),
        _relative(own.around - own.ground, own.around, np.broadcast_to(own.ground, own.around.shape), side).ravel(), np.array(numbers),
    ]).astype(np.float32)  # fmt: skip


def odd_one(looks: Sequence[Look]) -> int | None:
    """The place of the one that differs from each of the others clearly more than any two of those do; None where there is none such, or
    fewer than three."""
    if len(looks) < 3:
        return None
    apart = np.array([[_difference(one, other) for other in looks] for one in looks])
    typical = [float(np.median(np.delete(row, place))) for place, row in enumerate(apart)]
    odd = int(np.argmax(typical))
    alike = np.delete(np.delete(apart, odd, axis=0), odd, axis=1)
    return odd if np.delete(apart[odd], odd).min() >= CLEARLY * (float(alike.max()) + 0.01) else None


def _difference(one: Look, other: Look) -> float:
    """What is above, behind and below two texts of a row, and their ink, which differs by what is written, too."""
    around = float(np.abs(one.around[:ROWS] - other.around[:ROWS]).mean())
    return around + float(np.abs(one.ground - other.ground).max()) + INK * float(np.abs(one.ink - other.ink).max())


def _relative(step: Floats, one: Floats, other: Floats, side: float) -> Floats:
    """A step between colours as brightness, as size whatever its direction, and as colourfulness; [n, 3]."""
    return np.stack([side * step.mean(axis=1), np.abs(step).max(axis=1), _chroma(one) - _chroma(other)], axis=1)


def _chroma(colour: Floats) -> Floats:
    return np.asarray(colour.max(axis=-1) - colour.min(axis=-1))


def _ratio(one: float, other: float) -> float:
    return min(one / max(other, 0.02), 3.0)


def _unit(colours: Floats) -> Floats:
    return (np.asarray(colours) / 255).astype(np.float32)


def _bands(colours: Floats, count: int, ground: Floats) -> list[Floats]:
    """Of each of so many bands the colour that differs most from the ground: a thin line under a tab counts as a thick one."""
    edges = np.linspace(0, len(colours), count + 1).round().astype(int)
    parts = [colours[start : max(end, start + 1)] if start < len(colours) else colours[-1:] for start, end in pairwise(edges)]
    return [part[np.abs(part - ground).max(axis=1).argmax()] for part in parts]


def _cut(pixels: NDArray[np.uint8], across: tuple[float, float], down: tuple[float, float]) -> Floats:
    columns = np.clip(np.arange(round(across[0]), max(round(across[1]), round(across[0]) + 1)), 0, pixels.shape[1] - 1)
    rows = np.clip(np.arange(round(down[0]), max(round(down[1]), round(down[0]) + 1)), 0, pixels.shape[0] - 1)
    return pixels[rows[:, None], columns[None, :]].astype(np.float32)
