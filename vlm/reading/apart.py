"""Tells things that are called alike apart, in words that a person can choose by: "the left one", "in the row of “Mary Poppins”".

The words that tell them apart are those that pick one of them again: `pick` understands what `describe` says, and what people make of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recordings.geometry import Box
from vlm.reading.folding import fold
from vlm.reading.reading import ScreenElement
from vlm.reading.view import ScreenView
from vlm.reading.vocabulary import ORDINALS, ROLES

_PARTS = (("top left", "top", "top right"), ("left", "middle", "right"), ("bottom left", "bottom", "bottom right"))
_COUNTED = ("first", "second", "third", "fourth", "fifth", "sixth")
_LONGEST_LABEL = 40
_IDLE = frozenset({
    "the", "one", "that", "this", "it", "in", "of", "at", "on", "next", "to", "near", "with", "row", "line", "for", "beside", "by",
    "from", "under", "side", "please", "click", "take", "use", "i", "mean", "hand", "most", "belonging",
}) | frozenset(word for role in ROLES for word in role.split())  # fmt: skip
"""Words of an answer that choose nothing."""
_SIDES: dict[str, tuple[Callable[[Box], float], int]] = {
    "left": (lambda box: box.center.x, 1), "right": (lambda box: box.center.x, -1),
    "upper": (lambda box: box.center.y, 1), "lower": (lambda box: box.center.y, -1),
}  # fmt: skip
_MEANT = {
    "top": "upper", "topmost": "upper", "uppermost": "upper", "highest": "upper", "higher": "upper", "above": "upper",
    "bottom": "lower", "bottommost": "lower", "lowest": "lower", "below": "lower", "leftmost": "left", "rightmost": "right",
}  # fmt: skip
_BEHIND = frozenset({"behind", "background", "outside", "other", "main"})
_FRONT = frozenset({"dialog", "dialogue", "front", "popup", "menu", "foreground", "inside", "open"})


@dataclass(frozen=True, slots=True)
class _Place:
    """What tells one from the others; empty where it does not."""

    side: str
    label: str
    in_row: bool
    front: bool | None
    """Whether it lies in what is in front, where that tells them apart."""


def in_reading_order(boxes: Sequence[Box]) -> list[int]:
    """The numbers of the boxes from the top, then from the left."""
    order: list[list[int]] = []
    for number in sorted(range(len(boxes)), key=lambda number: boxes[number].center.y):
        if order and boxes[order[-1][0]].shares_row(boxes[number]):
            order[-1].append(number)
        else:
            order.append([number])
    return [number for row in order for number in sorted(row, key=lambda number: boxes[number].center.x)]


def describe(boxes: Sequence[Box], view: ScreenView) -> list[str]:
    """Where each is, in words that none of the others has, as far as there are such."""
    return [_in_words(place, box, view) for place, box in zip(_places(boxes, view), boxes, strict=True)]


def pick(answer: str, boxes: Sequence[Box], view: ScreenView, names: Sequence[str] = ()) -> int | None:
    """Which of the boxes an answer means: by its side, its number in reading order, what stands beside it, or the window it lies in.

    Args:
        names: what the boxes are called: words of an answer that choose nothing.
    """
    if not boxes:
        return None
    words = [word.text for word in fold(answer).words]
    called = {word.text for name in names for word in fold(name).words}
    telling = [word for word in words if word not in _IDLE and word not in called]
    told = {_MEANT.get(word, word) for word in telling}
    if telling and told <= _SIDES.keys():
        return _at_side(boxes, told)
    ordinals = [ORDINALS[word] for word in telling if word in ORDINALS]
    if len(telling) == 1 and ordinals:
        order = in_reading_order(boxes)
        at = ordinals[0] - 1 if ordinals[0] > 0 else ordinals[0]
        return order[at] if -len(order) <= at < len(order) else None
    labelled = _by_label(answer, boxes, view)
    if labelled is not None:
        return labelled
    fronts = [_in_front(box, view) for box in boxes]
    for signal, wanted in ((_BEHIND, False), (_FRONT, True)):
        if signal & set(words) and fronts.count(wanted) == 1:
            return fronts.index(wanted)
    return None


def _places(boxes: Sequence[Box], view: ScreenView) -> list[_Place]:
    rows = [_around(box, boxes, view, _in_row) for box in boxes]
    near = [_around(box, boxes, view, _above) or _around(box, boxes, view, _close) for box in boxes]
    fronts = [_in_front(box, view) for box in boxes]
    places = []
    for number, side in enumerate(_sides(boxes)):
        in_row = _own(rows, number)
        label = in_row or _own(near, number)
        places.append(_Place(side, label, bool(in_row), fronts[number] if len(set(fronts)) > 1 else None))
    return places


def _in_words(place: _Place, box: Box, view: ScreenView) -> str:
    part = _PARTS[min(int(box.center.y * 3), 2)][min(int(box.center.x * 3), 2)]
    words = [place.side] if place.side else []
    if place.front is not None:
        title = view.observation.window_title or ""
        kind = "menu" if view.observation.popups else "dialog" if view.observation.dialog else "window"
        front = f"in the open {kind}" + (f" “{_short(title)}”" if title and kind != "menu" else "")
        words.append(front if place.front else "in the window behind" if kind != "menu" else "outside the open menu")
    words.append(f"in the row of “{_short(place.label)}”" if place.in_row else f"at the {part}" if part != "middle" else "in the middle")
    if place.label and not place.in_row:
        words.append(f"near “{_short(place.label)}”")
    return ", ".join(words)


def _sides(boxes: Sequence[Box]) -> list[str]:
    """A word for each by how they lie to each other: beside, above, or one after the other."""
    if len(boxes) < 2:
        return [""] * len(boxes)
    if len(boxes) == 2:
        one, other = boxes
        beside = one.shares_row(other)
        first = one.center.x < other.center.x if beside else one.center.y < other.center.y
        names = ("the left one", "the right one") if beside else ("the upper one", "the lower one")
        return [names[not first], names[first]]
    order = in_reading_order(boxes)
    row = all(boxes[0].shares_row(box) for box in boxes)
    column = all(abs(box.center.x - boxes[0].center.x) < box.x2 - box.x1 for box in boxes)
    if not (row or column) or len(boxes) > len(_COUNTED):
        return [""] * len(boxes)
    whence = "from the left" if row else "from the top"
    return [f"the {_COUNTED[order.index(number)]} {whence}" for number in range(len(boxes))]


def _at_side(boxes: Sequence[Box], told: set[str]) -> int | None:
    """The outermost at all sides told, by more than a few pixels' worth; None where that is none, or two."""
    chosen: set[int] | None = None
    for side in told:
        measure, sign = _SIDES[side]
        values = [sign * measure(box) for box in boxes]
        outermost = {number for number, value in enumerate(values) if value - min(values) < 0.01}
        chosen = outermost if chosen is None else chosen & outermost
    return chosen.pop() if chosen is not None and len(chosen) == 1 else None


def _by_label(answer: str, boxes: Sequence[Box], view: ScreenView) -> int | None:
    """The one beside which stands what the answer names, or whose neighbour's whole text is in the answer; of several, the nearest."""
    said = fold(answer).text
    fitting: list[tuple[int, float, int]] = []
    for number, box in enumerate(boxes):
        for element in [
            *_around(box, boxes, view, _in_row),
            *_around(box, boxes, view, _above)[:2],
            *_around(box, boxes, view, _close)[:2],
        ]:
            text = fold(element.text).text
            if letters := len(text) if _holds(said, text) else len(said) if len(said) > 2 and _holds(text, said) else 0:
                fitting.append((-letters, round(element.box.center.distance(box.center), 2), number))
    fitting.sort()
    best = [entry for entry in fitting if entry[:2] == fitting[0][:2]]
    return best[0][2] if best and len({number for *_, number in best}) == 1 else None


def _holds(text: str, part: str) -> bool:
    return len(part) > 1 and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text) is not None


def _own(around: Sequence[Sequence[ScreenElement]], number: int) -> str:
    """The first of its neighbours' texts that none of the others has."""
    others = {element.text for other, some in enumerate(around) if other != number for element in some}
    return next((element.text for element in around[number] if element.text not in others), "")


def _around(box: Box, boxes: Sequence[Box], view: ScreenView, far: Callable[[Box, Box], float | None]) -> list[ScreenElement]:
    """What is written around a box where `far` measures it, the nearest first; in front only for what lies there."""
    area = view.front if _in_front(box, view) else None
    found: list[tuple[float, ScreenElement]] = []
    for element in view.elements_in(area):
        if len(element.text) > 1 and not any(element.box.overlap(other) > 0 for other in boxes):
            distance = far(box, element.box)
            if distance is not None:
                found.append((distance, element))
    return [element for _, element in sorted(found, key=lambda entry: entry[0])]


def _in_row(box: Box, other: Box) -> float | None:
    """What begins a row names it: the farthest to the left comes first, what stands to the right after all of it."""
    if not box.shares_row(other):
        return None
    return other.x1 if other.x1 < box.x1 else 1 + other.x1


def _above(box: Box, other: Box) -> float | None:
    across = max(other.x1 - box.x2, box.x1 - other.x2, 0.0)
    down = box.y1 - other.y2
    return down + across if -0.005 <= down < 0.2 and across < 0.1 else None


def _close(box: Box, other: Box) -> float | None:
    return box.center.distance(other.center)


def _in_front(box: Box, view: ScreenView) -> bool:
    return view.front is not None and view.front.contains(box.center)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1].rstrip() + "…"
