"""The keys of a sum on a calculator that shows none: typed into its field, where it has one with the keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recordings.action import Action, Press, Type
from recordings.episode import Outcome, Step
from vlm.planner.plan import PlannedStep
from vlm.reading.view import ScreenView

_KEY = re.compile(r"[0-9.+\-*/×÷−()=]")
_CALCULATOR = re.compile(r"calc|crunch|rechner|abacus|calcol|calc[uo]l|rekenm|kalkul", re.IGNORECASE)
_FIELDS = frozenset({"text", "entry", "edit bar", "editbar"})
_TYPED = str.maketrans("×÷−", "*/-")


def is_key_of_sum(plan: Sequence[PlannedStep], index: int) -> bool:
    """Whether a step clicks one of the keys of a sum: of clicks on single signs in a row, the last on `=`."""
    if not _is_key(plan[index]):
        return False
    end = next((at for at in range(index, len(plan)) if not _is_key(plan[at]) or plan[at].target == "="), len(plan) - 1)
    return plan[end].target == "="


def typed_instead(plan: Sequence[PlannedStep], index: int, view: ScreenView) -> Action | None:
    """What types the key, where a calculator is in front and a text field of it has the keyboard; None where that is not known."""
    seen = view.observation
    if not is_key_of_sum(plan, index) or seen.popups:
        return None
    called = f"{seen.window_class or ''} {seen.window_title or ''}"
    if _CALCULATOR.search(called) is None or not seen.keyboard_roles() & _FIELDS:
        return None
    key = (plan[index].target or "").translate(_TYPED)
    return Press(keys=("enter",)) if key == "=" else Type(text=key)


def was_typed(index: int, history: Sequence[Step]) -> bool:
    """Whether the key before was typed: what a display shows of it is no key to be clicked."""
    last = next((step for step in reversed(history) if step.prediction.plan is not None), None)
    if last is None or last.prediction.plan is None or last.prediction.plan.index != index - 1:
        return False
    return isinstance(last.action, Type) and last.outcome is Outcome.PERFORMED


def _is_key(step: PlannedStep) -> bool:
    return step.do == "click" and step.target is not None and _KEY.fullmatch(step.target) is not None
