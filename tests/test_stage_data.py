"""What a stage learns from, what it leaves out, and what it says of a configuration before it begins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from checkpoints import stage_settings, write_checkpoint
from demonstrations import make_episode

from agent.cli.main import main
from recordings.errors import DeskhandError
from recordings.store import STEPS
from training.stages.data import split_of
from training.stages.prepare import describe, prepare
from training.stages.result import ABOUT
from training.stages.settings import StageSettings
from training.stages.trainer import run_stage


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("base"))


def test_one_of_few_episodes_is_held_out(tmp_path: Path) -> None:
    for number in range(4):
        make_episode(tmp_path / "shown", f"shown-{number}", script=("click(x=0.2000, y=0.1500)",))

    def held(folder: Path, **changes: Any) -> set[str]:
        settings = StageSettings.model_validate({"stage": "instruct", "episodes": [folder]} | changes)
        return {record.episode for record in split_of(settings).held_out}

    for number in range(8):  # what teaches nothing is not what is held out
        (tmp_path / "shown" / f"unreadable-{number}").mkdir()
        (tmp_path / "shown" / f"unreadable-{number}" / "episode.json").write_text("{")
    assert len(held(tmp_path / "shown")) == 1 and held(tmp_path / "shown", held_out=0) == held(tmp_path / "shown" / "shown-0") == set()


def test_a_run_says_what_it_leaves_out_of_both_sides(base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        path = make_episode(tmp_path / "shown", f"shown-{number}")
        with (path / STEPS).open("a") as file:
            file.write("damaged\n")
    lengths = sorted(len(row.ids) for row in prepare(stage_settings(base, tmp_path / "shown", packing=False)).train.rows)
    tokens = lengths[len(lengths) // 2]
    settings, long = stage_settings(base, tmp_path / "shown", tokens=tokens, steps=1), f"longer than {tokens} tokens"
    ready = prepare(settings)
    assert ready.train.dropped[long] and ready.held_out.dropped[long]
    run_stage(settings, tmp_path / "out")
    said = capfd.readouterr().err
    learned, held_out = ready.lines()
    assert learned in said and held_out in said and {learned, held_out} <= set(describe(settings, ready))
    assert "3 steps whose line is damaged" in learned and "1 steps whose line is damaged" in held_out
    assert f"{ready.train.dropped[long]} {long}" in learned and f"{ready.held_out.dropped[long]} {long}" in held_out
    about = json.loads((tmp_path / "out" / ABOUT).read_text())
    assert about["held_out_left_out"][long] == ready.held_out.dropped[long]


def test_what_is_wrong_with_the_data_is_said_before_the_base_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.stages.prepare.load_checkpoint", lambda *_: pytest.fail("the base was loaded"))
    with pytest.raises(DeskhandError, match="holds no episode"):
        prepare(StageSettings(stage="instruct", episodes=[tmp_path]))


@pytest.mark.parametrize(
    ("text", "said"), [("- a\n", "it holds no keys"), ("", "it is empty"), ("stage: [1\nb: 2\n", "line 2: this is no YAML")]
)
def test_what_is_no_configuration_is_one_line(tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stage.yaml").write_text(text)
    assert main(["train", str(tmp_path / "stage.yaml")]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line and ": :" not in line


def test_a_file_is_no_place_for_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "stage.yaml"
    config.write_text("stage: instruct\nepisodes: [shown]\n")
    for out in (config, config / "below"):
        assert main(["train", str(config), "--out", str(out)]) == 1
        assert f"{config} is no folder; name another one with --out" in capsys.readouterr().err
