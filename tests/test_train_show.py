"""The examples of training, looked at: `deskhand train --show`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from demonstrations import make_episode
from PIL import Image

from agent.cli.main import main
from recordings.episode import EpisodeHeader, StopReason
from recordings.store import EpisodeWriter
from training.datasets.amendments import Amendment, save_amendments
from training.datasets.verdicts import classify

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "recordings" / "samples"


def test_tokens_masks_and_pictures_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--show", "6", "--from", str(SAMPLES), "--to", str(tmp_path), "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert said.count("⟦") == said.count("⟧") == 6 and "<picture 18x14>" in said
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
    assert main(["train"]) == 2
    assert main(["train", str(ROOT / "training/configs/stages/pieces.yaml"), "--show", "3", "--from", str(tmp_path)]) == 2
    capsys.readouterr()
    assert main(["train", "--show", "3", "--from", str(tmp_path)]) == 1
    assert "holds no episode" in capsys.readouterr().err
    with EpisodeWriter.create(tmp_path, EpisodeHeader(name="empty", instruction="x")) as writer:
        writer.close(StopReason.DONE)
    assert main(["train", "--show", "3", "--from", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "deskhand: there is nothing to learn from: left out: 1 episodes without a step\n"


def test_where_nothing_is_named_the_samples_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--show", "2"]) == 0
    said = capsys.readouterr().out
    assert said.count("⟦") == 2 and "records in 4 episodes" in said


def test_what_is_shown_is_what_is_learned_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        make_episode(tmp_path, name, script=("click(x=0.2000, y=0.1500)", "click(x=0.7000, y=0.1500)"))
    (tmp_path / "unreadable").mkdir()
    (tmp_path / "unreadable" / "episode.json").write_text("{")
    classify(tmp_path, "one", 0, "bad image")
    save_amendments(tmp_path, [Amendment("two", "repair", 1, 'press(keys=["ctrl", "s"])')])
    assert main(["train", "--show", "999", "--from", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "1 unreadable episodes" in said and "records of a step with a bad image" in said and "press(keys" in said.replace("·", "")
    assert said.count("ground (nothink) of two") == 1 and said.count("ground (nothink) of one") == 1


def test_a_configuration_shows_its_own_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_episode(tmp_path / "shown", "one")
    config = tmp_path / "stage.yaml"
    values = {"stage": "instruct", "episodes": [str(tmp_path / "shown")], "kinds": ["state", "change"], "budget": 100, "tokens": 240}
    config.write_text(yaml.safe_dump(values))
    assert main(["train", str(config), "--show", "99"]) == 0
    said = capsys.readouterr().out
    assert "state (nothink)" in said and "act (nothink)" not in said and "2 longer than 240 tokens" in said
    mixture = {"sources": [{"name": "mine", "path": "shown", "kinds": ["change"]}], "reasoning_share": 0, "held_out": 0, "count": 4}
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(mixture))
    config.write_text(yaml.safe_dump({"stage": "instruct", "mixture": "m.yaml"}))
    assert main(["train", str(config), "--show", "99"]) == 0
    assert capsys.readouterr().out.count("change (nothink) of one") == 4
