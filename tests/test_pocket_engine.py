"""The default engine by its face and by the command line: reader and locator on drawn screens, no model needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from agent.cli.main import main
from agent.model import ModelChoiceError, check_model, open_model
from agent.settings import Settings
from recordings.errors import DeskhandError
from vlm.answer import NotOnScreen
from vlm.plan_policy import PlanPolicy
from vlm.pocket_engine import PocketEngine
from vlm.policy import policy_for

WORDS = {"File": (20, 10), "Edit": (90, 10), "Save As...": (20, 60), "Import CSV": (20, 110), "Cancel": (300, 200), "Help": (160, 10)}


@pytest.fixture(scope="module")
def engine() -> PocketEngine:
    made = open_model(Settings())
    assert isinstance(made, PocketEngine)
    return made


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    image = Image.new("RGB", (480, 260), (240, 240, 240))
    pen, font = ImageDraw.Draw(image), ImageFont.truetype("DejaVuSans.ttf", 15)
    for text, place in WORDS.items():
        pen.text(place, text, (20, 20, 20), font)
    return image


@pytest.fixture
def screen(picture: Image.Image, tmp_path: Path) -> Path:
    picture.save(tmp_path / "screen.png")
    return tmp_path / "screen.png"


def test_pocket_is_the_engine_that_reads(engine: PocketEngine) -> None:
    assert isinstance(policy_for(engine), PlanPolicy)
    with pytest.raises(DeskhandError, match="no policy 'direct'"):
        policy_for(engine, "direct")


def test_words_are_found_where_they_are(engine: PocketEngine, picture: Image.Image) -> None:
    sight = engine.look(picture)
    for text, (x, y) in WORDS.items():
        found = sight.ground(text)
        assert found.box.contains(found.point) and (found.confidence or 0) > 0.8
        assert abs(found.box.x1 * 480 - x) < 8 and y - 4 <= found.box.center.y * 260 <= y + 20
    assert sight.ground("save as").box == sight.ground("Save As...").box


def test_what_is_not_there_is_said(engine: PocketEngine, picture: Image.Image) -> None:
    with pytest.raises(NotOnScreen, match="“Export CSV” is not on the screen") as raised:
        engine.look(picture).ground("Export CSV")
    assert "Import CSV" in raised.value.nearest
    twice = picture.copy()
    ImageDraw.Draw(twice).text((100, 200), "Cancel", (20, 20, 20), ImageFont.truetype("DejaVuSans.ttf", 15))
    with pytest.raises(NotOnScreen, match=r"there 2 times: the left one, .*; the right one, .*: say which") as raised:
        engine.look(twice).ground("Cancel")
    assert len(raised.value.candidates) == 2 and raised.value.nearest == ("Cancel",)


def test_an_answer_says_how_sure_it_is_what_stands_there_and_what_comes_near(engine: PocketEngine, picture: Image.Image) -> None:
    found = engine.look(picture).ground("import csv")
    assert found.found is not None and found.found.name == "Import CSV" and found.confidence == found.found.confidence < 1
    pen, font = ImageDraw.Draw(picture := picture.copy()), ImageFont.truetype("DejaVuSans.ttf", 15)
    pen.text((20, 150), "Import XML", (20, 20, 20), font)
    found = engine.look(picture).ground("Import CSV")
    assert [one.name for one in found.runners_up] == ["Import XML"] and 0 < found.runners_up[0].confidence < 0.5
    assert found.runners_up[0].box.y1 > found.box.y2


def test_a_picture_without_words_a_tiny_one_and_one_with_four_hundred(
    engine: PocketEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (400, 300), (240, 240, 240)).save(tmp_path / "bare.png")
    Image.new("RGB", (1, 1)).save(tmp_path / "tiny.png")
    (tmp_path / "empty.png").touch()
    many = Image.new("RGB", (1900, 1060), "white")
    pen, font = ImageDraw.Draw(many), ImageFont.truetype("DejaVuSans.ttf", 13)
    for number in range(400):
        pen.text((10 + 188 * (number % 10), 6 + 26 * (number // 10)), f"Entry {number + 100}", "black", font)
    many.save(tmp_path / "many.png")
    lines = [("bare", "Save"), ("tiny", "Save"), ("empty", "Save"), ("many", "Entry 315"), ("many", "Entry 700")]
    batch = tmp_path / "items.jsonl"
    batch.write_text("".join(json.dumps({"image": f"{name}.png", "instruction": words}) + "\n" for name, words in lines))
    assert main(["ground", "--batch", str(batch)]) == 0
    bare, tiny, empty, there, absent = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert bare["missing"] is True and "nothing is written there" in bare["error"] and not bare["nearest"]
    assert "1×1" in tiny["error"] and "missing" not in tiny and "not an image" in empty["error"]
    x, y = there["point"]
    assert abs(x * 1900 - (10 + 188 * 5 + 34)) < 20 and abs(y * 1060 - (6 + 26 * 21 + 8)) < 8 and there["name"] == "Entry 315"
    assert absent["missing"] is True and "point" not in absent and all("Entry" in name for name in absent["nearest"])
    for name, reason in (("bare", "nothing is written there"), ("tiny", "1×1"), ("empty", "not an image")):
        assert main(["ground", str(tmp_path / f"{name}.png"), "Save"]) == 1
        error = capsys.readouterr().err
        assert reason in error and error.count("\n") == 1


def test_an_adapter_that_is_none_is_said_even_where_nothing_needs_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (320, 200), "white").save(tmp_path / "bare.png")
    assert main(["ground", str(tmp_path / "bare.png"), "Save", "--adapter", str(tmp_path)]) == 1
    assert "is no adapter: adapter_config.json is missing" in capsys.readouterr().err


def test_it_answers_no_questions_but_says_so(engine: PocketEngine, picture: Image.Image) -> None:
    with pytest.raises(DeskhandError, match="answers no questions"):
        engine.look(picture).ask("what is it?")
    with pytest.raises(DeskhandError, match="answers no questions"):
        engine.look([picture, picture])


def test_ground_answers_through_the_reader_and_says_what_is_missing(screen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ground", str(screen), "Save As", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["confidence"] > 0.8 and told["name"] == "Save As..." and told["runners_up"] == []
    assert main(["ground", str(screen), "import csv"]) == 0
    output = capsys.readouterr().out
    assert "name        Import CSV" in output and "confidence  0.95" in output
    assert main(["ground", str(screen), "Export CSV"]) == 1
    assert "“Export CSV” is not on the screen; there is “Import CSV”" in capsys.readouterr().err
    batch = screen.parent / "items.jsonl"
    batch.write_text("".join(f'{{"image": "screen.png", "instruction": "{words}"}}\n' for words in ("Help", "Export CSV", "Edit")))
    assert main(["ground", "--batch", str(batch)]) == 0
    first, missing, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["box"] and last["box"] and missing["missing"] is True and "Import CSV" in missing["nearest"] and "point" not in missing
    assert missing["candidates"][0]["name"] == "Import CSV" and 0 < missing["candidates"][0]["confidence"] < 0.5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"policy": "direct"}, "--policy is for checkpoints"), ({"budget": 500}, "--budget is for checkpoints"),
        ({"model": "vlm/pocket", "planner": "http://127.0.0.1:1/v1"}, "--planner goes with --model pocket"),
        ({"planner_model": "x"}, "--planner-model needs the address"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_for_it_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ModelChoiceError, match=words):
        check_model(Settings(**changes))  # type: ignore[arg-type]
