"""`deskhand read`: what is on a screen, by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from rendered import FONTS, font

from agent.cli.main import main


@pytest.fixture
def image(tmp_path: Path) -> Path:
    picture = Image.new("RGB", (400, 200), "white")
    pen, face = ImageDraw.Draw(picture), font(FONTS[0], 16)
    pen.text((40, 30), "Save Page", font=face, fill="black")
    pen.text((200, 120), "Cancel", font=face, fill="black")
    picture.save(tmp_path / "screen.png")
    return tmp_path / "screen.png"


def test_what_is_there_is_printed_drawn_and_told_as_json(image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(image), "--draw", str(tmp_path / "out.png")]) == 0
    output = capsys.readouterr()
    assert [line.split("  ")[-1] for line in output.out.splitlines()] == ["Save Page", "Cancel"] and "2 elements in" in output.err
    with Image.open(tmp_path / "out.png") as drawn, Image.open(image) as plain:
        assert drawn.size == plain.size and drawn.convert("RGB").tobytes() != plain.tobytes()
    assert main(["read", str(image), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["size"] == [400, 200] and [each["text"] for each in found["elements"]] == ["Save Page", "Cancel"]
    left, top, right, bottom = found["elements"][1]["box"]
    assert abs(left * 400 - 201) < 4 and 120 < top * 200 < bottom * 200 < 140 and right * 400 < 265


def test_what_is_grey_among_its_like_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = Image.new("RGB", (300, 220), "white")
    pen, face = ImageDraw.Draw(picture), font(FONTS[0], 14)
    for number, name in enumerate(("Undo", "Redo", "Cut", "Copy", "Paste")):
        pen.text((40, 20 + 32 * number), name, "#a8a8a8" if name == "Redo" else "black", face)
    picture.save(tmp_path / "menu.png")
    assert main(["read", str(tmp_path / "menu.png"), "--json"]) == 0
    found = {each["text"]: each["grey"] for each in json.loads(capsys.readouterr().out)["elements"] if each["kind"] == "text"}
    assert found == {"Undo": None, "Redo": True, "Cut": None, "Copy": None, "Paste": None}
    assert main(["read", str(tmp_path / "menu.png")]) == 0
    assert [line.endswith("[grey]  Redo") for line in capsys.readouterr().out.splitlines()].count(True) == 1


def test_a_screen_without_text_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (320, 200), (9, 90, 190)).save(tmp_path / "blank.png")
    assert main(["read", str(tmp_path / "blank.png")]) == 0
    assert capsys.readouterr().out == "nothing is written there\n"


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        ([], 2, "name either an image or --screen"),
        (["{image}", "--screen"], 2, "name either an image or --screen"),
        (["{image}", "--window", "x"], 2, "say --screen, and no image"),
        (["{image}", "--lang", "klingon"], 2, "--lang: there is no alphabet 'klingon' to read"),
        (["{image}", "--draw", "{folder}/none/out.png"], 1, "cannot be written"),
        (["{folder}/none.png"], 1, "no such file"),
        (["{folder}/tiny.png"], 1, "1×1"),
        (["--screen"], 1, "there is no display"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    arguments: list[str], status: int, reason: str, image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (1, 1)).save(image.parent / "tiny.png")
    assert main(["read", *(each.format(image=image, folder=image.parent) for each in arguments)]) == status
    error = capsys.readouterr().err
    assert reason in error and error.count("\n") == 1, error
