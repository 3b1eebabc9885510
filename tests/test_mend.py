"""Recorded data put right beside the episodes: other formats, wrong answers asked anew, tasks in other words, and the page about it."""

from __future__ import annotations

import random
import types
from pathlib import Path
from typing import Any

import pytest
from demonstrations import BUTTONS, make_episode
from test_curation import spoil, write
from test_store import largest_file

from agent.cli.main import main
from recordings.action import Action, Click, Press, Type
from recordings.episode import Prediction, Source
from recordings.errors import DeskhandError
from recordings.store import read_episode
from training.datasets.amendments import AMENDMENTS, Amendment, amended, read_amendments, save_amendments
from training.datasets.checks import check_folder
from training.datasets.mend import QUOTED, read_foreign, regenerate, repair, reword, rewrite
from training.datasets.records import Dropped
from training.datasets.usable import usable_records
from training.datasets.verdicts import VERDICTS, save_verdicts, unfit

SAVE = BUTTONS["Save"].center


@pytest.mark.parametrize(
    ("text", "size", "meant"),
    [
        ("I will click it.\nAction: click(x=0.5000, y=0.2500)", None, Click(x=0.5, y=0.25)),
        ("```python\npyautogui.click(x=0.5, y=0.25)\n```", None, Click(x=0.5, y=0.25)),
        ("pyautogui.click(160, 50)", (320, 200), Click(x=0.5, y=0.25)),
        ("pyautogui.hotkey('ctrl', 's')", None, Press(keys=("ctrl", "s"))),
        ('pyautogui.write("Hello")', None, Type(text="Hello")),
        ("", None, "answers that are empty"),
        ("I do not know.", None, "answers without an action"),
        ("import os", None, "answers without an action"),
        ("__import__('os').system('true')", None, "answers that no known format reads"),
        ("pyautogui.click(0.1, 0.1)\npyautogui.click(0.9, 0.9)", None, "answers with several actions"),
    ],
)
def test_answers_in_other_formats_are_read_and_never_run(text: str, size: tuple[int, int] | None, meant: Action | str) -> None:
    assert read_foreign(text, size) == meant


def unread(text: str) -> Any:
    return spoil(1, action=None, prediction=Prediction(text=text, mistake="no action"))


def test_what_is_repaired_is_learned_and_the_recording_stays(tmp_path: Path) -> None:
    path = write(tmp_path, "foreign", unread(f"pyautogui.click(x={SAVE.x}, y={SAVE.y})"))
    write(tmp_path, "lost", unread("no idea"))
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    save_verdicts(tmp_path, check_folder(tmp_path))
    assert ("foreign", 1) in unfit(tmp_path) and ("lost", 1) in unfit(tmp_path)
    mended = repair(tmp_path)
    save_amendments(tmp_path, mended.amendments)
    assert [(one.episode, one.step) for one in mended.amendments] == [("foreign", 1)] and sum(mended.left.values()) == 1
    assert ("foreign", 1) not in unfit(tmp_path) and ("lost", 1) in unfit(tmp_path)
    assert {file: file.read_bytes() for file in before} == before
    step = amended(read_episode(path), read_amendments(tmp_path)).steps[1]
    assert (
        step.source is Source.CORRECTED
        and isinstance(step.action, Click)
        and (step.action.x, step.action.y) == pytest.approx((SAVE.x, SAVE.y))
    )
    found = {unit.name: records for unit, records in usable_records(tmp_path, random.Random, ["act"], lambda _: Dropped())}
    assert len(found["foreign"]) == len(found["lost"]) + 1


class Pointing:
    """A policy that points at one place, and remembers what it was asked."""

    def __init__(self, x: float, y: float) -> None:
        self.action, self.asked = Click(x=x, y=y), list[tuple[str, int]]()

    def refusal(self, instruction: str) -> None:
        """It points, whatever the words."""

    def predict(self, instruction: str, history: Any, observation: Any) -> Prediction:
        self.asked.append((instruction, len(history)))
        return Prediction(action=self.action, thought="now: [Save]")


def test_wrong_answers_are_asked_anew_and_kept_where_they_hit(tmp_path: Path) -> None:
    write(tmp_path, "wrong", spoil(1, action=Click(x=0.01, y=0.99)))
    save_verdicts(tmp_path, check_folder(tmp_path))
    missing, hitting = Pointing(0.02, 0.98), Pointing(SAVE.x, SAVE.y)
    assert regenerate(tmp_path, missing, "m").left["new answers that miss the element, too"] == 1
    found = regenerate(tmp_path, hitting, "m")
    assert hitting.asked == [("Do it", 1)] and [(one.step, one.by, one.thought) for one in found.amendments] == [(1, "m", "now: [Save]")]
    save_amendments(tmp_path, found.amendments)
    assert unfit(tmp_path) == {} and regenerate(tmp_path, hitting, "m").amendments == []


def test_tasks_in_other_words_keep_what_they_quote(tmp_path: Path) -> None:
    told = 'Open "File", choose "Save As...", type "a.txt" and click "Save".'
    make_episode(tmp_path, "one", instruction=told)
    said = {reword(told, random.Random(seed)) for seed in range(20)}
    assert len(said) > 5 and told not in said and all(QUOTED.findall(words) == QUOTED.findall(told) for words in said)
    assert rewrite(tmp_path, 1, lambda episode, question: "Save it as a file").left["tasks that lost what they quote"] == 1
    assert rewrite(tmp_path, 1, lambda episode, question: told).left["tasks that came back empty or unchanged"] == 1
    assert main(["data", "rewrite", str(tmp_path)]) == 0
    (kept,) = read_amendments(tmp_path)
    ((_, records),) = usable_records(tmp_path, random.Random, ["act"], lambda _: Dropped())
    assert kept.instruction != told and kept.instruction in records[0].question


def test_a_model_is_asked_where_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    make_episode(tmp_path, "one", instruction='Click "Save".')
    asked = []

    def look(frame: object) -> types.SimpleNamespace:
        return types.SimpleNamespace(ask=lambda question, mode: asked.append(question) or 'Would you press "Save" for me?')

    monkeypatch.setattr("agent.model.open_model", lambda *_: types.SimpleNamespace(look=look, metadata={}))
    assert main(["data", "rewrite", str(tmp_path), "--model", "pocket"]) == 0
    assert 'Click "Save".' in asked[0] and read_amendments(tmp_path)[0].instruction == 'Would you press "Save" for me?'
    assert "1 amended" in capsys.readouterr().out


def test_malformed_amendments_are_named(tmp_path: Path) -> None:
    make_episode(tmp_path, "one")
    save_amendments(tmp_path, [Amendment("one", "me", 0, "click(x=0.1000, y=0.1000)")])
    for spoiled in ("{", '{"episode": "one", "by": "me", "step": 1, "action": "run(1)"}', '{"colour": 1}'):
        (tmp_path / AMENDMENTS).write_text(spoiled)
        with pytest.raises(DeskhandError, match="line 1: not an amendment"):
            read_amendments(tmp_path)


def test_a_full_disk_keeps_what_was_noted_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_episode(tmp_path, "one")
    save_amendments(tmp_path, [Amendment("one", "me", 0, "click(x=0.1000, y=0.1000)")])
    before = (tmp_path / AMENDMENTS).read_bytes()
    for command in (["rewrite", str(tmp_path)], ["classify", str(tmp_path), "one", "1", "bad image"]):
        with largest_file(10):
            assert main(["data", *command]) == 1
        line = capsys.readouterr().err.strip()
        assert "\n" not in line and " cannot be written (File too large): free some space" in line
    assert (tmp_path / AMENDMENTS).read_bytes() == before and not (tmp_path / VERDICTS).exists()


def test_notes_about_one_episode_lie_beside_it(tmp_path: Path) -> None:
    path = write(tmp_path, "alone", unread("click(x=0.7000, y=0.1500)"))
    write(tmp_path, "other", lambda steps: None)
    save_verdicts(tmp_path, check_folder(tmp_path))
    save_verdicts(path, check_folder(path))
    save_amendments(path, repair(path).amendments)
    assert not list(path.glob("*.jsonl.new")) and {file.name for file in path.iterdir()} <= {
        "episode.json",
        "steps.jsonl",
        "frames",
        ".lock",
        "lock",
    }
    assert [one.episode for one in read_amendments(tmp_path)] == ["alone"] and unfit(tmp_path) == unfit(path)


def test_the_page_shows_each_reason_with_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "wrong", spoil(1, action=Click(x=0.01, y=0.99)))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "episode.json").write_text("{")
    assert main(["data", "check", str(tmp_path)]) == 0
    page = tmp_path / "page.html"
    assert main(["data", "report", str(tmp_path), "--html", str(page)]) == 0
    text = page.read_text()
    assert "the action lies outside" in text and text.count("data:image/png;base64,") == 1 and "unreadable episode" in text
    assert "<script" not in text and "http" not in text.replace("http-equiv", "")
    assert "1 wrong answer" in capsys.readouterr().out
    assert main(["data", "report", str(tmp_path), "--html", str(page)]) == 1
    assert "exists already" in capsys.readouterr().err
