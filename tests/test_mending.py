"""What the words give away is put right in a small model's plan."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from vlm.planner.dictation import check_texts
from vlm.planner.following import PlanFollower
from vlm.planner.instruction import NoPlan
from vlm.planner.mending import mend
from vlm.planner.plan import Plan, PlannedStep, parse_plan
from vlm.planner.quoted import quoted_plan


@pytest.mark.parametrize(
    ("words", "plan", "meant"),
    [
        ("tick Sunday and Monday", "set on Sunday and Monday", "set on Sunday|set on Monday"),
        (
            "put 1 in the first box and 2 in the second",
            "click first box\ntype 1\nclick second\ntype 2",
            "click first box|type 1|click second box|type 2",
        ),
        ("scroll down in the left pane", "scroll down left", "scroll down left pane"),
        ("click the first tab, then Second", "click first tab\nclick Second", "click first tab|click Second"),
        ("tick the second and third check boxes", "set on second\nset on third", "set on second check box|set on third check box"),
        ("click the 1st, 2nd and last link", "click 1st\nclick 2nd\nclick last link", "click 1st link|click 2nd link|click last link"),
        ("choose second and click the third tab", "click second\nclick third tab", "click second|click third tab"),
        ('tick "Search and Replace"', "set on Search and Replace", "set on Search and Replace"),
        ("tick Find and replace as you type", "set on Find and replace as you type", "set on Find and replace as you type"),
        (
            "click New Folder, call it Invoices 2026 and confirm with Create",
            "click New Folder\npress F2\ntype Invoices 2026\npress Enter\nclick Create",
            "click New Folder|type Invoices 2026|click Create",
        ),
        (
            "enter X, press ctrl+s, name it memo.abw and click Save",
            "type X\npress Ctrl+S\npress F2\ntype memo.abw\npress Enter\nclick Save",
            "type X|press Ctrl+S|type memo.abw|click Save",
        ),
        ("press ctrl+s and call it a.txt", "press Ctrl+S\npress F2\ntype a.txt\npress Enter", "press Ctrl+S|type a.txt|press Enter"),
        ("choose option 3 in the Size list", "click Size\nclick 3", "click Size|click option 3 in the list"),
        ("click option 12", "click 12", "click option 12"),
        ("click 3", "click 3", "click 3"),
        ("add the word END to the end", "press Ctrl+End\npress Enter\ntype END", "press Ctrl+End|type END"),
        ("add the line END to the end", "press Ctrl+End\npress Enter\ntype END", "press Ctrl+End|press Enter|type END"),
        ("open ~/a/b.md and print it", "double_click ~/a/b.md\npress Ctrl+P", "press Ctrl+O|type ~/a/b.md|press Enter|press Ctrl+P"),
        ("open Firefox and press F5", "press Ctrl+L\ntype Firefox\npress Enter\npress F5", "click Firefox|press F5"),
        ("open example.org", "press Ctrl+L\ntype example.org\npress Enter", "press Ctrl+L|type example.org|press Enter"),
        ("open the site Heise", "press Ctrl+L\ntype Heise\npress Enter", "press Ctrl+L|type Heise|press Enter"),
        ("click Old and name it New", "click Old\npress F2\ntype New\npress Enter", "click Old|press F2|type New|press Enter"),
        (
            "click New and rename it to b.txt",
            "click New\npress F2\ntype b.txt\npress Enter",
            "click New|press F2|type b.txt|press Enter",
        ),
        (
            "open the file menu and save it as a.txt",
            "click file\nclick File\nclick Save As...\ntype a.txt\nclick Save",
            "click File|click Save As...|type a.txt|click Save",
        ),
        ("open the file menu, close it with the file menu", "click file\nclick file", "click file|click file"),
        ("click the file menu twice", "click file\nclick file", "click file|click file"),
        ("click save, click Save", "click save\nclick Save", "click save|click Save"),
    ],
)
def test_what_the_words_give_away_is_put_right(words: str, plan: str, meant: str) -> None:
    assert "|".join(map(str, mend(words, parse_plan(plan)))) == meant


@pytest.mark.parametrize(
    ("words", "plan", "done"),
    [
        ("change the name from Bob to Robert", "click name\ntype Robert", "click name|press Ctrl+A|type Robert"),
        ("please change port to 8080", "click port\ntype 8080", "click port|press Ctrl+A|type 8080"),
        ("set the port to 8080", "click port\ntype 8080", "click port|type 8080"),
        ("change to the Notes tab, click Title and type X", "click Notes\nclick Title\ntype X", "click Notes|click Title|type X"),
        ("rename a.txt to b.txt", "click a.txt\npress F2\ntype b.txt", "click a.txt|press F2|press Ctrl+A|type b.txt"),
    ],
)
def test_what_is_changed_to_something_else_makes_room_for_it(words: str, plan: str, done: str) -> None:
    class Made:
        def plan(self, instruction: str) -> Plan:
            return Plan(parse_plan(plan), 0.9)

        def choose_visible(self, step: PlannedStep, names: Sequence[str]) -> list[tuple[str, float]]:
            return []

    assert "|".join(map(str, PlanFollower(Made).plan(words))) == done


@pytest.mark.parametrize("words", ['Name it "Q4 plan"', "call it budget"])
def test_a_name_for_nothing_that_is_spoken_of_is_asked_about(words: str) -> None:
    with pytest.raises(NoPlan, match="what gets that name"):
        mend(words, parse_plan("press F2\ntype Q4 plan\npress Enter"))


@pytest.mark.parametrize("words", ["rename it to Q4 plan", "give it a new name: Q4 plan"])
def test_what_is_chosen_is_renamed(words: str) -> None:
    plan = parse_plan("press F2\ntype Q4 plan\npress Enter")
    assert mend(words, plan) == plan


def test_an_order_to_write_is_no_name() -> None:
    with pytest.raises(NoPlan, match="quotation marks"):
        check_texts("hit new, write title, save", parse_plan("click new\nclick write title\nclick save"))
    check_texts("click Write mail, then click Send", parse_plan("click Write mail\nclick Send"))


@pytest.mark.parametrize("name", ["windows", "Windows", "super", "meta"])
def test_the_windows_key_is_a_key(name: str) -> None:
    plan = quoted_plan(f"press the {name} key")
    assert plan is not None and [step.keys for step in plan] == ["Super"]
