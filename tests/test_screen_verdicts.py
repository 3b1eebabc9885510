"""Labelled screens go the way of episodes: checked, overruled by hand, shown on a page, and what is unfit is learned nowhere."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from PIL import Image

from agent.cli.main import main
from recordings.errors import DeskhandError
from training.datasets.mixture import Mixture, draw
from training.datasets.records import Record
from training.screens.drawn import draw_screen
from training.screens.store import LabelledScreen, ScreenElement, write_screens
from training.stages.data import split_of
from training.stages.settings import StageSettings

NAMED = [ScreenElement("Save", "button", (10, 10, 60, 30)), ScreenElement("Open", "button", (300, 10, 330, 30))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six screens of six applications: sound, the same again, empty, damaged, with a box beyond its edge, sound."""
    first, fifth, last = (draw_screen(random.Random(seed), (320, 240)).picture() for seed in (1, 2, 3))
    empty = Image.new("RGB", (320, 240), "grey")
    pictures = [first, first, empty, first, fifth, last]
    write_screens(
        tmp_path / "screens",
        (LabelledScreen(picture, "drawn", f"app{i}", NAMED if i == 4 else NAMED[:1]) for i, picture in enumerate(pictures)),
    )
    (tmp_path / "screens" / "000003.png").write_bytes(b"half")
    return tmp_path / "screens"


def learned(folder: Path, **changes: object) -> set[tuple[str, str]]:
    source = {"name": "mine", "kind": "screens", "path": folder} | changes
    drawn = draw(Mixture.model_validate({"sources": [source], "held_out": 0, "reasoning_share": 0}), "train")
    stage = StageSettings.model_validate({"stage": "instruct", "episodes": [folder], "held_out": 0})
    found, by_stage = shown(drawn.records), shown(split_of(stage).train)
    assert found == by_stage or changes, "a stage and a mixture leave out the same"
    return found


def shown(records: list[Record]) -> set[tuple[str, str]]:
    return {(record.extra["screen"], record.extra["step"]) for record in records}


def test_screens_are_checked_and_what_is_unfit_is_learned_nowhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {name for name, _ in learned(folder)} == {f"00000{i}.png" for i in (0, 1, 2, 4, 5)}, (
        "never checked: only what is no picture is out"
    )
    assert main(["data", "check", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "000001.png: bad image: duplicate of 000000.png" in said and "000001.png: good: near-duplicate of 000000.png" in said
    assert "000002.png: bad image: empty picture" in said and "000003.png: bad image: the picture is missing or damaged" in said
    assert "000004.png, element 2: wrong answer: its box reaches beyond the screen" in said
    assert "1 elements and 3 whole screens are left out of training" in said
    assert {name for name, _ in learned(folder)} == {"000000.png", "000004.png", "000005.png"}


def test_a_persons_word_on_an_element_counts(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["data", "check", str(folder)]) == 0
    assert main(["data", "classify", str(folder), "000000.png", "1", "wrong answer", "--reason", "it says Safe"]) == 0
    assert "000000.png, element 1: wrong answer" in capsys.readouterr().out
    assert {name for name, _ in learned(folder)} == {"000004.png", "000005.png"}
    assert main(["data", "check", str(folder)]) == 0, "a second look keeps what a person said"
    assert {name for name, _ in learned(folder)} == {"000004.png", "000005.png"}
    assert main(["data", "classify", str(folder), "000000.png", "1", "good"]) == 0
    assert "000000.png" in {name for name, _ in learned(folder)}
    for name, number in (("000000.png", "2"), ("../000000.png", "1")):
        assert main(["data", "classify", str(folder), name, number, "good"]) == 1
        assert "holds no element" in capsys.readouterr().err.splitlines()[-1]
    page = tmp_path / "page.html"
    assert main(["data", "report", str(folder), "--html", str(page), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == {"good": 3, "wrong answer": 1, "bad image": 3}
    assert page.read_text().count("data:image/png") >= 4
    assert main(["data", "classify", str(folder), "000004.png", "1", "good", "--reason", "\u202e</figure><script>1"]) == 0
    monkeypatch.setattr("training.datasets.verdicts_page.REASONS", 1)
    assert main(["data", "report", str(folder), "--html", str(tmp_path / "other.html")]) == 0
    assert "more reasons" in (tmp_path / "other.html").read_text()
    monkeypatch.undo()
    assert main(["data", "report", str(folder), "--html", str(tmp_path / "third.html")]) == 0
    assert "<script>" not in (told := (tmp_path / "third.html").read_text()) and "\u202e" not in told and "&lt;script&gt;" in told


def test_what_looks_nearly_the_same_can_be_left_out(tmp_path: Path) -> None:
    picture = draw_screen(random.Random(1), (320, 240)).picture()
    twins = [picture.copy() for _ in range(2)]
    for place, twin in enumerate(twins):
        twin.putpixel((5, place), (1, 2, 3))
    write_screens(tmp_path, (LabelledScreen(one, "drawn", app, NAMED[:1]) for one, app in zip((picture, *twins), "aab", strict=True)))
    assert main(["data", "check", str(tmp_path)]) == 0
    assert {name for name, _ in learned(tmp_path)} == {"000000.png", "000001.png", "000002.png"}
    assert {name for name, _ in learned(tmp_path, near_duplicates=False)} == {"000000.png", "000001.png"}


def test_an_application_is_held_out_whole(folder: Path) -> None:
    split = split_of(StageSettings.model_validate({"stage": "instruct", "episodes": [folder], "held_out": 0.4}))
    train, held = ({record.application for record in records} for records in (split.train, split.held_out))
    assert train and held and not train & held


def test_what_screens_cannot_give_is_one_line(folder: Path) -> None:
    for kind in ({"kinds": ["act"]}, {"kind": "episodes"}):
        with pytest.raises(DeskhandError, match=r"labelled screens|give ground alone"):
            learned(folder, **kind)
    with pytest.raises(DeskhandError, match="give ground alone"):
        split_of(StageSettings.model_validate({"stage": "instruct", "episodes": [folder], "kinds": ["act"]}))
