"""Dialogs that nobody planned for, "Replace?" or "Save changes?": asked about, never answered by guess."""

from __future__ import annotations

from collections.abc import Sequence

from recordings.action import Ask, Click, Press
from recordings.episode import PlanMark, Prediction, Step
from vlm.planner.fulfilled import is_called
from vlm.planner.plan import PlannedStep
from vlm.planner.position import answer_of, declined
from vlm.planner.prompt import tidy_name
from vlm.planner.questions import ask_about_dialog, chosen, quote
from vlm.reading.view import ScreenView

_CLOSING = frozenset({"save", "ok", "open", "create", "yes", "print", "send", "rename", "replace", "done", "export", "import", "continue"})
"""What closes a dialog, in the words of the planner."""
_TAKES_A_TEXT = _CLOSING - {"print", "send", "continue", "replace"} | {"add", "apply", "accept", "new"}
"""What a dialog offers that does something with the text typed into it."""


def is_unforeseen(plan: Sequence[PlannedStep], index: int, history: Sequence[Step], view: ScreenView) -> bool:
    """Whether a dialog is in front that came up with the last action and that no coming step is about, or one that is being asked about."""
    seen, last = view.observation, history[-1] if history else None
    if not seen.dialog or last is None:
        return False
    if last.prediction.plan is not None and last.prediction.plan.about == "dialog":
        if isinstance(last.action, Ask):
            return not declined(last)
        return False
    if last.window_title == seen.window_title or _wanted(history, view):
        return False
    coming = plan[index:]
    if any(_holds(view, words) for step in coming for words in (step.target, step.to) if words):
        return False
    follows = bool(coming) and coming[0].do in ("type", "press", "scroll", "wait")
    return not (follows and isinstance(last.action, Click | Press)) or _asks(view)


def left_open(plan: Sequence[PlannedStep], index: int, history: Sequence[Step], view: ScreenView) -> bool:
    """Whether the dialog that the last planned click should have closed is still in front, and the next step is not about it: it may have
    a question, "Replace?", to ask, or have refused a name. Or whether one that came up in this run waits for a button after the last text.
    """
    if not 0 < index <= len(plan):
        return False
    if index == len(plan) and plan[-1].do == "type":
        return _waits_for_a_button(history, view)
    if plan[index - 1].do != "click":
        return False
    if tidy_name(plan[index - 1].target or "").casefold() not in _CLOSING:
        return False
    last = next((step for step in reversed(history) if isinstance(step.action, Click)), None)
    if last is None or last.prediction.plan is None or last.prediction.plan.index != index - 1:
        return False
    if index < len(plan) and (plan[index].do == "wait" or any(_holds(view, words) for words in (plan[index].target,) if words)):
        return False
    return view.observation.dialog and last.window_title == view.observation.window_title


def _waits_for_a_button(history: Sequence[Step], view: ScreenView) -> bool:
    """Whether a dialog is in front that was not when the run began, and that does nothing with its text before [OK] or the like."""
    seen = view.observation
    if not seen.dialog or not history or history[0].window_title == seen.window_title:
        return False
    return any(tidy_name(one.text).casefold() in _TAKES_A_TEXT for one in view.elements_in(seen.active))


def _wanted(history: Sequence[Step], view: ScreenView) -> bool:
    """Whether it is what the last planned step was to open: called like its target, or behind a name that ends in an ellipsis."""
    mark = next((mark for step in reversed(history) if (mark := step.prediction.plan) is not None and mark.about == "step"), None)
    if mark is None:
        return False
    words = mark.step.partition(" ")[2]
    return is_called(view.observation.window_title or "", words) or mark.name.rstrip().endswith(("…", "...", ". .."))


def _holds(view: ScreenView, words: str) -> bool:
    located, area = view.locate(words), view.observation.active
    if area is None:
        return located.status != "missing"
    return located.status != "missing" and any(area.contains(one.box.center) for one in located.candidates)


def _asks(view: ScreenView) -> bool:
    return any(element.text.rstrip().endswith("?") for element in view.elements_in(view.observation.active))


def answer_dialog(mark: PlanMark, attempts: Sequence[Step], view: ScreenView) -> Prediction:
    """The question what to do with the dialog in front, or the click that its answer means."""
    area = view.observation.active
    elements = view.elements_in(area)
    title = view.observation.window_title or "A dialog"
    question, choices = ask_about_dialog(title, elements, area)
    last = attempts[-1] if attempts else None
    answer = answer_of(last) if last is not None else None
    if answer and last is not None and last.prediction.plan is not None and last.prediction.plan.about == "dialog":
        choice = chosen(answer, last.prediction.plan.choices)
        best = view.locate(choice.name if choice is not None else answer).best
        if best is not None and (area is None or area.contains(best.box.center)):
            point = best.box.center
            return Prediction(
                action=Click(x=point.x, y=point.y), box=best.box, confidence=best.score, text=mark.step,
                thought=f"click {quote(best.element.text)}, as you said", plan=mark.model_copy(update={"name": best.element.text}),
            )  # fmt: skip
        question = f"I do not see {quote(answer)} there. {question}"
    return Prediction(action=Ask(question=question), text=mark.step, plan=mark.model_copy(update={"target": title, "choices": choices}))
