"""The image processor: pixels to patches, bit for bit as the published model was trained.

    image ─ RGB ─ resize (PIL bilinear, antialiased) ─► grid of 16×16 patches ─ row-major, (ky, kx, channel) ─► uint8 [n, 768]

Bytes travel to the device; the model normalises there (mean and deviation 0.5).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recordings import foreign, parsing
from recordings.errors import DeskhandError

PATCH = 16
"""Pixels along one side of a patch."""

MIN_PATCHES = 256
MAX_PATCHES = 3600
MOST_PATCHES = 1 << 16
"""What no checkpoint asks for: small pictures are made larger until they have as many patches as it wants at least."""
SETTINGS_BYTES = 1 << 20
MAX_SIDE = 16_384
"""Pixels: three 5K monitors side by side fit. Anything longer is a mistake, and would be shrunk past reading anyway."""

_REQUIRED_SETTINGS = {
    "patch_size": PATCH,
    "resample": Image.Resampling.BILINEAR.value,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}


class ImageError(DeskhandError):
    """An image that cannot be looked at."""


@dataclass(frozen=True, slots=True)
class ProcessedImage:
    """What the tower sees: `patches` uint8 [rows * columns, 768], the `grid` (rows, columns), and a digest of both."""

    patches: NDArray[np.uint8]
    grid: tuple[int, int]
    digest: str


@dataclass(frozen=True, slots=True)
class ImageProcessor:
    """The patch budget of one checkpoint."""

    min_patches: int = MIN_PATCHES
    max_patches: int = MAX_PATCHES

    @classmethod
    def from_folder(cls, folder: Path) -> ImageProcessor:
        """Read the budget from `preprocessor_config.json`.

        Raises:
            ImageError: the file is missing or malformed, or asks for processing other than the published model's.
        """
        path = folder / "preprocessor_config.json"
        try:
            settings: dict[str, Any] = parsing.parse_json(foreign.read_file(path, SETTINGS_BYTES))
            budget = cls(int(settings["min_num_patches"]), int(settings["max_num_patches"]))
        except FileNotFoundError as error:
            raise ImageError(f"{path} is missing: a checkpoint folder needs its image settings") from error
        except (OSError, ValueError, TypeError, KeyError, OverflowError) as error:
            raise ImageError(f"{path} is malformed ({error}): restore the file of the checkpoint") from error
        if not 1 <= budget.min_patches <= budget.max_patches <= MOST_PATCHES:
            raise ImageError(f"{path}: min_num_patches {budget.min_patches} to max_num_patches {budget.max_patches} is no range")
        for name, expected in _REQUIRED_SETTINGS.items():
            if settings.get(name, expected) != expected:
                raise ImageError(f"{path}: {name} is {settings[name]}, only {expected} is supported")
        return budget

    def process(self, image: Image.Image, budget: int | None = None) -> ProcessedImage:
        """See `process`; a `budget` lowers this checkpoint's maximum for one call."""
        return process(image, self._most(budget), self.min_patches)

    def size_of(self, size: tuple[int, int], budget: int | None = None) -> tuple[int, int]:
        """The size (width, height) in pixels that `process` makes of one."""
        most = self._most(budget)
        rows, columns = choose_grid(size, most, min(self.min_patches, most))
        return columns * PATCH, rows * PATCH

    def _most(self, budget: int | None) -> int:
        return self.max_patches if budget is None else min(budget, self.max_patches)


def process(image: Image.Image, budget: int = MAX_PATCHES, min_patches: int = MIN_PATCHES) -> ProcessedImage:
    """Resize to at most `budget` patches and cut them out; a budget below `min_patches` wins over it.

    Raises:
        ImageError: a side is shorter than a patch or longer than `MAX_SIDE`, or the pixels cannot be read.
        ValueError: the budget is not positive.
    """
    if budget < 1:
        raise ValueError(f"a budget of {budget} patches shows nothing")
    check_size(image.size)
    rows, columns = choose_grid(image.size, budget, min(min_patches, budget))
    pixels = _read_pixels(image)
    size = (columns * PATCH, rows * PATCH)
    if pixels.size != size:
        pixels = pixels.resize(size, Image.Resampling.BILINEAR)
    cells = np.asarray(pixels).reshape(rows, PATCH, columns, PATCH, 3).transpose(0, 2, 1, 3, 4)
    # A copy always: a single column lies in order already, in the picture's own memory, which is not to be written.
    patches = cells.copy().reshape(rows * columns, PATCH * PATCH * 3)
    digest = hashlib.sha256(rows.to_bytes(4) + columns.to_bytes(4))
    digest.update(patches.data)
    return ProcessedImage(patches, (rows, columns), digest.hexdigest())


def fingerprint(image: Image.Image) -> str:
    """What tells a picture from every other before it is processed, at a fraction of the cost; raises `ImageError` as `process` does."""
    check_size(image.size)
    pixels = _read_pixels(image)
    return f"{pixels.width}×{pixels.height} {hashlib.sha256(pixels.tobytes()).hexdigest()}"


def _read_pixels(image: Image.Image) -> Image.Image:
    try:
        # A copy of what is RGB already would cost a fifth of processing it.
        pixels = image if image.mode == "RGB" else image.convert("RGB")
        pixels.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError(f"the image cannot be read ({error}): save it again as PNG") from error
    return pixels


def check_size(size: tuple[int, int]) -> None:
    """Raise `ImageError` for sizes (width, height) in pixels that no screen has."""
    width, height = size
    if min(size) < PATCH:
        raise ImageError(f"the image is {width}×{height}: each side needs at least {PATCH} pixels")
    if max(size) > MAX_SIDE:
        raise ImageError(f"the image is {width}×{height}: crop it to at most {MAX_SIDE} pixels a side")


@lru_cache(maxsize=64)
def choose_grid(size: tuple[int, int], budget: int = MAX_PATCHES, min_patches: int = MIN_PATCHES) -> tuple[int, int]:
    """The grid (rows, columns) for an image of `size` (width, height) in pixels.

    The number of patches aimed at is that of the image, clamped to the budget; then always the binary search of SigLIP-2's processor,
    in its own floating-point steps: in-range sizes that are not multiples of 16 change too.
    """
    width, height = size
    aim = min(max((width // PATCH) * (height // PATCH), min_patches), budget)
    low, high = 1e-6, 100.0
    while high - low >= 1e-5:
        middle = (low + high) / 2
        if _cells(height, middle) * _cells(width, middle) <= aim:
            low = middle
        else:
            high = middle
    return _cells(height, low), _cells(width, low)


def _cells(side: int, scale: float) -> int:
    return max(1, math.ceil(side * scale / PATCH))


def _name_below(folder: Path, path: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        raise ImageError(f"it does not lie in {folder}") from None


def read_image(path: Path, folder: Path | None = None) -> Image.Image:
    """Open an image file as RGB, turned the way its camera held it.

    Args:
        folder: where a file names the picture and no person does, the folder that it cannot leave.

    Raises:
        ImageError: no such file, not an image, truncated, or of a size that no screen has (checked before anything is decoded).
    """
    try:
        most = foreign.PICTURE_BYTES
        data = foreign.read_file(path, most) if folder is None else foreign.read_below(folder, _name_below(folder, path), most)
        check_size(foreign.open_picture(data).size)
        return foreign.decode(data)
    except FileNotFoundError:
        raise ImageError(f"{path}: there is no such file") from None
    except (ImageError, foreign.ForeignError) as error:
        raise ImageError(f"{path}: {error}") from None
    except OSError as error:
        raise ImageError(f"{path} cannot be read as an image ({error.strerror})") from error
