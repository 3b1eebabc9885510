"""The examples of training, looked at: `deskhand train --show`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.cli import main

SAMPLES = Path(__file__).parents[1] / "recordings" / "samples"


def test_tokens_masks_and_pictures_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--show", "6", "--from", str(SAMPLES), "--to", str(tmp_path), "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert said.count("⟦") == said.count("⟧") == 6 and "<picture 64x48, " in said
    for example in said.split("⟦")[1:]:
        learned = example.partition("⟧")[0]
        assert learned.endswith("<|im_end|>") and "·" in learned and "user" not in learned
    assert "records in 4 episodes; left out: nothing" in said
    assert len(list(tmp_path.glob("*.png"))) >= 6


def test_the_target_is_drawn_where_the_answer_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--show", "40", "--from", str(SAMPLES / "editor-save"), "--to", str(tmp_path)]) == 0
    found = list(tmp_path.glob("*-ground-1.png"))
    assert found
    for path in found:
        assert (np.asarray(Image.open(path)) == (0, 158, 96)).all(-1).sum() > 40


def test_what_cannot_be_shown_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--show", "3"]) == 2
    assert main(["train"]) == 2
    assert main(["train", "--show", "3", "--from", str(tmp_path)]) == 1
    assert "holds no episode" in capsys.readouterr().err
