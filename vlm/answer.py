"""What the engine gives back: answers, and the errors of asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recordings.action import target_of
from recordings.episode import Prediction
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point


class ContextOverflow(DeskhandError):
    """A question that does not fit into the model's context beside its pictures. Nothing is ever cut silently."""


class Interrupted(DeskhandError):
    """The stop event was set while the model was computing."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something on the picture that may be meant: what it is called there, where it is, and how well it fits, 0–1."""

    name: str
    box: Box
    confidence: float


class NotOnScreen(DeskhandError):
    """What was asked for is not on the picture, or is there more than once; `candidates` are what comes nearest, or all that fit."""

    def __init__(self, message: str, candidates: tuple[Named, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates

    @property
    def nearest(self) -> tuple[str, ...]:
        """The candidates' names, each once."""
        return tuple(dict.fromkeys(one.name for one in self.candidates))


@dataclass(frozen=True, slots=True)
class Grounding:
    """Where something is: its box, the box's centre, and how likely the model finds the numbers it wrote.

    `confidence` is the geometric mean of the four numbers' probabilities among what the grammar allowed, or of the shares of the looks
    that they were read from, 0–1, and None where a server tells no probabilities. `part` is what was looked at again from nearer, where
    that gave the answer. `context_used` counts tokens, the picture's included. `found` is what was read there, and `runners_up` are
    what else comes near, where the answer was read and not pointed at.
    """

    box: Box
    point: Point
    confidence: float | None
    seconds: float
    part: Box | None = None
    context_used: int | None = None
    found: Named | None = None
    runners_up: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A text as it was decoded, `thinking` apart; `confidence` is that of its coordinates, and `complete` says that no limit cut it."""

    text: str
    thinking: str
    confidence: float | None
    complete: bool
    seconds: float
    context_used: int | None

    def prediction(self, parse: Callable[[str], Prediction], context_limit: int | None, mistake: str | None) -> Prediction:
        """What `parse` reads in the answer, with what is known of it; an answer with a `mistake` has no action."""
        read = parse(self.text)
        placed = read.action is not None and target_of(read.action) is not None
        known: dict[str, Any] = {
            "text": self.thinking + self.text,
            "confidence": self.confidence if placed else None,
            "seconds": self.seconds,
            "context_used": self.context_used,
            "context_limit": context_limit,
        }
        return read.model_copy(update=known | ({"action": None, "mistake": mistake} if mistake else {}))
