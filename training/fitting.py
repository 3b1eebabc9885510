"""How the reader's small networks learn, on one core: epochs of AdamW in one cycle of the learning rate; and how weights are kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn


def fit(
    model: nn.Module, count: int, draw: Callable[[], Tensor], loss_of: Callable[[Tensor], Tensor], *,
    batch: int, epochs: int, rate: float, decay: float, minutes: float = math.inf,
) -> None:  # fmt: skip
    """Train for some epochs, or as far as the processor's minutes last; the model is ready for use afterwards.

    Args:
        count: how many examples an epoch has.
        draw: the numbers of an epoch's examples, in the order in which they come: int64 [count].
        loss_of: the loss of a batch of them, given their numbers: int64 [batch].
        rate: the highest learning rate.
        decay: of weights.
    """
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=decay)
    steps = count // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * steps + 1)
    began = time.process_time()
    for epoch in range(epochs):
        total = 0.0
        for picked in draw()[: steps * batch].view(-1, batch):
            loss = loss_of(picked)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        spent = (time.process_time() - began) / 60
        print(f"epoch {epoch + 1}: loss {total / max(steps, 1):.4f}, {spent:.1f} minutes of the processor", flush=True)
        if spent > minutes:
            break
    model.eval()


def read_examples(paths: Sequence[Path]) -> dict[str, NDArray[Any]]:
    """What several files of arrays hold under each name, one behind the other."""
    files = [np.load(path) for path in paths]
    return {name: np.concatenate([file[name] for file in files]) for name in files[0].files}


def held_out(apps: NDArray[Any], kept: Sequence[str], every: int) -> NDArray[np.bool_]:
    """Which examples are not learned from: those of some applications, and of the made-up ones the first twentieth of each `every`."""
    made_up = (apps == "made-up") & (np.arange(len(apps)) % every < every // 20)
    return np.array([name.split("/")[0] in kept for name in apps]) | made_up


def temperature_of(loss_at: Callable[[Tensor], Tensor], lowest: float, highest: float) -> float:
    """The temperature, in steps of a twentieth, at which the chances of what was held out fit best."""
    candidates = torch.linspace(lowest, highest, round((highest - lowest) * 20) + 1)
    return float(min(candidates, key=lambda temperature: float(loss_at(temperature))))


def layers_of(model: nn.Module, *names: str) -> dict[str, Tensor]:
    """Weights and biases of some layers by their names."""
    return {f"{name}.{part}": getattr(getattr(model, name), part) for name in names for part in ("weight", "bias")}


def save(named: Mapping[str, Tensor], path: Path) -> None:
    """Keep weights in half precision, and say how large they are."""
    save_file({name: value.detach().numpy().astype(np.float16) for name, value in named.items()}, path)
    print(f"{path}: {path.stat().st_size / 1024:.0f} KiB")
