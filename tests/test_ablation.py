"""The comparison of ways to see a picture: each is measured, trained alike and measured again, and the table says what came out."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import yaml
from checkpoints import write_checkpoint
from demonstrations import make_episode

from agent.cli.main import main
from recordings.errors import DeskhandError
from training.evaluation.ablation import Measured, Row, lines, ways_of
from training.screens.drawn import draw_screen
from training.screens.store import write_screens
from vlm.resolution import RESOLUTIONS


def test_ways_are_named_in_one_order_and_no_others_exist() -> None:
    assert ways_of("all") == list(RESOLUTIONS)
    assert ways_of("multi-crop,dynamic") == ["dynamic", "multi-crop"]
    with pytest.raises(DeskhandError, match="no resolution 'sharp': choose of dynamic"):
        ways_of("dynamic,sharp")


def test_the_table_orders_by_what_was_trained_and_says_when_it_tells_nothing() -> None:
    few = [Row("dynamic", Measured(1, 10, 0.1), Measured(3, 10, 0.1)), Row("multi-crop", Measured(2, 10, 0.1), Measured(4, 10, 0.1))]
    said = list(lines(few))
    assert said[-2] == "order: multi-crop, dynamic" and "overlap" in said[-1]
    alike = [*few, Row("multi-crop-s2", Measured(2, 10, 0.1), Measured(4, 10, 0.1))]
    assert list(lines(alike))[-2] == "order: multi-crop = multi-crop-s2, dynamic"
    many = [Row("dynamic", Measured(90, 100, 0.1), None), Row("multi-crop-s2", Measured(10, 100, 0.1), None)]
    said = list(lines(many))
    assert said[-1] == "order: dynamic, multi-crop-s2" and said[1].endswith("–")


def test_each_way_is_measured_trained_and_measured_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = write_checkpoint(tmp_path / "base")
    make_episode(tmp_path / "shown", "one")
    write_screens(tmp_path / "screens", [draw_screen(random.Random(4), (320, 240))])
    mixture = tmp_path / "mixture.yaml"
    mixture.write_text(
        yaml.safe_dump({"sources": [{"name": "mine", "path": "shown", "kind": "episodes"}], "held_out": 0, "reasoning_share": 0})
    )
    command = ["evaluate", "--on", str(tmp_path / "screens"), "--model", str(base), "--count", "3", "--resolution", "dynamic,multi-crop-s2"]
    assert main([*command, "--train-on", str(mixture), "--train-steps", "2", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["resolution"] for row in rows] == ["dynamic", "multi-crop-s2"]
    assert [row["width"] for row in rows] == [1, 2]
    assert all(row["before"]["n"] == row["after"]["n"] == 3 and row["training_minutes"] > 0 for row in rows)
    assert main(["evaluate", "--on", str(tmp_path), "--model", str(base), "--resolution", "all"]) == 1
    assert "holds no labelled screens" in capsys.readouterr().err
