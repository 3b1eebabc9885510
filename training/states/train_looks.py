"""Makes the weights that tell what is chosen or grey: `python -m training.states.train_looks LOOKS.npz...`. A minute of one core."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from vlm.reading.chosen import WEIGHTS
from vlm.reading.looks import FEATURES

INNER = 48
BATCH = 256
NOISE = 0.02
KEPT = ("abiword", "atril", "xarchiver", "pluma")
"""Applications that are kept for the temperature, and so is one example in twenty of the pages."""


class Network(nn.Module):
    """The network that `vlm.reading.chosen.ChosenReader` runs."""

    def __init__(self, mean: torch.Tensor, scale: torch.Tensor) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(FEATURES, INNER), nn.Linear(INNER, 2)
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        usual = ((features - self.mean) / self.scale).clamp(-4, 4)
        return self.outer(nn.functional.dropout(self.inner(usual).relu(), 0.25, self.training))


def weights_of(truths: torch.Tensor, kinds: np.ndarray, share: np.ndarray) -> torch.Tensor:
    """How much each answer counts, [n, 2]: each kind in each state as much, but for the root of how many there are."""
    weights = torch.zeros(truths.shape)
    for column in range(2):
        for kind in np.unique(kinds):
            for state in (0, 1):
                which = torch.from_numpy(kinds == kind) & (truths[:, column] == state)
                count = int(which.sum())
                if count:
                    weights[which, column] = 1 / count**0.5
    weights *= torch.from_numpy(share)[:, None]
    return weights / weights.sum(dim=0) * len(truths)


def fit(features: torch.Tensor, truths: torch.Tensor, weights: torch.Tensor, epochs: int) -> Network:
    """Train on what is known: `truths` hold 1, 0, or -1 for unknown."""
    model = Network(features.mean(dim=0), features.std(dim=0) + 0.02)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.03)
    steps = epochs * (len(features) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps + 1)
    for epoch in range(epochs):
        total = 0.0
        for picked in torch.randperm(len(features))[: len(features) // BATCH * BATCH].view(-1, BATCH):
            shown = features[picked] + NOISE * torch.randn(BATCH, FEATURES)
            each = nn.functional.binary_cross_entropy_with_logits(model(shown), truths[picked].clamp(0).float(), reduction="none")
            loss = (each * weights[picked]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}: loss {total / max(len(features) // BATCH, 1):.4f}", flush=True)
    return model.eval()


def temperature_of(scores: torch.Tensor, truths: torch.Tensor) -> float:
    """The temperature at which the chances of what was held out fit best."""
    known = truths >= 0
    candidates = torch.linspace(0.6, 3.0, 49)
    answers = truths[known].float()
    return float(min(candidates, key=lambda t: float(nn.functional.binary_cross_entropy_with_logits(scores[known] / t, answers))))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.train_looks", description=__doc__)
    parser.add_argument("examples", nargs="+", type=Path, metavar="LOOKS.npz")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    began = time.process_time()
    files = [np.load(path) for path in given.examples]
    features = torch.from_numpy(np.concatenate([file["features"] for file in files])).float()
    truths = torch.from_numpy(np.concatenate([file["truths"] for file in files]))
    apps, kinds = (np.concatenate([file[name] for file in files]) for name in ("apps", "kinds"))
    held = np.array([name.split("/")[0] in KEPT for name in apps]) | ((apps == "made-up") & (np.arange(len(apps)) % 4000 < 200))
    share = np.where(apps == "made-up", 1.0, 2.0).astype(np.float32)
    kept = torch.from_numpy(held)
    model = fit(features[~kept], truths[~kept], weights_of(truths[~kept], kinds[~held], share[~held]), given.epochs)
    with torch.no_grad():
        scores = model(features[kept])
    known = truths[kept] >= 0
    right = ((scores > 0) == (truths[kept] > 0)) & known
    temperature = max(temperature_of(scores, truths[kept]), 1.0)
    spent = (time.process_time() - began) / 60
    shares = " and ".join(f"{share:.3f}" for share in (right.sum(0) / known.sum(0)).tolist())
    print(f"{len(features)} looks; held out right, chosen and grey: {shares}; temperature {temperature:.2f}; {spent:.1f} minutes")
    named = {name: value.numpy().astype(np.float16) for name, value in model.state_dict().items()}
    save_file(named | {"temperature": np.array([temperature], np.float16)}, given.out)
    print(f"{given.out}: {given.out.stat().st_size / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
