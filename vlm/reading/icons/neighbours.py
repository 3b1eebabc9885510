"""What stands beside an icon says what it is: cut, copy and paste stand together, and a square beside a cross is maximise.

A name gains where a neighbour in the same row may be what comes before or after it in `ROWS`; none becomes surer than `SUREST` so. And two
drawings in a row hardly mean the same: what one surely is, the other is less likely, where it may well be something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from vlm.reading.icons.namer import SUREST, Named
from vlm.reading.icons.names import icon_names
from vlm.reading.lines import Rectangle

FAR = 32
"""Pixels between neighbours of a row at most, and no more than such an icon and a half is wide."""
REACH = 2
"""Neighbours on each side that say something."""
GAIN = 8.0
"""A name is so many times likelier beside what it comes with; in toolbars it is more."""
ALONE = 0.8
"""Who bears a name as surely as this is told by itself."""
ELSE = 0.25
"""A second name may well be meant where it has so much of the first one's chance."""
ROWS = (
    ("new", "open", "save"), ("open", "save", "print"), ("save", "save as"), ("print", "print preview"), ("undo", "redo"),
    ("cut", "copy", "paste", "delete"), ("find", "find and replace"), ("back", "forward", "up", "home"), ("back", "forward", "refresh"),
    ("back", "forward", "home"), ("stop", "refresh"), ("up", "home", "refresh"), ("left chevron", "right chevron"),
    ("up chevron", "down chevron"), ("up", "down"), ("down", "up"), ("first", "back", "forward", "last"),
    ("double left", "left chevron", "right chevron", "double right"), ("top", "up", "down", "bottom"),
    ("zoom in", "zoom out", "original size"), ("zoom out", "zoom in"), ("zoom out", "original size", "fit"),
    ("zoom out", "fit", "fit width"), ("original size", "fit", "fit width"), ("rotate left", "rotate right"),
    ("flip horizontally", "flip vertically"), ("bold", "italic", "underline", "strikethrough"), ("superscript", "subscript"),
    ("subscript", "superscript"), ("align left", "center", "align right", "justify"), ("indent", "unindent"), ("unindent", "indent"),
    ("list view", "numbered list"), ("numbered list", "list view"), ("list view", "grid view"), ("grid view", "list view"),
    ("text color", "highlight"), ("highlight", "text color"), ("link", "insert image"), ("insert image", "table"), ("quote", "code"),
    ("sort ascending", "sort descending"), ("play", "pause", "stop playing"), ("skip backward", "play", "skip forward"),
    ("skip backward", "pause", "skip forward"), ("rewind", "play", "fast forward"), ("skip backward", "rewind"),
    ("fast forward", "skip forward"), ("stop playing", "skip forward"), ("shuffle", "skip backward"), ("skip forward", "repeat"),
    ("repeat", "shuffle"), ("mute", "volume"), ("minimize", "maximize", "close"), ("minimize", "restore", "close"), ("add", "remove"),
    ("remove", "add"), ("add", "pencil", "delete"), ("pencil", "delete"), ("reply", "reply all", "forward mail"),
    ("thumbs up", "thumbs down"), ("chat", "share"), ("heart", "share"), ("bell", "contact"), ("contact", "shopping cart"),
    ("heart", "shopping cart"), ("find", "shopping cart"), ("settings", "help"), ("help", "about"), ("suspend", "restart", "shut down"),
    ("lock", "log out", "shut down"), ("insert row", "insert column"), ("delete row", "delete column"),
    ("bring to front", "send to back"), ("group", "ungroup"), ("step over", "step into"), ("line chart", "pie chart"),
    ("align objects left", "align objects center", "align objects right"),
    ("align objects top", "align objects middle", "align objects bottom"),
)  # fmt: skip
"""What stands side by side in many programs, from left to right."""


def among_neighbours(boxes: Sequence[Rectangle], named: Sequence[Named]) -> list[Named]:
    """The names of icons once more, with what stands beside them in mind."""
    beside = _beside(boxes, range(len(boxes)))
    return [
        _weighed(one, [named[at] for at in before], [named[at] for at in after]) for one, (before, after) in zip(named, beside, strict=True)
    ]


def with_neighbours(boxes: Sequence[Rectangle], places: Sequence[int]) -> list[int]:
    """The places of icons and of those that have a say in what they are called."""
    beside = _beside(boxes, places)
    return sorted({at for place, (before, after) in zip(places, beside, strict=True) for at in (place, *before, *after)})


def _beside(boxes: Sequence[Rectangle], places: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """What stands before and after each of some icons, the nearest first."""
    rights = _right_of(boxes)
    lefts = {other: one for one, other in rights.items()}
    return [(_walk(place, lefts), _walk(place, rights)) for place in places]


def _right_of(boxes: Sequence[Rectangle]) -> dict[int, int]:
    """For each icon that has one, the next in its row; each is next to one alone."""
    if len(boxes) < 2:
        return {}
    left, top, right, bottom = np.array(boxes, np.int64).T
    longer: NDArray[np.int64] = np.maximum(right - left, bottom - top)
    gaps = left[None] - right[:, None]
    on_line = (top[None] < bottom[:, None] + 2) & (top[:, None] < bottom[None] + 2)
    alike = (longer[None] <= 2 * longer[:, None]) & (longer[:, None] <= 2 * longer[None])
    near = (gaps >= 0) & (gaps <= FAR) & (2 * gaps <= 3 * np.maximum(longer[None], longer[:, None]))
    far = FAR + 1
    reach = np.where(on_line & alike & near, gaps, far)
    following = reach.argmin(axis=1)
    return {one: int(other) for one, other in enumerate(following) if reach[one, other] < far and reach[:, other].argmin() == one}


def _walk(place: int, onward: dict[int, int]) -> list[int]:
    found: list[int] = []
    while len(found) < REACH and place in onward:
        place = onward[place]
        found.append(place)
    return found


def _weighed(one: Named, before: Sequence[Named], after: Sequence[Named]) -> Named:
    """A picture's names by what stands before and after it, the nearest first."""
    if one.confidence >= ALONE:
        return one
    beside = [*((-far, each) for far, each in enumerate(before, start=1)), *((far, each) for far, each in enumerate(after, start=1))]
    companions = _companions()
    gains = [
        max((chance for far, each in beside for other, chance in each.names if other in companions[far].get(name, ())), default=0.0)
        for name, _ in one.names
    ]
    rival = max((each.confidence for _, each in beside if each.best == one.best and each.confidence >= ALONE), default=0.0)
    if len(one.names) < 2 or one.names[1][1] < ELSE * one.confidence:
        rival = 0.0
    if not any(gains) and not rival:
        return one
    chances = [chance * (1 + GAIN * gain) for (_, chance), gain in zip(one.names, gains, strict=True)]
    chances[0] *= 1 - rival
    whole = sum(chances) + max(1 - sum(chance for _, chance in one.names), 0.0)
    weighed = [(name, min(chance / whole, SUREST)) for (name, _), chance in zip(one.names, chances, strict=True)]
    return Named(tuple(sorted(weighed, key=lambda each: -each[1])))


@cache
def _companions() -> dict[int, dict[int, set[int]]]:
    """By how far after it (or before it, below 0), for each name what may stand there. A row may lack one, and never has one more."""
    places = {each.name: place for place, each in enumerate(icon_names())}
    found: dict[int, dict[int, set[int]]] = {far: defaultdict(set) for far in range(-REACH, REACH + 1) if far}
    for row in ROWS:
        for at, name in enumerate(row):
            for apart, other in enumerate(row[at + 1 : at + 1 + REACH], start=1):
                for far in range(1, apart + 1):
                    found[far][places[name]].add(places[other])
                    found[-far][places[other]].add(places[name])
    return found
