"""One policy for all: plan in words → locate the words on the screen → act.

    instruction ─► steps.next() ─► Proposal: an action whose places are words
    observation ─► eyes.look()  ─► view.locate(words) ─► candidates ─► the action, or what brings the target into view, or a question

The pocket engine plans the whole instruction before the screen is read (`vlm.planner.following`) and locates in what the reader reads;
the published model proposes one action at a time and grounds its words itself (`vlm.policy`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from recordings.action import Action, ActionSyntaxError
from recordings.episode import Observation, PlanMark, Prediction, Step
from recordings.geometry import Point
from vlm.endpoint import NoAnswer
from vlm.planner.plan import PlannedStep, PlanSyntaxError
from vlm.planner.questions import quote
from vlm.reading.protocols import Candidate, Located


class Eyes(Protocol):
    """Look at a screen."""

    def look(self, observation: Observation, history: Sequence[Step]) -> Any:
        """What was seen, as the steps that work with these eyes know it."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """The next action, with words where its places will be.

    Attributes:
        prediction: what is known of it so far: thought, raw answer, mark.
        targets: the words, in the order that `fill` wants their places.
        fill: makes the action; raises `ActionSyntaxError` or `PlanSyntaxError`.
        attempts: steps of this run that were for the same planned step and did not complete it.
    """

    prediction: Prediction
    targets: tuple[str, ...]
    fill: Callable[[Sequence[Point]], Action]
    attempts: tuple[Step, ...] = ()


class Steps(Protocol):
    """Says what to do next, in words."""

    def refusal(self, instruction: str) -> str | None:
        """Why it cannot follow an instruction; None where it can."""
        ...

    def next(self, instruction: str, history: Sequence[Step], view: Any) -> Proposal | Prediction:
        """What to do next; a `Prediction` where there is nothing to locate."""
        ...

    def locate(self, words: str, proposal: Proposal, view: Any) -> Located:
        """Where the words are, with what a person answered about them and what else the steps know."""
        ...

    def missing(self, proposal: Proposal, located: Located, history: Sequence[Step], view: Any) -> Prediction:
        """What to do where a target was not located: bring it into view, or ask. Never a guess."""
        ...


class PlanPolicy:
    """Satisfies `agent.protocols.Policy` for every engine."""

    def __init__(self, steps: Steps, eyes: Eyes, model: Any = None) -> None:
        """
        Args:
            model: what was loaded, for whoever asks it questions or puts an adapter onto it.
        """
        self.steps, self.eyes, self.model = steps, eyes, model

    def refusal(self, instruction: str) -> str | None:
        """Why it cannot follow an instruction; None where it can."""
        return self.steps.refusal(instruction)

    def plan(self, instruction: str) -> tuple[PlannedStep, ...] | None:
        """The whole plan; None where steps are planned one at a time. Raises DeskhandError where the words give none."""
        make = getattr(self.steps, "plan", None)
        return make(instruction) if make is not None else None

    def adopt(self, instruction: str, plan: Sequence[PlannedStep]) -> None:
        """Follow this plan when that instruction is given: a person has read and changed it."""
        self.steps.adopt(instruction, plan)  # type: ignore[attr-defined]

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        """Plan, then locate each place the plan names. A malformed answer is a prediction with a mistake."""
        began = time.perf_counter()
        view = self.eyes.look(observation, history)
        proposal = self.steps.next(instruction, history, view)
        prediction = proposal if isinstance(proposal, Prediction) else self.act(proposal, history, view)
        return prediction.model_copy(update={"seconds": time.perf_counter() - began})

    def act(self, proposal: Proposal, history: Sequence[Step], view: Any) -> Prediction:
        """Put places where the proposal has words; the confidence is that of the least certain one."""
        found: list[Candidate] = []
        try:
            for words in proposal.targets:
                located = self.steps.locate(words, proposal, view)
                if located.best is None:
                    return self.steps.missing(proposal, located, history, view)
                found.append(located.best)
            action = proposal.fill([one.box.center for one in found])
        except (ActionSyntaxError, PlanSyntaxError, NoAnswer) as error:
            return proposal.prediction.model_copy(update={"mistake": str(error)})
        return proposal.prediction.model_copy(update={"action": action, **_told(proposal, found)})


def _told(proposal: Proposal, found: Sequence[Candidate]) -> dict[str, Any]:
    """What the places add to a prediction: the first one's box, and how sure they are."""
    if not found:
        return {}
    sure = min((one.score for one in found if not math.isnan(one.score)), default=None)  # a server may tell no probabilities
    told: dict[str, Any] = {"box": found[0].box, "confidence": sure}
    mark: PlanMark | None = proposal.prediction.plan
    if mark is not None:
        named = [
            quote(one.element.text)
            + (f" for {quote(words)}" if one.element.text != words else "")
            + (", nearly the same" if one.how == "fuzzy" else "")
            for words, one in zip(proposal.targets, found, strict=True)
        ]
        verb = proposal.prediction.thought
        told |= {
            "thought": f"{verb} {' to '.join(named)}, {sure or 0:.2f}",
            "plan": mark.model_copy(update={"name": found[0].element.text}),
        }
    return told
