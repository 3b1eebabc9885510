"""What no plan can say is told, whatever a model made of it."""

from __future__ import annotations

import pytest

from vlm.planner.beyond import check_beyond
from vlm.planner.instruction import NoPlan
from vlm.planner.plan import parse_plan


@pytest.mark.parametrize(
    ("words", "plan", "beyond"),
    [
        ("keep clicking Next until you see Finish", "click Next", True), ("hover over the Help menu", "click Help", True),
        ("go to line 120", "press Ctrl+L\ntype 120\npress Enter", True),
        ("click Start and wait until it has ended", "click Start\nwait", False),
        ("type go to line 3", "type go to line 3", False), ("wait until it is there, then click Next", "wait\nclick Next", False),
    ],
)  # fmt: skip
def test_what_only_the_screen_could_end_or_no_click_does_is_no_plan(words: str, plan: str, beyond: bool) -> None:
    if beyond:
        with pytest.raises(NoPlan, match="a plan cannot say"):
            check_beyond(words, parse_plan(plan))
    else:
        check_beyond(words, parse_plan(plan))


def test_nothing_is_dragged_to_a_side_of_nothing() -> None:
    with pytest.raises(NoPlan, match="say onto what"):
        check_beyond("drag the slider to the right", parse_plan("drag slider -> right"))
    check_beyond("drag a.txt to the right pane", parse_plan("drag a.txt -> right pane"))


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ("click everything except Delete", ""),
        ("uncheck everything", ""),
        ("tick all the boxes", "set on all the boxes"),
        ("click all the buttons", "click all the buttons"),
        ("select every file but the last", "press Ctrl+A"),
        ("tick every box but A", "set on A"),
        ("close all tabs except this one", "press Ctrl+W"),
        ("open the menu and click everything", "click menu"),
        ("uncheck all", "set off all"),
        ("delete all rows except the last", "press Ctrl+A\npress Delete"),
        ("turn them all off", ""),
        ("switch every setting off", ""),
        ("open every link", "click link"),
        ("disable the other options", "set off other options"),
        ("delete every second line", "press Ctrl+A\npress Delete"),
        ("delete all files that end with txt", "press Ctrl+A\npress Delete"),
        ("turn off all notifications", "set off all notifications"),
    ],
)
def test_a_set_that_nobody_lists_is_no_plan(instruction: str, plan: str) -> None:
    with pytest.raises(NoPlan, match="says no names: name each one") as error:
        check_beyond(instruction, parse_plan(plan))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ("select all files", "press Ctrl+A"),
        ("click Save, then print it with Control-p", "click Save\npress Ctrl+P"),
        ("click Reject all once", "click Reject all"),
        ("Save everything with a new name", "press Ctrl+S"),
        ("Switch to the other window, paste it and come back", "press Alt+Tab\npress Ctrl+V\npress Alt+Tab"),
        ("close the other tab", "click other tab"),
        ("click the other Edit", "click other Edit"),
        ("delete everything", "press Ctrl+A\npress Delete"),
        ("make everything bold", "press Ctrl+A\npress Ctrl+B"),
        ("untick everything but Monday: Monday, Tuesday, Wednesday.", "set off Tuesday\nset off Wednesday"),
        ("Of A, B and C tick all but B", "set on A\nset on C"),
        ("tick all of them: Ruler, Grid", "set on Ruler\nset on Grid"),
        ("click Show all files", "click Show all files"),
        ("tick All notifications", "set on All notifications"),
        ("click Replace All", "click Replace All"),
        ("save all open files", "press Ctrl+Shift+S"),
        ("Mark all messages as read", "click Mark all messages as read"),
        ("type all the words you know", "type all the words you know"),
        ("tick A, B and C, but leave everything else alone", "set on A\nset on B\nset on C"),
        ('click "all of them"', "click all of them"),
        ("hold ctrl and press S", "press Ctrl+S"),
    ],
)
def test_what_has_a_key_or_names_is_planned(instruction: str, plan: str) -> None:
    assert check_beyond(instruction, parse_plan(plan)) is None


@pytest.mark.parametrize(
    "instruction",
    [
        "hold shift and click OK",
        "ctrl-click the second file",
        "Shift+click A",
        "click OK while holding alt",
        "middle-click the link",
        "alt-drag the window",
        "hold the mouse button down on it",
        "press and hold Record",
        "hold down ctrl and select both files",
    ],
)
def test_a_held_key_is_said_to_be_beyond_a_plan(instruction: str) -> None:
    with pytest.raises(NoPlan, match="a plan cannot say"):
        check_beyond(instruction, parse_plan("click OK"))
    check_beyond(f"type {instruction}", parse_plan(f"type {instruction}"))
