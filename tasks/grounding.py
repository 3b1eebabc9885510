"""Grounding sets in ScreenSpot's formats: images, what to point at, and the box that a right answer lies in.

A set is a JSON list or JSON lines. An item names its image (`img_filename`, `image` or `file_name`), its `instruction` and its `bbox`;
`data_type`, `ui_type`, `group` or `source` puts it in a group of its own result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recordings import foreign, parsing
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from tasks.statistics import wilson_interval

BoxFormat = Literal["xywh", "xyxy"]
"""Pixels as left, top, width, height (ScreenSpot and its v2) or as left, top, right, bottom (ScreenSpot-Pro)."""

SET_BYTES = 64 << 20
_IMAGE_KEYS = ("img_filename", "image", "file_name")
_GROUP_KEYS = ("ui_type", "data_type", "group", "source")


class GroundingSetError(DeskhandError):
    """A grounding set that cannot be read."""


@dataclass(frozen=True, slots=True)
class GroundingItem:
    """One question about one image; the box is in fractions of it."""

    image: Path
    instruction: str
    box: Box
    group: str = ""


@dataclass(frozen=True, slots=True)
class HitRate:
    """How many points lay in their boxes, with the 95 % Wilson interval of the rate."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """0–1; 0 where nothing was asked."""
        return self.hits / self.n if self.n else 0.0

    def __str__(self) -> str:
        return f"{self.hits}/{self.n} = {self.rate:.1%} (95 %: {self.low:.1%}–{self.high:.1%})"


def read_grounding_set(path: Path, images: Path | None = None, box_format: BoxFormat | None = None) -> list[GroundingItem]:
    """Read a set.

    Args:
        images: the folder that image names are relative to; None: the file's own.
        box_format: of boxes in pixels. None: xyxy where an item carries `img_size`, as ScreenSpot-Pro's do, else xywh. Boxes with
            no value above 1 are fractions, left, top, right, bottom.

    Raises:
        GroundingSetError: the file, or an item of it, cannot be read; the message names which.
    """
    try:
        text = foreign.read_text(path, SET_BYTES)
        lines = [text] if text.lstrip().startswith("[") else filter(str.strip, text.splitlines())
        read_items = [parsing.parse_json(line) for line in lines]
        items = read_items[0] if text.lstrip().startswith("[") else read_items
    except (foreign.ForeignError, UnicodeDecodeError) as error:
        raise GroundingSetError(f"the grounding set {path} is neither a JSON list nor JSON lines: {error}") from error
    except OSError as error:
        raise GroundingSetError(f"the grounding set {path} cannot be read: {error.strerror}") from error
    sizes: dict[str, tuple[int, int]] = {}
    read = []
    for number, item in enumerate(items, 1):
        try:
            read.append(_item(item, images or path.parent, box_format, sizes))
        except (KeyError, TypeError, ValueError, OSError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())
            raise GroundingSetError(f"item {number} of {path}: {reason}") from error
    return read


def _item(item: Any, images: Path, box_format: BoxFormat | None, sizes: dict[str, tuple[int, int]]) -> GroundingItem:
    if not isinstance(item, dict):
        raise TypeError("an item is an object with an image, an instruction and a bbox")
    name = next((item[key] for key in _IMAGE_KEYS if key in item), None)
    if not isinstance(name, str) or not isinstance(item["instruction"], str):
        raise TypeError(f"the image ({', '.join(_IMAGE_KEYS)}) and the instruction are texts")
    image = images / foreign.plain_name(name)
    if not isinstance(item["bbox"], list):
        raise TypeError("the bbox is a list of four numbers")
    first, second, third, fourth = (float(value) for value in item["bbox"])
    group = next((str(item[key]) for key in _GROUP_KEYS if key in item), "")
    if max(first, second, third, fourth) <= 1:
        return GroundingItem(image, item["instruction"], Box(x1=first, y1=second, x2=third, y2=fourth), group)
    if "img_size" in item:
        width, height = item["img_size"]
        size = int(width), int(height)
    else:
        size = sizes.get(name) or foreign.picture_size(images, name)
        sizes[name] = size
    if (box_format or ("xyxy" if "img_size" in item else "xywh")) == "xyxy":
        third, fourth = third - first, fourth - second
    if third < 0 or fourth < 0:
        raise ValueError(f"the bbox {item['bbox']} has corners out of order")
    return GroundingItem(image, item["instruction"], Box.from_pixels(first, second, third, fourth, size), group)


def score(items: Sequence[GroundingItem], answers: Iterable[Point | None]) -> dict[str, HitRate]:
    """The hit rate of all items under `all`, and of each group under its name. An answer of None is a miss.

    Raises:
        ValueError: there are more or fewer answers than items.
    """
    hits: dict[str, list[bool]] = {"all": []}
    for item, answer in zip(items, answers, strict=True):
        hit = answer is not None and item.box.contains(answer)
        hits["all"].append(hit)
        if item.group:
            hits.setdefault(item.group, []).append(hit)
    return {name: HitRate(sum(each), len(each), *wilson_interval(sum(each), len(each))) for name, each in hits.items()}
