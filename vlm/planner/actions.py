"""A planned step and the places of its targets, as the one action that does it."""

from __future__ import annotations

from collections.abc import Sequence

from recordings.action import Action, Click, Drag, Press, Scroll, Type, Wait
from recordings.geometry import Box, Point
from vlm.planner.keys import parse_keys
from vlm.planner.plan import PlannedStep

NOTCHES = 5
"""Of the wheel, for one `scroll`."""
WAIT_SECONDS = 2.0
"""Of a `wait` that names none."""
_TURNS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


def targets_of(step: PlannedStep) -> tuple[str, ...]:
    """The words that must become places before the step can be done, in order."""
    return tuple(words for words in (step.target, step.to) if words is not None)


def action_of(step: PlannedStep, places: Sequence[Point], area: Box | None = None) -> Action:
    """The action.

    Args:
        places: of `targets_of(step)`.
        area: where to scroll if the step names nothing: the active window.

    Raises:
        PlanSyntaxError: a key that there is not.
    """
    match step.do:
        case "click" | "set":
            return Click(x=places[0].x, y=places[0].y)
        case "double_click":
            return Click(x=places[0].x, y=places[0].y, count=2)
        case "right_click":
            return Click(x=places[0].x, y=places[0].y, button="right")
        case "drag":
            return Drag(path=((places[0].x, places[0].y), (places[1].x, places[1].y)))
        case "type":
            return Type(text=step.text or "")
        case "press":
            return Press(keys=parse_keys(step.keys or ""))
        case "scroll":
            right, down = _TURNS[step.direction or "down"]
            place = places[0] if places else (area or Box(x1=0, y1=0, x2=1, y2=1)).center
            return Scroll(x=place.x, y=place.y, dx=NOTCHES * right, dy=NOTCHES * down)
        case "wait":
            return Wait(seconds=WAIT_SECONDS if step.seconds is None else step.seconds)
        case "done":
            raise ValueError("done ends a plan and is no action")
