"""What stands before every question about a screenshot: its pictures, read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from vlm.cache import PrefixCache
from vlm.decoding import prefill
from vlm.images import ProcessedImage
from vlm.model import Phi4ForCausalLMV


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
        parts.append(network.encode_image(patches, picture.grid).to(parts[-1].dtype))
    check()
    prefill(network, torch.cat(parts), cache)
