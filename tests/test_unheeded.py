"""What a person said and no step does anything about makes a plan doubtful."""

from __future__ import annotations

import pytest

from agent.planning import doubt_about, is_sure
from vlm.planner.following import PlanFollower
from vlm.planner.instruction import NoPlan, check_instruction
from vlm.planner.mending import click_cleared
from vlm.planner.plan import Plan, parse_plan
from vlm.planner.repeats import plan_counted
from vlm.planner.unheeded import unheeded


@pytest.mark.parametrize(
    ("instruction", "plan", "left"),
    [
        ("click next three times and then finish", "click next\nclick next\nclick next", ("finish",)),
        ("delete the word foo", "press Delete", ("foo",)),
        ("copy the first line and paste it", "press Ctrl+C\npress Ctrl+V", ("first",)),
        ("copy everything and paste it into a new window", "press Ctrl+A\npress Ctrl+C\npress Ctrl+N", ("paste",)),
        ("pick Bold and confirm", "click Bold", ("confirm",)),
        ("change the name from Bob to Robert", "press F2\ntype Bob\npress Enter", ("Robert",)),
        ('type "a" into Name, "b" into Street', "click Name\ntype a\nclick Street", ("b",)),
        ("go to the second tab and untick show toolbar", "press Ctrl+T\nset off show toolbar", ("second",)),
        ("save a copy as b.txt in the Documents folder", "click File\nclick Save As...\ntype b.txt\nclick Save", ("Documents",)),
        ("set the paper size to A5", "click File\nclick Page Setup", ("A5",)),
        ("print only page 3", "press Ctrl+P", ("3",)),
        ("cut this and paste it into a new document", "press Ctrl+X\npress Ctrl+V", ("new",)),
        ("show the status bar via the View menu", "click View", ("status",)),
        ("scroll down to the bottom", "scroll down", ("bottom",)),
        ("type Dear all, in the message", "type Dear all, in the message", ("in the message",)),
        ("write Best regards, Tom at the end", "type Best regards, Tom at the end", ("at the end",)),
        ("put Berlin, in City", "click City\ntype Berlin", ("Berlin,",)),
        ("drag Milk from Fridge to Shopping list", "drag Milk -> Fridge", ("Shopping",)),
        ("if a dialog asks, click Yes", "click Yes", ("if",)),
        ("click Next unless it is off, otherwise click Back", "click Next\nclick Back", ("unless", "otherwise")),
        ("click Save or Apply, whichever is there", "click Save or Apply", ("or",)),
        ("set Tom and Ann to 3", "click Tom and Ann\ntype 3", ("and",)),
        ("cut the selection and paste it at the end", "press Ctrl+X\npress Ctrl+V", ("end",)),
        ("write Regards at the bottom", "type Regards", ("bottom",)),
        ("insert the text Hello before World", "type Hello before World", ("before World",)),
        ("type it's fine, don't worry", "type it's fine", ("don't worry",)),
        ("write Hello, then delete it", "type Hello\npress Delete", ("it",)),
        ("find the word a and delete it", "press Ctrl+F\ntype a\npress Enter\npress Delete", ("it",)),
        ("type good morning everyone period", "type good morning everyone period", ("period",)),
        ("add 3 to Count", "click Count\ntype 3", ("add",)),
        ("select the first paragraph and copy it", "click first paragraph\npress Ctrl+C", ("paragraph",)),
        ("make the window bigger", "press Ctrl++", ("window",)),
        ("type Hello World in capitals", "click capitals\ntype Hello World", ("in capitals",)),
        ("type hello world no sorry hello there", "type hello world no sorry hello there", ("no sorry",)),
        ("write Hello and beneath it World", "type Hello and beneath it World", ("and beneath it World",)),
        ("open a.pdf from ~/docs", "press Ctrl+O\ntype a.pdf from ~/docs\npress Enter", ("from ~/docs",)),
        ("make a folder and drag a.txt into it", "click make a folder\ndrag a.txt -> it", ("it",)),
        ("wait until the bar is full, then click Next", "wait\nclick Next", ("wait until the bar is full",)),
        ("wait for me and press Enter", "wait\npress Enter", ("wait for me",)),
        ("set Type to Paid leave", "click Type\ntype Paid", ("leave",)),
        ("wait 45 seconds, click Go", "wait 4\nclick Go", ("wait 45 seconds",)),
        ("work out 21 + 94 with the calculator and copy the result", "click 2\nclick 1\nclick +\nclick 9\nclick 4\nclick =", ("copy",)),
    ],
)
def test_what_no_step_does_is_told(instruction: str, plan: str, left: tuple[str, ...]) -> None:
    assert unheeded(instruction, parse_plan(plan)) == left


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ("Create a new folder and name it Invoices", "press Ctrl+Shift+N\ntype Invoices\npress Enter"),
        ("cancel", "press Escape"), ("scroll to the bottom and click Terms", "scroll down\nclick Terms"),
        ("could you please click Save for me? thanks", "click Save"),
        ("finish by clicking OK", "click OK"),
        ("save it as notes.txt", "click File\nclick Save As...\ntype notes.txt\nclick Save"),
        ("tick both Bold and Italic but leave Underline alone", "set on Bold\nset on Italic"),
        ("click Save but don't close the dialog", "click Save"),
        ("choose English rather than Deutsch", "click English"),
        ("my boss wants the ruler off", "set off ruler"),
        ("In Mousepad, open the Edit menu", "click Edit"),
        ("plese open teh Format menu", "click Format"),
        ("select everything and make it bold", "press Ctrl+A\npress Ctrl+B"),
        ("wait 2.5 seconds, then press F5", "wait 2.5\npress F5"),
        ("click Next twice", "click Next\nclick Next"),
        ("undo the last two changes", "press Ctrl+Z\npress Ctrl+Z"),
        ("it's not \"No\", click \"Yes\"", "click Yes"),
        ("first choose Paper, then to finish click Apply", "click Paper\nclick Apply"),
        ("click Save if you don't mind", "click Save"),
        ("if it isn't too much trouble, click Save", "click Save"), ("tick Wrap if it isn't ticked already", "set on Wrap"),
        ("I'd appreciate it if you clicked Save", "click Save"), ("type if x then y", "type if x then y"),
        ('choose "Yes or no"', "click Yes or no"), ("click Save and Close", "click Save and Close"),
        ("go to the end and type Regards at the end", "press Ctrl+End\ntype Regards"),
        ("type hello, don't press Enter", "type hello"),
        ("type a, never mind the rest", "type a"),
        ("wait until it's loaded and click Go", "wait\nclick Go"),
        ("wait until it is done, then click Go", "wait\nclick Go"), ("select the Lines tab", "click Lines"),
        ("add the word END to the end", "press Ctrl+End\ntype END"), ("make the text bigger", "press Ctrl++"),
        ("put 9 in Price, clear it", "click Price\ntype 9\npress Ctrl+A\npress Delete"),
        ("type a, then press Delete", "type a\npress Delete"),
        ("wait 60 seconds 2 times, click Go", "wait 60\nwait 60\nclick Go"), ("type wait 5 minutes", "type wait 5 minutes"),
    ],
)  # fmt: skip
def test_what_every_step_bears_out_leaves_nothing(instruction: str, plan: str) -> None:
    assert unheeded(instruction, parse_plan(plan)) == ()


def test_such_a_plan_is_doubtful_however_likely() -> None:
    plan = Plan(parse_plan("press Delete"), 0.99, unheeded=("foo",))
    assert not is_sure(plan)
    assert is_sure(Plan(plan, 0.99))
    assert "“foo”" in doubt_about(plan)


@pytest.mark.parametrize(
    "question",
    [
        "What does the Save button do?",
        "is it better to use tables?",
        "how do I print?",
        "what's this?",
        "what does Save do",
        "should I click Save?",
        "Do you think I should save this now or rather later?",
    ],
)
def test_a_question_is_no_order(question: str) -> None:
    with pytest.raises(NoPlan, match="question"):
        check_instruction(question)


@pytest.mark.parametrize(
    "order",
    [
        "could you click Save?",
        "why don't you click Save?",
        "where is it? click Save",
        "how about clicking Save?",
        "Would it be possible to click Save?",
        "now: click OK?",
        "do click Save",
        "what is the sum of 3 and 4",
    ],
)
def test_an_order_may_be_put_as_a_question(order: str) -> None:
    assert check_instruction(order) == order


def test_hidden_and_turned_writing_is_taken_out() -> None:
    assert check_instruction("click \u202eSa\u200bve\u2069") == "click Save"


@pytest.mark.parametrize(
    ("said", "planned", "count"),
    [("undo the last two changes", "undo", 2), ("go back 3 pages", "go back", 3), ("zoom in four levels", "zoom in", 4)],
)
def test_things_that_are_one_press_each_are_counted(said: str, planned: str, count: int) -> None:
    asked: list[str] = []

    def plan(words: str) -> Plan:
        asked.append(words)
        return Plan(parse_plan("press F1"))

    assert len(plan_counted(said, plan)) == count
    assert asked == [planned]


def test_a_field_is_clicked_before_all_in_it_is_deleted() -> None:
    everything = parse_plan("press Ctrl+A\npress Delete")
    for words in ("clear the search field", "empty the search box", "delete all the text in the search field"):
        assert click_cleared(words, everything) == (*parse_plan("click search"), *everything)
    assert click_cleared("clear everything", everything) == everything
    assert click_cleared("click it and clear the search field", clicked := (*parse_plan("click it"), *everything)) == clicked


def test_whoever_follows_the_plan_keeps_the_doubt() -> None:
    class Said:
        def plan(self, instruction: str) -> Plan:
            return Plan(parse_plan("press F2\ntype a.txt"), 0.9, unheeded=unheeded(instruction, parse_plan("press F2")))

    plan = PlanFollower(Said).plan("rename foo")  # type: ignore[arg-type]
    assert [str(step) for step in plan] == ["press F2", "press Ctrl+A", "type a.txt"]
    assert plan.unheeded == ("foo",) and not is_sure(plan)
