"""How the reader's small networks learn, on one core: epochs of AdamW in one cycle of the learning rate; and how weights are kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
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
