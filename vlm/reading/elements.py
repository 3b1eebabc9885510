"""What was read, made into elements: icons taken off a line's ends, single letters looked at twice, signs kept where signs belong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recordings.geometry import Box
from vlm.reading.lines import Line, Rectangle
from vlm.reading.reading import Kind, ScreenElement
from vlm.reading.recognition import Spoken

Judge = Callable[[Rectangle, bool], tuple[str, float] | None]
"""What sign a rectangle holds and how surely, "" for none; None where it does not stand alone, if it has to (the second argument)."""
STROKES = frozenset("1lI|/")

LEAST_CONFIDENCE = 0.5
"""Mean of a line's characters below which it is taken for a picture."""
LEAST_SHORT = 0.7
"""The same for up to three characters: icons make short words."""
SURE_SIGN, LEAST_SIGN = 0.8, 0.5
"""How sure a sign must be by itself, and among other keys."""
WEAK = frozenset(".,-:;°~*^²³")
"""Signs that specks and strokes look like: they count among other keys alone."""
REACH = 14
"""How far a key's neighbour may be, in heights of the neighbour's letter."""


def text_element(line: Line, said: Spoken, size: tuple[int, int], judge: Judge) -> ScreenElement | None:
    """The element that a line is; None where it is no text. `size` is the picture's, in pixels."""
    start, end = len(said.text) - len(said.text.lstrip()), len(said.text.rstrip())
    left, top, right, bottom = line.ink
    if start < end:
        (start, left), (end, right) = _without_icons(line, said, start, end, judge)
    text, sure = said.text[start:end], said.confidences[start:end]
    if not text:
        return None
    confidence = float(np.mean(sure))
    kind: Kind = "text"
    if len(text) > 1 and not STROKES.isdisjoint(text):
        text = _strokes_told_apart(text, said.centres[start:end], line, judge)
    if len(text) == 1:
        text, confidence, kind = _single(text, confidence, (left, top, right, bottom), judge)
    if confidence < (LEAST_CONFIDENCE if len(text) > 3 else LEAST_SHORT):
        return None
    edges = _edges(line, said, start, end, left, right)
    box = Box.from_pixels(left, top, right - left, bottom - top, size)
    inner = tuple(edge / size[0] for edge in edges[1:-1])
    return ScreenElement(text, box, min(confidence, 1.0), kind, (box.x1, *inner, box.x2))


def _without_icons(line: Line, said: Spoken, start: int, end: int, judge: Judge) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last character and column of what is text. A picture at an end, set apart by a gap, is read as nothing or as one letter."""
    left, top, right, bottom = line.ink
    wide = 0.25 * (bottom - top)
    gaps = [gap for gap in line.gaps if gap[1] - gap[0] >= wide]
    if gaps and gaps[0][0] - left <= 2 * (bottom - top):
        inside = [place for place in range(start, end) if said.centres[place] < gaps[0][0]]
        if len(inside) < end - start and _is_picture(said, inside, (left, top, gaps[0][0], bottom), gaps[0], judge):
            left, start = gaps[0][1], start + len(inside)
    if gaps and right - gaps[-1][1] <= 2 * (bottom - top) and gaps[-1][0] > left:
        inside = [place for place in range(start, end) if said.centres[place] > gaps[-1][1]]
        if len(inside) < end - start and _is_picture(said, inside, (gaps[-1][1], top, right, bottom), gaps[-1], judge):
            right, end = gaps[-1][0], end - len(inside)
    while start < end and said.text[start] == " ":
        start += 1
    while start < end and said.text[end - 1] == " ":
        end -= 1
    return (start, left), (end, right)


def _is_picture(said: Spoken, inside: list[int], rectangle: Rectangle, gap: tuple[int, int], judge: Judge) -> bool:
    """Whether the end of a line that these characters were read in is none of it: nothing was read there, or a letter that is no letter."""
    letters = "".join(said.text[place] for place in inside).strip()
    if len(letters) != 1:
        return not letters
    beside = said.text[max(inside[0] - 1, 0)], said.text[min(inside[-1] + 1, len(said.text) - 1)]
    apart = " " in (*beside, said.text[inside[0]], said.text[inside[-1]]) or gap[1] - gap[0] >= 0.4 * (rectangle[3] - rectangle[1])
    told = judge(rectangle, True) if apart else None
    return told is not None and not told[0] and told[1] > 0.7


def _strokes_told_apart(text: str, centres: Sequence[float], line: Line, judge: Judge) -> str:
    """The recogniser goes by what makes a word, and few words have a slash: strokes that stand free are looked at by their shape."""
    told = list(text)
    for place, (character, centre) in enumerate(zip(text, centres, strict=True)):
        if character in STROKES and not text[max(place - 1, 0) : place].isalpha() and not text[place + 1 : place + 2].isalpha():
            stroke = next((each for each in line.strokes if each[0] - 1 <= centre <= each[2] + 1), None)
            seen = stroke and judge(stroke, False)
            if seen and seen[1] > 0.9 and seen[0] in ("/", "1"):
                told[place] = seen[0]
    return "".join(told)


def _single(text: str, confidence: float, rectangle: Rectangle, judge: Judge) -> tuple[str, float, Kind]:
    """A second opinion on one letter, for icons pass for letters; what both doubt gets no confidence."""
    left, top, right, bottom = rectangle
    told = judge(rectangle, True)
    if told is None:
        stands = right - left <= 1.4 * (bottom - top) or text in "-–—=~…"
        return text, confidence if stands and confidence > 0.9 else 0.0, "text"
    sign, sure = told
    if not sign:
        plain = (sure < 0.8 and text.isalnum()) or text in "←→↑↓"
        return text, confidence if confidence > 0.97 and plain else 0.0, "text"
    if sign.casefold() == text.casefold():
        return text, max(confidence, sure), "glyph"
    return (sign, sure, "glyph") if sure > 0.6 else (text, confidence if confidence > 0.9 else 0.0, "glyph")


def _edges(line: Line, said: Spoken, start: int, end: int, left: int, right: int) -> list[float]:
    """Where the characters begin and end: half way between their centres, but a space is the gap that it stands for."""
    centres = said.centres[start:end]
    edges = [float(left), *((one + other) / 2 for one, other in pairwise(centres)), float(right)]
    for place in range(1, end - start - 1):
        if said.text[start + place] == " ":
            before, after = centres[place - 1], centres[place + 1]
            gap = max((gap for gap in line.gaps if before < (gap[0] + gap[1]) / 2 < after), key=lambda gap: gap[1] - gap[0], default=None)
            if gap is not None:
                edges[place], edges[place + 1] = float(gap[0]), float(gap[1])
    ordered = np.maximum.accumulate(np.clip(edges, left, right))
    return [float(edge) for edge in ordered]


def among_keys(signs: Sequence[ScreenElement], texts: Sequence[ScreenElement], size: tuple[int, int]) -> list[ScreenElement]:
    """The signs that count. One that is sure and strong does by itself; one that is neither needs another key beside or above it, and a
    dot or a dash must not be one of a row of its like: that is a rule, or a handle."""
    strong = [each for each in signs if each.confidence >= SURE_SIGN and each.text not in WEAK]
    others = [each for each in signs if each.confidence >= LEAST_SIGN and each not in strong]
    keys = [*strong, *(each for each in texts if len(each.text) == 1)]
    near_keys = _aligned(others, keys, size).any(axis=1)
    near_like = _aligned(others, others, size) & np.array([[one.text == other.text for other in others] for one in others], np.bool_)
    alone = near_like.sum(axis=1) <= 2
    return strong + [each for each, counts in zip(others, (near_keys & alone).tolist(), strict=True) if counts]


def either(texts: Sequence[ScreenElement], signs: Sequence[ScreenElement]) -> list[ScreenElement]:
    """Texts and signs, each thing once. What was found both ways is a text, unless that is but a part of the sign: a bar of a `=`."""
    singles = [each for each in texts if each.kind == "glyph"]
    kept, parts = [], set()
    for sign in signs:
        same = [number for number, each in enumerate(singles) if sign.box.contains(each.box.center)]
        if any(singles[number].box.area > 0.6 * sign.box.area for number in same):
            continue
        parts |= set(same)
        kept.append(sign)
    return [each for each in texts if each.kind != "glyph"] + [each for n, each in enumerate(singles) if n not in parts] + kept


def _aligned(some: Sequence[ScreenElement], others: Sequence[ScreenElement], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which of `some` stand beside or above which of `others`, as keys do: bool [some, others]. Each is aligned with itself."""

    def places(elements: Sequence[ScreenElement]) -> NDArray[np.float64]:
        boxes = np.array([(each.box.x1, each.box.y1, each.box.x2, each.box.y2) for each in elements]).reshape(-1, 4) * (*size, *size)
        return np.stack(((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2, boxes[:, 3] - boxes[:, 1]))

    one, other = places(some)[:, :, None], places(others)[:, None, :]
    height = np.maximum(np.maximum(one[2], other[2]), 6)
    across, down = abs(one[0] - other[0]), abs(one[1] - other[1])
    return (np.minimum(across, down) <= 0.8 * height) & (np.maximum(across, down) <= REACH * height)


def in_reading_order(elements: Sequence[ScreenElement], size: tuple[int, int]) -> tuple[ScreenElement, ...]:
    """From the top, then from the left: what stands in one row, give or take half its height, comes from left to right."""
    waiting = sorted(((each.box.y1 + each.box.y2) / 2, each.box.x1, number) for number, each in enumerate(elements))
    ordered: list[int] = []
    while waiting:
        middle, _, first = waiting[0]
        box = elements[first].box
        end = middle + max((box.y2 - box.y1) / 2, 4 / size[1])
        row = [(left, number) for down, left, number in waiting if down <= end]
        ordered += [number for _, number in sorted(row)]
        waiting = waiting[len(row) :]
    return tuple(elements[number] for number in ordered)
