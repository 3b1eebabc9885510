"""What `deskhand episodes` says to people: names beside coordinates, and few lines for what is hidden."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.episodes.review import hidden_lines
from recordings.store import read_episode

SAMPLES = Path(__file__).parents[1] / "recordings" / "samples"


def test_what_was_clicked_is_shown_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["episodes", "show", str(SAMPLES / "editor-save")]) == 0
    told = capsys.readouterr().out
    assert "click(x=0.0542, y=0.0684) on menu 'File'" in told and "on text" in told
    for step in read_episode(SAMPLES / "editor-save").steps:
        assert step.element is None or step.element.name in told


def test_what_is_hidden_in_many_steps_is_one_line() -> None:
    box = [0.123456789, 0.2, 0.5000000001, 0.25]
    hidden = [{"step": number, "kind": "password", "place": "before_frame", "box": box} for number in (*range(3, 30), 40, 41, 50)]
    hidden += [{"step": 7, "kind": "mail", "place": "text", "box": None}, {"step": 7, "kind": "mail", "place": "text", "box": None}]
    lines = hidden_lines(hidden)
    assert lines == ["steps 3–29, 40–41, 50: password in its before_frame at 0.12, 0.20, 0.50, 0.25", "step 7: mail in its text"]
    assert not any(re.search(r"\d\.\d{3}", line) for line in lines)
    assert hidden_lines([]) == []
