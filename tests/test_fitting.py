"""The loop that the reader's small networks learn in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch import Tensor, nn

from training.fitting import fit, layers_of, save, temperature_of

SEEN = torch.linspace(-1, 1, 200)[:, None]


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.outer = nn.Linear(1, 1)

    def loss(self, numbers: Tensor) -> Tensor:
        return (self.outer(SEEN[numbers]) - (3 * SEEN[numbers] + 1)).square().mean()


def learned(epochs: int, minutes: float = 1.0) -> Line:
    torch.manual_seed(0)
    model = Line()
    fit(model, 200, lambda: torch.randperm(200), model.loss, batch=30, epochs=epochs, rate=0.1, decay=0.0, minutes=minutes)
    return model


def test_what_is_shown_is_learned_and_kept_in_half_precision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = learned(40)
    assert not model.training and float(model.loss(torch.arange(200)).detach()) < 1e-3
    assert len(capsys.readouterr().out.splitlines()) == 40
    save(layers_of(model, "outer"), tmp_path / "weights")
    kept = load_file(tmp_path / "weights")
    assert {name: value.dtype for name, value in kept.items()} == {"outer.weight": np.float16, "outer.bias": np.float16}
    assert kept["outer.weight"].item() == pytest.approx(3, abs=0.1) and "KiB" in capsys.readouterr().out


def test_it_ends_with_the_epoch_in_which_the_time_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    learned(40, minutes=0.0)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_chances_that_are_too_sure_are_cooled() -> None:
    torch.manual_seed(0)
    scores = torch.randn(4000) * 2
    truths = (torch.rand(4000) < scores.sigmoid()).float()
    found = temperature_of(lambda t: nn.functional.binary_cross_entropy_with_logits(3 * scores / t, truths), 0.5, 4.0)
    assert found == pytest.approx(3, abs=0.3)
