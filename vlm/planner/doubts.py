"""Steps in doubt: what to do while the screen is blank or the target greyed out, and the question whether a step is wanted all the same."""

from __future__ import annotations

from collections.abc import Sequence

from recordings.action import Ask, Finish, Wait
from recordings.episode import PlanMark, Prediction, Step
from vlm.planner.fulfilled import is_grey
from vlm.planner.plan import PlannedStep
from vlm.planner.position import answer_of
from vlm.planner.questions import ask_about_blank, ask_about_grey, means_yes, quote
from vlm.planner.revealing import wait_for_window
from vlm.reading.view import ScreenView

PATIENCE_SECONDS = 1.0
"""A click that changed nothing may only be slow, and what is greyed out may wake up."""


def while_grey(step: PlannedStep, mark: PlanMark, attempts: Sequence[Step], view: ScreenView, by_sight: bool) -> Prediction | None:
    """What to do while the target is greyed out: wait a moment, then ask. None: it is not, or the person wants the click.

    Args:
        by_sight: whether it counts that it only looks grey.
    """
    if not is_grey(step, view, by_sight):
        return None
    name = quote(step.target or "")
    if not any(isinstance(one.action, Wait) or answer_of(one) is not None for one in attempts):
        return Prediction(action=Wait(seconds=PATIENCE_SECONDS), thought=f"{name} is greyed out", text=mark.step, plan=mark)
    return unless_agreed(mark, attempts, ask_about_grey(step.target or ""), f"{name} is greyed out and was not clicked")


def while_blank(mark: PlanMark, attempts: Sequence[Step], view: ScreenView) -> Prediction | None:
    """What to do while the screen shows nothing, where keys and texts would go anywhere; None: go on, for the person says so."""
    answers = [answer for step in attempts if (answer := answer_of(step)) is not None]
    if any(map(means_yes, answers)):
        return None
    if answers:
        return Prediction(action=Finish(success=False, answer="the screen shows nothing, and nothing was done"), text=mark.step, plan=mark)
    if (waiting := wait_for_window(attempts, view)) is not None:
        return Prediction(action=waiting, thought="nothing is to be seen yet", text=mark.step, plan=mark)
    return Prediction(action=Ask(question=ask_about_blank(view.observation.window_title or "")), text=mark.step, plan=mark)


def unless_agreed(mark: PlanMark, attempts: Sequence[Step], question: str, otherwise: str) -> Prediction | None:
    """The question whether a step in doubt is wanted, and the end of the run where it is not; None once the person wants it."""
    answers = [answer for step in attempts if (answer := answer_of(step)) is not None]
    if any(map(means_yes, answers)):
        return None
    if answers:
        return Prediction(action=Finish(success=False, answer=otherwise), text=mark.step, plan=mark)
    return Prediction(action=Ask(question=question), text=mark.step, plan=mark)
