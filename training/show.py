"""What training really learns from: the tokens of a record, which of them the loss is on, and its pictures with the target drawn in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

from recordings.errors import DeskhandError
from recordings.geometry import Box
from recordings.store import read_episode
from training.encode import IGNORED, PICTURE, Encoded, encode
from training.episode_records import Dropped, episode_records, episodes_in
from training.records import Record
from vlm.blanks import processing
from vlm.chat import ChatFormat
from vlm.folder import find_checkpoint, read_config
from vlm.images import ImageProcessor
from vlm.loading import load_tokenizer

TARGET = (0, 158, 96)
NO_LIMIT = 10**9


def show(path: Path, count: int, seed: int, out: Path | None = None, model: str = "pocket") -> Iterator[str]:
    """Lines about `count` records drawn from an episode or a folder of episodes, as `model`'s tokenizer and image processor make them.

    Args:
        out: receives each record's pictures as PNGs with the target drawn in; None draws nothing.

    Raises:
        DeskhandError: there is no episode, or none that teaches anything.
    """
    folders = episodes_in(path)
    if not folders:
        raise DeskhandError(f"{path} holds no episode: name an episode's folder, or the folder that holds them")
    folder = find_checkpoint(model)
    skip_blanks = bool((read_config(folder).get("deskhand") or {}).get("skip_blanks"))
    chat, process = ChatFormat(load_tokenizer(folder)), processing(ImageProcessor.from_folder(folder), skip_blanks)
    rng, dropped = random.Random(seed), Dropped()
    records = [record for one in folders for record in episode_records(read_episode(one), rng, None, dropped)]
    if not records:
        raise DeskhandError(f"nothing in {path} can be learned from: left out were {dropped}")
    for number, record in enumerate(rng.sample(records, min(count, len(records))), 1):
        encoded = encode(record, chat, process, NO_LIMIT)
        learned = int((encoded.labels != IGNORED).sum())
        yield f"{number}. {record.kind} ({record.mode}) of {record.episode}, {len(encoded)} tokens, loss on {learned}"
        yield marked(encoded, chat)
        if out is not None:
            yield from (f"   {saved}" for saved in _save(record, out, number))
    yield f"{len(records)} records in {len(folders)} episodes; left out: {dropped}"


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
                parts.append(f"<picture {columns}x{rows}{'' if picture.cells is None else f', {left} patches'}>")
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
    out.mkdir(parents=True, exist_ok=True)
    for place, frame in enumerate(record.pictures, 1):
        picture = frame.open()
        if record.target is not None and place == len(record.pictures):
            picture = with_target(picture, record.target)
        path = out / f"{number:02d}-{record.kind}-{place}.png"
        picture.save(path)
        yield path


def with_target(picture: Image.Image, target: Box) -> Image.Image:
    """A copy with the box drawn in."""
    drawn = picture.copy()
    corners = (target.x1 * drawn.width, target.y1 * drawn.height, target.x2 * drawn.width, target.y2 * drawn.height)
    ImageDraw.Draw(drawn).rectangle(corners, outline=TARGET, width=max(2, drawn.width // 500))
    return drawn
