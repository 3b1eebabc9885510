"""A plan that a person read in the terminal UI is kept as a task file, to the letter, and run from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from paper import PaperDesktop, WrittenPlanner
from plan_stage import SCREENS, PlanStage, planned
from stage import WIDE, type_line, until

from agent.session import Session
from agent.settings import Settings
from agent.tui import messages
from agent.tui.start import listed_tasks
from recordings.episode import StopReason
from tasks.catalogue import load_task, own_tasks
from tasks.saving import save_plan
from tasks.task import Limits, TaskError
from vlm.plan_policy import PlanPolicy
from vlm.planner.following import PlanFollower
from vlm.reading.match import TextLocator
from vlm.reading.view import Eyes


async def test_a_plan_is_kept_as_a_task_file_and_run_from_it_without_planning(tmp_path: Path) -> None:
    stage = PlanStage("click Help\ntype hello")
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage, "look for {help}, please")
        await pilot.press("ctrl+s")
        assert stage.app.panel.field.value == "look-for-help-please"
        await type_line(pilot, "Look For Help")
        assert "small letters, digits and hyphens" in stage.shown and stage.app.panel.mode == "naming"
        await type_line(pilot, "find-help")
        file = own_tasks() / "find-help.yaml"
        assert file.is_file() and stage.app.panel.mode == "plan" and "saved: deskhand run" in stage.shown
        await pilot.press("ctrl+s")
        await type_line(pilot, "find-help")
        assert "there is a task called find-help already" in stage.shown
        await type_line(pilot, "editor-save")
        assert "there is a task called editor-save already" in stage.shown, "a shipped one is not hidden by another"
        await pilot.press("escape", "escape", "ctrl+q")
    assert messages.TaskEntry("find-help", "look for {help}, please") in listed_tasks(0)
    paper, planner = PaperDesktop(SCREENS, "main"), WrittenPlanner("click Edit")
    policy = PlanPolicy(PlanFollower(lambda: planner), Eyes(paper, TextLocator()))
    with Session(Settings(record=False), policy=policy, desktop=paper) as session:
        assert [str(step) for step in session.make_plan("find-help")] == ["click Help", "type hello"]
        list(session.run("find-help"))
        assert session.result is not None and session.result.stop_reason is StopReason.DONE and session.result.unchecked
        assert session.instruction == "look for {help}, please"
    assert paper.performed == ["click Help", "type hello"] and planner.asked == []


async def test_a_plan_that_worked_can_be_kept_afterwards_but_not_that_of_a_task(tmp_path: Path) -> None:
    stage = PlanStage("click Help")
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage)
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+s", "enter")
        assert (own_tasks() / "look-for-help.yaml").is_file() and stage.app.panel.mode == "ready"
        path = save_plan("mine", "do it", ["click Edit"], Limits(), tmp_path)
        await type_line(pilot, str(path))
        await until(pilot, lambda: stage.app.panel.mode == "plan")
        assert stage.plan == ["click Edit"]
        await pilot.press("ctrl+s")
        assert stage.app.panel.mode == "plan"
        await pilot.press("escape", "ctrl+q")


def test_a_saved_text_is_kept_to_the_letter(tmp_path: Path) -> None:
    steps = ("type {name} is {\\n#: 'x' - “é” {{y}}", "press Ctrl+S", "click C:\\\\new")
    task = load_task(save_plan("odd", "type {name}: it's 100 %", steps, Limits(), tmp_path))
    assert task.instantiate(7).plan == steps and task.instantiate(7).instruction == "type {name}: it's 100 %"


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Ünder", "-x"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="cannot be called"):
        save_plan(name, "x y", ["click A"], Limits(), tmp_path)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: a\ninstruction: b\n", "start and checks, or a plan"),
        ("name: a\ninstruction: b\nplan: [click A]\nchecks: [{kind: file_text, path: a, equals: b}]\n", "checks need a start"),
        ("name: a\ninstruction: b\nplan: ['click {x}']\n", "names no parameter"),
    ],
)
def test_a_file_that_is_half_a_task_says_what_is_missing(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(TaskError, match=told):
        load_task(tmp_path / "a.yaml")
