"""What a terminal without a TUI is asked, and what is read from it."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from agent.cli.plain import PlainPrinter, read_line, resume_on_enter
from agent.stop import Position, StopSwitch


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
