"""Records packed into rows: what is asked about the same pictures shares them, and no question sees another.

Row: prefix with pictures · question 1 + answer 1 · question 2 + answer 2 · …   Positions begin anew after the prefix for each question.
Short rows about different pictures may be filled into one, which then holds several such groups: a long pass costs less than short ones.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import torch
from torch import Tensor

from training.datasets.records import Dropped, Record
from training.stages.encode import PICTURE, Encoded, TooLong, encode
from vlm.chat import ChatFormat
from vlm.images import ImageError, ImageProcessor, ProcessedImage

GROUP = 1 << 16
"""Segments from the prefix of one group to that of the next."""


@dataclass(slots=True)
class Row:
    """One packed sequence of t tokens.

    Attributes:
        ids, labels, positions, segments: int64 [t]; a multiple of `GROUP` is a prefix, which all segments of its group see.
        pictures: processed pictures in their order.
        names: what the row was made of, to name a batch that goes wrong.
    """

    ids: Tensor
    labels: Tensor
    positions: Tensor
    segments: Tensor
    pictures: tuple[ProcessedImage, ...]
    names: list[str]


@dataclass
class Made:
    """Rows and what did not get into one."""

    rows: list[Row]
    dropped: Dropped = field(default_factory=Dropped)
    records: int = 0

    @property
    def fingerprint(self) -> str:
        """Changes with any token of the data or pixel of its pictures."""
        digest = hashlib.sha256()
        for row in self.rows:
            digest.update(row.ids.numpy().tobytes() + row.labels.numpy().tobytes())
            digest.update("".join(picture.digest for picture in row.pictures).encode())
        return digest.hexdigest()[:16]


def make_rows(
    records: Iterable[Record], chat: ChatFormat, images: ImageProcessor, tokens: int, budget: int | None, packing: bool, seed: int,
    fill: int = 0,
) -> Made:  # fmt: skip
    """Every record once, in rows of at most `tokens` tokens, filled up to `fill`. What is too long or has a broken picture is dropped and
    counted."""
    made = Made([])
    groups: dict[tuple[str, ...], list[tuple[Record, Encoded]]] = {}
    for number, record in enumerate(records):
        made.records += 1
        try:
            encoded = encode(record, chat, images, tokens, budget)
        except TooLong:
            made.dropped[f"longer than {tokens} tokens"] += 1
            continue
        except ImageError:
            made.dropped["with a broken picture"] += 1
            continue
        key = tuple(picture.digest for picture in encoded.pictures) if packing and encoded.pictures else (str(number),)
        groups.setdefault(key, []).append((record, encoded))
    rng = random.Random(seed)
    for group in groups.values():
        rng.shuffle(group)
        begun: list[tuple[Record, Encoded]] = []
        for one in group:
            if begun and sum(len(encoded) - encoded.prefix for _, encoded in [*begun, one]) + one[1].prefix > tokens:
                made.rows.append(_row(begun))
                begun = []
            begun.append(one)
        made.rows.append(_row(begun))
    rng.shuffle(made.rows)
    made.rows = list(_filled(made.rows, fill))
    return made


def _filled(rows: Iterable[Row], fill: int) -> Iterator[Row]:
    """Rows side by side in one as long as they fit."""
    begun: Row | None = None
    for row in rows:
        if begun is None or len(begun.ids) + len(row.ids) > fill:
            if begun is not None:
                yield begun
            begun = row
            continue
        first = (int(begun.segments.max()) // GROUP + 1) * GROUP
        ids, labels, positions = (torch.cat((getattr(begun, name), getattr(row, name))) for name in ("ids", "labels", "positions"))
        segments = torch.cat((begun.segments, row.segments + first))
        begun = Row(ids, labels, positions, segments, begun.pictures + row.pictures, begun.names + row.names)
    if begun is not None:
        yield begun


def first_of(row: Row) -> Encoded:
    """The first of the records that a row was packed of, alone."""
    own = row.segments <= 1
    patches = int((row.ids[own] == PICTURE).sum())
    ends = accumulate(len(picture.patches) for picture in row.pictures)
    pictures = tuple(picture for picture, end in zip(row.pictures, ends, strict=True) if end <= patches)
    return Encoded(row.ids[own], row.labels[own], pictures, int((row.segments == 0).sum()))


def _row(group: Sequence[tuple[Record, Encoded]]) -> Row:
    first = group[0][1]
    prefix = first.prefix
    ids, labels = [first.ids[:prefix]], [first.labels[:prefix]]
    positions, segments = [torch.arange(prefix)], [torch.zeros(prefix, dtype=torch.long)]
    for number, (_, encoded) in enumerate(group, 1):
        length = len(encoded) - prefix
        ids.append(encoded.ids[prefix:])
        labels.append(encoded.labels[prefix:])
        positions.append(torch.arange(prefix, len(encoded)))
        segments.append(torch.full((length,), number))
    names = [f"{record.kind} of {record.episode or record.source or 'nobody'}" for record, _ in group]
    return Row(torch.cat(ids), torch.cat(labels), torch.cat(positions), torch.cat(segments), first.pictures, names)
