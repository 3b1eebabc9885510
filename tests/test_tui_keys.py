"""The terminal UI's keys: what they do where nobody looks at the input line, and whether all of them are to be seen."""

from __future__ import annotations

from fakes import ScriptedPolicy
from stage import CLICK, SMALL, WIDE, Stage, proposal, type_line, until

from agent.tui import look


async def test_what_is_typed_beside_the_input_line_is_an_instruction_all_the_same() -> None:
    stage = Stage(ScriptedPolicy("finish()"))
    async with stage.app.run_test(size=WIDE) as pilot:
        await pilot.press("ctrl+t", *"quit", "space", *"it?")
        assert stage.app.panel.field.value == "quit it?" and stage.app.panel.field.has_focus
        await pilot.press("enter")
        await until(pilot, lambda: stage.app.results)
        assert stage.app.results[0].request == "quit it?", "and no task was picked"
        await pilot.press("ctrl+q")


async def test_in_a_small_terminal_all_keys_are_to_be_seen_at_once() -> None:
    stage = Stage(ScriptedPolicy("finish()"))
    async with stage.app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "ctrl+t Lists" in stage.shown and "ctrl+l Adapter" in stage.shown)
        assert "^" not in stage.shown
        await pilot.press("question_mark")
        await until(pilot, lambda: "leave; a run is ended cleanly first" in stage.shown)
        assert stage.app.screen.query_one("#help").max_scroll_y == 0
        await pilot.press("escape", "ctrl+q")


async def test_in_a_tiny_terminal_a_change_can_still_be_written() -> None:
    stage = Stage(ScriptedPolicy(CLICK, "finish()"), approve="each")
    async with stage.app.run_test(size=(40, 10)) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        assert "click(x=0.250" in stage.shown and not stage.app.board.live.display, "what is two columns wide shows nothing"
        await pilot.press("e")
        await until(pilot, lambda: stage.app.panel.field.region and stage.app.panel.field.region.bottom <= 10)
        assert stage.app.panel.field.value.startswith("click(") and "click(x=0.2500" in stage.shown
        await pilot.press("escape", "x")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")


async def test_in_a_small_terminal_the_keys_of_a_risky_action_are_whole() -> None:
    told = look.approving_keys(risky=True, at_hand=True, offered=True, movable=True, room=76)
    assert told == " A approve though risky  W always here  m move  e change  t do it yourself "
    assert "s  skip   x  stop" in look.approving_keys(risky=True, at_hand=True, offered=True, movable=True, room=130)
    stage = Stage(ScriptedPolicy('press(keys=["ctrl", "w"])', "finish()"), approve="risky")
    async with stage.app.run_test(size=SMALL) as pilot:
        await type_line(pilot, "do it")
        await proposal(pilot, stage)
        await until(pilot, lambda: "A Approve risky" in stage.shown and "x Stop" in stage.shown and "? Keys" in stage.shown)
        assert "A approve though risky" in stage.shown and stage.shown.count("…") == 0 and "m move" not in stage.shown, "a key has no place"
        await pilot.press("x")
        await until(pilot, lambda: stage.app.results)
        await pilot.press("ctrl+q")
