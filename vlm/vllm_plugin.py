"""Lets a vLLM server run this model without remote code: it brings the network, and takes configuration and image processing from here.

vLLM calls `register` in each of its processes (entry point `vllm.general_plugins`). Only `vlm.configuration` and `vlm.images` are
used, which also run on the older transformers that vLLM pins: install Deskhand beside it with `pip install --no-deps`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from PIL import Image
from transformers import AutoConfig, AutoProcessor, AutoTokenizer, BatchFeature, PreTrainedTokenizerBase, ProcessorMixin

from vlm.configuration import Phi4SiglipConfig
from vlm.images import PATCH, ImageProcessor


def register() -> None:
    """Make the configuration and the processor known to transformers' automatic classes. May be called more than once."""
    AutoConfig.register(Phi4SiglipConfig.model_type, Phi4SiglipConfig, exist_ok=True)
    AutoProcessor.register(Phi4SiglipConfig, Phi4VisionRProcessor, exist_ok=True)


class Phi4VisionRProcessor(ProcessorMixin):
    """Pixels to what vLLM's network takes; named as the published checkpoint's files name it.

    vLLM renders and tokenises the prompt itself: the text that it hands over only counts pictures.
    """

    def __init__(self, images: ImageProcessor, tokenizer: PreTrainedTokenizerBase) -> None:
        self.images = images
        self.tokenizer = tokenizer
        self.chat_template = tokenizer.chat_template

    @classmethod
    def from_pretrained(cls, folder: str | Path, tokenizer: PreTrainedTokenizerBase | None = None, **options: Any) -> Self:
        """Read a checkpoint's folder.

        Raises:
            ImageError: its image settings are missing or not the published model's.
        """
        return cls(ImageProcessor.from_folder(Path(folder)), tokenizer or AutoTokenizer.from_pretrained(folder, local_files_only=True))

    def __call__(self, images: Image.Image | Sequence[Image.Image] = (), text: str | list[str] = "", **options: Any) -> BatchFeature:
        """Pictures to patches.

        Returns:
            `input_ids` [1, t] of the text, and with pictures `pixel_values` float32 [pictures, n, 768] (-1 to 1, padded with zeros to the
            longest), `pixel_attention_mask` [pictures, n], and `spatial_shapes` [pictures, 2], the grids (rows, columns).
        """
        ids = self.tokenizer(text if isinstance(text, list) else [text], add_special_tokens=False)["input_ids"]
        found: dict[str, Any] = {"input_ids": torch.tensor(ids)}
        seen = [self.images.process(image) for image in ([images] if isinstance(images, Image.Image) else images)]
        if seen:
            longest = max(len(picture.patches) for picture in seen)
            pixels = torch.zeros(len(seen), longest, PATCH * PATCH * 3)
            mask = torch.zeros(len(seen), longest, dtype=torch.int32)
            for place, picture in enumerate(seen):
                pixels[place, : len(picture.patches)] = (torch.from_numpy(picture.patches).float() / 255 - 0.5) / 0.5
                mask[place, : len(picture.patches)] = 1
            grids = torch.tensor([picture.grid for picture in seen])
            found |= {"pixel_values": pixels, "pixel_attention_mask": mask, "spatial_shapes": grids}
        return BatchFeature(found)
