"""However the terminal UI ends, no run goes on that nobody watches any more."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from stage import CLICK, WIDE, SlowPolicy, Stage, type_line, until

from agent.tui.ending import terminal_may_go

TESTS = Path(__file__).parent
RUNNING = f"""
import os, sys, time
sys.path[:0] = [{str(TESTS)!r}, {str(TESTS.parent)!r}]
from functools import partial
from fakes import FakeDesktop, ScriptedPolicy
from agent.cli import commands
from agent.cli.main import main
from agent.session import Session
from agent.settings import ApprovalMode, Settings
from agent.tui import start

class Busy(ScriptedPolicy):
    def predict(self, *words):
        time.sleep(0.05)
        os.write(1, b"step\\n")
        return super().predict(*words)

clicks = [f"click(x=0.{{number + 10}}, y=0.5)" for number in range(80)] * 40
session = partial(Session, policy=Busy(*clicks), desktop=FakeDesktop((640, 480)))
settings = Settings(approve=ApprovalMode("none"), record=False, steps=2000)
commands.COMMANDS["tui"] = lambda arguments: start.main(settings, requests=["do the thing now"], open_session=session)
raise SystemExit(main([]))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
async def test_a_signal_ends_the_run_and_the_ui(name: str) -> None:
    policy = SlowPolicy(*[CLICK] * 5)
    stage = Stage(policy)
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_IGN)
    try:
        async with stage.app.run_test(size=WIDE) as pilot:
            await type_line(pilot, "do it")
            await until(pilot, policy.thinking.is_set)
            switch = stage.app.runner._switch
            os.kill(os.getpid(), number)
            await until(pilot, lambda: stage.app.return_value is not None)
            policy.go_on.set()
        assert stage.app.return_value == 128 + number and switch is not None and switch.stopped
    finally:
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, before)


def test_no_error_of_the_ui_leaves_a_run_behind() -> None:
    """Whatever it is, and wherever it strikes: the loop waits for the run's thread before it ends."""
    policy = SlowPolicy(*[CLICK] * 5)
    stage, seen = Stage(policy, requests=["do it"]), []

    def break_down() -> None:
        raise SystemExit(5)

    def strike() -> None:
        assert policy.thinking.wait(20)
        stage.app._loop.call_soon_threadsafe(break_down)  # type: ignore[union-attr]
        end = time.monotonic() + 10
        while not stage.app.runner._closed and time.monotonic() < end:
            time.sleep(0.01)
        seen.append(stage.app.runner._closed)
        policy.go_on.set()

    watcher = threading.Thread(target=strike)
    watcher.start()
    with pytest.raises(SystemExit):
        stage.app.run(headless=True)
    watcher.join()
    assert seen == [True]


def test_a_terminal_that_is_closed_ends_the_run_and_the_process() -> None:
    terminal, its_end = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", f"import fcntl, termios\nfcntl.ioctl(2, termios.TIOCSCTTY, 0)\n{RUNNING}"],
        stdin=its_end, stderr=its_end, stdout=subprocess.PIPE, start_new_session=True, env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(its_end)
    over = threading.Event()
    reader = threading.Thread(target=_drain, args=(terminal, over))
    reader.start()
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"step\n"
        over.set()
        reader.join()  # while one reads, it is not closed
        os.close(terminal)
        assert child.wait(60) != 0
        assert child.stdout.read().count(b"step") < 500, "it did not go on to its end"
    finally:
        over.set()
        child.kill()
        child.wait()


def _drain(terminal: int, over: threading.Event) -> None:
    while not over.is_set():
        if select.select([terminal], [], [], 0.05)[0]:
            os.read(terminal, 65536)


def test_what_is_drawn_on_a_terminal_that_is_gone_goes_nowhere() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with suppress(BrokenPipeError), os.fdopen(writer, "w") as gone:
        before, sys.__stderr__ = sys.__stderr__, gone  # type: ignore[misc]
        try:
            with terminal_may_go():
                assert sys.__stderr__ is not None and sys.__stderr__.write("x") == 1 and sys.__stderr__.fileno() == writer
                sys.__stderr__.flush()
            assert sys.__stderr__ is gone
        finally:
            sys.__stderr__ = before  # type: ignore[misc]
