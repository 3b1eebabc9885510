"""The terminal UI shows a plan first, lets a person change it, and ticks it off: by its keys, on programs of paper."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from paper import Screen, WrittenPlanner
from plan_stage import PlanStage, planned
from stage import SMALL, WIDE, type_line, until

from agent.tui import look
from agent.tui.help import HelpScreen, meanings
from agent.tui.replay import ReplayApp
from recordings.episode import StopReason
from vlm.planner.instruction import MOST_STEPS
from vlm.planner.plan import Plan


async def test_a_plan_is_read_before_anything_moves_and_begun_with_one_key() -> None:
    stage = PlanStage("click Help\ntype hello")
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage)
        await until(pilot, lambda: "click Help" in stage.shown and "type hello" in stage.shown and "look for help" in stage.words)
        await asyncio.sleep(0.3)
        assert not stage.desktop.performed and "2 steps" in stage.shown
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == ["click Help", "type hello"]
        await until(pilot, lambda: stage.statuses == ["done", "done"] and "✓" in stage.shown)
        assert stage.planner.asked == ["look for help"], "what was read is what is done: it is not planned again"
        await pilot.press("ctrl+q")


async def test_what_a_planner_elsewhere_added_is_marked_where_it_is_read() -> None:
    stage = PlanStage("click Help\nclick Edit")
    stage.planner.steps = Plan(stage.planner.steps, None, [1])
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage)
        assert "the planner added what you did not ask for: click Edit" in stage.shown
        lines = {line for line in stage.shown.splitlines() if "you did not ask for it" in line}
        assert len(lines) == 1 and "click Edit" in lines.pop()
        await pilot.press("down", "d", "enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == ["click Help"]
        await pilot.press("ctrl+q")


async def test_a_plan_in_doubt_says_so_where_it_is_read() -> None:
    for chance, doubted in ((0.5, True), (0.99, False)):
        stage = PlanStage("click Help")
        stage.planner.steps = Plan(stage.planner.steps, chance)
        async with stage.app.run_test(size=SMALL) as pilot:
            await planned(pilot, stage)
            assert ("I am not sure that I understood" in stage.shown) is doubted
            await pilot.press("escape", "ctrl+q")


async def test_a_plan_is_changed_added_to_cut_and_put_in_another_order() -> None:
    stage = PlanStage("click File\nclick Edit\nclick Help")
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage)
        await pilot.press("d")
        assert stage.plan == ["click Edit", "click Help"]
        await pilot.press("shift+down")
        assert stage.plan == ["click Help", "click Edit"] and stage.app.board.plan.chosen == 1
        await pilot.press("shift+down", "i")
        await type_line(pilot, "type helo")
        assert stage.plan == ["click Help", "click Edit", "type helo"] and stage.app.panel.mode == "plan"
        await pilot.press("e")
        assert stage.app.panel.field.value == "type helo"
        await type_line(pilot, "type hello")
        await pilot.press("shift+up", "down", "d", "up")
        assert stage.plan == ["click Help", "type hello"]
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == ["click Help", "type hello"]
        await pilot.press("ctrl+q")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("key Alt+F", "'key' is no step: use click, double_click, right_click, type, press, set, scroll, drag, wait or done"),
        ("drag notes.txt to Archive", "'drag notes.txt to Archive' is no step: drag needs to"),
        ("set perhaps Word wrap", "'set perhaps Word wrap' is no step"),
        ("wait 99", "'wait 99' is no step: a wait takes 0 to 60 seconds"),
        ("done", "a plan is done after its last step"),
    ],
)
async def test_what_is_no_step_is_told_whole_and_stays_to_be_mended(words: str, told: str) -> None:
    stage = PlanStage("click Help")
    async with stage.app.run_test(size=SMALL) as pilot:
        await planned(pilot, stage)
        await pilot.press("e")
        await type_line(pilot, words)
        squeezed = " ".join(stage.shown.replace("│", " ").split())
        assert told in str(stage.app.panel.note.content) and told in squeezed, "whole on 80 columns, too"
        assert stage.app.panel.mode == "step" and stage.app.panel.field.value == words
        await pilot.press("escape")
        assert stage.plan == ["click Help"] and stage.app.panel.mode == "plan"
        await pilot.press("escape", "ctrl+q")


async def test_while_a_step_is_written_examples_are_shown_and_completed() -> None:
    stage = PlanStage("click Help")
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage)
        await pilot.press("i")
        assert "press Ctrl+S" in stage.shown and "drag notes.txt -> Archive" in stage.shown
        await pilot.press("s", "e", "t")
        await until(pilot, lambda: stage.app.panel.field._suggestion)
        await pilot.press("right", "enter")
        assert stage.plan == ["click Help", "set on Word wrap"]
        await pilot.press("escape", "ctrl+q")


async def test_back_from_a_plan_the_instruction_can_be_said_otherwise() -> None:
    stage = PlanStage("click Help")
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage)
        await pilot.press("escape")
        assert stage.app.panel.mode == "ready" and stage.app.panel.field.value == "look for help"
        assert not stage.desktop.performed and not stage.app.results and "▸ look" not in stage.shown
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.panel.mode == "plan")
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == ["click Help"]
        await pilot.press("ctrl+q")
    assert stage.app.return_value == 0


async def test_a_plan_without_steps_or_with_too_many_does_not_begin() -> None:
    stage = PlanStage("click Help\n" * MOST_STEPS)
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage)
        await pilot.press("i")
        await type_line(pilot, "click Edit")
        await pilot.press("enter")
        assert "61 steps" in stage.shown and stage.app.panel.mode == "plan"
        await pilot.press(*["d"] * (MOST_STEPS + 1))
        assert not stage.plan
        await pilot.press("enter")
        assert "the plan is empty" in stage.shown and not stage.desktop.performed
        await pilot.press("escape", "ctrl+q")


async def test_each_step_is_pending_active_then_done_and_a_skipped_one_says_so() -> None:
    stage = PlanStage("click Help\nclick Edit\ntype hello", approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage)
        assert stage.statuses == ["pending"] * 3
        await pilot.press("enter")
        for statuses, key in ((["active", "pending", "pending"], "a"), (["done", "active", "pending"], "s")):
            await until(pilot, lambda statuses=statuses: stage.app.panel.mode == "approving" and stage.statuses == statuses)
            stage.app._proposed_at -= 60
            await pilot.press(key)
        await until(pilot, lambda: stage.statuses == ["done", "skipped", "active"])
        await pilot.press("x")
        await until(pilot, lambda: stage.app.results)
        assert stage.app.results[0].stop_reason is StopReason.STOPPED
        await until(pilot, lambda: stage.statuses == ["done", "skipped", "pending"])
        assert stage.desktop.performed == ["click Help"] and "↷" in stage.shown
        await pilot.press("ctrl+q")


CSV = {
    "main": Screen({"Export…": (10, 40), "Import CSV": (10, 70)}, {"click Export…": "gone", "click Import CSV": "read"}),
    "gone": Screen({"Written": (9, 9)}),
    "read": Screen({"Imported": (9, 9)}),
}


async def test_of_things_called_alike_the_question_says_which_is_which_and_takes_that_for_an_answer() -> None:
    words = {"Mary": (10, 40), "Edit": (100, 40), "John": (10, 80), "Edit#2": (100, 80)}
    stage = PlanStage("click Edit", {"main": Screen(words, {"click Edit#2": "end"}), "end": Screen({"x": (1, 1)})})
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage, "click Edit")
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.panel.mode == "asked", 30)
        assert stage.words.count("\n") == 0 and "2: the lower one, in the row of “John”" in stage.words
        await type_line(pilot, "the one for John")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == ["click Edit#2"] and stage.app.results[0].stop_reason is StopReason.DONE
        await pilot.press("ctrl+q")


@pytest.mark.parametrize("by_number", [True, False])
async def test_a_question_is_answered_by_number_or_by_words(by_number: bool) -> None:
    stage = PlanStage("click Export CSV", CSV)
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage, "export it")
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.panel.mode == "asked", 30)
        await until(pilot, lambda: stage.statuses == ["asked"])
        asked = stage.words.splitlines()
        assert "I do not see “Export CSV”" in asked[0] and "your turn" in stage.shown
        offered = [line.split(maxsplit=1) for line in asked[1:]]
        assert sorted(offered) == [["1", offered[0][1]], ["2", offered[1][1]]] and {name for _, name in offered} == set(CSV["main"].words)
        number = next(number for number, name in offered if name == "Export…")
        await type_line(pilot, number if by_number else "Export…")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed[-1] == "click Export…" and stage.app.results[0].stop_reason is StopReason.DONE
        await pilot.press("ctrl+q")


class SlowPlanner(WrittenPlanner):
    """Plans once it is let."""

    def __init__(self, plan: str) -> None:
        super().__init__(plan)
        self.planning, self.go_on = threading.Event(), threading.Event()

    def plan(self, instruction: str) -> Any:
        self.planning.set()
        assert self.go_on.wait(20)
        return super().plan(instruction)


async def test_planning_can_be_left_and_what_comes_of_it_is_not_shown() -> None:
    stage = PlanStage("click Help")
    stage.planner = SlowPlanner("click Help")
    async with stage.app.run_test(size=WIDE) as pilot:
        await type_line(pilot, "look for help")
        await until(pilot, stage.planner.planning.is_set)
        assert stage.app.panel.mode == "planning" and "planning" in stage.shown
        await pilot.press("escape")
        stage.planner.go_on.set()
        await until(pilot, lambda: stage.app.panel.mode == "ready")
        assert not stage.plan and not stage.desktop.performed and "stopped by the user" in stage.words
        await planned(pilot, stage)
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.app.results[0].success
        await pilot.press("ctrl+q")


async def test_requests_that_were_given_beforehand_are_begun_at_once_and_ticked_off() -> None:
    stage = PlanStage("click Help", requests=["look for help"], leave_after=True)
    async with stage.app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: stage.app.return_value is not None)
    assert stage.desktop.performed == ["click Help"] and stage.app.return_value == 0 and stage.statuses == ["done"]


async def test_help_lists_every_key_and_gives_way_to_the_run() -> None:
    stage = PlanStage("click Help", approve="each")
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.press("question_mark")
        assert isinstance(stage.app.screen, HelpScreen)
        for keys, meaning in meanings(look.BINDINGS):
            await until(pilot, lambda keys=keys, meaning=meaning: keys in stage.shown and meaning in stage.shown)
        await pilot.press("question_mark")
        assert not isinstance(stage.app.screen, HelpScreen) and stage.app.panel.field.value == ""
        await pilot.press("a", "question_mark")
        assert stage.app.panel.field.value == "a?", "where something is typed it is a question mark"
        await planned(pilot, stage)
        await pilot.press("question_mark", "d", "enter", "i")
        assert stage.plan == ["click Help"] and isinstance(stage.app.screen, HelpScreen), "no other key counts while it is open"
        await pilot.press("escape", "enter")
        await until(pilot, lambda: stage.app.panel.mode == "approving")
        await pilot.press("question_mark", "a")
        assert not stage.desktop.performed
        await pilot.press("escape", "x")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")


@pytest.mark.parametrize("bindings", [look.BINDINGS, ReplayApp.BINDINGS])
def test_a_key_has_one_meaning(bindings: Any) -> None:
    told: dict[str, set[str]] = {}
    for keys, meaning in meanings(bindings):
        for key in keys.split(", "):
            told.setdefault(key, set()).add(meaning)
    assert all(len(meant) == 1 for meant in told.values()), told
    named = {meaning for meant in told.values() for meaning in meant}
    for binding in bindings:
        assert (
            binding.tooltip in named
            or any(key in told or key.startswith(("shift+", *"←")) for key in binding.key.split(","))
            or (binding.key in ("escape", "left", "right", "up", "down"))
        ), binding


async def test_a_risky_action_needs_a_key_of_its_own() -> None:
    screens = {"main": Screen({"Delete": (10, 10)}, {"click Delete": "gone"}), "gone": Screen({"Empty": (9, 9)})}
    stage = PlanStage("click Delete", screens, approve="risky")
    async with stage.app.run_test(size=WIDE) as pilot:
        await planned(pilot, stage, "clear it")
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.panel.mode == "approving")
        stage.app._proposed_at -= 60
        assert "A  approve though risky" in stage.shown and " a Approve" not in stage.shown
        await pilot.press("a", "enter")
        assert stage.app.panel.mode == "approving" and not stage.desktop.performed
        await pilot.press("A")
        await until(pilot, lambda: stage.app.results)
        assert stage.desktop.performed == ["click Delete"]
        await pilot.press("ctrl+q")


async def test_what_is_no_action_is_told_whole_with_an_example() -> None:
    stage = PlanStage("click Help", approve="each")
    async with stage.app.run_test(size=SMALL) as pilot:
        await planned(pilot, stage)
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.panel.mode == "approving")
        await pilot.press("e")
        assert 'press(keys=["ctrl", "s"])' in str(stage.app.panel.note.content)
        await type_line(pilot, 'key(keys="alt+f")')
        squeezed = " ".join(stage.shown.replace("│", " ").replace("┃", " ").split())
        assert """there is no action 'key': write it as press(keys=["ctrl", "s"])""" in squeezed
        await pilot.press("escape", "x")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")
