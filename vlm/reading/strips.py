"""Tabs told by their looks: names in a row, each with a cross that closes it. Names alone may be a menu bar, a path or headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recordings.geometry import Box
from vlm.reading.reading import ScreenElement

_CROSS = re.compile(r"(?P<name>.*\S)\s+[xX×✕✖]$")
"""A name that was read together with its cross."""


def tabs_by_their_crosses(elements: Sequence[ScreenElement], crosses: Sequence[Box]) -> list[list[ScreenElement]]:
    """Rows of two tabs or more, from the left: between two crosses stands exactly one name.

    Args:
        crosses: where icons are that close something.
    """
    ends = [*crosses, *(one.box for one in elements if one.text in ("x", "X", "×"))]
    strips: list[list[ScreenElement]] = []
    left = sorted((one for one in elements if one.text not in ("x", "X", "×")), key=lambda one: one.box.y1)
    while left:
        row = sorted((one for one in left if _share_row(left[0].box, one.box)), key=lambda one: one.box.x1)
        left = [one for one in left if not any(one is other for other in row)]
        if len(tabs := _tabs_of(row, sorted((end for end in ends if _share_row(row[0].box, end)), key=lambda end: end.x1))) > 1:
            strips.append(tabs)
    return strips


def _tabs_of(row: Sequence[ScreenElement], ends: Sequence[Box]) -> list[ScreenElement]:
    """Each name of a row with its cross; none where a cross closes no name or two."""
    tabs: list[ScreenElement] = []
    names = list(row)
    if any(_CROSS.fullmatch(one.text) for one in row):
        named = [(one, found) for one in row if (found := _CROSS.fullmatch(one.text)) is not None]
        return [replace(one, text=found["name"], box=one.part(0, found.end("name")), edges=()) for one, found in named]
    start = -1.0
    for end in ends:
        before = [one for one in names if start < one.box.center.x < end.center.x]
        if len(before) != 1:
            return []
        tabs += before
        start = end.center.x
    return tabs


def _share_row(one: Box, other: Box) -> bool:
    shared = min(one.y2, other.y2) - max(one.y1, other.y1)
    return shared > 0.5 * min(one.y2 - one.y1, other.y2 - other.y1)
