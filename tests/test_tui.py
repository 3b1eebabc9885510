"""The terminal UI by its keys: scripted policies, the real session and loop, no real screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from fakes import FakeDesktop, ScriptedPolicy
from stage import CLICK, SMALL, WIDE, SlowPolicy, Stage, proposal, type_line, until
from textual.widgets import Static

from agent.result import CheckLine, RunResult
from agent.settings import Settings
from agent.tui import look, picture
from agent.tui.messages import TaskEntry
from agent.tui.steering import READING_TIME
from agent.tui.text import result_text, title_text
from recordings.action import Click
from recordings.episode import StopReason
from recordings.errors import DeskhandError


async def test_a_typed_instruction_runs_to_its_end() -> None:
    policy = ScriptedPolicy(CLICK, 'finish(answer="132")', thought="now [Edit]")
    stage = Stage(policy)
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.press(*"work", "space", *"it", "enter")
        await until(pilot, lambda: stage.app.results)
        assert policy.instructions == ["work it", "work it"]
        assert stage.desktop.performed == [Click(x=0.25, y=0.5)]
        assert stage.app.panel.mode == "ready" and "132" in stage.words
        assert "now [Edit]" in stage.shown and "click(x=0.250, y=0.500)" in stage.shown
        await pilot.press("ctrl+q")
    assert stage.app.return_value == 0


async def test_a_picked_task_runs() -> None:
    stage = Stage(ScriptedPolicy("finish()"))
    async with stage.app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "Grüße 日本語 🙂" in stage.shown)
        stage.app.board.tasks.focus()
        await pilot.press("down", "enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.app.results[0].request == "editor-save"
        await pilot.press("ctrl+q")


async def test_an_action_waits_for_a_yes() -> None:
    stage = Stage(ScriptedPolicy(CLICK, "finish()"), approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        assert "click(x=0.250, y=0.500)" in stage.words and "every action" in stage.words
        assert "nothing to click" not in stage.shown and not stage.desktop.performed
        await pilot.press("enter", "A", "i", "d")
        assert stage.app.panel.mode == "approving" and not stage.desktop.performed, "these keys mean something else"
        await pilot.press("a")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == [Click(x=0.25, y=0.5)]
        await pilot.press("ctrl+q")


async def test_a_yes_that_came_before_the_proposal_could_be_read_does_not_count() -> None:
    stage = Stage(ScriptedPolicy(CLICK, "finish()"), approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await until(pilot, lambda: stage.app.panel.mode == "approving")
        stage.app._proposed_at += 60  # as if it had only just appeared, however slow this machine is
        await pilot.press("a")
        assert stage.app.panel.mode == "approving"
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.results)
        assert not stage.desktop.performed
        await pilot.press("ctrl+q")


async def test_a_skipped_action_does_not_happen() -> None:
    stage = Stage(ScriptedPolicy(CLICK, "click(x=0.7500, y=0.5000)", "finish()"), approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        await pilot.press("s")
        await proposal(pilot, stage, 1)
        assert "skipped" in stage.shown
        await pilot.press("a")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == [Click(x=0.75, y=0.5)]
        await pilot.press("ctrl+q")


async def test_pause_holds_the_hands_and_resume_lets_them_go_on() -> None:
    policy = SlowPolicy(CLICK, CLICK, "finish()")
    stage = Stage(policy)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await until(pilot, policy.thinking.is_set)
        await until(pilot, lambda: "640×480" in stage.shown and "space Pause" in stage.shown)
        assert "nothing to click" not in stage.shown, "before the model has answered, nobody knows"
        await pilot.press("space")
        await until(pilot, lambda: stage.app.panel.mode == "paused" and "space Resume" in stage.shown and "Pause" not in stage.shown)
        policy.go_on.set()
        await until(pilot, lambda: stage.app.bar.status.state == "paused")
        assert not stage.desktop.performed and "paused by the user" in stage.words
        await until(pilot, lambda: time.monotonic() - stage.app._paused_at > READING_TIME)
        await pilot.press("space")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == [Click(x=0.25, y=0.5)]
        await pilot.press("ctrl+q")


async def test_pausing_withdraws_a_proposal_and_it_is_made_afresh() -> None:
    stage = Stage(ScriptedPolicy(CLICK, CLICK, "finish()"), approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        await pilot.press("space")
        await until(pilot, lambda: stage.app.panel.mode == "paused")
        stage.app._paused_at += 60  # as if it had only just been paused, however slow this machine is
        await pilot.press("a", "space")
        assert not stage.desktop.performed and stage.app.panel.mode == "paused"
        stage.app._paused_at -= 120
        await pilot.press("space")
        await proposal(pilot, stage)
        await pilot.press("a")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == [Click(x=0.25, y=0.5)] and stage.app.results[0].steps == 2
        await pilot.press("ctrl+q")


async def test_stop_shows_at_once_while_the_model_thinks() -> None:
    policy = SlowPolicy(CLICK)
    stage = Stage(policy)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await until(pilot, policy.thinking.is_set)
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.panel.mode == "stopping")
        policy.go_on.set()
        await until(pilot, lambda: stage.app.results)
        assert stage.app.results[0].stop_reason is StopReason.STOPPED
        assert not stage.desktop.performed and stage.app.panel.mode == "ready"
        await pilot.press("ctrl+q")


async def test_stop_answers_a_proposal_with_no() -> None:
    stage = Stage(ScriptedPolicy(CLICK), approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        await pilot.press("ctrl+x")
        await until(pilot, lambda: stage.app.results)
        assert stage.app.results[0].stop_reason is StopReason.STOPPED and not stage.desktop.performed
        await pilot.press("ctrl+q")


async def test_before_the_first_frame_it_says_what_is_awaited() -> None:
    stage, go_on = Stage(ScriptedPolicy("finish()")), threading.Event()
    stage.desktop.observe = lambda: go_on.wait(20) and FakeDesktop.observe(stage.desktop)  # type: ignore[method-assign]
    async with stage.app.run_test(size=WIDE) as pilot:
        assert "Type an instruction" in stage.shown
        await type_line(pilot, "do it")
        await until(pilot, lambda: "is being made ready" in stage.shown)
        assert "Type an instruction" not in stage.shown
        go_on.set()
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")


async def test_a_resize_while_the_model_thinks_is_followed_at_once() -> None:
    policy = SlowPolicy(CLICK, "finish()")
    stage = Stage(policy)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await until(pilot, policy.thinking.is_set)
        await until(pilot, lambda: stage.app.board.live.scene is not None)
        for size in (SMALL, (31, 9), WIDE, (200, 60)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: [len(stage.shown.splitlines()), stage.app.board.region.width] == [size[1], size[0]])
            assert "thinking" in stage.shown and stage.app.board.live.region.right <= size[0]
        policy.go_on.set()
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")


async def test_a_narrow_terminal_shows_everything_that_matters() -> None:
    policy = SlowPolicy(CLICK, "finish()", thought="now [Edit]")
    policy.go_on.set()
    stage = Stage(policy, approve="each")
    async with stage.app.run_test(size=SMALL) as pilot:
        await type_line(pilot, "go " * 2000)
        await proposal(pilot, stage)
        for expected in ("approve this?", "click(x=0.250, y=0.500)", "your turn", "step 0", "context 812/4,096", "Approve", "target"):
            await until(pilot, lambda expected=expected: expected in stage.shown)
        beyond = [(widget, widget.region) for widget in stage.app.screen.walk_children() if widget.region.right > 80]
        assert not beyond
        assert all(widget.region.bottom <= 24 and widget.region.right <= 80 for widget in stage.app.screen.walk_children() if widget.region)
        assert stage.app.board.live.region.area > 300
        assert stage.app.board.steps.content_region.height >= 3, "the steps so far"
        await pilot.press("a")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")


async def test_an_error_is_one_line_and_the_app_goes_on() -> None:
    policy = ScriptedPolicy("finish()")
    stage = Stage(policy)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "nonsense")
        await until(pilot, lambda: "there is no task called 'nonsense'" in stage.words)
        assert "\n" not in stage.words and stage.app.panel.mode == "ready" and not stage.app.runner.crashes
        policy.on_predict = lambda: 1 // 0
        await type_line(pilot, "do it")
        await until(pilot, lambda: "internal error: ZeroDivisionError" in stage.words)
        assert "\n" not in stage.words and "on_predict" in stage.app.runner.crashes[0]
        policy.on_predict = lambda: None
        await type_line(pilot, "do it")
        await until(pilot, lambda: stage.app.results)
        assert stage.app.results[0].success
        await pilot.press("ctrl+q")
    assert stage.app.return_value == 1


async def test_the_model_asks_and_the_user_types_an_answer() -> None:
    policy = ScriptedPolicy('ask(question="Which file?")', "finish()")
    stage = Stage(policy)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "open it")
        await until(pilot, lambda: stage.app.panel.mode == "asked")
        assert "Which file?" in stage.words
        await pilot.press(*"a s", "enter")
        await until(pilot, lambda: stage.app.results)
        assert policy.instructions[-1].endswith("Which file? a s")
        await pilot.press("ctrl+q")


async def test_earlier_steps_can_be_looked_at_while_it_runs() -> None:
    policy = ScriptedPolicy(CLICK, "click(x=0.7500, y=0.5000)", 'type(text="x")', "finish()")
    stage = Stage(policy, approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        for index in range(2):
            await proposal(pilot, stage, index)
            await pilot.press("a")
        await proposal(pilot, stage, 2)
        assert stage.app.board.live.scene is not None and stage.app.board.live.scene.action is not None
        assert stage.app.board.live.scene.action.kind == "type"
        await pilot.press("up")
        await until(pilot, lambda: stage.app.board.live.scene.action == Click(x=0.25, y=0.5))
        await pilot.press("down")
        await until(pilot, lambda: stage.app.board.live.scene.action.kind == "type")
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")


async def test_the_demo_runs_one_task_after_the_other_and_leaves() -> None:
    policy = ScriptedPolicy("finish()", "finish(success=false)", "finish()")
    names = ["calculator-sum", "editor-save", "calculator-sum"]
    stage = Stage(policy, requests=names, leave_after=True)
    async with stage.app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: stage.app.return_value is not None)
    assert [result.request for result in stage.app.results] == names
    assert [result.success for result in stage.app.results] == [True, False, True]
    assert stage.app.return_value == 1


def test_the_title_fits_a_narrow_terminal() -> None:
    colours = look.THEME.to_color_system().generate() | look.THEME.variables
    for settings, approval in ((Settings(), "risky on host"), (Settings(desktop="virtual"), "none"), (Settings(desktop="host"), "risky")):
        assert f"approval {approval}   model" in title_text(settings, colours).plain
        assert f"desktop {settings.desktop or 'virtual for tasks'}   " in title_text(settings, colours).plain[:58]
    assert title_text(Settings(), colours).cell_len <= SMALL[0] - 2


def test_checks_that_do_not_hold_are_named_in_the_result() -> None:
    checks = (CheckLine("the file is there", False, "nothing was saved"), CheckLine("the window is open", True))
    result = RunResult("editor-save", "save it", StopReason.DONE, "", False, checks, 3, 1.5, 0, None, notes=("mousepad died",))
    words = result_text(result, look.THEME.to_color_system().generate() | look.THEME.variables).plain
    assert "nothing was saved" in words and "mousepad died" in words and "the window is open" not in words


async def test_stopping_a_demo_keeps_the_rest_from_starting() -> None:
    policy = SlowPolicy("finish()")
    stage = Stage(policy, requests=["calculator-sum", "editor-save"])
    async with stage.app.run_test(size=WIDE) as pilot:
        await until(pilot, policy.thinking.is_set)
        await pilot.press("escape")
        policy.go_on.set()
        await until(pilot, lambda: stage.app.results)
        assert stage.app.panel.mode == "ready" and len(stage.app.results) == 1
        await pilot.press("ctrl+q")


async def test_leaving_while_it_runs_ends_the_run_first() -> None:
    policy = SlowPolicy(CLICK)
    stage = Stage(policy)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await until(pilot, policy.thinking.is_set)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: stage.app.panel.mode == "stopping")
        assert stage.app.return_value is None
        policy.go_on.set()
        await until(pilot, lambda: stage.app.return_value is not None)
    assert stage.app.results[0].stop_reason is StopReason.STOPPED


async def test_no_tasks_and_unreadable_tasks_say_so() -> None:
    def unreadable() -> Sequence[TaskEntry]:
        raise DeskhandError("sum.yaml:3: unknown key 'chekcs'")

    for list_tasks, line in ((list, "No tasks found"), (unreadable, "unknown key 'chekcs'")):
        stage = Stage(ScriptedPolicy("finish()"), list_tasks=list_tasks)
        async with stage.app.run_test(size=WIDE) as pilot:
            await until(pilot, lambda stage=stage, line=line: line in stage.shown)
            await pilot.press("tab", "enter", "ctrl+q")


async def test_without_colour_the_picture_is_drawn_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stage = Stage(ScriptedPolicy(CLICK, "finish()"), approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        assert "@@@@" in stage.shown and "✛" in stage.shown
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")


class Painting(Static):
    """Stands for a widget that shows pictures sharply."""

    image: Any = None


async def test_a_sharp_picture_shows_the_same_mark() -> None:
    stage = Stage(ScriptedPolicy(CLICK, "finish()"), approve="each", sharp=Painting)
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        assert stage.app.query_one(Painting).image.getpixel((160, 240)) == picture.MARK
        await pilot.press("escape")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")
