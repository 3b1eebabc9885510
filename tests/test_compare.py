"""Two models on the same questions: the paired test, the words, and the command."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from checkpoints import write_checkpoint
from demonstrations import make_episode
from test_adapters import write_adapter

from agent.cli.main import main
from tasks.statistics import mcnemar
from training.evaluation.compare import Paired, lines
from training.screens.drawn import draw_screen
from training.screens.store import write_screens

BOXES = ("click(x=0.2000, y=0.1500)", "click(x=0.7000, y=0.1500)", 'type(text="x")', "click(x=0.2000, y=0.7500)")


@pytest.mark.parametrize(("lost", "won", "p"), [(0, 0, 1.0), (0, 6, 1 / 32), (1, 9, 11 / 512), (9, 1, 11 / 512), (5, 5, 1.0), (0, 1, 1.0)])
def test_the_paired_test_is_exact(lost: int, won: int, p: float) -> None:
    assert mcnemar(lost, won) == pytest.approx(p)


def test_a_fine_tune_that_does_not_help_is_said_not_to_help() -> None:
    none = {f"q{number}": False for number in range(12)}
    few, all_ = {**none, "q1": True}, dict.fromkeys(none, True)
    unclear = "The fine-tune is not shown to help: of {n} questions {won} were won and {lost} lost, which could be chance."
    assert list(lines({"element": Paired(none, few)}))[-1] == unclear.format(n=12, won=1, lost=0)
    assert Paired(none, {**few, "q2": True}).p_value == 0.5
    assert list(lines({"element": Paired(none, {**few, "q2": True})}))[-1] == unclear.format(n=12, won=2, lost=0)
    worse = list(lines({"element": Paired(all_, none)}))
    assert worse[-2:] == ["The fine-tune did not help.", "It made worse: grounding."]
    assert list(lines({"element": Paired(none, all_)}))[-1] == "The fine-tune helped."
    said = list(lines({"element": Paired(none, all_), "retained": Paired(all_, few)}))
    assert said[-2:] == ["The fine-tune helped.", "It made worse: kept from before."]
    assert sum("lost: q" in line for line in said) == 11 and not any(line.strip() == "lost: q1" for line in said)
    # What was only kept does not count as help.
    assert list(lines({"element": Paired(none, none), "retained": Paired(none, all_)}))[-1] == unclear.format(n=12, won=0, lost=0)


def test_both_models_are_asked_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_episode(tmp_path / "held", script=BOXES)
    write_screens(tmp_path / "screens", [draw_screen(random.Random(4), (320, 240))])
    model = str(write_checkpoint(tmp_path / "model", deskhand={"policy": "direct"}))
    argv = ["evaluate", "--before", model, "--after", model, "--on", str(tmp_path / "held")]
    argv += ["--retain", str(tmp_path / "screens")]
    assert main([*argv, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["element"]["n"] == 3 and found["instruction"]["n"] == 4 and found["retained"]["n"] > 0
    for measure in found.values():
        assert measure["before"] == measure["after"] and measure["won"] == measure["lost"] == [] and measure["p"] == 1.0
    assert main(argv) == 0
    assert "The fine-tune is not shown to help: of 7 questions 0 were won and 0 lost" in capsys.readouterr().out


def test_both_models_do_the_same_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["evaluate", "--before", "pocket", "--after", "pocket", "--on", "editor-preferences", "--count", "1", "--seed", "7"]
    assert main([*argv, "--json"]) == 0
    (measure,) = json.loads(capsys.readouterr().out).values()
    assert measure["n"] == 1 and measure["before"]["hits"] == measure["after"]["hits"] and measure["p"] == 1.0
    assert main([*argv, "--retain", "."]) == 2


def test_a_comparison_that_cannot_be_made_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--before", "pocket", "--on", str(tmp_path)]) == 2
    assert main(["evaluate", "--retain", str(tmp_path)]) == 2
    assert main(["evaluate", "--before", "pocket", "--after", "pocket", "--on", str(tmp_path)]) == 1
    assert "holds no episode" in capsys.readouterr().err
    assert main(["evaluate", "--train-on", str(tmp_path / "mixture.yaml")]) == 2
    assert main(["evaluate", "--before", "pocket", "--after", "pocket", "--resolution", "all"]) == 2
    adapter = write_adapter(tmp_path / "adapter")
    make_episode(tmp_path / "held", script=BOXES)
    assert main(["evaluate", "--before", f"pocket+{adapter}", "--after", "pocket", "--on", str(tmp_path / "held")]) == 1
    assert "trained on another one" in capsys.readouterr().err


@pytest.mark.parametrize("on", ["held", "editor-save"])
def test_a_missing_adapter_is_said_before_anything_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str], on: str) -> None:
    make_episode(tmp_path / "held", script=BOXES)
    where = str(tmp_path / on) if on == "held" else on
    assert main(["evaluate", "--before", "pocket", "--after", f"pocket+{tmp_path / 'nowhere'}", "--on", where]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "nowhere is no adapter" in line
