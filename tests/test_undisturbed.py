"""What ends a program waits until a clean-up is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.undisturbed import undisturbed

ROOT = Path(__file__).parents[1]
CLEANING = """
import signal, sys
from agent.cli.main import _terminations_unwind
from agent.undisturbed import undisturbed
with _terminations_unwind():
    try:
        print("begun", flush=True)
        sys.stdin.readline()
    finally:
        with undisturbed():
            print("cleaning", flush=True)
            for _ in range(3):
                sys.stdin.readline()
            print("clean", flush=True)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_waits_for_the_end_of_a_clean_up(name: str) -> None:
    came: list[int] = []
    before = signal.signal(number := getattr(signal, name), lambda number, frame: came.append(number))
    try:
        with undisturbed():
            for _ in range(3):
                os.kill(os.getpid(), number)
            assert not came
        assert came == [number], "it is not forgotten, and comes once"
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_command_that_is_ended_twice_cleans_up_all_the_same(name: str) -> None:
    """A terminal that is closed says so twice: the kernel does, and the shell in it."""
    child = subprocess.Popen([sys.executable, "-c", CLEANING], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.DEVNULL)  # fmt: skip
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    child.send_signal(getattr(signal, name))
    assert child.stdout.readline() == "cleaning\n"
    child.send_signal(getattr(signal, name))
    assert child.communicate("\n\n\n", timeout=60)[0] == "clean\n"
    assert child.returncode != 0
