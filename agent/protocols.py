"""What the loop needs of the world, satisfied structurally by live, virtual, replayed and fake parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from PIL import Image

from recordings.action import Action
from recordings.episode import Element, Observation, Prediction, Screenshot, Source, Step
from recordings.geometry import Box, Point


class Desktop(Protocol):
    """A screen with hands. Coordinates of actions refer to the last observation's image."""

    def observe(self) -> Observation:
        """Capture now."""
        ...

    def perform(self, action: Action) -> str | None:
        """Carry out one action with real events; returns what it did otherwise than decided, if anything, in words.

        Raises `InputForbidden` or `DesktopError`.
        """
        ...

    def settle(self) -> Observation:
        """Wait until the screen stops changing (bounded), then return what it shows."""
        ...

    def release(self) -> None:
        """Let go of every key and button that is held. Never raises; callable from any thread."""
        ...


class Policy(Protocol):
    """Decides the next action. Model mistakes are returned as data, never raised."""

    def refusal(self, instruction: str) -> str | None:
        """Why it cannot follow an instruction, said before anything moves; None where it can."""
        ...

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction: ...


class Verdict(StrEnum):
    """An approver's answer to one proposal."""

    APPROVE = "approve"
    SKIP = "skip"
    STOP = "stop"
    TAKEN = "taken over"
    """The person has done it with their own hands; the decision's action says what."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, and the action to do instead where a person corrected it."""

    verdict: Verdict
    action: Action | None = None
    source: Source = Source.AGENT
    reason: str = ""
    """Why not, for the next turn's history."""
    element: Element | None = None
    """What it was done to, where the person's own hands did it."""
    always: bool = False
    """Whether such a thing is allowed here for good, see `agent.permissions`."""
    by_person: bool = False
    """Whether somebody looked at it: what a person approves can be learned from, as a correction can."""
    before: Screenshot | None = None
    """What the screen showed as the person's own hands began."""
    onward: Callable[[], Decision | None] | None = None
    """What they do next by hand; it waits for that, and tells None once they have handed back. None: they did one thing only."""


class Approver(Protocol):
    """Says yes or no before anything moves; may block for as long as a person thinks."""

    def review(self, observation: Observation, prediction: Prediction) -> Decision: ...


class Phase(StrEnum):
    """Where in a turn the loop is: for displays, never for control."""

    OBSERVING = "observing"
    THINKING = "thinking"
    APPROVING = "approving"
    ACTING = "acting"
    SETTLING = "settling"
    PAUSED = "paused"
    BY_HAND = "by hand"
    """A person works with their own hands."""


class Watcher(Protocol):
    """Is told of each phase as it begins, from the loop's thread; must return at once."""

    def __call__(self, phase: Phase, observation: Observation | None, prediction: Prediction | None) -> None: ...


class GroundingAnswer(Protocol):
    """Where a model sees what was asked for; coordinates 0–1."""

    @property
    def point(self) -> Point: ...
    @property
    def box(self) -> Box | None: ...
    @property
    def confidence(self) -> float | None: ...
    @property
    def seconds(self) -> float: ...
    @property
    def context_used(self) -> int | None: ...


class Glance(Protocol):
    """One image, looked at, ready for questions."""

    def ground(self, text: str) -> GroundingAnswer: ...


class Grounder(Protocol):
    """A model that can be asked where something is."""

    def look(self, image: Image.Image) -> Glance: ...
