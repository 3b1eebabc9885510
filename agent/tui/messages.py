"""What the run's thread tells the app. Everything that crosses from one to the other is one of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from agent.meanings import Concern
from agent.protocols import Phase
from agent.stop import Position
from recordings.action import Action
from recordings.episode import Observation, Prediction, Screenshot, Step

if TYPE_CHECKING:
    from agent.result import RunResult
    from vlm.planner.plan import PlannedStep
    from vlm.planner.position import PlanLine


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """A task that can be picked: what to ask the session for, and what it is about."""

    name: str
    summary: str


@dataclass
class TasksListed(Message):
    """The tasks that can be picked, or why they cannot be listed."""

    tasks: Sequence[TaskEntry]
    problem: str = ""


@dataclass
class RunBegan(Message):
    request: str


@dataclass
class Permitted(Message):
    """What the run may see and do, before it starts, line by line."""

    lines: Sequence[str]


@dataclass
class Allowed(Message):
    """What a person allowed for good, in one line."""

    line: str


@dataclass
class Planned(Message):
    """What would be done, before anything is; `instruction` differs from the request where that names a task."""

    request: str
    instruction: str
    steps: tuple[PlannedStep, ...]


@dataclass
class PlanFollowed(Message):
    """What became of each step of the plan so far."""

    instruction: str
    lines: tuple[PlanLine, ...]


@dataclass
class PhaseBegan(Message):
    phase: Phase
    observation: Observation | None
    prediction: Prediction | None


@dataclass
class Proposed(Message):
    """An action waits for a person; `concern` says why it is asked, and what may be allowed for good."""

    observation: Observation
    prediction: Prediction
    concern: Concern


@dataclass
class Asked(Message):
    """The model asks the user something; the answer may be one of the choices, or any words. As `whole`, Deskhand itself asks, in as many
    lines as there are."""

    question: str
    choices: tuple[str, ...] = ()
    whole: bool = False


@dataclass
class Answered(Message):
    """The proposal or question needs no answer any more."""


@dataclass
class TakenOver(Message):
    """The person has done something with their own hands."""

    action: Action
    seen: Screenshot
    """What the screen showed as they began."""


@dataclass
class HandedBack(Message):
    """The person who took over has pressed the key that ends it, in whichever window."""


@dataclass
class StepTaken(Message):
    step: Step


@dataclass
class SwitchTurned(Message):
    """Somebody paused, resumed or stopped the run: a key here, a hotkey, or a hand on the mouse."""

    position: Position
    reason: str


@dataclass
class Noticed(Message):
    """One line of progress."""

    line: str


@dataclass
class RunEnded(Message):
    """The run is over: with a result, or with one line that says why there is none."""

    request: str
    result: RunResult | None
    error: str = ""
