"""The known grounding case: that it comes along, is asked in all four ways, and is judged by what is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from checkpoints import write_checkpoint
from safetensors.torch import load_file, save_file

from agent.cli.main import main
from vlm.benchmark import golden
from vlm.benchmark.golden import Asked, check, judge, known_case
from vlm.chat import ChatFormat
from vlm.images import process, read_image
from vlm.pieces import PIECES
from vlm.prompts import parse_box
from vlm.sight import Sight


def test_the_case_is_the_published_one() -> None:
    case = known_case()
    image = read_image(case.picture)
    assert image.size == (960, 540) and process(image).grid == (33, 59)
    box = parse_box(case.answer)
    assert box is not None and case.truth.contains(box.center) and 0.7 < box.overlap(case.truth) < 0.8
    assert [round(value, 3) for value in (case.truth.x1, case.truth.y1, case.truth.x2, case.truth.y2)] == [0.172, 0.865, 0.227, 0.961]


def test_each_way_is_asked_in_its_own_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the official answer put into the model's mouth in one way of four, a near one in another, and nonsense in the rest."""
    folder = write_checkpoint(tmp_path / "model")
    asked: list[tuple[bool, bool, str]] = []
    answers = iter([known_case().answer, "[0.172, 0.865, 0.227, 0.961]", "nothing", "[0.1, 0.1, 0.2, 0.2]"])

    def ask(self: Sight, question: str, mode: str, limit: int) -> str:
        chat: ChatFormat = self._model.chat
        rotary = self._model.network.model.rotary_emb.inv_freq
        rounded = bool((rotary == rotary.bfloat16().float()).all())
        asked.append((rounded, "<|im_sep|>\n" in chat.text(question, "nothink"), question))
        return next(answers)

    monkeypatch.setattr(Sight, "ask", ask)
    found = check(str(folder), device="cpu")
    assert [(rounded, newlines) for rounded, newlines, _ in asked] == [(False, True), (False, False), (True, True), (True, False)]
    assert all("describes: start playback. Output its bbox" in question for *_, question in asked)
    assert [(each["official"], each["hits"]) for each in found["asked"]] == [(True, True), (False, True), (False, False), (False, False)]
    assert found["sound"] and "1 of 4 ways answer as the official code did (rotary frequencies in float32; line breaks" in found["verdict"]


def test_a_model_of_pieces_is_not_asked_about_a_whole_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_checkpoint(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"deskhand": PIECES}), encoding="utf-8")
    assert main(["model", "check", str(folder)]) == 1
    assert "looks at pieces of screens: name the folder of the published model" in capsys.readouterr().err


def ways(*hits: bool) -> list[Asked]:
    return [Asked(number % 2 > 0, number > 1, "", False, hit, float(hit)) for number, hit in enumerate(hits)]


@pytest.mark.parametrize(
    ("hits", "sound", "said"),
    [
        ((True,) * 4, True, "as where weights are quantised"),
        ((True, False, True, True), False, "only 3 of 4"),
        ((False,) * 4, False, "damaged"),
    ],
)
def test_the_verdict(hits: tuple[bool, ...], sound: bool, said: str) -> None:
    found, words = judge(ways(*hits))
    assert found == sound and said in words


def test_weights_that_are_no_numbers_are_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where an answer could be read out of them."""
    monkeypatch.setattr(Sight, "ask", lambda *_, **__: known_case().answer)
    folder = write_checkpoint(tmp_path / "model")
    assert check(str(folder), device="cpu")["sound"]
    path = folder / "model.safetensors"
    weights = load_file(path)
    weights["model.mm_projector.0.weight"][0, 0] = float("nan")
    save_file(weights, path, metadata={"format": "pt"})
    found = check(str(folder), device="cpu")
    assert not found["sound"] and found["verdict"].startswith("damaged: the weights make what is no number")


def test_check_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A model with random weights is told from the published one."""
    monkeypatch.setattr(golden, "_FREE", 3)
    folder = write_checkpoint(tmp_path / "model")
    assert main(["model", "check", str(folder)]) == 1
    said = capsys.readouterr().out
    assert said.count("rotary frequencies") == 4 and "no way hits the target" in said.splitlines()[-1]
    assert main(["model", "check", str(folder), "--json"]) == 1
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert len(found["asked"]) == 4 and not found["sound"]
    assert main(["model", "check", str(tmp_path / "absent")]) == 1
    assert "there is no such folder" in capsys.readouterr().err
