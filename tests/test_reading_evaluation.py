"""The measure of reader and locator: what counts as a hit, whose a miss is, and which names are asked for."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from agent.cli.main import main as deskhand
from recordings.geometry import Box
from tasks.catalogue import own_tasks
from training.evaluation.evaluate import task_names
from training.evaluation.reading import failures, main, measure, shows_name
from training.screens.store import LabelledScreen, ScreenElement, write_screens
from training.screens.themes import THEMES, dress
from vlm.reading import reading as read
from vlm.reading.match import TextLocator

SIZE = (400, 300)


class FixedReader:
    """Reads the same texts, in pixel boxes, on every picture."""

    def __init__(self, *texts: tuple[str, tuple[float, float, float, float]]) -> None:
        self.elements = tuple(
            read.ScreenElement(text, Box.from_pixels(x1, y1, x2 - x1, y2 - y1, SIZE), 0.9) for text, (x1, y1, x2, y2) in texts
        )

    def read(self, image: Image.Image) -> read.Reading:
        return read.Reading(self.elements, image.size, 0.5)


def labelled(app: str, *names: tuple[str, tuple[float, float, float, float]]) -> LabelledScreen:
    elements = [ScreenElement(name, "menu item", box) for name, box in names]
    return LabelledScreen(Image.new("RGB", SIZE), "applications", app, elements)


@pytest.fixture
def screens(tmp_path: Path) -> Path:
    one = labelled(
        "one", ("Open", (10, 10, 90, 30)), ("Close", (10, 40, 90, 60)), ("Rename", (10, 70, 90, 90)), ("Undo", (10, 100, 90, 120))
    )
    write_screens(tmp_path, [one, labelled("two", ("Preferences", (200, 10, 300, 30)))])
    return tmp_path


def test_hits_misses_and_whose_they_are(screens: Path) -> None:
    reader = FixedReader(
        ("Open…", (12, 12, 50, 28)), ("Rename", (200, 200, 260, 220)), ("Undo", (12, 102, 40, 118)), ("Undo", (200, 250, 240, 266))
    )
    report = measure([screens], reader, TextLocator(), absent=0)
    told = report.to_json()
    by_name = {asked.name.split(" (")[0]: asked for asked in report.asked}
    assert by_name["Open"].outcome == "hit"
    assert (by_name["Close"].outcome, by_name["Close"].reader) == ("missing", False)
    assert (by_name["Rename"].outcome, by_name["Rename"].reader) == ("elsewhere", False)
    assert (by_name["Undo"].outcome, by_name["Undo"].reader) == ("ambiguous", True)
    assert (told["found"]["hits"], told["found"]["n"]) == (1, 5)
    assert told["found"]["misses"] == {"reader": 3, "locator": 1}
    assert told["found"]["by_app"] == {"one": "1/4", "two": "0/1"}
    assert sum("reader" in line for line in failures(report)) >= 3


def test_names_of_other_applications_must_be_missing(screens: Path) -> None:
    report = measure([screens], FixedReader(("Preferences", (12, 12, 50, 28))), TextLocator(), absent=50)
    here = [asked for asked in report.absent if asked.app == "one"]
    assert here and {asked.name for asked in here} == {"Preferences"}
    assert {asked.outcome for asked in here} == {"elsewhere"}
    there = [asked for asked in report.absent if asked.app == "two"]
    assert there and {asked.outcome for asked in there} == {"missing"}
    told = report.to_json()
    assert told["absent_clicked"]["hits"] == len(here) and told["absent_missing"]["hits"] == len(there)


def test_a_button_without_its_name_is_not_asked_for() -> None:
    picture = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(picture).text((20, 20), "Properties", "black", font=ImageFont.load_default(size=14))
    box = (10, 10, 110, 45)
    assert shows_name(ScreenElement("Properties", "button", box), picture)
    assert not shows_name(ScreenElement("square_root", "button", box), picture)
    assert shows_name(ScreenElement("square_root", "menu item", box), picture)  # only what may be a picture is looked at
    assert not shows_name(ScreenElement("Properties of the whole document", "menu item", (10, 10, 60, 30)), picture)
    assert not shows_name(ScreenElement("…", "menu item", box), picture)


def test_a_folder_without_screens_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlm.reading.reader.open_reader", FixedReader)
    assert main([str(tmp_path)]) == 1
    assert "holds no screens.jsonl" in capsys.readouterr().err


def test_a_theme_is_chosen_of_those_there_are_and_a_font_is_set(tmp_path: Path) -> None:
    (tmp_path / ".config/gtk-3.0").mkdir(parents=True)
    settings = tmp_path / ".config/gtk-3.0/settings.ini"
    settings.write_text("[Settings]\ngtk-font-name=None 1\ngtk-cursor-blink=0\n")
    names = set()
    for seed in range(30):
        theme = dress(tmp_path, random.Random(seed))
        assert theme.installed and set(theme.environment) == {"GTK_THEME", "QT_STYLE_OVERRIDE"}
        names.add(theme.name)
    assert len(names) >= 3 and names <= {theme.name for theme in THEMES}
    assert "None 1" not in settings.read_text() and settings.read_text().endswith("gtk-cursor-blink=0\n")


def test_icons_by_function_are_a_kind_of_measurement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = Image.new("RGB", (200, 100), "white")
    picture.paste("black", (20, 20, 36, 36))
    elements = [ScreenElement("Frob", "push button", (14, 14, 42, 42)), ScreenElement("Zig", "button", (16, 16, 40, 40))]
    write_screens(tmp_path, [LabelledScreen(picture, "applications", "one", elements)])
    assert deskhand(["evaluate", "--on", f"icons:{tmp_path}", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["by_function"]["n"] == 1
    assert deskhand(["evaluate", "--on", f"icons:{tmp_path / 'none'}"]) == 1
    assert "holds no screens.jsonl" in capsys.readouterr().err


def test_what_cannot_be_measured_on_is_told_before_a_model_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.evaluation.evaluate.open_grounder", lambda settings: pytest.fail("a model was loaded"))
    for on in ("", "editor-sav", str(tmp_path / "none")):
        assert deskhand(["evaluate", "--on", on]) == 1
        error = capsys.readouterr().err
        assert f"--on: there is no {on!r}" in error and "tasks (deskhand tasks list)" in error and error.count("\n") == 1
    own_tasks().mkdir(parents=True)
    (own_tasks() / "mine.yaml").write_text("name: mine\ninstruction: click OK\nplan: [click OK]\n")
    assert task_names("mine,editor-save") == ["mine", "editor-save"], "one's own tasks are tasks, too"
