"""Train the namer of icons: `nice python -m training.recipes.icons.train --fetch --out DIR`. One thread; goes on with `--resume`.

Needs the planner's base model, and some 2 GB of packages in the cache: fetched through apt and npm with `--fetch` alone.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recordings.errors import DeskhandError
from training.commit import commit
from training.generate.icons.drawings import load_drawings
from training.generate.icons.examples import NONE, Examples
from training.generate.icons.sources import cache_folder, fetch
from training.recipes.icons.network import IconNetwork, sigmoid_loss
from training.recipes.icons.pool import fill_pool, read_pool, read_whitening
from training.recipes.icons.words import WordEmbeddings
from vlm.planner.base import find_base
from vlm.reading.icons.gradients import describe
from vlm.reading.icons.names import icon_names

BATCH, RATE, DECAY, WARMUP = 768, 3e-3, 0.05, 0.03
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


def train(out: Path, cache: Path, pool: Path, steps: int, minutes: float, seed: int, resume: bool) -> dict[str, Any]:
    """Train for so many steps, or as many as fit in the minutes by the clock; weights and what became of them lie in `out`."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    words, drawn, whitening = WordEmbeddings(find_base()), read_pool(pool), read_whitening(pool)
    targets = Targets(words)
    whitened, names = torch.from_numpy(drawn.whitened), torch.from_numpy(drawn.names)
    held = Examples(load_drawings(cache, "tune"), seed + 1, others=0.0, nothing=0.0).draw(HELD_OUT)
    held_out = torch.from_numpy(whitening(describe(held.pictures))), torch.from_numpy(held.names)
    network = IconNetwork(words.width)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, (0.9, 0.98), weight_decay=DECAY)
    out.mkdir(parents=True, exist_ok=True)
    kept, step, spent = out / "checkpoint.pt", 0, 0.0
    if resume and kept.exists():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
        torch.manual_seed(seed + step)
    before, began, saved = spent, time.monotonic(), 0.0
    share, losses = 0.0, list[float]()
    while share < 1:
        spent = before + time.monotonic() - began
        share = min(max(step / steps, spent / (60 * minutes)), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = RATE * (_schedule(share) + 0.003)
        chosen = torch.randint(0, len(names), (BATCH,))
        embedded, wanted = targets.of(names[chosen], [drawn.words[place] for place in chosen.tolist()])
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(whitened[chosen].float(), embedded)
        loss = sigmoid_loss(logits.float(), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        losses.append(float(loss.detach()))
        if spent - saved > SAVE_SECONDS or share >= 1:
            saved = spent
            told = {"step": step, "minutes": round(spent / 60, 1), "processor_minutes": round(time.process_time() / 60, 2)}
            told |= {"loss": round(float(np.mean(losses[-50:])), 3), **_rates(network, *held_out, targets.names)}
            print(json.dumps(told), flush=True)
            learned = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "names": targets.names}
            _save(kept, {**learned, "step": step, "spent": spent})
    made = {**told, "seed": seed, "examples": len(names), "commit": commit(), "torch": torch.__version__}
    (out / "run.json").write_text(json.dumps(made) + "\n", encoding="utf-8")
    return made


def _schedule(share: float) -> float:
    return share / WARMUP if share < WARMUP else 0.5 * (1 + math.cos(math.pi * (share - WARMUP) / (1 - WARMUP)))


@torch.no_grad()
def _rates(network: IconNetwork, whitened: Tensor, names: Tensor, embedded: Tensor) -> dict[str, float]:
    """How often the right name comes first, and is among five."""
    network.eval()
    right = network(whitened, embedded).topk(5).indices == names[:, None]
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
    parser.add_argument("--pool", type=Path, default=Path("runs/icons/pool"), help="examples drawn ahead")
    parser.add_argument("--files", type=int, default=26, help="how many files of 8,192 of them (default: %(default)s)")
    parser.add_argument("--fetch", action="store_true", help="get missing packages through apt and npm")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--minutes", type=float, default=60.0, help="by the clock, at most (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--resume", action="store_true", help="go on with the checkpoint in --out")
    given = parser.parse_args(arguments)
    try:
        if given.fetch:
            for line in fetch(given.cache):
                print(line, file=sys.stderr)
        fill_pool(given.pool, given.cache, given.files, 1000)
        made = train(given.out, given.cache, given.pool, given.steps, given.minutes, given.seed, given.resume)
    except DeskhandError as error:
        print(f"icons: {error}", file=sys.stderr)
        return 1
    print(json.dumps(made))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
