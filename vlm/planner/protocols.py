"""What a planner owes the policy."""

from __future__ import annotations

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
