"""From a screenshot to the next action: in one go, or in words first. Both satisfy the loop's `Policy` by their shape."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from recordings.action import Action, ActionSyntaxError, parse_action
from recordings.episode import Observation, Prediction, Step
from recordings.errors import DeskhandError
from recordings.geometry import Point
from vlm.answer import Grounding
from vlm.endpoint import NoAnswer
from vlm.engine import VisionLanguageModel
from vlm.grammar import quoted_texts, written_sums
from vlm.prompts import plan_question
from vlm.sight import Sight

if TYPE_CHECKING:
    from vlm.remote import RemoteModel, RemoteSight

Model: TypeAlias = "VisionLanguageModel | RemoteModel"

_TARGET = re.compile(r'([a-z]+\()target="([^"\\]+)"(.*)')
_PATH = re.compile(r'([a-z]+\()path=(\["[^"\\]+"(?:, "[^"\\]+")+\])(.*)')


class DirectPolicy:
    """For a model trained to write the action with its coordinates: the pocket one and fine-tuned ones."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def refusal(self, instruction: str) -> str | None:
        """Why this model cannot follow an instruction; None where it can. One that was taught with quotations guesses without them."""
        if not self.model.metadata.get("quotes") or quoted_texts(instruction) or written_sums(instruction):
            return None
        return (
            "this model follows only what an instruction quotes or calculates: write what to click and type in quotation marks, as in "
            'click "File" and choose "Quit"; or name another model with --model'
        )

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        """One question about the screenshot. A malformed answer is a prediction with a mistake."""
        began = time.perf_counter()
        sight = self.model.look(observation.screenshot.image)
        prediction = sight.act(instruction, history)
        return prediction.model_copy(update={"seconds": time.perf_counter() - began})


class PlanThenGroundPolicy:
    """For the published model: it says the action and its target in words, then grounds the words with the prompt it was trained on.

    Both questions share the screenshot's prefix, so the second costs only its own text.
    """

    def __init__(self, model: Model) -> None:
        self.model = model

    def refusal(self, instruction: str) -> None:
        """It follows any words."""

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        """Plan, then ground each place the plan names. A malformed plan is a prediction with a mistake."""
        began = time.perf_counter()
        sight = self.model.look(observation.screenshot.image)
        plan = sight.propose(plan_question(instruction, history), "words", parse=_read_plan)
        return ground_plan(sight, plan).model_copy(update={"seconds": time.perf_counter() - began})


def policy_for(model: Model, name: str | None = None) -> DirectPolicy | PlanThenGroundPolicy:
    """The policy of that name, or the one that the checkpoint names under `deskhand` in its configuration. The published model names none
    and plans first, and so does a server's.

    Raises:
        DeskhandError: there is none of that name.
    """
    match name or model.metadata.get("policy", "plan-then-ground"):
        case "direct":
            return DirectPolicy(model)
        case "plan-then-ground":
            return PlanThenGroundPolicy(model)
        case unknown:
            raise DeskhandError(f"the checkpoint asks for the policy {unknown!r}: use direct or plan-then-ground with --policy")


def _read_plan(answer: str) -> Prediction:
    """A plan as it stands; it has a mistake where no coordinates in the place of its words would make it an action."""
    thought, _, line = answer.strip().rpartition("\n")
    try:
        _place(line, lambda words: Point(x=0, y=0))
        mistake = None
    except ActionSyntaxError as error:
        mistake = str(error)
    return Prediction(thought=thought.strip(), text=answer, mistake=mistake)


def ground_plan(sight: Sight | RemoteSight, plan: Prediction) -> Prediction:
    """Put coordinates where the plan has words; the confidence is that of the least certain place."""
    if plan.mistake is not None:
        return plan
    places: list[Grounding] = []

    def find(words: str) -> Point:
        places.append(sight.ground(words))
        return places[-1].point

    try:
        action = _place(plan.text.strip().rpartition("\n")[2], find)
    except (ActionSyntaxError, NoAnswer) as error:
        return plan.model_copy(update={"mistake": str(error)})
    sure = [place.confidence for place in places if place.confidence is not None]
    grounded = {"box": places[0].box, "confidence": min(sure, default=None)} if places else {}
    return plan.model_copy(update={"action": action, **grounded})


def _place(line: str, find: Callable[[str], Point]) -> Action:
    """The action of a plan's line, with a point in place of each words. Raises ActionSyntaxError."""
    if found := _TARGET.fullmatch(line):
        point = find(found[2])
        line = f"{found[1]}x={point.x:.4f}, y={point.y:.4f}{found[3]}"
    elif found := _PATH.fullmatch(line):
        points = [find(words) for words in json.loads(found[2])]
        line = f"{found[1]}path=[{', '.join(f'[{point.x:.4f}, {point.y:.4f}]' for point in points)}]{found[3]}"
    return parse_action(line)
