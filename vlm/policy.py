"""From a screenshot to the next action: in one go, or in words first. Both satisfy the loop's `Policy` by their shape."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence

from recordings.action import ActionSyntaxError, parse_action
from recordings.episode import Observation, Prediction, Step
from recordings.errors import DeskhandError
from vlm.engine import Sight, VisionLanguageModel
from vlm.grammar import action_grammar, describe_actions
from vlm.prompts import Mode

HISTORY_STEPS = 12
"""Past steps that the plan question lists."""

_TARGET = re.compile(r'([a-z]+\()target="([^"\\]+)"(.*)')
_PATH = re.compile(r'([a-z]+\()path=(\["[^"\\]+"(?:, "[^"\\]+")+\])(.*)')


class DirectPolicy:
    """For a model trained to write the action with its coordinates: the pocket one and fine-tuned ones."""

    def __init__(self, model: VisionLanguageModel, mode: Mode = "nothink") -> None:
        self.model = model
        self._mode: Mode = mode

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        """One question about the screenshot. A malformed answer is a prediction with a mistake."""
        began = time.perf_counter()
        sight = self.model.look(observation.screenshot.image)
        prediction = sight.act(instruction, history, self._mode)
        return prediction.model_copy(update={"seconds": time.perf_counter() - began})


class PlanThenGroundPolicy:
    """For the published model: it says the action and its target in words, then grounds the words with the prompt it was trained on.

    Both questions share the screenshot's prefix, so the second costs only its own text.
    """

    def __init__(self, model: VisionLanguageModel, mode: Mode = "nothink") -> None:
        self.model = model
        self._mode: Mode = mode

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        """Plan, then ground each place the plan names. A malformed plan is a prediction with a mistake."""
        began = time.perf_counter()
        sight = self.model.look(observation.screenshot.image)
        plan = sight.propose(
            plan_question(instruction, history),
            lambda after_thinking: action_grammar(places="words", after_thinking=after_thinking),
            self._mode,
            _read_plan,
        )
        return ground_plan(sight, plan).model_copy(update={"seconds": time.perf_counter() - began})


def policy_for(model: VisionLanguageModel) -> DirectPolicy | PlanThenGroundPolicy:
    """The policy that the checkpoint names under `deskhand` in its configuration; the published model names none and plans first.

    Raises:
        DeskhandError: it names one that does not exist.
    """
    name = model.metadata.get("policy", "plan-then-ground")
    match name:
        case "direct":
            return DirectPolicy(model)
        case "plan-then-ground":
            return PlanThenGroundPolicy(model)
        case _:
            raise DeskhandError(f"the checkpoint asks for the policy {name!r}: use direct or plan-then-ground in its config.json")


def plan_question(instruction: str, history: Sequence[Step]) -> str:
    """What plan-then-ground asks: the next action, its place in words."""
    done = [_told(number, step) for number, step in enumerate(history, 1)][-HISTORY_STEPS:]
    note = history[-1].note if history else ""
    return "\n".join(
        [
            f"Task: {instruction}",
            "Done so far:",
            *(done or ["nothing"]),
            *([f"Note: {note}"] if note else []),
            "What is the single next action on this screen? Answer with one line of thought and, on the next line, one of these actions.",
            "Say where in words that tell the element apart from everything else on the screen.",
            describe_actions("words"),
        ]
    )


def _told(number: int, step: Step) -> str:
    action = step.action or step.prediction.action
    return f"{number}. {step.prediction.thought} {action or 'no valid action'} ({step.outcome})".replace("\n", " ")


def _read_plan(answer: str) -> Prediction:
    thought, _, _ = answer.strip().rpartition("\n")
    return Prediction(thought=thought.strip(), text=answer)


def ground_plan(sight: Sight, plan: Prediction) -> Prediction:
    """Put coordinates where the plan has words; the confidence is that of the least certain place."""
    if plan.mistake is not None:
        return plan
    line = plan.text.strip().rpartition("\n")[2]
    if found := _TARGET.fullmatch(line):
        places = [sight.ground(found[2])]
        line = f"{found[1]}x={places[0].point.x:.4f}, y={places[0].point.y:.4f}{found[3]}"
    elif found := _PATH.fullmatch(line):
        places = [sight.ground(words) for words in json.loads(found[2])]
        path = ", ".join(f"[{place.point.x:.4f}, {place.point.y:.4f}]" for place in places)
        line = f"{found[1]}path=[{path}]{found[3]}"
    else:
        places = []
    try:
        action = parse_action(line)
    except ActionSyntaxError as error:
        return plan.model_copy(update={"mistake": str(error)})
    grounded = {"box": places[0].box, "confidence": min(place.confidence for place in places)} if places else {}
    return plan.model_copy(update={"action": action, **grounded})
