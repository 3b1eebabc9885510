"""`deskhand plan`: an instruction or a list of them, to steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from text_server import TextServer

from agent.cli.main import main


def test_a_plan_as_lines_and_as_json(capsys: pytest.CaptureFixture[str]):
    assert main(["plan", 'click "File" and press Ctrl+S']) == 0
    assert capsys.readouterr().out == "click File\npress Ctrl+S\n"
    assert main(["plan", 'click "File"', "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"steps": [{"do": "click", "target": "File"}], "sure": True}


def test_a_batch_answers_line_by_line_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    items = tmp_path / "items.jsonl"
    lines = [{"instruction": 'type "ü\n"'}, {"words": 1}, {"instruction": ""}, {"instruction": "x" * 5000}, {"instruction": 'press "F5"'}]
    items.write_text("\n".join([*map(json.dumps, lines), "", "no json", '"text"']), encoding="utf-8")
    assert main(["plan", "--batch", str(items)]) == 1
    told = capsys.readouterr()
    answers = [json.loads(line) for line in told.out.splitlines()]
    assert answers[0] == {"steps": [{"do": "type", "text": "ü\n"}]}
    assert answers[4] == {"steps": [{"do": "press", "keys": "F5"}]}
    assert [next(iter(answer)) for answer in answers] == ["steps", "error", "error", "error", "steps", "error", "error", "error"]
    assert "5,000 characters" in answers[3]["error"] and "line is empty" in answers[5]["error"] and told.err == ""
    items.write_text('{"instruction": "press F5"}\n')
    assert main(["plan", "--batch", str(items)]) == 0


def test_a_servers_model_plans(capsys: pytest.CaptureFixture[str]):
    with TextServer({"steps": [{"do": "click", "target": "Save"}]}) as server:
        assert main(["plan", "store it", "--planner", server.address, "--planner-model", "small"]) == 0
    assert capsys.readouterr().out == "click Save\n"


@pytest.mark.parametrize(
    ("argv", "status", "words"),
    [
        ([], 2, "name either an instruction or --batch"),
        (["a", "--batch", "b"], 2, "name either"),
        (["--batch", "/nowhere.jsonl"], 1, "cannot be read"),
        ([" "], 1, "the instruction is empty"),
        (["сделай это"], 1, "follows English"),
        (["x", "--planner", "somewhere"], 2, "--planner is the address"),
        (["x", "--planner-model", "m"], 2, "--planner-model needs"),
        (["x", "--planner", "http://127.0.0.1:9/v1", "--planner-base", "b"], 2, "--planner-base is for the pocket planner"),
        (["x", "--planner-base", "/nowhere"], 1, "no such file or folder"),
        (["x", "--adapter", "/nowhere"], 1, "is no adapter"),
    ],
)
def test_what_cannot_be_planned_is_one_line(argv: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str]):
    assert main(["plan", *argv]) == status
    told = capsys.readouterr()
    assert words in told.err and told.err.count("\n") == 1 and told.out == ""
