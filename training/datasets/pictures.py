"""Whether a picture shows anything, and whether it shows what another one shows."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recordings.episode import Step
from recordings.store import Episode, EpisodeError, Which

FLAT = 2.0
"""Standard deviation of the grey values below which a picture shows nothing."""
ALIKE = 2
"""Bits of 64 by which the hashes of near-duplicates may differ."""


def frame_of(episode: Episode, step: Step, which: Which) -> Image.Image | None:
    """A step's frame; None where it has none, or a damaged one."""
    try:
        return episode.frame(step, which)
    except EpisodeError:
        return None


def grey_of(image: Image.Image) -> NDArray[np.int16]:
    """Grey values, [height, width]."""
    return np.asarray(image.convert("L")).astype(np.int16)


def is_empty(image: Image.Image) -> bool:
    """Whether it shows nothing but one grey."""
    return float(grey_of(image).std()) < FLAT


def difference_hash(image: Image.Image) -> int:
    """64 bits: whether each of 8 × 8 places is brighter than the one to its right."""
    small = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX)).astype(np.int16)
    bits = (small[:, 1:] > small[:, :-1]).reshape(-1)
    return int("".join("1" if bit else "0" for bit in bits), 2)


class Seen:
    """The pictures that were seen so far, each with the group within which pictures are alike by nature."""

    def __init__(self) -> None:
        self._seen: list[tuple[int, str, str]] = []
        self._pixels: dict[bytes, str] = {}

    def same_as(self, image: Image.Image, name: str) -> str | None:
        """What has the very same pixels; the picture is known from now on, as `name`."""
        pixels = hashlib.sha256(f"{image.size}".encode() + image.tobytes()).digest()
        same = self._pixels.setdefault(pixels, name)
        return None if same == name else same

    def twin_of(self, image: Image.Image, group: str, name: str) -> str | None:
        """What of another group shows nearly the same; the picture is seen from now on, as `name`."""
        code = difference_hash(image)
        twin = next((one for seen, other, one in self._seen if other != group and (seen ^ code).bit_count() <= ALIKE), None)
        self._seen.append((code, group, name))
        return twin
