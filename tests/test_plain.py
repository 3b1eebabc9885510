"""What a terminal without a TUI is asked, and what is read from it."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from fakes import FakeDesktop
from paper import PaperDesktop, Screen, WrittenPlanner

from agent.cli.commands import console_person
from agent.cli.plain import PlainPrinter, read_line, resume_on_enter
from agent.meanings import Concern
from agent.protocols import Verdict
from agent.session import Session
from agent.settings import Settings
from agent.stop import Position, StopSwitch
from recordings.action import Action, Press
from recordings.episode import Prediction
from vlm.plan_policy import PlanPolicy
from vlm.planner.following import PlanFollower
from vlm.reading.match import TextLocator
from vlm.reading.view import Eyes


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal on standard input; what is written to the number is typed there."""
    terminal, keys = os.openpty()
    with os.fdopen(keys) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield terminal
    os.close(terminal)


def test_a_line_is_read_as_it_was_typed(keyboard: int) -> None:
    os.write(keyboard, b"y\nclick(x=0.5, y=0.5)\n")
    assert [read_line(lambda: False) for _ in range(2)] == ["y", "click(x=0.5, y=0.5)"]


def test_the_end_of_the_input_and_of_the_run_end_the_waiting(keyboard: int) -> None:
    with pytest.raises(EOFError):
        read_line(lambda: True)
    os.write(keyboard, b"\x04")  # Ctrl-D
    with pytest.raises(EOFError):
        read_line(lambda: False)


def test_what_was_typed_before_a_question_answers_none(keyboard: int, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    person = console_person(PlainPrinter(said), lambda: False)
    os.write(keyboard, b"A\nyes\nA\n")
    time.sleep(0.05)
    threading.Timer(0.3, lambda: os.write(keyboard, b"s\n")).start()
    concern = Concern("it deletes", "delete")
    decision = person.decide(FakeDesktop().observe(), Prediction(action=Press(keys=("delete",))), concern)
    assert decision.verdict is Verdict.SKIP and said.getvalue().count("Do it?") == 1
    os.write(keyboard, b"yes\n")
    time.sleep(0.05)
    threading.Timer(0.3, lambda: os.write(keyboard, b"no\n")).start()
    assert person.agree("This will run: rm") is False


def test_an_input_that_is_no_file_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert read_line(lambda: False) == "yes"


def test_enter_resumes_a_paused_run_and_says_so(monkeypatch):
    terminal, keys = os.openpty()
    switch, said, resumed = StopSwitch(), io.StringIO(), threading.Event()
    with os.fdopen(keys) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        resume_on_enter(switch, PlainPrinter(said))
        switch.subscribe(lambda position, reason: position is Position.RUNNING and resumed.set())
        switch.pause("you moved the mouse")
        os.write(terminal, b"\n")
        assert resumed.wait(10)
        assert switch.position is Position.RUNNING and "paused: you moved the mouse (Enter goes on" in said.getvalue()
    os.close(terminal)


def test_the_plan_is_told_before_anything_moves_and_what_became_of_it_in_json() -> None:
    paper = PaperDesktop({"main": Screen({"File": (9, 9)}, {"click File": "file"}), "file": Screen({"Quit": (9, 40)})}, "main")
    policy = PlanPolicy(PlanFollower(lambda: WrittenPlanner("click File\ntype hello")), Eyes(paper, TextLocator()))
    said = io.StringIO()
    printer = PlainPrinter(said)
    told_before: list[str] = []
    original = paper.perform

    def perform(action: Action) -> None:
        told_before.append(said.getvalue())
        original(action)

    paper.perform = perform  # type: ignore[method-assign]
    with Session(
        Settings(record=False), policy=policy, desktop=paper, watcher=lambda *_: printer.beginning(session.instruction, session.plan)
    ) as session:
        printer.begin("look at the files")
        list(session.run("look at the files"))
        result = session.result
    assert told_before[0] == "look at the files\n    1. click File\n    2. type hello\n"
    assert told_before[1] == told_before[0], "once"
    assert result is not None
    assert result.to_dict()["plan"] == [
        {"do": "click", "target": "File", "status": "done"},
        {"do": "type", "text": "hello", "status": "done", "note": "nothing changed"},
    ]


def test_what_was_planned_and_not_done_is_told_at_the_end() -> None:
    paper = PaperDesktop({"main": Screen({"File": (9, 9)})}, "main")
    policy = PlanPolicy(PlanFollower(lambda: WrittenPlanner("click Help\ntype hello")), Eyes(paper, TextLocator()))
    said = io.StringIO()
    with Session(Settings(record=False), policy=policy, desktop=paper) as session:
        list(session.run("look for help"))
        assert session.result is not None
        PlainPrinter(said).result(session.result)
    assert "1. click Help: not done" in said.getvalue() and "2. type hello: not done" in said.getvalue()
