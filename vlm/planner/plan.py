"""A plan: steps in words, with one text form that models write and one JSON form that programs read.

One step is one line, `done` ends the plan:

    click File
    double_click report.txt
    type dear all,\\nsee you on Monday
    press Ctrl+S
    set on Word wrap
    scroll down
    drag notes.txt -> Archive
    wait 2
    done

What is typed into a field is two steps: a click on the field's label, then the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from recordings.errors import DeskhandError

Do = Literal["click", "double_click", "right_click", "type", "press", "scroll", "drag", "set", "wait", "done"]
Direction = Literal["up", "down", "left", "right"]
POINTING: tuple[Do, ...] = ("click", "double_click", "right_click", "set", "drag")
"""What needs a target on the screen."""
_ALLOWED: dict[Do, frozenset[str]] = {
    "click": frozenset({"target"}), "double_click": frozenset({"target"}), "right_click": frozenset({"target"}),
    "type": frozenset({"text"}), "press": frozenset({"keys"}), "scroll": frozenset({"direction", "target"}),
    "drag": frozenset({"target", "to"}), "set": frozenset({"target", "value"}), "wait": frozenset({"seconds"}), "done": frozenset(),
}  # fmt: skip
_OPTIONAL = {"scroll": frozenset({"target"}), "wait": frozenset({"seconds"})}


class PlanSyntaxError(DeskhandError):
    """Text that is not a step of a plan; the message says what is wrong."""


class PlannedStep(BaseModel):
    """What to do next, to what, in words.

    Attributes:
        target: what to act on, as a person would name it, qualifiers included; of `drag`, what to take.
        text: what to type, to the letter; may hold newlines.
        keys: keys pressed together, as people write them: `Ctrl+S`, `Enter`.
        to: where to drag.
        value: whether `set` is to tick or to untick.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Do
    target: str | None = None
    text: str | None = None
    keys: str | None = None
    to: str | None = None
    value: Literal["on", "off"] | None = None
    direction: Direction | None = None
    seconds: float | None = None

    @model_validator(mode="after")
    def _complete(self) -> PlannedStep:
        given = {name for name in ("target", "text", "keys", "to", "value", "direction", "seconds") if getattr(self, name) is not None}
        allowed = _ALLOWED[self.do]
        if given - allowed:
            raise ValueError(f"{self.do} has no {sorted(given - allowed)[0]}")
        if missing := sorted(allowed - _OPTIONAL.get(self.do, frozenset()) - given):
            raise ValueError(f"{self.do} needs {missing[0]}")
        if any(not value.strip() for value in (self.target, self.keys, self.to) if value is not None):
            raise ValueError(f"{self.do} has an empty target or key")
        if any("\n" in value for value in (self.target, self.keys, self.to) if value is not None):
            raise ValueError("a target is one line")
        if self.seconds is not None and not 0 <= self.seconds <= 60:
            raise ValueError("a wait takes 0 to 60 seconds")
        return self

    def __str__(self) -> str:
        """The one text form."""
        match self.do:
            case "type":
                return f"type {escape(self.text or '')}"
            case "press":
                return f"press {self.keys}"
            case "set":
                return f"set {self.value} {self.target}"
            case "scroll":
                return f"scroll {self.direction}" + (f" {self.target}" if self.target else "")
            case "drag":
                return f"drag {self.target} -> {self.to}"
            case "wait":
                return "wait" if self.seconds is None else f"wait {self.seconds:g}"
            case "done":
                return "done"
            case _:
                return f"{self.do} {self.target}"

    def to_json(self) -> dict[str, Any]:
        """Only what is given: `{"do": "click", "target": "File"}`."""
        return self.model_dump(exclude_none=True)


class Plan(tuple[PlannedStep, ...]):
    """The steps of a plan.

    Attributes:
        chance: how likely its model found all of it, 0–1; 1 where rules read it, None where that is not known.
        unsaid: the places of steps that the person did not ask for, of a plan that was made elsewhere; see `vlm.planner.unsaid`.
        unheeded: what the person said and no step does anything about; see `vlm.planner.unheeded`.
    """

    chance: float | None
    unsaid: tuple[int, ...]
    unheeded: tuple[str, ...]

    def __new__(
        cls, steps: Iterable[PlannedStep] = (), chance: float | None = None, unsaid: Iterable[int] = (), unheeded: Iterable[str] = ()
    ) -> Self:
        plan = super().__new__(cls, steps)
        plan.chance, plan.unsaid, plan.unheeded = chance, tuple(unsaid), tuple(unheeded)
        return plan


def parse_step(line: str) -> PlannedStep:
    """Read one step from its text form.

    Raises:
        PlanSyntaxError: it is none.
    """
    do, _, rest = line.strip("\n").partition(" ")
    values: dict[str, Any] = {"do": do}
    match do:
        case "type":
            values["text"] = _unescape(rest)
        case "press":
            values["keys"] = rest.strip()
        case "set":
            value, _, target = rest.partition(" ")
            values |= {"value": value, "target": target.strip()}
        case "scroll":
            direction, _, target = rest.partition(" ")
            values |= {"direction": direction} | ({"target": target.strip()} if target.strip() else {})
        case "drag":
            target, arrow, to = rest.partition(" -> ")
            values |= {"target": target.strip()} | ({"to": to.strip()} if arrow else {})
        case "wait":
            values |= {"seconds": rest.strip()} if rest.strip() else {}
        case "done":
            if rest.strip():
                raise PlanSyntaxError(f"done has nothing after it, found {rest[:40]!r}")
        case "click" | "double_click" | "right_click":
            values["target"] = rest.strip()
        case _:
            raise PlanSyntaxError(
                f"{do[:40]!r} is no step: use click, double_click, right_click, type, press, set, scroll, drag, wait or done"
            )
    try:
        return PlannedStep.model_validate(values)
    except ValueError as error:
        first = error.errors()[0]["msg"] if hasattr(error, "errors") else str(error)
        raise PlanSyntaxError(f"{line[:60]!r} is no step: {first.removeprefix('Value error, ')}") from error


def parse_plan(text: str) -> tuple[PlannedStep, ...]:
    """Read the steps of a plan, one a line, up to `done` (which is left out) or the end. Raises PlanSyntaxError."""
    steps = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        step = parse_step(line)
        if step.do == "done":
            break
        steps.append(step)
    return tuple(steps)


def print_plan(steps: Sequence[PlannedStep]) -> str:
    """The text form that a model is taught to write, `done` included."""
    return "\n".join([*(str(step) for step in steps if step.do != "done"), "done"])


def escape(text: str) -> str:
    """What is typed, on one line."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)
