"""Which patches of a picture are worth looking at: half of a screen and more is plain background.

The one rule for leaving blank patches out, in training and when it answers: a checkpoint with `skip_blanks` in its metadata is given each
picture without them, any other all of it. Every patch that is kept has the place in the position table and in the decoder's sequence that
it has in the whole picture, so that leaving blanks out moves nothing. After the token selection of ShowUI (arXiv:2411.17465), by a simpler
rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vlm.images import PATCH, ImageProcessor, ProcessedImage

CONTRAST = 8
"""A patch is blank where no channel's values differ by more, of 255."""
EVERY = 6
"""Of blank patches side by side in a row each sixth stays: an empty field is something to point at, too."""


Process = Callable[[Image.Image, int | None], ProcessedImage]
"""Takes a picture in, with at most so many patches, or the checkpoint's own number of them."""


def skips_blanks(metadata: Mapping[str, Any], resolution: str) -> bool:
    """Whether a checkpoint of this `deskhand` metadata looks at pictures without their blanks; only the native way to see lets it."""
    return bool(metadata.get("skip_blanks")) and resolution == "dynamic"


def processing(images: ImageProcessor, skip_blanks: bool) -> Process:
    """How a checkpoint takes pictures in, the same for training as for answers."""
    return (lambda image, budget: without_blanks(images.process(image, budget))) if skip_blanks else images.process


def without_blanks(picture: ProcessedImage) -> ProcessedImage:
    """The picture with its `cells` set to the patches that are kept, and only those."""
    cells = kept_cells(picture.patches, picture.grid)
    return replace(picture, patches=picture.patches[cells], cells=cells)


def kept_cells(patches: NDArray[np.uint8], grid: tuple[int, int]) -> NDArray[np.int64]:
    """Numbers (row * columns + column), in order, of the patches (uint8 [rows * columns, 768]) that are not blank, and of few that are.

    All of them where none would be left, of a narrow blank picture: there must be something to look at.
    """
    blank = (_extreme(patches, np.maximum) - _extreme(patches, np.minimum)).max(1).reshape(grid) <= CONTRAST
    # How many blanks in a row end at each patch: the count so far, less what it was at the last patch that is none.
    counts = blank.cumsum(1)
    run = counts - np.maximum.accumulate(np.where(blank, 0, counts), 1)
    kept = np.flatnonzero(~blank | (run % EVERY == 0))
    return kept if len(kept) else np.arange(len(patches))


def _extreme(patches: NDArray[np.uint8], of: np.ufunc) -> NDArray[np.uint8]:
    """The largest or smallest value of each channel of each patch: [patches, 3]. First of its lines, whose bytes lie side by side."""
    lines = of.reduce(patches.reshape(-1, PATCH, PATCH * 3), axis=1)
    found: NDArray[np.uint8] = of.reduce(lines.reshape(-1, PATCH, 3), axis=1)
    return found
