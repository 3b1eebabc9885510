"""Ground replay: the model is shown each recorded before-frame and asked where to act; nothing moves.

It is asked for the element's name where the recording has one, and otherwise, or always if so wished, for the next action that the
instruction calls for.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import Image

from agent.correction import place_of, with_place
from agent.protocols import Grounder, Policy
from recordings.action import Action, print_action, target_of
from recordings.episode import Observation, Outcome, Prediction, Step
from recordings.frames import Frames
from recordings.geometry import Box, Point
from recordings.marking import TOLD, TRUE, mark
from recordings.store import Episode
from tasks.statistics import HitRate
from vlm.answer import NotOnScreen

AskFor = Literal["element", "instruction"]


@dataclass(frozen=True, slots=True)
class GroundedStep:
    """One recorded step and what the model makes of it. Coordinates 0–1."""

    step: Step
    """With its frames."""
    asked: str
    """The element's name, or the instruction; empty where nothing was asked."""
    prediction: Prediction | None = None
    overhead: float = 0.0
    """Seconds before the model was asked: the frame was loaded."""
    problem: str = ""
    """Why nothing was asked."""

    @property
    def recorded(self) -> Point | None:
        return target_of(self.step.action) if self.step.action is not None else None

    @property
    def predicted(self) -> Point | None:
        return target_of(self.prediction.action) if self.prediction is not None and self.prediction.action is not None else None

    @property
    def box(self) -> Box | None:
        return self.step.element.box if self.step.element is not None else None

    @property
    def hit(self) -> bool | None:
        """Whether the prediction lies in the element's box, or is the very action where there is no place; None where nobody can say."""
        if self.prediction is None:
            return None
        if self.recorded is None:
            return self.prediction.action == self.step.action
        if self.box is None:
            return None
        return self.predicted is not None and self.box.contains(self.predicted)

    @property
    def distance(self) -> float | None:
        """Between the two points, in image fractions."""
        return self.recorded.distance(self.predicted) if self.recorded is not None and self.predicted is not None else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        prediction = self.prediction
        return {
            "step": self.step.index,
            "asked": self.asked,
            "recorded": print_action(self.step.action) if self.step.action is not None else None,
            "predicted": print_action(prediction.action) if prediction is not None and prediction.action is not None else None,
            "box": list(self.box.model_dump().values()) if self.box is not None else None,
            "hit": self.hit,
            "distance": None if self.distance is None else round(self.distance, 4),
            "confidence": prediction.confidence if prediction is not None else None,
            "seconds": round(prediction.seconds, 4) if prediction is not None else None,
            "overhead": round(self.overhead, 4),
            "problem": self.problem or (prediction.mistake if prediction is not None else None) or None,
        }

    def line(self) -> str:
        """One line for people."""
        number = f"{self.step.index + 1:3d}"
        if self.prediction is None:
            return f"{number}  –  {self.step.action or 'no action'}  ({self.problem})"
        sign = {True: "✓", False: "✗", None: "·"}[self.hit]
        away = "" if self.distance is None else f"  {self.distance:.3f} away"
        said = self.prediction.action or f"no action: {self.prediction.mistake}"
        return f"{number}  {sign}  {self.asked[:50]!r}: {said}, recorded {self.step.action}{away}  {self.prediction.seconds:.2f} s"


@dataclass
class Summary:
    """What a whole replay adds up to."""

    asked: int = 0
    left_out: int = 0
    hits: int = 0
    judged: int = 0
    """Predictions that can be right or wrong: with the element's box, or without a place."""
    distances: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    overheads: list[float] = field(default_factory=list)

    def add(self, grounded: GroundedStep) -> None:
        if grounded.prediction is None:
            self.left_out += 1
            return
        self.asked += 1
        self.seconds.append(grounded.prediction.seconds)
        self.overheads.append(grounded.overhead)
        if grounded.hit is not None:
            self.judged += 1
            self.hits += grounded.hit
        if grounded.distance is not None:
            self.distances.append(grounded.distance)

    @property
    def rate(self) -> HitRate:
        return HitRate(self.hits, self.judged)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "asked": self.asked, "left_out": self.left_out, **self.rate.to_json(),
            "median_distance": round(statistics.median(self.distances), 4) if self.distances else None,
            "mean_seconds": round(statistics.fmean(self.seconds), 4) if self.seconds else None,
            "mean_overhead": round(statistics.fmean(self.overheads), 4) if self.overheads else None,
        }  # fmt: skip

    def line(self) -> str:
        """One line for people."""
        distance = f", median {statistics.median(self.distances):.3f} away" if self.distances else ""
        seconds = f", {statistics.fmean(self.seconds):.2f} s each" if self.seconds else ""
        return f"{self.rate} in the element's box{distance}{seconds}; {self.asked} asked, {self.left_out} left out"


def ground_episode(episode: Episode, grounder: Grounder, policy: Policy, ask_for: AskFor = "element") -> Iterator[GroundedStep]:
    """Ask about each step of an episode, in order.

    Args:
        ask_for: `element`: for the element's name where there is one, else for the instruction's next action; `instruction`: always that.

    Raises:
        DeskhandError: the model cannot be asked (its context is too small, it was stopped).
    """
    frames, history = Frames(episode), list[Step]()
    for step in episode.steps:
        began = time.perf_counter()
        before = frames.get(step, "before")
        step = step.model_copy(update={"before": before})
        name = step.element.name.strip() if step.element is not None else ""
        target = target_of(step.action) if step.action is not None else None
        problem = _why_not(step, before is not None, frames)
        if not problem and ask_for == "element" and target is None:
            problem = "it has no place"
        if problem or before is None or step.action is None:
            yield GroundedStep(step, "", problem=problem)
        else:
            asked_at = time.perf_counter()
            if ask_for == "element" and name:
                asked, prediction = name, _ground(grounder, before.image, name, step.action)
            else:
                asked = episode.header.instruction
                prediction = policy.predict(asked, tuple(history), Observation(before, step.window_title))
            answered = time.perf_counter()
            if not prediction.seconds:
                prediction = prediction.model_copy(update={"seconds": answered - asked_at})
            yield GroundedStep(step, asked, prediction, asked_at - began)
        history.append(step.model_copy(update={"before": None}))


def _ground(grounder: Grounder, image: Image.Image, name: str, action: Action) -> Prediction:
    try:
        answer = grounder.look(image).ground(name)
    except NotOnScreen as error:
        return Prediction(text=name, mistake=str(error))
    placed = with_place(action, answer.point) if place_of(action) == target_of(action) else _started(action, answer.point)
    return Prediction(action=placed, text=name, box=answer.box, confidence=answer.confidence, seconds=answer.seconds)


def _started(action: Action, place: Point) -> Action:
    """A drag that begins elsewhere."""
    path = getattr(action, "path", ())
    return action.model_copy(update={"path": ((place.x, place.y), *path[1:])})


def _why_not(step: Step, has_frame: bool, frames: Frames) -> str:
    if step.action is None or step.outcome in (Outcome.MISTAKE, Outcome.SKIPPED, Outcome.REFUSED):
        return f"nothing was done in it ({step.outcome})"
    if not has_frame:
        return "its frame is missing" if step.before_frame else "it was recorded without a frame"
    return ""


def draw_grounded(grounded: GroundedStep) -> Image.Image | None:
    """A copy of the frame with the element's box and the recorded point in green, the model's box and point in red."""
    before, prediction = grounded.step.before, grounded.prediction
    if before is None:
        return None
    image = before.image.copy()
    mark(image, grounded.box, grounded.recorded, TRUE)
    mark(image, prediction.box if prediction is not None else None, grounded.predicted, TOLD)
    return image
