"""After a step was skipped or corrected the plan does not carry on blind: what a person clicked on the way does not make the step done."""

from __future__ import annotations

import pytest
from fakes import FixedApprover
from paper import BAR, EDITOR, SIZE, Screen, box_of, follow

from agent.circling import find_circle
from agent.protocols import Decision, Verdict
from recordings.action import Click
from recordings.episode import Element, Observation, Prediction, Source, StopReason
from recordings.geometry import Box
from vlm.planner.plan import parse_plan
from vlm.planner.position import progress

PLAN = "click File\nclick Save As\ntype a.txt\nclick Save"


class Person(FixedApprover):
    """Skips the first proposal, and may click another place instead of one that is called so."""

    def __init__(self, *verdicts: str) -> None:
        super().__init__()
        self.verdicts = list(verdicts)

    def review(self, observation: Observation, prediction: Prediction) -> Decision:
        super().review(observation, prediction)
        match self.verdicts.pop(0) if self.verdicts and isinstance(prediction.action, Click) else "approve":
            case "skip":
                return Decision(Verdict.SKIP)
            case "file":
                place = box_of("File", BAR["File"]).center
                file = Element(name="File", role="menu", box=Box.from_pixels(10, 10, 30, 16, SIZE))
                return Decision(Verdict.APPROVE, Click(x=place.x, y=place.y), Source.CORRECTED, element=file, by_person=True)
            case _:
                return Decision(Verdict.APPROVE)


def test_after_a_skip_the_next_target_is_asked_for_and_an_answer_on_the_way_does_not_make_it_done() -> None:
    agent, desktop, steps = follow(PLAN, EDITOR, approver=Person("skip"), answers=["File"])
    assert next(step.action.question for step in steps if step.action.kind == "ask").startswith("I do not see “Save As”")
    assert [done for done in desktop.performed if done not in ("scroll", "up")] == [
        "click File", "click Save As...", "type a.txt", "click Save"
    ]  # fmt: skip
    assert agent.stop_reason is StopReason.DONE
    assert [line.status for line in progress(parse_plan(PLAN), steps)] == ["skipped", "done", "done", "done"]


def test_a_correction_on_the_way_does_not_make_the_step_done() -> None:
    screens = {**EDITOR, "main": Screen({**BAR, "Save As...": (10, 300)}, {"click File": "file"})}
    agent, desktop, steps = follow("click Save As\ntype a.txt\nclick Save", screens, approver=Person("file"))
    assert desktop.performed == ["click File", "click Save As...", "type a.txt", "click Save"] and agent.stop_reason is StopReason.DONE
    assert [step.prediction.plan.index for step in steps] == [0, 0, 1, 2, 3]


def test_an_answer_under_another_name_is_the_step_itself() -> None:
    screens = {"main": Screen({"Store": (10, 40)}, {"click Store": "end"}), "end": Screen({"Saved": (9, 9)}, popup=(0, 0, 100, 100))}
    agent, desktop, _ = follow("click Keep it\ndone", screens, answers=["Store"])
    assert desktop.performed[-1] == "click Store" and agent.stop_reason is StopReason.DONE


@pytest.mark.parametrize(("answers", "typed"), [([], False), (["yes"], True), (["no"], False)])
def test_text_is_not_typed_into_an_open_menu_unasked(answers: list[str], typed: bool) -> None:
    item = Element(name="New", role="menu item", box=Box(x1=0, y1=0, x2=1, y2=1))
    screens = {**EDITOR, "file": Screen(**{**vars(EDITOR["file"]), "states": {"New": item}, "leads": {"type": "typed"}})}
    agent, desktop, steps = follow("click File\ntype hello\ndone", screens, answers=answers)
    assert steps[1].action.kind == "ask" and "A menu is open" in steps[1].action.question
    assert ("type hello" in desktop.performed) is typed and (agent.stop_reason is StopReason.DONE) is typed
    agent, desktop, _ = follow("click File\ntype hello\ndone", EDITOR)
    assert any(isinstance(step, str) and step == "type hello" for step in desktop.performed), (
        "what nobody knows to be a menu may be a list to write in"
    )


def test_a_plan_that_says_the_same_again_and_again_is_no_circle_and_a_circle_is_one() -> None:
    plan = "click Help\nclick Edit\n" * 6
    screens = {"main": Screen(BAR, {"click Help": "help"}), "help": Screen({**BAR, "x": (9, 99)}, {"click Edit": "main"})}
    agent, desktop, _ = follow(plan, screens)
    assert agent.stop_reason is StopReason.DONE and len(desktop.performed) == 12
    assert find_circle(["a", "b", "c"] * 3, 3) == 3 and find_circle(["a", "b", "c", "d"] * 2, 3) is None


def test_a_value_that_stands_in_the_list_that_a_field_opened_is_chosen_and_not_typed() -> None:
    screens = {
        "main": Screen({"Quality": (10, 40)}, {"click Quality": "list"}),
        "list": Screen(
            {"Quality": (10, 40), "Low": (10, 60), "High": (10, 80)}, {"click High": "set", "type": "typed"}, popup=(0, 55, 100, 50)
        ),
        "typed": Screen({"Quality": (10, 40)}),
        "set": Screen({"Quality": (10, 40), "High": (80, 40)}),
    }
    _, desktop, _ = follow("click Quality\ntype High\ndone", screens)
    assert desktop.performed == ["click Quality", "click High"]
    _, desktop, _ = follow("click Quality\ntype Highest\ndone", screens)
    assert desktop.performed == ["click Quality", "type Highest"], "another value is no entry of it"
