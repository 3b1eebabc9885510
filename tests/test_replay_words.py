"""What a replay says: what was missing where it halts, one line for all its waiting, and a dry run that ends well."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from demonstrations import BUTTONS, make_episode
from fakes import FakeDesktop
from PIL import ImageDraw
from test_consent import _Opened, foreign_episode
from test_replay_act import Painted, act

from agent.cli.main import main
from agent.cli.plain import PlainPrinter
from recordings.episode import StopReason
from recordings.store import Episode, read_episode


class Lacking(Painted):
    """One button is not there, from some action on; all the rest is as recorded."""

    def __init__(self, name: str, since: int) -> None:
        self.name, self.since = name, since
        super().__init__()

    def _paint(self) -> None:
        super()._paint()
        if len(self.performed) >= self.since:
            box = BUTTONS[self.name]
            ImageDraw.Draw(self.image).rectangle((box.x1 * 320, box.y1 * 200, box.x2 * 320, box.y2 * 200), fill=(236, 236, 240))


@pytest.fixture
def shown(tmp_path: Path) -> Episode:
    return read_episode(make_episode(tmp_path / "episodes"))


def test_a_halt_says_what_was_missing_and_no_number_that_speaks_for_the_screen(shown: Episode) -> None:
    agent, _, _ = act(shown, Lacking("Save", since=2))
    assert agent.stop_reason is StopReason.FAILED
    assert "'Save' is not where it was: its place looks" in agent.detail
    assert "of the screen" not in agent.detail, "the rest is as it was, which explains nothing"
    for found, needed in re.findall(r"(\d+)% as recorded \((\d+)% are needed\)", agent.detail):
        assert int(found) < int(needed)


def test_what_has_no_name_is_told_by_its_place(tmp_path: Path) -> None:
    path = make_episode(tmp_path / "episodes")
    lines = [json.loads(line) for line in (path / "steps.jsonl").read_text().splitlines()]
    (path / "steps.jsonl").write_text("".join(json.dumps({**line, "element": None}) + "\n" for line in lines))
    agent, _, _ = act(read_episode(path), Lacking("Save", since=2))
    assert "what was at 0.70, 0.15 is not where it was" in agent.detail


def test_waiting_is_told_once(shown: Episode) -> None:
    _, steps, _ = act(shown, Painted(late=1000, moves_at=2), patience=4.0)
    said = io.StringIO()
    printer = PlainPrinter(said)
    for step in steps:
        printer.step(step)
    assert sum(step.action is not None and step.action.kind == "wait" for step in steps) > 5
    assert said.getvalue().count("waiting, for") == 1 and len(said.getvalue().splitlines()) == 4


def test_a_dry_run_asks_nobody_does_nothing_and_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of an episode from elsewhere: it is looked at, and not acted on."""
    path = foreign_episode(tmp_path, instruction="press what I pressed")
    desktop = FakeDesktop((320, 200), "Editor")
    monkeypatch.setattr("agent.session.open_place", lambda *_: _Opened(desktop))
    command = ["replay", str(path), "--how", "act", "--dry-run", "--desktop", "host", "--approve", "each", "--plain"]
    assert main(command) == 0
    told = capsys.readouterr()
    assert desktop.performed == [] and "8 steps would be repeated" in told.out and told.out.count("[dry run]") == 8
    assert told.out.count("would be asked about") >= 5 and "waiting" not in told.out
    assert main([*command, "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["run"]["success"] is True and len(told.out.splitlines()) == 1


def test_a_dry_run_says_where_the_screen_is_not_as_recorded(shown: Episode) -> None:
    agent, steps, _ = act(shown, Lacking("Open", since=0), dry_run=True)
    assert "'Open' is not where it was" in steps[0].prediction.thought
    assert agent.stop_reason is StopReason.DONE
