"""Options that make no sense, alone or together: one line, and exit status 2."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.cli import commands
from agent.cli.main import main, parse
from agent.cli.options_common import used_by
from agent.errors import DesktopError
from agent.input_library import open_library
from agent.settings import Settings
from agent.x11.connection import connect


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--open", "mousepad", "--desktop", "host"], "--open is for a desktop of the agent's own"),
        (["--monitor", "1", "--desktop", "virtual"], "--monitor is for the host's screen"),
        (["--monitor", "1", "--region", "0,0,9,9"], "--monitor and --region exclude each other"),
        (["--window", "["], "--window: '[' is no regular expression"),
        (["--size", "10x10"], "--size: it should be"),
        (["--budget", "5"], "--budget: it should be"),
        (["--bogus"], "deskhand run: nothing is known of --bogus: leave it out; deskhand run --help says more"),
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


@pytest.mark.parametrize("command", commands.COMMANDS)
def test_help_tells_the_shared_options_that_have_an_effect_and_the_others_are_refused(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [] if command == "tui" else command.split()
    with pytest.raises(SystemExit) as told:
        main([*words, "--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    assert told.value.code == 0 and {"--json", "--debug"} <= options
    assert {f"--{name.replace('_', '-')}" for name in used_by(command)} <= options
    assert ("--dry-run" in options) == (command in ("tui", "run", "demo", "replay", "train"))


@pytest.mark.parametrize("argv", [["tasks", "list", "--dry-run"], ["--approve", "each", "ground", "a.png", "b"], ["demo", "--window", "x"]])
def test_an_option_without_effect_is_refused_by_its_name(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(argv)
    vain = next(word for word in argv if word.startswith("--"))
    assert refused.value.code == 2 and f": no use for {vain} here: leave it out" in capsys.readouterr().err


def test_what_every_command_may_be_given_is_tolerated() -> None:
    assert parse(["--model", "a", "--desktop", "virtual", "--seed", "1", "--plain", "episodes", "list"]).command == "episodes list"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as told:
        main(["--version"])
    assert told.value.code == 0 and re.fullmatch(r"deskhand \d+\.\d+\S*\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("argv", "status", "reason"),
    [
        (["record", "../x", "--task", "tidy"], 2, "an episode cannot be called '../x'"),
        (["record", "tidy", "--task", " "], 2, "--task is empty: say what you are about to do"),
        (["record", "tidy", "--task", "tidy", "--rules", "none.txt"], 1, "none.txt, cannot be read: No such file"),
        (["screens", "drawn", "--count", "1", "--out", "file"], 1, "file cannot be made (File exists): name another folder with --out"),
        (["episodes", "list", "--episodes", "file"], 1, "file is a file: name the folder of the episodes"),
        (["episodes", "import", "--format", "llava", "picture.jsonl"], 1, "picture.jsonl is no file of JSON lines: it is no text"),
        (["trust", "none.yaml"], 1, "there is no file none.yaml: name a task"),
        (["tasks", "add", "."], 1, "the task file . cannot be read: Is a directory"),
        (["tasks", "add", "picture.jsonl"], 1, "the task file picture.jsonl cannot be read: it is no text"),
    ],
)
def test_names_of_nothing_are_one_line(
    argv: list[str], status: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("picture.jsonl").write_bytes(b"\x89PNG")
    assert main(argv) == status
    error = capsys.readouterr().err
    assert reason in error and error.count("\n") == 1, error


def test_without_a_display_nothing_else_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    for opening in (open_library, connect):
        with pytest.raises(DesktopError, match=r"^there is no display: run this inside a graphical session"):
            opening(None)
