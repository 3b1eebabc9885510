"""The training of the namer of icons: SigLIP's sigmoid loss between portraits, drawn by a second process as it goes, and names.

A part of the recipe, `deskhand train pocket`; it goes on with the checkpoint that lies in its folder.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.commit import commit
from training.generate.icons.drawings import load_drawings
from training.generate.icons.examples import NONE, Examples
from training.optimizing import optimizers_of, rate_at, set_rate
from training.recipes.icons.network import IconNetwork, sigmoid_loss
from training.recipes.icons.words import WordEmbeddings
from vlm.reading.icons.names import icon_names
from vlm.writing import writing

RESTYLED = 0.3
"""Share of drawings that are shown in another style than their own."""
SAVE_SECONDS = 60
HELD_OUT = 1024
"""Examples of the sources to tune with that are named in between."""
CHECKPOINT, RUN = "checkpoint.pt", "run.json"
ADVICE = "free some space and give the command again"


class NamerSettings(BaseModel):
    """What decides the namer but its data."""

    model_config = ConfigDict(extra="forbid")

    batch: int = Field(gt=0)
    rate: float = Field(gt=0)
    decay: float = Field(0.05, ge=0)
    warmup: float = Field(0.03, gt=0, lt=1)
    workers: int = Field(1, ge=0, description="processes that draw")


class Targets:
    """What a batch is compared with: all names, and the words of what they do not cover."""

    def __init__(self, words: WordEmbeddings) -> None:
        self._words = words
        self.names = words.names()
        self._unsure: dict[str, list[int]] = {}
        self._parts = [{*name.name.split(), *(word for said in name.said for word in said.split())} for name in icon_names()]

    def of(self, names: Tensor, words: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Embeddings [m, width] and targets [n, m], as `sigmoid_loss` wants them."""
        texts = sorted({text for text in words if text})
        places = {text: len(self.names) + number for number, text in enumerate(texts)}
        targets = torch.full((len(names), len(self.names) + len(texts)), -1.0)
        known = torch.nonzero(names != NONE)[:, 0]
        targets[known, names[known]] = 1.0
        targets[known, len(self.names) :] = 0.0  # a file's own words may say the same
        for row, text in enumerate(words):
            if text:
                targets[row, self._alike(text)] = 0.0
                targets[row, places[text]] = 1.0
        embedded = torch.cat((self.names, self._words.embed(texts))) if texts else self.names
        return embedded, targets

    def _alike(self, text: str) -> list[int]:
        """The names that share a word with a file's own: nobody knows whether they are meant."""
        if text not in self._unsure:
            self._unsure[text] = [place for place, parts in enumerate(self._parts) if parts & set(text.split())]
        return self._unsure[text]


class Stream(IterableDataset[tuple[NDArray[np.float32], NDArray[np.int64], list[str]]]):
    """Batches without an end: portraits, names and words; drawn by whoever loads them, by seed."""

    def __init__(self, cache: Path, seed: int, batch: int) -> None:
        self._cache, self._seed, self._batch = cache, seed, batch

    def __iter__(self) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64], list[str]]]:
        worker = get_worker_info()
        cv2.setNumThreads(1)
        examples = Examples(load_drawings(self._cache, "train"), self._seed + (worker.id if worker else 0), restyled=RESTYLED)
        while True:
            drawn = examples.draw(self._batch)
            yield drawn.pictures, drawn.names, list(drawn.words)


def train(settings: NamerSettings, base: Path, cache: Path, out: Path, minutes: float, seed: int) -> dict[str, Any]:
    """Train for so many minutes by the clock, those before a stop counted; weights and what became of them lie in `out`.

    Raises:
        IconsMissing: their packages are not in `cache`.
        DeskhandError: the disk is full.
    """
    torch.manual_seed(seed)
    words = WordEmbeddings(base)
    targets, network = Targets(words), IconNetwork(words.width)
    held = Examples(load_drawings(cache, "tune"), seed + 1, others=0.0, nothing=0.0).draw(HELD_OUT)
    held_out = torch.from_numpy(held.pictures), torch.from_numpy(held.names)
    # What the network meets of the names lies among their frozen embeddings.
    optimizers = optimizers_of(network, settings.rate, settings.decay, ("name_projection",))
    out.mkdir(parents=True, exist_ok=True)
    kept, step, spent = out / CHECKPOINT, 0, 0.0
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        for optimizer, one in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(one)
        step, spent = state["step"], state["spent"]
    # A process of its own, begun anew: what a fork copies of libraries' threads may wait for ever.
    own: dict[str, Any] = {"prefetch_factor": 4, "multiprocessing_context": "spawn"} if settings.workers else {}
    batches = iter(DataLoader(Stream(cache, seed + 1000 + step, settings.batch), None, num_workers=settings.workers, **own))
    before, began, saved = spent, time.monotonic(), spent
    share, losses = 0.0, list[float]()
    network.train()
    while share < 1:
        spent = before + time.monotonic() - began
        share = min(spent / (60 * minutes), 1.0)
        set_rate(optimizers, settings.rate * (rate_at(share, settings.warmup) + 0.003))
        portraits, names, texts = next(batches)
        embedded, wanted = targets.of(names, texts)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(portraits, embedded)
        loss = sigmoid_loss(logits.float(), wanted)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        losses.append(float(loss.detach()))
        if spent - saved > SAVE_SECONDS or share >= 1:
            saved = spent
            told: dict[str, Any] = {"steps": step, "minutes": round(spent / 60, 1), "loss": round(float(np.mean(losses[-50:])), 3)}
            told |= _rates(network, *held_out, targets.names)
            print(f"namer: {json.dumps(told)}", file=sys.stderr, flush=True)
            learned = {"network": network.state_dict(), "optimizers": [one.state_dict() for one in optimizers], "names": targets.names}
            _save(kept, {**learned, "step": step, "spent": spent})
    made = {**told, "seed": seed, "examples": step * settings.batch, "commit": commit(), "torch": torch.__version__}
    (out / RUN).write_text(json.dumps(made) + "\n", encoding="utf-8")
    return made


@torch.no_grad()
def _rates(network: IconNetwork, portraits: Tensor, names: Tensor, embedded: Tensor) -> dict[str, float]:
    """How often the right name comes first, and is among five."""
    network.eval()
    right = network(portraits, embedded).topk(5).indices == names[:, None]
    network.train()
    return {"top1": round(float(right[:, 0].float().mean()), 4), "top5": round(float(right.any(1).float().mean()), 4)}


def _save(path: Path, state: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    with writing(partial, ADVICE):
        torch.save(state, partial)
    partial.replace(path)
