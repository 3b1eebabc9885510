"""Train the namer of icons: `python -m training.recipes.icons.train --fetch --out DIR`. One thread, one process that draws; goes on with
`--resume`.

Needs the planner's base model, and some 2 GB of packages in the cache: fetched through apt and npm with `--fetch` alone.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from recordings.errors import DeskhandError
from training.commit import commit
from training.generate.icons.drawings import load_drawings
from training.generate.icons.examples import NONE, Examples
from training.generate.icons.sources import cache_folder, fetch
from training.recipes.icons.network import IconNetwork, sigmoid_loss
from training.recipes.icons.words import WordEmbeddings
from vlm.planner.base import find_base
from vlm.reading.icons.names import icon_names

BATCH, RATE, DECAY, WARMUP = 512, 3e-3, 0.05, 0.03
RESTYLED = 0.3
SAVE_SECONDS = 60
HELD_OUT = 1024
"""Examples of the sources to tune with that are named in between."""


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

    def __init__(self, cache: Path, seed: int) -> None:
        self._cache, self._seed = cache, seed

    def __iter__(self) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64], list[str]]]:
        worker = get_worker_info()
        cv2.setNumThreads(1)
        examples = Examples(load_drawings(self._cache, "train"), self._seed + (worker.id if worker else 0), restyled=RESTYLED)
        while True:
            drawn = examples.draw(BATCH)
            yield drawn.pictures, drawn.names, list(drawn.words)


def train(out: Path, cache: Path, minutes: float, seed: int, resume: bool, workers: int) -> dict[str, Any]:
    """Train for so many minutes by the clock, those before a resumption counted; weights and what became of them lie in `out`."""
    torch.manual_seed(seed)
    words = WordEmbeddings(find_base())
    targets, network = Targets(words), IconNetwork(words.width)
    held = Examples(load_drawings(cache, "tune"), seed + 1, others=0.0, nothing=0.0).draw(HELD_OUT)
    held_out = torch.from_numpy(held.pictures), torch.from_numpy(held.names)
    optimizers = _optimizers(network)
    out.mkdir(parents=True, exist_ok=True)
    kept, step, spent = out / "checkpoint.pt", 0, 0.0
    if resume and kept.exists():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        for optimizer, one in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(one)
        step, spent = state["step"], state["spent"]
    # A process of its own, begun anew: what a fork copies of libraries' threads may wait for ever.
    own: dict[str, Any] = {"num_workers": workers, "prefetch_factor": 4, "multiprocessing_context": "spawn"} if workers else {}
    batches = iter(DataLoader(Stream(cache, seed + 1000 + step), None, **own))
    before, began, saved = spent, time.monotonic(), spent
    share, losses = 0.0, list[float]()
    network.train()
    while share < 1:
        spent = before + time.monotonic() - began
        share = min(spent / (60 * minutes), 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = RATE * (_schedule(share) + 0.003)
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
            told: dict[str, Any] = {"step": step, "minutes": round(spent / 60, 1), "processor_minutes": round(time.process_time() / 60, 2)}
            told |= {"loss": round(float(np.mean(losses[-50:])), 3), **_rates(network, *held_out, targets.names)}
            print(json.dumps(told), flush=True)
            learned = {"network": network.state_dict(), "optimizers": [one.state_dict() for one in optimizers], "names": targets.names}
            _save(kept, {**learned, "step": step, "spent": spent})
    made = {**told, "seed": seed, "examples": step * BATCH, "commit": commit(), "torch": torch.__version__}
    (out / "run.json").write_text(json.dumps(made) + "\n", encoding="utf-8")
    return made


def _optimizers(network: IconNetwork) -> list[torch.optim.Optimizer]:
    """Muon for matrices between hidden layers, AdamW for the others."""
    matrices, others = list[nn.Parameter](), list[nn.Parameter]()
    for name, parameter in network.named_parameters():
        (matrices if parameter.ndim == 2 and "name_projection" not in name else others).append(parameter)
    return [
        torch.optim.Muon(matrices, RATE, weight_decay=DECAY, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, RATE, (0.9, 0.98), weight_decay=DECAY),
    ]


def _schedule(share: float) -> float:
    return share / WARMUP if share < WARMUP else 0.5 * (1 + math.cos(math.pi * (share - WARMUP) / (1 - WARMUP)))


@torch.no_grad()
def _rates(network: IconNetwork, portraits: Tensor, names: Tensor, embedded: Tensor) -> dict[str, float]:
    """How often the right name comes first, and is among five."""
    network.eval()
    right = network(portraits, embedded).topk(5).indices == names[:, None]
    network.train()
    return {"top1": round(float(right[:, 0].float().mean()), 4), "top5": round(float(right.any(1).float().mean()), 4)}


def _save(path: Path, state: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.recipes.icons.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/icons"))
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--fetch", action="store_true", help="get missing packages through apt and npm")
    parser.add_argument("--minutes", type=float, default=60.0, help="by the clock (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--resume", action="store_true", help="go on with the checkpoint in --out")
    given = parser.parse_args(arguments)
    try:
        if given.fetch:
            for line in fetch(given.cache):
                print(line, file=sys.stderr)
        torch.set_num_threads(1)
        made = train(given.out, given.cache, given.minutes, given.seed, given.resume, given.workers)
    except DeskhandError as error:
        print(f"icons: {error}", file=sys.stderr)
        return 1
    print(json.dumps(made))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
