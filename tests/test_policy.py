"""Both policies: the right question, coordinates where the plan had words, and mistakes as data."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from checkpoints import picture, write_checkpoint

from agent.protocols import Policy
from recordings.action import Click, Drag, Finish, Type, print_action
from recordings.episode import Observation, Outcome, Prediction, Screenshot, Step
from recordings.errors import DeskhandError
from recordings.geometry import Box, ScreenTransform
from vlm import sight as sights
from vlm.answer import Answer, Grounding
from vlm.engine import VisionLanguageModel, load
from vlm.policy import DirectPolicy, PlanThenGroundPolicy, SightView, policy_for, read_proposal
from vlm.prompts import plan_question
from vlm.sight import Sight


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VisionLanguageModel:
    return load(write_checkpoint(tmp_path_factory.mktemp("policy"), max_position_embeddings=8192), dtype=torch.float32)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sights, "ACTION_LIMIT", 40)


SEEN = Observation(Screenshot(picture(), ScreenTransform(0, 0, 96, 64)))


class Pointer:
    """In place of a sight: every element lies where its name's length says."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ground(self, words: str) -> Grounding:
        self.asked.append(words)
        x = len(words) / 100
        box = Box(x1=x - 0.01, y1=0.4, x2=x + 0.01, y2=0.6)
        return Grounding(box, box.center, 1 / len(words), 0.0)


def grounded(answer: str) -> tuple[Prediction, list[str]]:
    pointer = Pointer()
    proposal = read_proposal(Prediction(thought="so", text=answer))
    if isinstance(proposal, Prediction):
        return proposal, pointer.asked
    view = SightView(pointer)  # type: ignore[arg-type]
    return PlanThenGroundPolicy(None).act(proposal, [], view), pointer.asked  # type: ignore[arg-type]


def test_a_target_in_words_becomes_its_point() -> None:
    prediction, asked = grounded('the menu is closed\nclick(target="the File menu", button="right", count=2)')
    assert prediction.action == Click(x=0.13, y=0.5, button="right", count=2)
    assert prediction.box == Box(x1=0.12, y1=0.4, x2=0.14, y2=0.6)
    assert prediction.confidence == pytest.approx(1 / 13)
    assert asked == ["the File menu"]


def test_a_path_in_words_becomes_points() -> None:
    prediction, asked = grounded('drag(path=["the file", "the folder at the left"])')
    assert prediction.action == Drag(path=((0.08, 0.5), (0.22, 0.5)))
    assert prediction.confidence == pytest.approx(1 / 22)
    assert asked == ["the file", "the folder at the left"]


def test_actions_without_a_place_are_not_grounded() -> None:
    for action in (Finish(answer="42"), Type(text='say target="x" and (y)')):
        prediction, asked = grounded(f"thought\n{print_action(action)}")
        assert (prediction.action, prediction.confidence, asked) == (action, None, [])


def test_a_malformed_plan_is_a_mistake_not_an_exception() -> None:
    for answer in ("click the button", "click(target=)", "", 'click(target="a", count=9)'):
        prediction, _ = grounded(answer)
        assert prediction.action is None
        assert prediction.mistake
    cut = Prediction(text='click(target="a")', mistake="the answer did not end")
    assert read_proposal(cut) is cut


def test_both_policies_answer_the_loop(model: VisionLanguageModel) -> None:
    policies: list[Policy] = [DirectPolicy(model), PlanThenGroundPolicy(model)]
    for policy in policies:
        prediction = policy.predict("Save the file", [], SEEN)
        assert (prediction.action is None) == (prediction.mistake is not None)
        assert prediction.seconds > 0
        assert prediction.context_limit == 8192


def test_planning_and_grounding_share_the_screenshot(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan forced into the model's mouth is grounded on the same sight, by the published question."""
    answers = {}
    answer = Sight._answer

    def planned(self: Sight, question: str, *rest: Any, **named: Any) -> Any:
        if question.startswith("Task:"):
            return Answer('open it\nclick(target="the File menu")', "", None, True, 0.1, 99)
        answers[self] = question
        return answer(self, question, *rest, **named)

    monkeypatch.setattr(Sight, "_answer", planned)
    prediction = PlanThenGroundPolicy(model).predict("Save the file", [], SEEN)
    assert list(answers) == [model.look(SEEN.screenshot.image)]
    assert "describes: the File menu. Output its bbox" in next(iter(answers.values()))
    assert prediction.thought == "open it"
    assert isinstance(prediction.action, Click) and prediction.box is not None
    assert (prediction.action.x, prediction.action.y) == (prediction.box.center.x, prediction.box.center.y)


def test_the_plan_question_tells_what_was_done() -> None:
    steps = [
        Step(index=0, prediction=Prediction(thought="open\nthe menu", action=Click(x=0.1, y=0.2))),
        Step(index=1, prediction=Prediction(mistake="no action"), outcome=Outcome.MISTAKE, note="answer with one action"),
    ]
    question = plan_question("Save the file", steps)
    assert "1. open the menu click(x=0.1000, y=0.2000) (performed)" in question
    assert "2.  no valid action (mistake)" in question
    assert "Note: answer with one action" in question
    assert "click(target: words" in question
    assert plan_question("x", [steps[0]] * 50).count("open the menu") == 12


def test_the_checkpoint_names_its_policy(tmp_path: Path) -> None:
    def chosen(metadata: dict[str, str]) -> Any:
        return policy_for(SimpleNamespace(metadata=metadata))  # type: ignore[arg-type]

    assert isinstance(chosen({"policy": "direct"}), DirectPolicy)
    assert isinstance(chosen({}), PlanThenGroundPolicy)
    with pytest.raises(DeskhandError, match="policy 'magic'"):
        chosen({"policy": "magic"})
