"""From screens with states to crops and what they show: `python -m training.states.examples OUT.npz DIR...`.

Each screen is read as it is in use, and each label that was read is looked at as in use; what accessibility or the page says of the widget
beside it is the answer. An answer may leave open which of several classes it is: an entry of a menu that is ticked shows a box with a
tick, a bare tick or a dot.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recordings.geometry import Box
from training.command import command
from training.datasets.folders import screens_in
from training.screens.store import ScreenElement as Truth
from training.screens.store import ScreenText, StoredScreen, read_screens
from vlm.reading.folding import fold
from vlm.reading.protocols import Reader
from vlm.reading.reader import open_reader
from vlm.reading.reading import Reading
from vlm.reading.reading import ScreenElement as Read
from vlm.reading.states import CLASSES, HEIGHT, WIDTH, Mark, TextLine, label_line, marks_before, marks_behind

MARGIN = 4
"""Pixels that a stored crop is wider on each side, so that training can move and scale it."""
MARKS = frozenset({"check box", "radio button", "switch", "expander"})
STATELESS = frozenset({
    "label", "push button", "menu", "menu item", "page tab", "list item", "text", "entry", "combo box", "link", "heading",
    "table column header", "table cell", "toggle button", "spin button", "paragraph", "static", "button", "icon", "column header",
})  # fmt: skip
NOTHING = frozenset({"nothing"})
LEAST_SIDE = 6


@dataclass(frozen=True, slots=True)
class Example:
    """A crop and the classes that it may be of."""

    pixels: NDArray[np.uint8]
    classes: frozenset[str]
    app: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What belongs to a label: the classes that it may be of, the widget, on which side, whether it is enabled; `plain` is a label that has
    nothing on either side."""

    classes: frozenset[str]
    truth: Truth | None
    before: bool
    enabled: bool
    plain: bool = False


def examples_of(screen: StoredScreen, reader: Reader) -> Iterator[Example]:
    """What one screen teaches."""
    picture = screen.picture().convert("RGB")
    pixels = np.asarray(picture)
    reading = reader.read(picture) if screen.texts is None else written(pixels, screen.texts)
    lines = [label_line(pixels, element) for element in reading.elements]
    for element, line in zip(reading.elements, lines, strict=True):
        if element.kind != "text" or element.confidence < 0.6 or line.em < LEAST_SIDE:
            continue
        answer = answer_of(screen.elements, element.text, line, lines)
        if answer is None:
            continue
        left = marks_before(pixels, line)
        right = marks_behind(pixels, line, lines) if answer.plain or answer.truth is not None else []
        for mark in [*left, *right]:
            if (classes := _shown(mark, answer, screen.elements, line, len(left))) is not None:
                yield Example(mark.crop(pixels, size=(WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN)), classes, screen.app, answer.enabled)


def _shown(mark: Mark, answer: Answer, truths: Sequence[Truth], line: TextLine, before: int) -> frozenset[str] | None:
    """The classes of one thing that is drawn beside a label; None where it is not known."""
    truth, (x, y) = answer.truth, mark.middle
    if truth is None:
        return None if any(one.role in MARKS and _covers(one, x, y) for one in truths) else NOTHING
    left, _, right, _ = truth.box
    if not left <= line.left < right:  # the box is that of the mark itself
        if _covers(truth, x, y):
            return answer.classes if mark.right - mark.left > 0.55 * (right - left) else None
        apart = mark.right < left - 2 or right + 2 < mark.left
        return NOTHING if apart and not any(one.role in MARKS and _covers(one, x, y) for one in truths) else None
    if answer.before != (x < line.left) or not _covers(truth, x, y):
        return None
    return answer.classes if before == 1 or not answer.before else None


def _covers(truth: Truth, x: float, y: float) -> bool:
    return truth.box[0] - 2 <= x <= truth.box[2] + 2 and truth.box[1] - 2 <= y <= truth.box[3] + 2


def written(pixels: NDArray[np.uint8], texts: Sequence[ScreenText]) -> Reading:
    """A page's texts as a reader would tell them: the ink of each, found in the box of its line."""
    size, elements = (pixels.shape[1], pixels.shape[0]), []
    for text, *sides in texts:
        left, top, right, bottom = (round(side) for side in sides)
        part = pixels[top:bottom, left:right].astype(np.int16)
        if min(part.shape[:2]) < 3:
            continue
        ink = np.abs(part - np.median(part, axis=(0, 1))).max(axis=2)
        dark = ink > max(float(ink.max()) * 0.35, 8.0)
        rows, columns = np.flatnonzero(dark.sum(axis=1) > 1), np.flatnonzero(dark.any(axis=0))
        if len(rows) > 2 and len(columns) > 2:
            box = Box.from_pixels(left + columns[0], top + rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1, size)
            elements.append(Read(text, box, 1.0))
    return Reading(tuple(elements), size)


def answer_of(truths: Sequence[Truth], text: str, line: TextLine, lines: Sequence[TextLine]) -> Answer | None:
    """What belongs to a label with this text; None where the truth is not known."""
    x, y = line.left + 2, line.middle
    around = [truth for truth in truths if truth.box[0] - 1 <= x <= truth.box[2] and truth.box[1] - 1 <= y <= truth.box[3] + 1]
    holding = [truth for truth in around if truth.role in MARKS]
    marked = [truth for truth in truths if truth.role in MARKS and _beside(truth, line, lines) and is_called(truth, text)]
    if holding and (not is_called(holding[0], text) or _is_button(holding[0], line)):
        return None  # some toolkits tell places of a layout that is gone, and call a button that stays down a check box
    if holding or marked:
        truth = (holding or marked)[0]
        if (truth.role == "expander" and truth.expanded is None) or (holding and not _leads(truth, line, lines)):
            return None  # or the second line of a long label
        before = truth.box[0] < line.left - 0.4 * line.em or truth.role == "expander" if holding else truth.box[2] <= line.left + 2
        return Answer(_classes(truth), truth, before, bool(truth.enabled)) if _classes(truth) else None
    inner = min(around, key=lambda truth: (truth.box[2] - truth.box[0]) * (truth.box[3] - truth.box[1]), default=None)
    if inner is None:
        return None
    if inner.role in ("check menu item", "radio menu item"):
        if inner.checked is None or not _leads(inner, line, lines) or not is_called(inner, text):
            return None
        # What is not ticked shows an empty box, an empty ring, or nothing.
        empty = "radio button off" if inner.role.startswith("radio") else "check box off"
        classes = frozenset({"check box on", "tick on", "radio button on"}) if inner.checked else frozenset({"nothing", empty})
        return Answer(classes, inner, True, bool(inner.enabled))
    if inner.role not in STATELESS or inner.expanded is not None or (inner.checked is not None and inner.role != "toggle button"):
        return None
    if any((truth.checked is not None or truth.expanded is not None) and truth is not inner and _in_row(truth, line) for truth in truths):
        return None  # what stands in the same row may be this label's
    return Answer(NOTHING, None, True, True, inner.role in ("label", "text", "menu item"))


def _classes(truth: Truth) -> frozenset[str]:
    if truth.role == "expander":
        return frozenset({"expander open" if truth.expanded else "expander closed"})
    if truth.checked is None:
        return frozenset({"check box mixed"}) if truth.role == "check box" else frozenset()
    return frozenset({f"{truth.role} {'on' if truth.checked else 'off'}"})


def is_called(truth: Truth, text: str) -> bool:
    """Whether what was read is how a widget's name begins; switches may have none."""
    name, said = fold(truth.name).squeezed, fold(text).squeezed
    return (not name and truth.role == "switch") or SequenceMatcher(None, said, name[: len(said) + 1]).ratio() > 0.6


def _is_button(truth: Truth, line: TextLine) -> bool:
    """Whether a text stands in the middle of what is said to be a box beside it."""
    before, behind = line.left - truth.box[0], truth.box[2] - line.right
    return truth.role == "check box" and min(before, behind) > 0.3 * line.em and abs(before - behind) < 0.35 * max(before, behind)


def _leads(truth: Truth, line: TextLine, lines: Sequence[TextLine]) -> bool:
    """Whether a label is the first that is written in a widget, and stands near its beginning, or near its end where the mark is there."""
    left, top, right, bottom = truth.box
    inside = [other for other in lines if left - 2 <= other.left + 2 <= right and top - 1 <= other.middle <= bottom + 1]
    first = min(inside, key=lambda other: (round(other.middle / line.em), other.left), default=line)
    return first is line and line.left - left < 3.3 * line.em


def _in_row(truth: Truth, line: TextLine) -> bool:
    near = line.left - 4 * line.em < truth.box[2] and truth.box[0] < line.right + 60 * line.em
    return near and truth.box[1] < line.middle < truth.box[3]


def _beside(truth: Truth, line: TextLine, lines: Sequence[TextLine]) -> bool:
    """Whether a mark of its own stands beside a label, with nothing written between them."""
    left, top, right, bottom = truth.box
    if not top - 0.3 * line.em < line.middle < bottom + 0.3 * line.em or bottom - top > 2.4 * line.em:
        return False
    if truth.role in ("check box", "radio button") and right - left > 2.4 * line.em:
        return False  # a button of a toolbar that stays down
    between = (right, line.left) if right <= line.left + 2 else (line.right, left)
    if between[1] < between[0] - 2 or (between[0] == right and line.left - right > 1.7 * line.em):
        return False
    if any(left - 2 < other.left < right and top < other.middle < bottom for other in lines):
        return False  # its own label is written in it
    others = [other for other in lines if other is not line and abs(other.middle - line.middle) < line.em]
    if between[0] == right:
        return True
    taken = any(other.left >= right - 2 and other.left - right < 1.7 * line.em for other in others)
    return not taken and not any(between[0] < (other.left + other.right) / 2 < between[1] for other in others)


def stored_screens(folders: Iterable[Path]) -> Iterator[StoredScreen]:
    """The screens of folders, and of the folders in them. Raises DeskhandError where one holds none."""
    return (screen for folder in screens_in(folders) for screen in read_screens(folder))


def collect(folders: Sequence[Path], reader: Reader) -> Iterator[Example]:
    """The examples of all screens of some folders."""
    for screen in stored_screens(folders):
        yield from examples_of(screen, reader)


def save(path: Path, examples: Sequence[Example]) -> None:
    """Keep examples as arrays: the crops, the classes as a mask, where they stood, and of which application each is."""
    masks = np.array([[name in one.classes for name in CLASSES] for one in examples])
    np.savez(
        path, crops=np.stack([one.pixels for one in examples]), masks=masks,
        apps=np.array([one.app for one in examples]), enabled=np.array([one.enabled for one in examples]),
    )  # fmt: skip


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.examples", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT.npz")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    found = [one for one in collect(given.folders, open_reader(threads=1)) if one.classes]
    save(given.out, found)
    print(f"{len(found)} examples in {time.monotonic() - began:.0f} s: {dict(Counter('|'.join(sorted(one.classes)) for one in found))}")


if __name__ == "__main__":
    raise SystemExit(main())
