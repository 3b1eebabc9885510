"""Makes the weights that tell what is chosen or grey: `python -m training.states.train_looks LOOKS.npz...`. A minute of one core."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from training import fitting
from training.command import command
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

    def loss_of(picked: torch.Tensor) -> torch.Tensor:
        shown = features[picked] + NOISE * torch.randn(BATCH, FEATURES)
        each = nn.functional.binary_cross_entropy_with_logits(model(shown), truths[picked].clamp(0).float(), reduction="none")
        return (each * weights[picked]).mean()

    count = len(features)
    fitting.fit(model, count, lambda: torch.randperm(count), loss_of, batch=BATCH, epochs=epochs, rate=4e-3, decay=0.03)
    return model


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.train_looks", description=__doc__)
    parser.add_argument("examples", nargs="+", type=Path, metavar="LOOKS.npz")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args(arguments)
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)
    known = fitting.read_examples(given.examples)
    features, truths = torch.from_numpy(known["features"]).float(), torch.from_numpy(known["truths"])
    apps, kinds = known["apps"], known["kinds"]
    held = fitting.held_out(apps, KEPT, 4000)
    share = np.where(apps == "made-up", 1.0, 2.0).astype(np.float32)
    kept = torch.from_numpy(held)
    model = fit(features[~kept], truths[~kept], weights_of(truths[~kept], kinds[~held], share[~held]), given.epochs)
    with torch.no_grad():
        scores = model(features[kept])
    told = truths[kept] >= 0
    right = ((scores > 0) == (truths[kept] > 0)) & told
    likely, answers = scores[told], truths[kept][told].float()
    found = fitting.temperature_of(lambda t: nn.functional.binary_cross_entropy_with_logits(likely / t, answers), 0.6, 3.0)
    temperature = max(found, 1.0)
    shares = " and ".join(f"{share:.3f}" for share in (right.sum(0) / told.sum(0)).tolist())
    print(f"{len(features)} looks; held out right, chosen and grey: {shares}; temperature {temperature:.2f}")
    fitting.save(model.state_dict() | {"temperature": torch.tensor([temperature])}, given.out)


if __name__ == "__main__":
    raise SystemExit(main())
