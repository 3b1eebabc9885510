"""A person's answer or correction may be a step on the way: asked for "Save As" they click [File], and only then is Save As to be seen."""

from __future__ import annotations

from collections.abc import Sequence

from recordings.action import Click
from recordings.episode import Outcome, PlanMark, Prediction, Source, Step
from vlm.planner.plan import POINTING, PlannedStep
from vlm.planner.questions import quote
from vlm.reading.folding import fold
from vlm.reading.view import ScreenView

_MENUS = frozenset({"menu", "menu item", "check menu item", "radio menu item"})


def still_to_do(plan: Sequence[PlannedStep], index: int, history: Sequence[Step], view: ScreenView) -> bool:
    """Whether the step before `index` was only prepared: by a click of the person's on something else, which brought its target up."""
    last = history[-1] if history else None
    if last is None or not index or not isinstance(last.action, Click) or last.outcome is not Outcome.PERFORMED:
        return False
    mark, step = last.prediction.plan, plan[index - 1]
    if mark is None or mark.index != index - 1 or step.do not in POINTING or step.target is None:
        return False
    called = last.element.name if last.source is Source.CORRECTED and last.element is not None else mark.name
    if last.source is not Source.CORRECTED and (not mark.name or _alike(called, step.target)):
        return False
    seen = view.observation
    area = seen.popups[0] if seen.popups else seen.active if seen.dialog and seen.window_title != last.window_title else None
    best = view.locate(step.target).best
    return area is not None and best is not None and best.how in ("exact", "folded") and area.contains(best.box.center)


def menu_is_open(view: ScreenView) -> bool:
    """Whether what floats in front is known to be a menu, where letters choose and are not written."""
    for popup in view.observation.popups[:1]:
        for element in view.elements_in(popup)[:3]:
            found = view.observation.element_at(element.box.center)
            if found is not None and found.role in _MENUS:
                return True
    return False


def choose_entry(plan: Sequence[PlannedStep], index: int, mark: PlanMark, view: ScreenView) -> Prediction | None:
    """A click on the one entry, of a list that the click before opened, which is called what is to be typed: "set Quality to High"."""
    text = plan[index].text or ""
    if not view.observation.popups or not index or plan[index - 1].do != "click" or not text.strip():
        return None
    called = [one for one in view.elements_in(view.observation.popups[0]) if _alike(one.text, text)]
    if len(called) != 1:
        return None
    box, name = called[0].box, called[0].text
    return Prediction(
        action=Click(x=box.center.x, y=box.center.y), box=box, confidence=called[0].confidence, text=str(plan[index]),
        thought=f"click {quote(name)} in the list that is open", plan=mark.model_copy(update={"name": name}),
    )  # fmt: skip


def _alike(name: str, target: str) -> bool:
    return fold(name).squeezed == fold(target).squeezed
