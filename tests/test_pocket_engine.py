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
from vlm.engine import VisionLanguageModel
from vlm.plan_policy import PlanPolicy
from vlm.pocket_engine import PocketEngine
from vlm.policy import DirectPolicy, policy_for

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


def test_pocket_is_the_engine_that_reads_and_vlm_pocket_the_checkpoint(engine: PocketEngine) -> None:
    assert isinstance(policy_for(engine), PlanPolicy)
    checkpoint = open_model(Settings(model="vlm/pocket"))
    assert isinstance(checkpoint, VisionLanguageModel) and isinstance(policy_for(checkpoint), DirectPolicy)
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
    with pytest.raises(NotOnScreen, match="there 2 times"):
        engine.look(twice).ground("Cancel")


def test_it_answers_no_questions_but_says_so(engine: PocketEngine, picture: Image.Image) -> None:
    with pytest.raises(DeskhandError, match="answers no questions"):
        engine.look(picture).ask("what is it?")
    with pytest.raises(DeskhandError, match="answers no questions"):
        engine.look([picture, picture])


def test_ground_answers_through_the_reader_and_says_what_is_missing(screen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ground", str(screen), "Save As", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["confidence"] > 0.8
    assert main(["ground", str(screen), "Export CSV"]) == 1
    assert "“Export CSV” is not on the screen; there is “Import CSV”" in capsys.readouterr().err
    batch = screen.parent / "items.jsonl"
    batch.write_text("".join(f'{{"image": "screen.png", "instruction": "{words}"}}\n' for words in ("Help", "Export CSV", "Edit")))
    assert main(["ground", "--batch", str(batch)]) == 0
    first, missing, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["box"] and last["box"] and missing["missing"] is True and "Import CSV" in missing["nearest"] and "point" not in missing


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
