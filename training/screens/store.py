"""Labelled screens on disk: a folder of PNGs and `screens.jsonl`, one line a screen, appended as they are made.

A line is `{"image", "source", "app", "elements", "texts"}`. Boxes are pixels of the PNG (x1, y1, x2, y2), not fractions: a label file
lies beside its picture and is read by training alone.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from recordings.durable import create_private
from recordings.errors import DeskhandError
from recordings.foreign import append_below, decode, lines_of, open_below, plain_name
from recordings.geometry import Box
from recordings.parsing import parse_json
from vlm.images import read_image

PixelBox = tuple[float, float, float, float]
ScreenText = tuple[str, float, float, float, float]
INDEX = "screens.jsonl"
LINE_BYTES = 16 << 20
LONGEST_NAME = 60
"""Characters of a name that a question can be about; a longer one is a text."""


@dataclass(frozen=True, slots=True)
class ScreenElement:
    """A visible named thing; a state is None where the thing has no such state."""

    name: str
    role: str
    box: PixelBox
    checked: bool | None = None
    selected: bool | None = None
    enabled: bool | None = None
    focused: bool | None = None
    expanded: bool | None = None

    def box_in(self, size: tuple[int, int]) -> Box:
        """Its box as fractions of a picture of this size, what reaches beyond cut off."""
        x1, y1, x2, y2 = self.box
        return Box.from_pixels(x1, y1, x2 - x1, y2 - y1, size)

    def lies_within(self, width: float, height: float) -> bool:
        """Whether its box has an extent and lies on a picture of this size."""
        x1, y1, x2, y2 = self.box
        return 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height


@dataclass(frozen=True, slots=True)
class LabelledScreen:
    """One picture and what is on it. `texts` holds every visible text with the box of its line, or is None where the source cannot know."""

    image: Image.Image | bytes
    """An RGB image, or the bytes of a PNG."""
    source: str
    app: str
    elements: list[ScreenElement]
    texts: list[ScreenText] | None = None

    def picture(self) -> Image.Image:
        """The picture in RGB, decoded when it is kept as bytes."""
        return decode(self.image) if isinstance(self.image, bytes) else self.image


@dataclass(frozen=True, slots=True)
class StoredScreen:
    """A line of `screens.jsonl`, its picture still on disk."""

    folder: Path
    name: str
    """Of the picture, in the folder."""
    source: str
    app: str
    elements: list[ScreenElement] = field(default_factory=list)
    texts: list[ScreenText] | None = None

    def picture(self) -> Image.Image:
        """The picture in RGB. Raises ImageError where it is missing or damaged."""
        return read_image(self.path, self.folder)

    @property
    def path(self) -> Path:
        """Where the picture lies."""
        return self.folder / self.name


def unambiguous(elements: Sequence[ScreenElement]) -> list[ScreenElement]:
    """Elements whose name stands for one place only."""
    counts = Counter(element.name.strip().lower() for element in elements)
    return [element for element in elements if element.name.strip() and counts[element.name.strip().lower()] == 1]


def askable(elements: Sequence[ScreenElement]) -> list[ScreenElement]:
    """Those of them that a question can name: no long texts."""
    return [element for element in unambiguous(elements) if len(element.name) <= LONGEST_NAME]


def count_screens(folder: Path) -> int:
    """How many whole lines the folder holds; a half-written last line is cut off, so that writing can go on after a kill.

    Raises:
        DeskhandError: the index is a link or no file, or cannot be cut.
    """
    if not os.path.lexists(folder / INDEX):
        return 0
    lines = end = 0
    try:
        with open_below(folder, INDEX) as file:
            for line in lines_of(file, LINE_BYTES):
                if line.endswith(b"\n"):
                    lines, end = lines + 1, end + len(line)
            size = file.tell()
        if end < size:
            descriptor = append_below(folder, INDEX)
            try:
                os.ftruncate(descriptor, end)
            finally:
                os.close(descriptor)
    except OSError as error:
        raise DeskhandError(f"{folder / INDEX} cannot be gone on with ({error.strerror or error}): name another folder") from error
    return lines


def write_screens(folder: Path, screens: Iterable[LabelledScreen]) -> int:
    """Append screens to a folder, creating it; returns how many it holds afterwards. Raises DeskhandError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DeskhandError(f"{folder} cannot be made ({error.strerror}): name another folder with --out") from error
    number = count_screens(folder)
    with os.fdopen(append_below(folder, INDEX), "ab") as index:
        for screen in screens:
            name = f"{number:06d}.png"
            (folder / name).unlink(missing_ok=True)  # left by one that was killed before its line
            with create_private(folder / name) as file:
                if isinstance(screen.image, bytes):
                    file.write(screen.image)
                else:
                    screen.image.save(file, "PNG", compress_level=1)
            line = {
                "image": name,
                "source": screen.source,
                "app": screen.app,
                "elements": [asdict(element) for element in screen.elements],
                "texts": screen.texts,
            }
            index.write((json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
            index.flush()
            number += 1
    return number


def read_screens(folder: Path) -> Iterator[StoredScreen]:
    """The screens of a folder in the order they were made.

    Raises:
        DeskhandError: there is no index, or a line of it is not a screen.
    """
    index = folder / INDEX
    if not os.path.exists(index):
        raise DeskhandError(f"{folder} holds no {INDEX}: make screens with `deskhand screens` first")
    try:
        with open_below(folder, INDEX) as file:
            for number, text in enumerate(lines_of(file, LINE_BYTES), start=1):
                try:
                    screen = _screen(folder, parse_json(text))
                except (ValueError, KeyError, TypeError, OSError) as error:
                    raise DeskhandError(f"{index}, line {number}: not a labelled screen ({error})") from error
                yield screen
    except OSError as error:
        raise DeskhandError(f"{index} cannot be read: {error.strerror or error}") from error


def _screen(folder: Path, line: dict[str, Any]) -> StoredScreen:
    elements = [
        ScreenElement(**{**element, "name": str(element["name"]), "role": str(element["role"]), "box": _box(element["box"])})
        for element in line["elements"]
    ]
    texts = None if line.get("texts") is None else [(str(text), *_box(box)) for text, *box in line["texts"]]
    return StoredScreen(folder, plain_name(line["image"]), str(line["source"]), str(line["app"]), elements, texts)


def _box(corners: Any) -> PixelBox:
    x1, y1, x2, y2 = (float(corner) for corner in corners)
    if not all(map(math.isfinite, (x1, y1, x2, y2))):
        raise ValueError("a corner is no number")
    return x1, y1, x2, y2
