"""Things that are called alike are told apart in words that a person can choose by, and those words pick one of them again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from locator_screens import DIALOG, DIALOG_BOX, SIZE, TABLE, reading
from paper import Screen, follow
from PIL import Image

from recordings.episode import Observation, Screenshot, StopReason
from recordings.geometry import Box, ScreenTransform
from vlm.reading.apart import describe, pick
from vlm.reading.match import TextLocator
from vlm.reading.reading import Reading
from vlm.reading.view import ScreenView

CLOSE = reading(("Close", 20, 700), ("Close", 900, 700), ("Help", 450, 300))
TABS = reading(("Up", 20, 100), ("Up", 100, 100), ("Up", 180, 100))
FORM = reading(
    ("Billing", 100, 100), ("Street", 100, 130), ("City", 400, 130), ("Delivery", 100, 300), ("Street", 100, 330), ("City", 400, 330)
)


def view_of(seen: Reading, active: Box | None = None, **known: object) -> ScreenView:
    shot = Screenshot(Image.new("RGB", SIZE), ScreenTransform(0, 0, *SIZE))
    return ScreenView(seen, TextLocator(), replace(Observation(shot, "Save changes", active=active), **known))


def boxes_of(name: str, seen: Reading) -> list[Box]:
    return [element.box for element in seen.elements if element.text == name]


def told(name: str, seen: Reading, **known: object) -> list[str]:
    return describe(boxes_of(name, seen), view_of(seen, **known))


def test_each_is_described_by_what_no_other_has() -> None:
    assert told("Close", CLOSE) == ["the left one, at the bottom left", "the right one, at the bottom right"]
    assert [words.partition(", ")[2] for words in told("Edit", TABLE)] == [
        "in the row of “John Smith”", "in the row of “Mary Poppins”", "in the row of “report.txt”"
    ]  # fmt: skip
    assert [words.partition(", ")[0] for words in told("Edit", TABLE)] == [
        "the first from the top",
        "the second from the top",
        "the third from the top",
    ]
    assert [words.partition(", ")[0] for words in told("Up", TABS)] == [
        "the first from the left",
        "the second from the left",
        "the third from the left",
    ]
    assert [words.rpartition(", ")[2] for words in told("Street", FORM)] == ["near “Billing”", "near “Delivery”"]
    dialog = told("Save", DIALOG, active=DIALOG_BOX, dialog=True)
    assert "in the window behind" in dialog[0] and "in the open dialog “Save changes”" in dialog[1]
    menu = told("Save", DIALOG, popups=(DIALOG_BOX,))
    assert "outside the open menu" in menu[0] and "in the open menu" in menu[1]


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [("the left one", 0), ("left", 0), ("right", 1), ("the right Close", 1), ("rightmost", 1), ("the first", 0), ("last", 1),
     ("second one", 1),
     ("upper", None), ("blue", None), ("", None)],
)  # fmt: skip
def test_a_side_or_a_number_picks_one(answer: str, chosen: int | None) -> None:
    assert pick(answer, boxes_of("Close", CLOSE), view_of(CLOSE), ["Close"]) == chosen


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [("Mary Poppins", 1), ("the one next to John Smith", 0), ("in the row of report.txt", 2), ("mary", 1), ("Edit for Mary Poppins", 1),
     ("the upper one", 0), ("the lowest", 2), ("third", 2), ("the middle thing", None), ("Robinson", None), ("Delete", None)],
)  # fmt: skip
def test_what_stands_beside_picks_one(answer: str, chosen: int | None) -> None:
    assert pick(answer, boxes_of("Edit", TABLE), view_of(TABLE), ["Edit"]) == chosen


def test_the_window_picks_one() -> None:
    view = view_of(DIALOG, active=DIALOG_BOX, dialog=True)
    boxes = boxes_of("Save", DIALOG)
    assert [pick(answer, boxes, view, ["Save"]) for answer in ("the one in the dialog", "in the window behind", "the other window")] == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(("answer", "clicked"), [("the right one", "Apply#2"), ("1", "Apply"), ("Height", "Apply#2"), ("left", "Apply")])
def test_the_answer_to_the_question_is_clicked(answer: str, clicked: str) -> None:
    words = {"Width": (10, 40), "Apply": (100, 40), "Height": (400, 40), "Apply#2": (500, 40)}
    screens = {"main": Screen(words, {f"click {name}": "end" for name in words}), "end": Screen({"x": (1, 1)})}
    agent, desktop, steps = follow("click Apply\ndone", screens, answers=[answer])
    assert steps[0].action.question.startswith("I see “Apply” 2 times: 1: the left one, ")
    assert desktop.performed == [f"click {clicked}"] and agent.stop_reason is StopReason.DONE


def test_words_that_pick_none_are_asked_about_again() -> None:
    words = {"Apply": (100, 40), "Apply#2": (500, 40)}
    agent, desktop, steps = follow("click Apply\ndone", {"main": Screen(words)}, answers=["the blue one", "the upper one"])
    assert not [done for done in desktop.performed if "click" in done] and agent.stop_reason is StopReason.FAILED
    assert sum(step.action.kind == "ask" for step in steps) == 3
