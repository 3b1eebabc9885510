"""From a screenshot to the next action, for each kind of engine. All satisfy the loop's `Policy` by their shape."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from recordings.action import Action, ActionSyntaxError, parse_action
from recordings.episode import Observation, Prediction, Step
from recordings.errors import DeskhandError
from recordings.geometry import Point
from vlm.engine import VisionLanguageModel
from vlm.plan_policy import PlanPolicy, Proposal
from vlm.pocket_engine import PocketEngine
from vlm.prompts import plan_question
from vlm.reading.protocols import Candidate, Located
from vlm.reading.reading import ScreenElement
from vlm.sight import Sight

if TYPE_CHECKING:
    from vlm.remote import RemoteModel, RemoteSight

Model: TypeAlias = "VisionLanguageModel | RemoteModel"
Engine: TypeAlias = "Model | PocketEngine"

_TARGET = re.compile(r'([a-z]+\()target="([^"\\]+)"(.*)')
_PATH = re.compile(r'([a-z]+\()path=(\["[^"\\]+"(?:, "[^"\\]+")+\])(.*)')


class DirectPolicy:
    """For a model trained to write the action with its coordinates, as fine-tuned ones are."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def refusal(self, instruction: str) -> None:
        """It follows any words."""

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        """One question about the screenshot. A malformed answer is a prediction with a mistake."""
        began = time.perf_counter()
        sight = self.model.look(observation.screenshot.image)
        prediction = sight.act(instruction, history)
        return prediction.model_copy(update={"seconds": time.perf_counter() - began})


class PlanThenGroundPolicy(PlanPolicy):
    """For the published model: it says the action and its target in words, then grounds the words with the prompt it was trained on.

    Both questions share the screenshot's prefix, so the second costs only its own text.
    """

    def __init__(self, model: Model) -> None:
        super().__init__(ProposedSteps(), SightEyes(model), model)


class SightEyes:
    """A model's own eyes: words are found by its grounding question."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def look(self, observation: Observation, history: Sequence[Step]) -> SightView:
        return SightView(self.model.look(observation.screenshot.image))


@dataclass(frozen=True, slots=True)
class SightView:
    """A screen that the model has taken in. It finds whatever it is asked for, surely or not."""

    sight: Sight | RemoteSight

    def locate(self, words: str) -> Located:
        found = self.sight.ground(words)
        score = math.nan if found.confidence is None else found.confidence
        return Located(words, "found", (Candidate(ScreenElement(words, found.box, score), found.box, score, "model"),))


class ProposedSteps:
    """One step at a time, proposed by the model that sees the screen."""

    def refusal(self, instruction: str) -> None:
        """It follows any words."""

    def next(self, instruction: str, history: Sequence[Step], view: SightView) -> Proposal | Prediction:
        """A malformed proposal is a prediction with a mistake."""
        return read_proposal(view.sight.propose(plan_question(instruction, history), "words", parse=_read_plan))

    def locate(self, words: str, proposal: Proposal, view: SightView) -> Located:
        return view.locate(words)

    def missing(self, proposal: Proposal, located: Located, history: Sequence[Step], view: SightView) -> Prediction:
        """Never called: the model finds whatever it is asked for."""
        raise AssertionError("a model's own eyes miss nothing")


def policy_for(model: Engine, name: str | None = None) -> DirectPolicy | PlanPolicy:
    """The policy of that name, or the one that the checkpoint names under `deskhand` in its configuration. The published model names none
    and plans first, and so does a server's; the pocket engine brings its own.

    Raises:
        DeskhandError: there is none of that name.
    """
    if isinstance(model, PocketEngine):
        if name is not None:
            raise DeskhandError(f"the pocket engine plans and reads, it has no policy {name!r}: leave out --policy, or name a checkpoint")
        return model.policy()
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


def read_proposal(plan: Prediction) -> Proposal | Prediction:
    """A plan's last line as an action whose places are words; the plan itself where it is malformed."""
    if plan.mistake is not None:
        return plan
    line = plan.text.strip().rpartition("\n")[2]
    words: list[str] = []

    def note(each: str) -> Point:
        words.append(each)
        return Point(x=0, y=0)

    try:
        _place(line, note)
    except ActionSyntaxError as error:
        return plan.model_copy(update={"mistake": str(error)})

    def fill(places: Sequence[Point]) -> Action:
        left = iter(places)
        return _place(line, lambda _: next(left))

    return Proposal(plan, tuple(words), fill)


def _place(line: str, find: Callable[[str], Point]) -> Action:
    """The action of a plan's line, with a point in place of each words. Raises ActionSyntaxError."""
    if found := _TARGET.fullmatch(line):
        point = find(found[2])
        line = f"{found[1]}x={point.x:.4f}, y={point.y:.4f}{found[3]}"
    elif found := _PATH.fullmatch(line):
        points = [find(words) for words in json.loads(found[2])]
        line = f"{found[1]}path=[{', '.join(f'[{point.x:.4f}, {point.y:.4f}]' for point in points)}]{found[3]}"
    return parse_action(line)
