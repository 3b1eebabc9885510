"""What the words forbid is not planned; what they ask for is."""

from __future__ import annotations

import pytest

from vlm.planner.instruction import NoPlan
from vlm.planner.negation import check_negations
from vlm.planner.plan import parse_plan


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ("please make sure nothing gets deleted, then click Refresh", "press Ctrl+A\npress Delete\nclick Refresh"),
        ("be careful not to close the window and click Save", "press Alt+F4\nclick Save"),
        ("I don't want to remove the file, only rename it to a.txt", "press Delete\npress F2\ntype a.txt\npress Enter"),
        ("Don't delete anything, just open Preferences", "click Preferences\npress Delete"),
        ("go on without quitting", "press Ctrl+Q"),
        ("open notes.txt and delete nothing", "double_click notes.txt\npress Delete"),
        ("do not tick Newsletter but tick Terms", "set on Newsletter\nset on Terms"),
        ("don't click Deploy yet", "click Deploy"),
        ("instead of Save click Open", "click Save"),
    ],
)
def test_what_is_forbidden_is_refused(instruction: str, plan: str) -> None:
    with pytest.raises(NoPlan, match="forbid"):
        check_negations(instruction, parse_plan(plan))


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ("delete the second row, but leave the first one", "press Ctrl+A\npress Delete"),
        ("type Hello into the subject and leave the body alone", "click subject\ntype Hello\npress Ctrl+A\npress Backspace"),
    ],
)
def test_everything_is_deleted_only_where_everything_is_said(instruction: str, plan: str) -> None:
    with pytest.raises(NoPlan, match="say what to delete"):
        check_negations(instruction, parse_plan(plan))


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ("delete this line", "press Delete"),
        ("press ctrl+a then del", "press Ctrl+A\npress Delete"),
        ("close it and click Don't Save", "press Ctrl+W\nclick Don't Save"),
        ("I don't want the ruler", "set off ruler"),
        ("choose PDF rather than PNG and click Export", "click PDF\nclick Export"),
        ("couldn't you click Save", "click Save"),
        ("don't press Cancel - press Apply", "click Apply"),
        ("instead of Scale choose Crop", "click Crop"),
        ("don't forget to close the window", "press Alt+F4"),
        ("delete it, but do not save", "press Delete"),
        ("Don't press Delete, click OK", "click OK"),
        ("select all and press Delete", "press Ctrl+A\npress Delete"),
        ("quit without saving", "press Ctrl+Q\nclick Don't Save"),
        ("get rid of everything", "press Ctrl+A\npress Delete"),
    ],
)
def test_what_is_asked_for_is_planned(instruction: str, plan: str) -> None:
    assert check_negations(instruction, parse_plan(plan)) is None
