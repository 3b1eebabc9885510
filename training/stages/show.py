"""What training really learns from: the tokens of a record, which of them the loss is on, and its pictures with the target drawn in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import recordings
from recordings.durable import make_private, replace_picture
from recordings.errors import DeskhandError
from recordings.marking import TRUE, mark
from training.datasets.records import Dropped, Record
from training.stages.data import split_of
from training.stages.encode import IGNORED, PICTURE, Encoded, TooLong, encode
from training.stages.settings import StageSettings
from vlm.chat import ChatFormat
from vlm.folder import find_checkpoint
from vlm.images import ImageError, ImageProcessor
from vlm.loading import load_tokenizer

SAMPLES = Path(recordings.__file__).parent / "samples"
"""Episodes to look at where none are named."""


def show(settings: StageSettings, count: int, seed: int, out: Path | None = None) -> Iterator[str]:
    """Lines about `count` of the records that a stage learns from, as its base's tokenizer and image processor make them.

    Args:
        seed: draws which ones.
        out: receives each record's pictures as PNGs with the target drawn in; None draws nothing.

    Raises:
        DeskhandError: there is nothing to learn from; see `split_of`.
    """
    split = split_of(settings)
    if not split.train:
        raise DeskhandError(f"there is nothing to learn from: left out: {split.dropped}")
    folder = find_checkpoint(settings.base)
    chat, images = ChatFormat(load_tokenizer(folder)), ImageProcessor.from_folder(folder)
    number, unfit = 0, Dropped()
    for record in random.Random(seed).sample(split.train, len(split.train)):
        try:
            encoded = encode(record, chat, images, settings.tokens, settings.budget)
        except (TooLong, ImageError) as error:
            unfit["with a broken picture" if isinstance(error, ImageError) else f"longer than {settings.tokens} tokens"] += 1
            continue
        number += 1
        learned = int((encoded.labels != IGNORED).sum())
        yield f"{number}. {record.kind} ({record.mode}) of {record.episode or record.source}, {len(encoded)} tokens, loss on {learned}"
        yield marked(encoded, chat)
        if out is not None:
            yield from (f"   {saved}" for saved in _save(record, out, number))
        if number == count:
            break
    episodes = len({record.episode for record in split.train} - {""})
    held_out = f", {len(split.held_out)} more held out" if split.held_out else ""
    yield f"{len(split.train)} records in {episodes} episodes{held_out}; left out: {split.dropped}"
    if unfit:
        yield f"of those that were drawn, left out: {unfit}"


def marked(encoded: Encoded, chat: ChatFormat) -> str:
    """The tokens as text: what the loss is on between ⟦ and ⟧, token by token with · between; a picture as its grid."""
    pictures = iter(encoded.pictures)
    parts: list[str] = []
    left, learning = 0, False
    for token, label in zip(encoded.ids.tolist(), encoded.labels.tolist(), strict=True):
        if token == PICTURE:
            if left == 0:
                picture = next(pictures)
                (rows, columns), left = picture.grid, len(picture.patches)
                parts.append(f"<picture {columns}x{rows}>")
            left -= 1
            continue
        if (label != IGNORED) != learning:
            learning = label != IGNORED
            parts.append("⟦" if learning else "⟧")
        elif learning:
            parts.append("·")
        parts.append(chat.tokenizer.decode([token], skip_special_tokens=False))
    return "".join(parts) + ("⟧" if learning else "")


def _save(record: Record, out: Path, number: int) -> Iterator[Path]:
    make_private(out)
    for place, frame in enumerate(record.pictures, 1):
        picture = frame.open()
        if record.target is not None and place == len(record.pictures):
            picture = picture.copy()
            mark(picture, record.target, None, TRUE)
        path = out / f"{number:02d}-{record.kind}-{place}.png"
        replace_picture(path, picture)
        yield path
