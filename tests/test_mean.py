"""The mean of models."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from recordings.errors import DeskhandError
from training.mean import average

NAME = "model-00001-of-00001.safetensors"


def packed(folder: Path, **weights: list[float]) -> Path:
    folder.mkdir()
    save_file({name: torch.tensor(values, dtype=torch.bfloat16) for name, values in weights.items()}, folder / NAME)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return folder


def test_the_mean_counts_each_model_by_its_share(tmp_path: Path) -> None:
    one, other = packed(tmp_path / "a", w=[1.0, -2.0], b=[0.5]), packed(tmp_path / "b", w=[5.0, 2.0], b=[0.5])
    average(tmp_path / "out", [(one, 3.0), (other, 1.0)])
    mean = load_file(tmp_path / "out" / NAME)
    assert mean["w"].dtype is torch.bfloat16 and mean["w"].tolist() == [2.0, -1.0] and mean["b"].tolist() == [0.5]
    assert (tmp_path / "out" / "config.json").read_text(encoding="utf-8") == "{}"
    assert load_file(one / NAME)["w"].tolist() == [1.0, -2.0]


def test_models_that_have_no_mean_are_one_line(tmp_path: Path) -> None:
    one, other, empty = packed(tmp_path / "a", w=[1.0]), packed(tmp_path / "b", w=[1.0, 2.0]), tmp_path / "c"
    empty.mkdir()
    for models, reason in (([one, other], "same weights"), ([empty, one], "holds no model"), ([one, empty], "cannot be read")):
        with pytest.raises(DeskhandError, match=reason):
            average(tmp_path / "out", [(folder, 1.0) for folder in models])
        assert not (tmp_path / "out").exists()


def test_one_that_is_cut_off_is_named(tmp_path: Path) -> None:
    one, broken = packed(tmp_path / "a", w=[1.0]), packed(tmp_path / "b", w=[1.0])
    (broken / NAME).write_bytes((broken / NAME).read_bytes()[:20])
    with pytest.raises(DeskhandError, match=r"b/model.*cannot be read"):
        average(tmp_path / "out", [(one, 1.0), (broken, 1.0)])
