"""Makes the weights that tell single signs apart, in some minutes on one core: `python -m training.recipes.glyphs.train`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from training.recipes.glyphs.examples import NONE, Examples
from vlm.reading.glyphs import FEATURES, SIDE, SIGNS, WEIGHTS


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
    save_file({name: value.detach().numpy().astype(np.float16) for name, value in model.exported().items()}, wanted.out)
    print(f"{wanted.out}: {wanted.out.stat().st_size / 1024:.0f} KiB in {time.monotonic() - began:.0f} s")


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
        for name in ("inner", "outer"):
            layer = getattr(self, name)
            named |= {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
        return named


def _fit(pictures: np.ndarray, features: np.ndarray, labels: np.ndarray, epochs: int) -> Network:
    model = Network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-3)
    batch = 256
    steps = epochs * (len(labels) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    data = torch.tensor(pictures), torch.tensor(features), torch.tensor(labels)
    for epoch in range(epochs):
        order = torch.randperm(len(labels))
        total = 0.0
        for start in range(0, len(labels) - batch + 1, batch):
            chosen = order[start : start + batch]
            loss = nn.functional.cross_entropy(model(data[0][chosen], data[1][chosen]), data[2][chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / (len(labels) // batch):.4f}", flush=True)
    return model.eval()


if __name__ == "__main__":
    main()
