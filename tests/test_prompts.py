"""How the steps that were taken are told to a model."""

from __future__ import annotations

from recordings.action import Click, Press, Type
from recordings.episode import UNCHANGED, Prediction, Step
from vlm.prompts import PlanItem, act_question, key_run, print_done, print_thought, written_sums


def test_steps_taken_are_told_shortly() -> None:
    keys = [PlanItem("click", key, rest) for key, rest in key_run("97 - 5")]
    assert print_done([]) == "" and print_done(keys[:2]) == "- 5 left, [7]" and print_done(keys) == "[5]"
    others = [PlanItem("type", "a b"), PlanItem("click", "File"), PlanItem("press", "ctrl+s"), PlanItem("click", "Save")]
    assert print_done(others) == "[File]<ctrl+s>[Save]"
    assert print_thought(PlanItem("click", "File")) == "now: [File]" and print_thought(None) == "now: done"


def test_a_step_that_changed_nothing_is_told_as_such_until_it_worked() -> None:
    told = 'Open "File", type "some text" and press "ctrl+s".'
    plan = [PlanItem("click", "File"), PlanItem("type", "some text"), PlanItem("press", "ctrl+s")]
    actions = [Click(x=0.1, y=0.2), Type(text="some text"), Press(keys=("ctrl", "s"))]
    history = [
        Step(index=index, prediction=Prediction(thought=print_thought(item), action=action), action=action)
        for index, (item, action) in enumerate(zip(plan, actions, strict=True))
    ]
    question = act_question(told, history)
    assert "[File]{some text}<ctrl+s>" in question and told in question
    in_vain = history[0].model_copy(update={"changed": False, "note": UNCHANGED})
    assert act_question(told, [in_vain, *history]) == question
    assert UNCHANGED in act_question(told, [in_vain]) != act_question(told, history[:1])


def test_the_full_stop_of_a_sentence_is_no_part_of_its_sum() -> None:
    assert written_sums("Add it up: 79 + 480.") == ["79 + 480"]
    assert written_sums("What is 3.5*12? Then work out 7 - 0.25.") == ["3.5*12", "7 - 0.25"]
    assert written_sums("Open page 12.") == []
