"""Makes the weights that tell single signs apart, in some minutes on one core: `python -m training.recipes.glyphs.train`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from training.command import command
from training.fitting import fit, layers_of, save
from training.recipes.glyphs.examples import NONE, Examples
from vlm.reading.glyphs import FEATURES, SIDE, SIGNS, WEIGHTS


@command
def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network that tells single signs apart.")
    parser.add_argument("--examples", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    wanted = parser.parse_args()
    torch.manual_seed(wanted.seed)
    torch.set_num_threads(1)
    began = time.monotonic()
    examples = Examples(wanted.seed)
    pictures, features, labels = examples.draw(wanted.examples)
    print(f"{len(labels)} examples, {float((labels == NONE).mean()):.0%} of them none, in {time.monotonic() - began:.0f} s", flush=True)
    held = len(labels) // 20
    model = _fit(pictures[held:], features[held:], labels[held:], wanted.epochs)
    with torch.no_grad():
        chances = model(torch.tensor(pictures[:held]), torch.tensor(features[:held])).softmax(dim=1).numpy()
    told, best = labels[:held], chances.argmax(axis=1)
    signs = told != NONE
    right, alone = float((best == told)[signs].mean()), float((best == NONE)[~signs].mean())
    print(f"held out: {right:.4f} of {signs.sum()} signs right; {alone:.4f} of {(~signs).sum()} others left alone")
    save(model.exported(), wanted.out)


class Network(nn.Module):
    """The network that `vlm.reading.glyphs.SignNetwork` runs."""

    def __init__(self) -> None:
        super().__init__()
        channels = (1, 16, 32, 64)
        self.convolutions = nn.ModuleList(nn.Conv2d(channels[i], channels[i + 1], 3, padding=1) for i in range(3))
        self.inner = nn.Linear(channels[-1] * (SIDE // 8) ** 2 + FEATURES, 128)
        self.outer = nn.Linear(128, len(SIGNS) + 1)
        self.dropout = nn.Dropout(0.2)

    def forward(self, pictures: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        hidden = pictures[:, None]
        for convolution in self.convolutions:
            hidden = nn.functional.max_pool2d(convolution(hidden).relu(), 2)
        flat = torch.cat((hidden.permute(0, 2, 3, 1).flatten(1), features), dim=1)
        return self.outer(self.dropout(self.inner(flat).relu()))

    def exported(self) -> dict[str, torch.Tensor]:
        named = {f"conv{i}.weight": c.weight.permute(0, 2, 3, 1).contiguous() for i, c in enumerate(self.convolutions)}
        named |= {f"conv{i}.bias": c.bias for i, c in enumerate(self.convolutions)}
        return named | layers_of(self, "inner", "outer")


def _fit(pictures: np.ndarray, features: np.ndarray, labels: np.ndarray, epochs: int) -> Network:
    model, data = Network(), (torch.tensor(pictures), torch.tensor(features), torch.tensor(labels))

    def loss_of(chosen: torch.Tensor) -> torch.Tensor:
        return nn.functional.cross_entropy(model(data[0][chosen], data[1][chosen]), data[2][chosen])

    fit(model, len(labels), lambda: torch.randperm(len(labels)), loss_of, batch=256, epochs=epochs, rate=4e-3, decay=1e-3)
    return model


if __name__ == "__main__":
    raise SystemExit(main())
