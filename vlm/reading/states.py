"""Widgets and their states, seen beside what is written: boxes and radio buttons, switches, expanders, ticks in menus.

    a label ─► small things drawn left and right of it ─► crops of one size ─► network ─► kind and state, or nothing that is sure

What is drawn is found by its edges and brought to one size; a small network of our own says what it is. What it is not sure of has no
state: whoever asks must then ask a person. `python -m training.states.train` makes its weights again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recordings.geometry import Box
from vlm.reading.convolutions import Floats, convolve, pool, read_weights, softmax
from vlm.reading.reading import Reading, ScreenElement, Widget, WidgetKind

CLASSES = (
    "nothing", "check box off", "check box on", "check box mixed", "radio button off", "radio button on", "switch off", "switch on",
    "expander closed", "expander open", "tick on",
)  # fmt: skip
"""What the network tells apart."""
WIDTH, HEIGHT = 40, 24
"""Pixels of a crop."""
SIDE = 14.0
"""Pixels of a crop that what is drawn there is scaled to, in height, or in half of its width."""
BEFORE = 3.2
"""Font sizes to the left of a label in which its mark may be."""
FARTHEST = 60.0
"""Font sizes to the right of a label in which its switch may be."""
CLEAR_GROUND = 1.4
"""Font sizes of bare ground to the right of what belongs to a label on its left."""
SMALLEST, TALLEST, WIDEST = 0.35, 2.3, 4.2
"""Font sizes of what may be a mark."""
FAINT_STEP = 7
"""Of 255: a fainter change of colour draws nothing."""
SURE = 0.8
"""A less likely state is no state."""
SURE_OF_SWITCH = 0.95
"""The same of switches, whose knobs some themes hide."""
CLEAR = 0.995
"""A state less likely than this is looked at closer."""
FILLED, WHITE = 70, 225
"""Of 255: what is filled with a colour that differs so much from its ground, and is no such white, may be on or off."""
CLOSER = ((0.88, 0.0, 0.0), (1.14, 0.0, 0.0), (1.0, 0.08, 0.0), (1.0, -0.08, 0.0), (1.0, 0.0, 0.08), (1.0, 0.0, -0.08))
"""Looks at a mark, each by its scale and by how many of its sides it is moved."""
WEIGHTS = Path(__file__).with_name("states.safetensors")
_MARKS = "✓✔☑√□☐口■◻○●◉◯☒ "
"""What a reader may take for a part of the label."""
LETTER_GAP = 0.18
"""Font sizes between a mark and its label that are not between two letters."""
_LOW = frozenset("acemnorsuvwxz·-–—:.…=+~")
_DEEP = frozenset("gjpqyQ,;()[]{}|_@$ç")


@dataclass(frozen=True, slots=True)
class TextLine:
    """Where the letters of an element stand, in pixels: the font's size and the middle of the line follow from which letters they are."""

    left: float
    right: float
    middle: float
    em: float

    @classmethod
    def of(cls, element: ScreenElement, size: tuple[int, int]) -> TextLine:
        box, (width, height) = element.box, size
        text = element.text.lstrip(_MARKS) or element.text
        tall = any(character not in _LOW and character not in "gpqy" for character in text)
        deep = any(character in _DEEP for character in text)
        ink = max((box.y2 - box.y1) * height, 4.0)
        em = ink / ((0.75 if tall else 0.57) + (0.21 if deep else 0.0))
        baseline = box.y2 * height - (0.21 * em if deep else 0.0)
        begin = element.edges[len(element.text) - len(text)] if element.edges else box.x1
        return cls(begin * width, box.x2 * width, baseline - 0.36 * em, em)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something small that is drawn beside a label, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def crop(
        self,
        pixels: NDArray[np.uint8],
        scale: float = 1.0,
        across: float = 0.0,
        down: float = 0.0,
        size: tuple[int, int] = (WIDTH, HEIGHT),
    ) -> NDArray[np.uint8]:
        """It in the middle of a piece of the picture, uint8 [height, width, 3], always of one size; beyond the picture its edge goes on."""
        import cv2

        side = max(self.bottom - self.top, (self.right - self.left) / 2, 4.0) * scale
        (width, height), (x, y) = size, self.middle
        wide, high = max(round(width * side / SIDE), 2), max(round(height * side / SIDE), 2)
        left, top = round(x + across * side - wide / 2), round(y + down * side - high / 2)
        columns = np.clip(np.arange(left, left + wide), 0, pixels.shape[1] - 1)
        rows = np.clip(np.arange(top, top + high), 0, pixels.shape[0] - 1)
        piece = pixels[rows[:, None], columns[None, :]]
        return cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR)


class StateNetwork:
    """Three convolutions and two layers, in numpy: some half a millisecond a crop."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = read_weights(weights)

    def __call__(self, crops: NDArray[np.uint8]) -> Floats:
        """uint8 [n, 24, 40, 3] to chances, float32 [n, len(CLASSES)]."""
        weights = self._weights
        hidden: Floats = crops.astype(np.float32) / np.float32(255) - np.float32(0.5)
        for number in range(3):
            hidden = pool(convolve(hidden, weights[f"conv{number}.weight"], weights[f"conv{number}.bias"]))
        flat = np.maximum(hidden.reshape(len(hidden), -1) @ weights["inner.weight"].T + weights["inner.bias"], 0)
        return softmax((flat @ weights["outer.weight"].T + weights["outer.bias"]) / float(weights["temperature"][0]))


class StateReader:
    """Tells the widgets of elements that were read. Holds the network; nothing of a picture is kept."""

    def __init__(self) -> None:
        self._network = StateNetwork()

    def look(self, pixels: NDArray[np.uint8], reading: Reading, elements: Sequence[ScreenElement]) -> list[Widget | None]:
        """The widget that belongs to each element; None where none is seen.

        What is not sure at first is looked at closer: larger, smaller and from beside, and the chances are those of all looks together.

        Args:
            pixels: RGB, uint8 [height, width, 3], what was read.
            reading: all that was read there: what stands between a label and a widget parts them.
            elements: those asked about.
        """
        size = pixels.shape[1], pixels.shape[0]
        lines = [TextLine.of(element, size) for element in reading.elements]
        places: list[tuple[int, Mark, bool]] = []
        for number, element in enumerate(elements):
            line = label_line(pixels, element)
            places += [(number, mark, False) for mark in marks_before(pixels, line)]
            places += [(number, mark, True) for mark in marks_behind(pixels, line, lines)]
        found: list[Widget | None] = [None] * len(elements)
        if not places:
            return found
        for (number, mark, behind), chances in zip(places, self._chances(pixels, [mark for _, mark, _ in places]), strict=True):
            seen = _widget(chances, mark, behind, size)
            if seen is not None and seen.state == "off" and seen.kind != "switch" and _is_filled(pixels, mark):
                seen = replace(seen, state=None)
            known = found[number]
            if seen is not None and (known is None or seen.confidence > known.confidence):
                found[number] = seen
        return found

    def _chances(self, pixels: NDArray[np.uint8], marks: Sequence[Mark]) -> Floats:
        chances = self._network(np.stack([mark.crop(pixels) for mark in marks]))
        doubtful = [number for number, row in enumerate(chances) if row[0] < 0.98 and _state(row)[1] < CLEAR]
        if doubtful:
            looks = [marks[number].crop(pixels, *look) for number in doubtful for look in CLOSER]
            again = self._network(np.stack(looks)).reshape(len(doubtful), len(CLOSER), -1)
            chances[doubtful] = (chances[doubtful] + again.sum(axis=1)) / (1 + len(CLOSER))
        return chances


def label_line(pixels: NDArray[np.uint8], element: ScreenElement) -> TextLine:
    """The line of an element from its first letter on, where a mark was taken for a part of it: nothing is drawn before it, and it begins
    with something as wide as a mark and much bare ground behind that."""
    line = TextLine.of(element, (pixels.shape[1], pixels.shape[0]))
    if marks_before(pixels, line):
        return line
    left, right = max(round(line.left), 0), round(min(line.right, line.left + 3 * line.em))
    band = pixels[max(round(line.middle - 0.4 * line.em), 0) : round(line.middle + 0.4 * line.em) + 1, left:right].astype(np.int16)
    if band.shape[1] < 4 or not band.shape[0]:
        return line
    ground = np.median(band[:, -max(band.shape[1] // 2, 2) :], axis=(0, 1))
    drawn = np.flatnonzero((np.abs(band - ground).max(axis=2) > 40).any(axis=0))
    gaps = np.flatnonzero(np.diff(drawn) > LETTER_GAP * line.em)
    if not len(gaps) or not 0.55 * line.em < drawn[gaps[0]] - drawn[0] < 2.0 * line.em:
        return line
    return replace(line, left=float(left + drawn[gaps[0] + 1]))


def marks_before(pixels: NDArray[np.uint8], line: TextLine) -> list[Mark]:
    """What is drawn right before a label, from the left; the two nearest."""
    return _drawn(pixels, line, line.left - BEFORE * line.em, line.left - 0.1 * line.em)[-2:]


def marks_behind(pixels: NDArray[np.uint8], line: TextLine, lines: Sequence[TextLine]) -> list[Mark]:
    """What is drawn in a label's row to the right, with nothing right behind it: what stands close before another label belongs to that.
    Of several the first and the last."""
    behind = [other.left for other in lines if other.left > line.right and abs(other.middle - line.middle) < line.em]
    end = min([line.right + FARTHEST * line.em, pixels.shape[1], *behind])
    marks = _drawn(pixels, line, line.right + 0.4 * line.em, end)
    follows = [*(mark.left for mark in marks[1:]), min(behind, default=np.inf)][: len(marks)]
    found = [mark for mark, after in zip(marks, follows, strict=True) if after - mark.right > CLEAR_GROUND * line.em]
    return found[:1] + found[1:][-1:]


def _drawn(pixels: NDArray[np.uint8], line: TextLine, start: float, end: float) -> list[Mark]:
    """The small things that are drawn in a line between two places, from the left; what lies in another is a part of it. Where nothing is
    found, what touches the line above or below is cut off."""
    return _pieces(pixels, line, start, end, 1.5) or _pieces(pixels, line, start, end, 0.85)


def _pieces(pixels: NDArray[np.uint8], line: TextLine, start: float, end: float, reach: float) -> list[Mark]:
    import cv2

    left, right = max(round(start), 0), min(round(end), pixels.shape[1])
    top, bottom = max(round(line.middle - reach * line.em), 0), min(round(line.middle + reach * line.em) + 1, pixels.shape[0])
    if right - left < 3 or bottom - top < 3:
        return []
    band = pixels[top:bottom, left:right].astype(np.int16)
    edges = np.zeros(band.shape[:2], np.uint8)
    edges[:, 1:] |= np.abs(np.diff(band, axis=1)).max(axis=2) > FAINT_STEP
    edges[1:] |= np.abs(np.diff(band, axis=0)).max(axis=2) > FAINT_STEP
    count, _, stats, _ = cv2.connectedComponentsWithStats(edges)
    found: list[Mark] = []
    for x, y, wide, high, _ in sorted(stats[1:count], key=lambda one: (-one[2] * one[3], one[0])):
        mark = Mark(float(left + x - 1), float(top + y - 1), float(left + x + wide), float(top + y + high))
        if not (SMALLEST * line.em <= high <= TALLEST * line.em and 0.25 * line.em <= wide <= WIDEST * line.em):
            continue
        if abs(mark.middle[1] - line.middle) > 0.5 * line.em or any(_within(mark, other) for other in found):
            continue
        found.append(mark)
    return sorted(found, key=lambda mark: mark.left)


def _within(one: Mark, other: Mark) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def _is_filled(pixels: NDArray[np.uint8], mark: Mark) -> bool:
    """Whether a mark is of another colour than the ground around it, and not white: some toolkits fill so what is on, some what is off."""
    left, top, right, bottom = (round(side) for side in (mark.left, mark.top, mark.right, mark.bottom))
    third = max((bottom - top) // 3, 1), max((right - left) // 3, 1)
    inner = pixels[max(top + third[0], 0) : bottom - third[0], max(left + third[1], 0) : right - third[1]]
    around = pixels[max(top - 3, 0) : max(top - 1, 0), max(left, 0) : right], pixels[bottom + 1 : bottom + 3, max(left, 0) : right]
    ground = np.concatenate([part.reshape(-1, 3) for part in around])
    if not inner.size or not len(ground):
        return False
    colour = np.median(inner.reshape(-1, 3), axis=0)
    return bool(np.abs(colour - np.median(ground, axis=0)).max() > FILLED and colour.min() < WHITE)


def _state(chances: Floats) -> tuple[str, float]:
    """The likeliest state and its chance."""
    states: dict[str, float] = {}
    for name, chance in zip(CLASSES[1:], chances[1:], strict=True):
        state = {"closed": "off", "open": "on"}.get(word := name.rpartition(" ")[2], word)
        states[state] = states.get(state, 0.0) + float(chance)
    best = max(states, key=lambda one: states[one])
    return best, states[best]


def _widget(chances: Floats, mark: Mark, behind: bool, size: tuple[int, int]) -> Widget | None:
    """What the chances say; at the right of a label only boxes, radio buttons and switches are looked for."""
    kinds: dict[WidgetKind, float] = {}
    for name, chance in zip(CLASSES[1:], chances[1:], strict=True):
        kind: WidgetKind = name.rpartition(" ")[0]  # type: ignore[assignment]
        kinds[kind] = kinds.get(kind, 0.0) + float(chance)
    likeliest = max(kinds, key=lambda one: kinds[one])
    if chances[0] > 0.5 or (behind and likeliest in ("expander", "tick")):
        return None
    state, chance = _state(chances)
    chance = min(chance / max(1.0 - float(chances[0]), 1e-6), 1.0)  # of those that it may be in, if it is a widget at all
    box = Box.from_pixels(max(mark.left, 0), max(mark.top, 0), mark.right - max(mark.left, 0), mark.bottom - max(mark.top, 0), size)
    return Widget(likeliest, state if chance >= (SURE_OF_SWITCH if likeliest == "switch" else SURE) else None, chance, box)  # type: ignore[arg-type]


def with_widgets(reading: Reading, picture: Image.Image) -> Reading:
    """A reading whose elements tell the widgets beside them."""
    found = open_state_reader().look(np.asarray(picture.convert("RGB")), reading, reading.elements)
    elements = (replace(element, widget=widget) for element, widget in zip(reading.elements, found, strict=True))
    return replace(reading, elements=tuple(elements))


@cache
def open_state_reader() -> StateReader:
    """The one of this process; its weights are read when it is first asked for."""
    return StateReader()
