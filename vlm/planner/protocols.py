"""What a planner owes the policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vlm.planner.plan import PlannedStep


class Planner(Protocol):
    """Turns a person's words into steps, whole, before the screen is read: nothing written on a screen can add a step."""

    def plan(self, instruction: str) -> tuple[PlannedStep, ...]:
        """The steps, without `done`. What is typed is a part of the instruction, to the letter.

        Raises:
            DeskhandError: the words give no plan; the message says what to do.
        """
        ...

    def choose_visible(self, step: PlannedStep, names: Sequence[str]) -> list[tuple[str, float]]:
        """The visible names that the step's target may mean, the likeliest first, with their probabilities; what is left to 1 is none.

        What is on the screen can be chosen here, and can do nothing else.
        """
        ...
