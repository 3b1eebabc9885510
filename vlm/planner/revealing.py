"""What may bring a target into view: waiting for what is loading or not drawn yet, scrolling what can be scrolled."""

from __future__ import annotations

from collections.abc import Sequence

from recordings.action import Action, Scroll, Wait
from recordings.episode import Step
from recordings.geometry import Box, Point
from vlm.reading.fresh import changed_share
from vlm.reading.view import ScreenView

WAIT_SECONDS = 1.0
"""What is being loaded or drawn gets so long; again as long as the screen goes on changing."""
MOST_WAITS = 5
MOST_BLANK_WAITS = 8
"""So often it is waited for a window that shows nothing at all: programs take their time to draw, and nothing tells that they do."""
MOST_SCROLLS = 4
"""So often it is scrolled one way for one target, or the other where there is nothing further that way, as long as that shows something
new: down, or up after a step that went up."""
NOTCHES = 10
LEAST_CHANGED = 0.003
"""Of the screen must look otherwise: a caret that blinks is no change."""


def revealing(attempts: Sequence[Step], view: ScreenView, upwards: bool = False) -> Action | None:
    """The next thing to try; None once all was tried.

    Args:
        upwards: whether the person says that it is further up.
    """
    waits = [step for step in attempts if isinstance(step.action, Wait)]
    if not waits or (waits[-1] is attempts[-1] and len(waits) < MOST_WAITS and _showed_more(waits[-1], view)):
        return Wait(seconds=WAIT_SECONDS)
    turns = [(step.action.dy, step) for step in attempts if isinstance(step.action, Scroll)]
    if view.observation.popups or (turns and len(turns) > MOST_SCROLLS):
        return None
    if not turns:
        return _turn(-NOTCHES if upwards or _went_up(view) else NOTCHES, view)
    way, last = turns[-1]
    if _showed_more(last, view):
        return _turn(way, view) if len(turns) < MOST_SCROLLS else None
    return _turn(-way, view) if len(turns) == 1 else None  # at its end already, so it may have been scrolled before


def wait_for_window(attempts: Sequence[Step], view: ScreenView) -> Action | None:
    """A wait while what is in front shows nothing, the longer the longer it does; None once it shows something, or after 20 seconds."""
    waits = sum(isinstance(step.action, Wait) for step in attempts)
    return Wait(seconds=WAIT_SECONDS + waits // 2) if view.blank and waits < MOST_BLANK_WAITS else None


def _turn(notches: int, view: ScreenView) -> Scroll:
    place = _free_place(view)
    return Scroll(x=place.x, y=place.y, dy=notches)


def _went_up(view: ScreenView) -> bool:
    """Whether the last planned step scrolled up."""
    planned = (step for step in reversed(view.history) if step.prediction.plan is None or step.prediction.plan.about == "step")
    last = next(planned, None)
    return last is not None and isinstance(last.action, Scroll) and last.action.dy < 0


def _showed_more(step: Step, view: ScreenView) -> bool:
    """Whether the screen shows something else than before the step."""
    if step.before is None or not step.changed:
        return bool(step.changed)
    return changed_share(step.before.image, view.observation.screenshot.image) > LEAST_CHANGED


def _free_place(view: ScreenView) -> Point:
    """A place to scroll at, in front, near the middle and far from anything written: the wheel over a number or a choice changes it."""
    area = view.front or Box(x1=0, y1=0, x2=1, y2=1)
    elements = [element.box for element in view.elements_in(area)]
    width, height = area.x2 - area.x1, area.y2 - area.y1
    places = [Point(x=area.x1 + width * across / 12, y=area.y1 + height * down / 12) for across in range(3, 10) for down in range(4, 10)]

    def room(place: Point) -> float:
        nearest = min((_distance(place, box) for box in elements), default=1.0)
        return min(nearest, 0.03) - 0.02 * place.distance(area.center)

    return max(places, key=room)


def _distance(place: Point, box: Box) -> float:
    across, down = max(box.x1 - place.x, place.x - box.x2, 0.0), max(box.y1 - place.y, place.y - box.y2, 0.0)
    return max(across, down)
