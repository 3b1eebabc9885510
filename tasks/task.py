"""A task: an instruction, a start state and checks, all with values drawn from a seed.

One without a start state is carried out wherever the user is; one with a plan is carried out by it, without planning anew.
"""

from __future__ import annotations

import random
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

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
    quoted: str
    """The same with each name and text in quotation marks."""
    plan: tuple[str, ...] = ()
    """Its steps, in the text form of plans; empty where it is planned from the instruction."""
    values: dict[str, Value]
    start: Start | None
    window_box: Box | None
    """Where the window is put, as fractions of the desktop."""
    checks: list[Check]
    forbidden: list[Check] = []
    """What must not hold in the end."""
    limits: Limits

    @property
    def needs_network(self) -> bool:
        """Whether what it starts needs more than a network of its own."""
        return self.start is not None and self.start.network


class Task(BaseModel):
    """A definition. Its texts may hold `{parameter}` and `{parameter.field}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    instruction: Annotated[str, Field(min_length=1)]
    quoted: Annotated[str, Field(min_length=1)] | None = None
    """The instruction with each name and text in quotation marks, where it is said without: for scripted hands, and for engines that follow
    only what is quoted."""
    demo: bool = False
    """Whether `make run` performs it."""
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], Parameter] = {}
    plan: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    start: Start | None = None
    checks: list[Check] = []
    forbidden: list[Check] = []
    """What must not hold in the end, whatever else does: the task counts as failed where one of these holds."""
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.start is None and self.checks:
            raise ValueError("checks need a start: say under `start` what to run and which window to wait for, or leave the checks out")
        if self.start is not None and not self.checks:
            raise ValueError("a task with a start needs checks: say under `checks` what must hold in the end")
        if self.start is None and not self.plan:
            raise ValueError("a task has a start and checks, or a plan: write its steps under `plan`, one a line, as `- click File`")
        return self

    def instantiate(self, seed: int) -> TaskInstance:
        """Draw everything from the seed.

        Raises:
            TaskError: a text names a parameter that there is not, or a value does not fit where it is inserted.
        """
        generator = random.Random(f"{self.name}/{seed}")
        try:
            values = draw(self.parameters, generator)
            data: dict[str, Any] = self.model_dump(include={"plan", "start", "checks", "forbidden"})
            return TaskInstance(
                name=self.name,
                seed=seed,
                instruction=" ".join(insert(self.instruction, values).split()),
                quoted=" ".join(insert(self.quoted or self.instruction, values).split()),
                values=values,
                window_box=_place(self.start.window, generator) if self.start is not None else None,
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
