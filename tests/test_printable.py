"""No terminal obeys what screens, models, servers or files from elsewhere say."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from demonstrations import make_episode
from fakes import ScriptedPolicy
from stage import WIDE, Stage, type_line, until

from agent.cli.main import fail, main
from agent.cli.plain import PlainPrinter, describe_step
from agent.result import RunResult
from agent.tui.messages import Allowed, Asked, Noticed, Permitted, TaskEntry
from agent.tui.text import shorten
from recordings.episode import Element, Prediction, Step, StopReason
from recordings.geometry import Box
from recordings.printable import counted, printable

EVIL = "ok\x1b]52;c;Y3VybA==\x07\x1b[2J\x9b31m\x7f\x07\u202egnp.exe\u2066\u200b\x85end"
OBEYED = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *"\u202e\u2066\u200b\u200f\u2028"} - {"\n", "\t"}


def assert_harmless(text: str) -> None:
    assert not OBEYED & set(text), repr(text)
    assert "end" in text, "what is said is shown all the same"


def test_steps_results_and_notices() -> None:
    box = Box(x1=0, y1=0, x2=1, y2=1)
    step = Step(
        index=0, prediction=Prediction(thought=EVIL, text=EVIL, mistake=EVIL), note=EVIL, window_title=EVIL,
        element=Element(name=EVIL, box=box),
    )  # fmt: skip
    stream = io.StringIO()
    printer = PlainPrinter(stream)
    printer.step(step)
    printer.notice(EVIL)
    printer.line(f"a{EVIL}")
    result = RunResult(
        request=EVIL, instruction=EVIL, stop_reason=StopReason.ERROR, detail=EVIL, verdict=None, checks=(), steps=1, seconds=1.0, seed=0,
        episode=None, answer=EVIL, notes=(EVIL,),
    )  # fmt: skip
    printer.result(result)
    assert_harmless(stream.getvalue())
    assert_harmless(describe_step(step))


def test_what_nobody_sees_is_marked_and_what_spells_stays() -> None:
    """A name could carry an order in it, or be another one than it looks."""
    for unseen in "\u3164\u115f\u034f\u2062\u206a\U000e0101\U0001d173\ufffa\u180e":
        assert printable(f"a{unseen}b") == "a\ufffdb"
    for spelt in ("می\u200cخواهم", "क्\u200dष", "❤\ufe0f", "Grüße 日本語 🙂"):
        assert printable(spelt) == spelt


def test_errors_are_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    fail(f"the server says {EVIL}\rdeskhand: all is well", 1)
    told = capsys.readouterr().err
    assert_harmless(told)
    assert told.count("\n") == 1


def test_an_error_is_no_book(capsys: pytest.CaptureFixture[str]) -> None:
    fail(f"there is no model called {'x' * 1_000_000}: name another", 1)
    told = capsys.readouterr().err
    assert len(told) < 5000 and told.startswith("deskhand: there is no model") and told.endswith(": name another\n")


def test_no_command_prints_what_a_terminal_would_obey(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_episode(tmp_path)
    header = json.loads((path / "episode.json").read_text())
    texts = dict.fromkeys(("instruction", "model", "platform", "stop_detail"), EVIL)
    (path / "episode.json").write_text(json.dumps(header | texts))
    lines = [json.loads(line) for line in (path / "steps.jsonl").read_text().splitlines()]
    lines[0] |= {"note": EVIL, "window_title": EVIL, "before_frame": EVIL}
    lines[0]["prediction"]["thought"] = EVIL
    (path / "steps.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n{" + EVIL + "\n")
    (tmp_path / f"folder{EVIL}".replace("/", "")).mkdir()
    (tmp_path / "t.yaml").write_text(f"name: t\ninstruction: {json.dumps(EVIL)}\n")
    for argv in (
        ["list"], ["show", "shown"], ["verify"], ["review", "shown"], ["export", "shown", "--out", str(tmp_path / "out")],
        ["show", EVIL.replace("\x07", "")], ["trim", "shown", "a" + EVIL],
    ):  # fmt: skip
        main(["episodes", *argv, "--episodes", str(tmp_path)])
        told = capsys.readouterr()
        assert not OBEYED & set(told.out + told.err), (argv, told)
    for argv in (["replay", str(path), "--how", "watch", "--plain"], ["tasks", "check", str(tmp_path / "t.yaml")], ["run", "x" + EVIL]):
        main(argv)
        told = capsys.readouterr()
        assert not OBEYED & set(told.out + told.err), (argv, told)


def test_whatever_a_command_prints_is_seen_through(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what no line of ours was written for: a library's warning, a model's words as they stream in."""

    def talk(arguments: Any) -> int:
        print(f"a step: deleted\r{EVIL}", end="", flush=True)
        sys.stderr.write(EVIL)
        return 0

    from agent.cli import commands

    monkeypatch.setitem(commands.COMMANDS, "doctor", talk)
    assert main(["doctor"]) == 0
    told = capsys.readouterr()
    assert_harmless(told.out)
    assert_harmless(told.err)


def test_not_even_what_is_asked_for_with_debug(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback says what an error says, and the error before it, which nobody made fit."""

    def break_down(arguments: Any) -> int:
        try:
            raise ValueError(EVIL)
        except ValueError as error:
            raise KeyError(EVIL) from error

    from agent.cli import commands

    monkeypatch.setitem(commands.COMMANDS, "doctor", break_down)
    assert main(["doctor", "--debug"]) == 1
    told = capsys.readouterr().err
    assert_harmless(told)
    assert "Traceback" in told and "break_down" in told


async def test_the_terminal_ui_draws_nothing_that_the_terminal_would_obey() -> None:
    """Thoughts, answers, titles, names, errors and what is agreed to, wherever it shows them."""
    policy = ScriptedPolicy(f'click(x=0.2500, y=0.5000) {EVIL}', f"ask(question={json.dumps(EVIL)})", f"finish(answer={json.dumps(EVIL)})",
                            thought=EVIL)  # fmt: skip
    tasks = [TaskEntry("t", EVIL), TaskEntry(EVIL, "x")]
    stage = Stage(policy, approve="each", list_tasks=lambda: tasks)
    stage.desktop.window_title = EVIL
    told: list[str] = []
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, f"do {EVIL}")
        await until(pilot, lambda: told.append(stage.shown) or stage.app.panel.mode == "asked")
        told.append(stage.shown)
        await type_line(pilot, EVIL)
        await until(pilot, lambda: told.append(stage.shown) or bool(stage.app.results))
        stage.app.runner.person._post(Asked("\n".join(map(shorten_for_test, [EVIL] * 3)), whole=True))
        await until(pilot, lambda: told.append(stage.shown) or stage.app.panel.mode == "asked")
        told.append(stage.shown)
    found = {mark for text in told for mark in text if mark in OBEYED}
    assert not found, found
    assert any("end" in text for text in told)


@pytest.mark.parametrize("words", ["[/]", "[red]Save[/red]", "[@click=app.leave]Save[/]", "[link=http://a]b", "[x='", "\\[x]"])
async def test_the_terminal_ui_takes_nobodys_words_for_markup(words: str) -> None:
    """A page may call itself so, and a program may say so of itself: neither ends the run, draws, or puts a key under anybody's pointer."""
    stage = Stage(ScriptedPolicy("click(x=0.2500, y=0.5000)", "finish()"), approve="each")
    stage.desktop.window_title = words
    async with stage.app.run_test(size=WIDE, notifications=True) as pilot:
        stage.app.post_from_thread(Permitted([f"never: titled {words}"]))
        await until(pilot, lambda: f"titled {words}" in stage.shown)
        stage.app.post_from_thread(Noticed(f"notice {words}"))
        await until(pilot, lambda: f"notice {words}" in stage.shown)
        stage.app.post_from_thread(Allowed(f"always allowed: {words}"))
        await until(pilot, lambda: f"allowed: {words}" in stage.shown)
        await type_line(pilot, "do it")
        await until(pilot, lambda: stage.app.panel.mode == "approving" and f" {words} " in stage.shown)
        assert not [span for span in stage.app.board.live._border_title.spans if "@click" in str(span.style)]
        await pilot.press("ctrl+q")


def shorten_for_test(line: str) -> str:
    """As `TerminalPerson.agree` makes its lines."""
    return shorten(line, 160)


def test_one_is_no_plural() -> None:
    assert [counted(number, "step") for number in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
