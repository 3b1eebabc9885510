"""Tabs told by their looks: names in a row, each with a cross that closes it. Names alone may be a menu bar, a path or headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recordings.geometry import Box
from vlm.reading.reading import ScreenElement

_CROSSES = "xX×✕✖"
_CROSS = re.compile(rf"(?P<name>.*\S)\s+(?P<cross>[{_CROSSES}])$")
"""A name that was read together with its cross."""
_CROSS_WITHIN = re.compile(r"\s[×✕✖](?:\s|$)")
_ROOM = 10
"""Letters that a tab is as wide as at least."""


def tabs_by_their_crosses(elements: Sequence[ScreenElement], crosses: Sequence[Box]) -> list[list[ScreenElement]]:
    """Rows of two tabs or more, from the left: between two crosses stands exactly one name. No row of which one may be left out.

    Args:
        crosses: where icons are that close something.
    """
    alone = [one for one in elements if len(one.text) == 1 and one.text in _CROSSES]
    ends = [*crosses, *(one.box for one in alone)]
    strips: list[list[ScreenElement]] = []
    left = sorted((one for one in elements if not any(one is other for other in alone)), key=lambda one: one.box.y1)
    while left:
        row = sorted((one for one in left if left[0].box.shares_row(one.box)), key=lambda one: one.box.x1)
        left = [one for one in left if not any(one is other for other in row)]
        if len(tabs := _tabs_of(row, [end for end in ends if row[0].box.shares_row(end)])) > 1:
            strips.append(tabs)
    return strips


def _tabs_of(row: Sequence[ScreenElement], crosses: Sequence[Box]) -> list[ScreenElement]:
    """Each name of a row with its cross; none where a cross closes no name or two, or a name has none, or there is room for another tab."""
    merged = [one.box for one in row if _CROSS.fullmatch(one.text)]
    parts = [_parted(one) for one in row]
    names, own = [name for name, _ in parts], [end for _, end in parts if end is not None]
    seen = [end for end in crosses if not any(end.x1 < box.x2 and box.x1 < end.x2 for box in merged)]  # not what was read, too
    ends = sorted([*own, *seen], key=lambda end: end.x1)
    tabs: list[ScreenElement] = []
    start = -1.0
    for end in ends:
        before = [one for one in names if start < one.box.center.x < end.center.x]
        if len(before) != 1 or _CROSS_WITHIN.search(before[0].text):
            return []
        tabs += before
        start = end.center.x
    return [] if len(tabs) > 1 and _leaves_one_out(tabs, ends, names) else tabs


def _parted(one: ScreenElement) -> tuple[ScreenElement, Box | None]:
    """A name, and its cross where they were read together."""
    found = _CROSS.fullmatch(one.text)
    if found is None:
        return one, None
    return replace(one, text=found["name"], box=one.part(0, found.end("name")), edges=()), one.part(*found.span("cross"))


def _leaves_one_out(tabs: Sequence[ScreenElement], ends: Sequence[Box], names: Sequence[ScreenElement]) -> bool:
    """Whether between two tabs, or behind the last one, there may be another whose cross, or of which nothing, was seen."""
    letter = sum(one.box.x2 - one.box.x1 for one in tabs) / sum(len(one.text) for one in tabs)
    behind = zip(ends, tabs[1:], ends[1:], strict=False)
    if any(tab.box.x1 - last.x2 > own.x1 - tab.box.x2 + _ROOM * letter for last, tab, own in behind):  # names begin or are in the middle
        return True
    apart = (ends[-1].center.x - ends[0].center.x) / (len(ends) - 1)
    follow = (one for one in names if one.box.center.x > ends[-1].center.x and any(map(str.isalnum, one.text)))
    return any(one.box.x1 - ends[-1].x2 < apart for one in follow)
