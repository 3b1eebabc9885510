"""What was read, made into elements: icons taken off a line's ends, single letters looked at twice, signs kept where signs belong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

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
    wide = 0.22 * (bottom - top)
    gaps = [gap for gap in line.gaps if gap[1] - gap[0] >= wide]
    if gaps and gaps[0][0] - left <= 2 * (bottom - top):
        inside = [place for place in range(start, end) if said.centres[place] < gaps[0][0]]
        count = len("".join(said.text[place] for place in inside).strip())
        if not count or (count == 1 and end - len(inside) > 1 and _is_picture((left, top, gaps[0][0], bottom), judge)):
            left, start = gaps[0][1], start + len(inside)
    if gaps and right - gaps[-1][1] <= 2 * (bottom - top) and gaps[-1][0] > left:
        inside = [place for place in range(start, end) if said.centres[place] > gaps[-1][1]]
        count = len("".join(said.text[place] for place in inside).strip())
        if not count or (count == 1 and end - start - len(inside) > 1 and _is_picture((gaps[-1][1], top, right, bottom), judge)):
            right, end = gaps[-1][0], end - len(inside)
    while start < end and said.text[start] == " ":
        start += 1
    while start < end and said.text[end - 1] == " ":
        end -= 1
    return (start, left), (end, right)


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


def _is_picture(rectangle: Rectangle, judge: Judge) -> bool:
    told = judge(rectangle, True)
    return told is not None and not told[0] and told[1] > 0.7


def _single(text: str, confidence: float, rectangle: Rectangle, judge: Judge) -> tuple[str, float, Kind]:
    """A second opinion on one letter, for icons pass for letters; what both doubt gets no confidence."""
    left, top, right, bottom = rectangle
    told = judge(rectangle, True)
    if told is None:
        stands = right - left <= 1.4 * (bottom - top) or text in "-–—=~…"
        return text, confidence if stands and confidence > 0.9 else 0.0, "text"
    sign, sure = told
    if not sign:
        return text, confidence if confidence > 0.97 and sure < 0.8 and text.isalnum() else 0.0, "text"
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
    keys = [*strong, *(each for each in texts if len(each.text) == 1)]
    kept = list(strong)
    for sign in signs:
        if sign.confidence < LEAST_SIGN or (sign.confidence >= SURE_SIGN and sign.text not in WEAK):
            continue
        like = sum(other.text == sign.text and _aligned(sign, other, size) for other in signs if other is not sign)
        if like < 2 and any(_aligned(sign, key, size) for key in keys):
            kept.append(sign)
    return kept


def _aligned(sign: ScreenElement, other: ScreenElement, size: tuple[int, int]) -> bool:
    height = (other.box.y2 - other.box.y1) * size[1]
    height = max(height, (sign.box.y2 - sign.box.y1) * size[1], 6)
    across = abs(sign.box.center.x - other.box.center.x) * size[0]
    down = abs(sign.box.center.y - other.box.center.y) * size[1]
    return min(across, down) <= 0.8 * height and max(across, down) <= REACH * height


def in_reading_order(elements: Sequence[ScreenElement], size: tuple[int, int]) -> tuple[ScreenElement, ...]:
    """From the top, then from the left: what stands in one row, give or take half its height, comes from left to right."""
    waiting = sorted(elements, key=lambda each: (each.box.center.y, each.box.x1))
    ordered: list[ScreenElement] = []
    while waiting:
        first = waiting[0]
        end = first.box.center.y + max((first.box.y2 - first.box.y1) / 2, 4 / size[1])
        row = [each for each in waiting if each.box.center.y <= end]
        ordered += sorted(row, key=lambda each: (each.box.x1, each.box.y1))
        waiting = waiting[len(row) :]
    return tuple(ordered)
