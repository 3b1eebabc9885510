"""A task: an instruction, a start state and checks, all with values drawn from a seed."""

from __future__ import annotations

import random
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recordings.errors import DeskhandError, words_of
from recordings.geometry import Box
from tasks.checks import Check
from tasks.parameters import Parameter, Value, draw, insert, insert_everywhere
from tasks.prepare import Start, StartWindow


class TaskError(DeskhandError):
    """A task definition that is not one."""


class Limits(BaseModel):
    """Where a run of the task ends at the latest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: Annotated[int, Field(ge=1)] = 30
    seconds: Annotated[float, Field(gt=0)] = 180.0


class TaskInstance(BaseModel):
    """A task with everything drawn: the same name and seed always give the same instance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    seed: int
    instruction: str
    shown: str | None = None
    values: dict[str, Value]
    start: Start
    window_box: Box
    """Where the window is put, as fractions of the desktop."""
    checks: list[Check]
    limits: Limits


class Task(BaseModel):
    """A definition. Its texts may hold `{parameter}` and `{parameter.field}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    instruction: Annotated[str, Field(min_length=1)]
    shown: str | None = None
    """Of a goal that names no step: the same written out, for scripted hands that demonstrate it; nobody else is told."""
    demo: bool = False
    """Whether `make run` performs it."""
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], Parameter] = {}
    start: Start
    checks: Annotated[list[Check], Field(min_length=1)]
    limits: Limits = Limits()

    def instantiate(self, seed: int) -> TaskInstance:
        """Draw everything from the seed.

        Raises:
            TaskError: a text names a parameter that there is not, or a value does not fit where it is inserted.
        """
        generator = random.Random(f"{self.name}/{seed}")
        try:
            values = draw(self.parameters, generator)
            data: dict[str, Any] = self.model_dump(include={"start", "checks"})
            return TaskInstance(
                name=self.name,
                seed=seed,
                instruction=" ".join(insert(self.instruction, values).split()),
                shown=None if self.shown is None else " ".join(insert(self.shown, values).split()),
                values=values,
                window_box=_place(self.start.window, generator),
                limits=self.limits,
                **insert_everywhere(data, values),
            )
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise TaskError(f"the task {self.name} with seed {seed}: {place}: {words_of(first)}") from error
        except ValueError as error:
            raise TaskError(f"the task {self.name}: {error}") from error


def _place(window: StartWindow, generator: random.Random) -> Box:
    width, height = generator.uniform(*window.width), generator.uniform(*window.height)
    left, top = generator.uniform(0, 1 - width), generator.uniform(0, 1 - height)
    return Box(x1=left, y1=top, x2=left + width, y2=top + height)
