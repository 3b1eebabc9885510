"""Steps in doubt: what to do while the screen is blank or the target greyed out, and the question whether a step is wanted all the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recordings.action import Ask, Finish, Press, Type, Wait
from recordings.episode import Outcome, PlanMark, Prediction, Step
from vlm.planner.fulfilled import is_grey
from vlm.planner.onward import menu_is_open
from vlm.planner.plan import PlannedStep
from vlm.planner.position import answer_of
from vlm.planner.questions import ABOUT_OPEN_MENU, ask_about_blank, ask_about_grey, ask_about_text, means_yes, quote
from vlm.planner.revealing import wait_for_window
from vlm.reading.view import ScreenView

PATIENCE_SECONDS = 1.0
"""A click that changed nothing may only be slow, and what is greyed out may wake up."""
_FILE_NAME = re.compile(r"[^/\n]*\w\.\w{1,5}")


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


def before_typing(text: str, mark: PlanMark, attempts: Sequence[Step], view: ScreenView) -> Prediction | None:
    """What to do before a text is typed: into an open menu nothing is, unasked; and a dialog that proposes a file's name selects it up to
    its ending only, so all of it is selected where another name is to take its place. None: type."""
    if menu_is_open(view):
        return unless_agreed(mark, attempts, ABOUT_OPEN_MENU, "a menu is open, and nothing was typed into it")
    if not view.observation.dialog or not _FILE_NAME.fullmatch(text) or any(isinstance(step.action, Press) for step in attempts):
        return None
    if not any(_FILE_NAME.fullmatch(one.text) for one in view.elements_in(view.observation.active)):
        return None
    return Prediction(action=Press(keys=("ctrl", "a")), thought="select the name that is proposed", text=mark.step, plan=mark)


def while_unseen(mark: PlanMark, attempts: Sequence[Step], history: Sequence[Step], view: ScreenView) -> Prediction | None:
    """What to do after a text of which the screen shows nothing: what follows ("Replace All", Ctrl+S) would be about another text, or none.

    None: go on, for it is seen after all, a person says so, or it is a single key, after which a display may rightly look the same.
    """
    typed = next((step for step in reversed(history) if all(step is not one for one in attempts)), None)
    if typed is None or not isinstance(typed.action, Type) or typed.outcome is not Outcome.PERFORMED or typed.changed is not False:
        return None
    text = typed.action.text
    if len(text.strip()) < 2 or any(step.changed for step in attempts):
        return None
    if not any(isinstance(step.action, Wait) for step in attempts):
        return Prediction(action=Wait(seconds=PATIENCE_SECONDS), thought="nothing of the text is to be seen", text=mark.step, plan=mark)
    return unless_agreed(mark, attempts, ask_about_text(text), f"{quote(text)} was typed, and nothing of it was to be seen")


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
    put = [step for step in attempts if isinstance(step.action, Ask) and step.action.question == question]
    answers = [answer for step in put if (answer := answer_of(step)) is not None]
    if any(map(means_yes, answers)):
        return None
    if answers:
        return Prediction(action=Finish(success=False, answer=otherwise), text=mark.step, plan=mark)
    return Prediction(action=Ask(question=question), text=mark.step, plan=mark)
