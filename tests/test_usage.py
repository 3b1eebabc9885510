"""Options that make no sense, alone or together: one line, and exit status 2."""

from __future__ import annotations

import pytest

from agent.cli import main
from agent.settings import Settings


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--open", "mousepad", "--desktop", "host"], "--open is for a desktop of the agent's own"),
        (["--monitor", "1", "--desktop", "virtual"], "--monitor is for the host's screen"),
        (["--monitor", "1", "--region", "0,0,9,9"], "--monitor and --region exclude each other"),
        (["--window", "["], "--window: '[' is no regular expression"),
        (["--size", "10x10"], "--size: Input should be"),
        (["--budget", "5"], "--budget: Input should be"),
        (["--bogus"], "unrecognized arguments: --bogus; deskhand --help says more"),
    ],
)
def test_options_that_make_no_sense_are_one_line(capsys: pytest.CaptureFixture[str], options: list[str], reason: str) -> None:
    try:
        status = main(["run", 'click "File"', *options])
    except SystemExit as left:
        status = int(left.code or 0)
    error = capsys.readouterr().err
    assert status == 2 and reason in error and error.count("\n") == 1, error


def test_an_open_program_asks_for_a_desktop_of_its_own() -> None:
    assert Settings(open=("mousepad",)).desktop_for(has_task=False) == "virtual"
    assert Settings(window="x").desktop_for(has_task=False) == "host"
