"""A record as tokens: the checkpoint's own chat format and image processor, and which tokens the loss is on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recordings.errors import DeskhandError
from training.datasets.records import Record
from vlm.chat import ChatFormat
from vlm.images import ImageProcessor, ProcessedImage
from vlm.prompts import SPECIAL_TOKENS

IGNORED = -100
"""The label of a token without loss."""
PICTURE = -200
"""Stands in `ids` for each patch of a picture."""


class TooLong(DeskhandError):
    """A record that does not fit the context: counted and dropped or cropped by rule, never cut silently."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Attributes:
    ids: int64 [t]; a picture of n patches stands there as n times `PICTURE`.
    labels: int64 [t]; `IGNORED` everywhere but on the answer and the token that ends it.
    pictures: processed pictures in their order.
    prefix: how many tokens come before the question, up to the end of the last picture: what records about the same pictures share.
    """

    ids: Tensor
    labels: Tensor
    pictures: tuple[ProcessedImage, ...]
    prefix: int

    def __len__(self) -> int:
        return int(self.ids.shape[0])


def encode(record: Record, chat: ChatFormat, images: ImageProcessor, limit: int, budget: int | None = None) -> Encoded:
    """The tokens of a record.

    Args:
        limit: the most tokens, pictures included.
        budget: the most patches a picture; the checkpoint's own where it is None.

    Raises:
        TooLong: the record needs more than `limit` tokens.
        ImageError: a picture that cannot be looked at.
    """
    pictures = tuple(images.process(frame.open(), budget) for frame in record.pictures)
    chunks = chat.chunks(record.question, record.mode, len(pictures))
    answered = chat.tokenizer.encode(record.answer + SPECIAL_TOKENS["end"], add_special_tokens=False)
    ids: list[int] = list(chunks[0])
    for picture, chunk in zip(pictures, chunks[1:], strict=True):
        prefix = len(ids) + len(picture.patches)
        ids += [PICTURE] * len(picture.patches) + chunk
    shared = prefix if pictures else 0
    asked = len(ids)
    ids += answered
    if len(ids) > limit:
        raise TooLong(f"a record of {len(ids)} tokens does not fit {limit}: lower the image budget or leave it out")
    labels = torch.full((len(ids),), IGNORED)
    labels[asked:] = torch.tensor(answered)
    return Encoded(torch.tensor(ids), labels, pictures, shared)
