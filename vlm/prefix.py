"""What stands before every question about a screenshot: its pictures, read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from vlm.cache import PrefixCache
from vlm.decoding import prefill
from vlm.images import ProcessedImage
from vlm.model import Phi4ForCausalLMV


def places_of(chunks: Sequence[Sequence[int]], pictures: Sequence[ProcessedImage]) -> tuple[NDArray[np.int64], int]:
    """Where in the sequence each token stands, of `chunks` of text with a picture after each, and how long the sequence is.

    A picture takes as many places as its grid has patches, whether they are there or not.
    """
    places: list[NDArray[np.int64]] = []
    length = 0
    for chunk, picture in zip(chunks, pictures, strict=True):
        whole = picture.grid[0] * picture.grid[1]
        places.append(length + np.arange(len(chunk)))
        length += len(chunk)
        places.append(length + (np.arange(whole) if picture.cells is None else picture.cells))
        length += whole
    return np.concatenate(places), length


@torch.inference_mode()
def read_pictures(
    network: Phi4ForCausalLMV,
    chunks: Sequence[Sequence[int]],
    pictures: Sequence[ProcessedImage],
    cache: PrefixCache,
    check: Callable[[], None],
) -> None:
    """Fill an empty cache with `chunks` of text tokens, each followed by a picture. `check` may raise between two pictures."""
    parts = []
    for chunk, picture in zip(chunks, pictures, strict=True):
        check()
        parts.append(network.get_input_embeddings()(torch.tensor(chunk, dtype=torch.long, device=network.device)))
        patches = torch.from_numpy(picture.patches).to(network.device)
        cells = None if picture.cells is None else torch.from_numpy(picture.cells).to(network.device)
        parts.append(network.encode_image(patches, picture.grid, cells).to(parts[-1].dtype))
    check()
    places, length = places_of(chunks, pictures)
    prefill(network, torch.cat(parts), cache, torch.from_numpy(places).to(network.device))
    cache.gap = length - len(places)
