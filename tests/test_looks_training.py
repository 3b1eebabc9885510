"""What the network that tells what is chosen or grey learns from, and that it is run as it was trained."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from training.evaluation.looks import main as evaluate
from training.screens.store import write_screens
from training.states.frameworks import FRAMEWORKS, GROUPS
from training.states.look_examples import main as examples
from training.states.pages import generate_pages
from training.states.train_looks import Network
from vlm.reading.chosen import ChosenReader
from vlm.reading.looks import FEATURES


def test_pages_of_groups_teach_what_is_chosen_and_grey_and_can_be_measured_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_screens(tmp_path / "pages", islice(generate_pages(5, groups=True), 3))
    assert examples([str(tmp_path / "looks.npz"), str(tmp_path / "pages")]) == 0
    made = np.load(tmp_path / "looks.npz")
    assert made["features"].shape[1] == FEATURES and {"page tab"} <= set(made["kinds"])
    assert set(np.unique(made["truths"][:, 0])) >= {0, 1}
    assert evaluate([str(tmp_path / "pages")]) == 0 and '"chosen, page tab"' in capsys.readouterr().out
    assert evaluate([str(tmp_path / "none")]) == 1 and "holds no screens.jsonl" in capsys.readouterr().err
    assert examples([str(tmp_path / "none.npz"), str(tmp_path / "none")]) == 1 and "holds no screens.jsonl" in capsys.readouterr().err


def test_the_shipped_network_is_what_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = Network(torch.randn(FEATURES), torch.rand(FEATURES) + 0.1).eval()
    shown = torch.randn(6, FEATURES)
    save_file({name: value.numpy() for name, value in model.state_dict().items()} | {"temperature": np.ones(1, np.float32)}, tmp_path / "w")
    with torch.no_grad():
        expected = model(shown).sigmoid().numpy()
    assert np.allclose(ChosenReader(tmp_path / "w").chances(shown.numpy()), expected, atol=1e-5)


def test_each_group_is_of_a_known_framework_and_says_what_is_chosen() -> None:
    for name, written in GROUPS.items():
        assert name in FRAMEWORKS
        for one in written:
            assert {"role", "group", "item"} <= set(one) and "{items}" in one["group"] and "{k}" in one["item"] and "{n}" in one["item"]
            assert ("chosen" in one) == (one["role"] != "push button"), one
