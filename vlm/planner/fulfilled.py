"""Whether a planned step is fulfilled already: its menu or its dialog is open, its box is ticked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recordings.geometry import Box
from vlm.planner.plan import PlannedStep
from vlm.reading.protocols import Candidate
from vlm.reading.view import ScreenView

_TICKS = ("✓", "✔", "☑", "√")
"""What a reader may see before the name of what is ticked."""
_AHEAD = 4
"""So many clicks may lead to a dialog that is open already."""


def fulfilled_until(plan: Sequence[PlannedStep], index: int, view: ScreenView) -> int:
    """The first step from `index` on that is still to be done.

    A click is passed over only where what it leads to is there: an open menu holds the next target and not its own, or the active dialog
    is called like its target. That the next target is merely visible says nothing: of "click Cancel, then Help" nothing is done where
    there is no Cancel.
    """
    if index < len(plan) and plan[index].do == "click" and _menu_is_open(plan, index, view):
        return index + 1
    title = view.observation.window_title or ""
    if not view.observation.dialog or view.observation.active is None:
        return index
    for ahead in range(min(index + _AHEAD, len(plan) - 1), index, -1):
        between, then = plan[index:ahead], plan[ahead]
        if any(step.do != "click" for step in between) or not is_called(title, between[-1].target or ""):
            continue
        if any(_in(view, view.observation.active, step.target) for step in between):
            continue
        if then.target is None or _in(view, view.observation.active, then.target):
            return ahead
    return index


def _menu_is_open(plan: Sequence[PlannedStep], index: int, view: ScreenView) -> bool:
    if not view.observation.popups or index + 1 >= len(plan):
        return False
    menu = view.observation.popups[0]
    return _in(view, menu, plan[index + 1].target) and not _in(view, menu, plan[index].target)


def _in(view: ScreenView, area: Box, words: str | None) -> bool:
    best = view.locate(words).best if words else None
    return best is not None and area.contains(best.box.center)


def is_set(step: PlannedStep, view: ScreenView) -> bool:
    """Whether the box is known to be as the step wants it; False where its state is not known."""
    return state_of(step.target or "", view) == step.value


def state_of(words: str, view: ScreenView) -> str | None:
    """`on`, `off` or `mixed`, by what is written, by accessibility, else by what is seen beside the words; None where nobody can tell."""
    best = view.locate(words).best
    if best is None:
        return None
    if best.element.text.lstrip().startswith(_TICKS):
        return "on"
    element = view.observation.element_at(best.box.center)
    told = element.checked if element is not None else None
    if told is None and (widget := view.widget(best)) is not None:
        return None if widget.kind == "expander" else widget.state
    if told is None and element is not None and not element.role.endswith("menu item"):
        told = element.selected  # of an entry of a menu it only says that the pointer is on it
    return None if told is None else "on" if told else "off"


def tells_no_state(step: PlannedStep, view: ScreenView) -> bool:
    """Whether a click may do the opposite: what is seen there is neither surely on nor off, or an entry of a menu shows no tick."""
    best = view.locate(step.target or "").best
    if best is None or state_of(step.target or "", view) in ("on", "off"):
        return False
    element = view.observation.element_at(best.box.center)
    if element is None or element.role == "menu item":
        return True
    return element.checked is None and view.widget(best) is not None


def mark_of(candidate: Candidate, view: ScreenView) -> Candidate | None:
    """The mark to click instead of its label, which few toolkits turn over where the mark is no part of it; None where the label does."""
    element = view.observation.element_at(candidate.box.center)
    if element is not None and (element.checked is not None or element.role.endswith("menu item")):
        return None
    widget = view.widget(candidate)
    return None if widget is None or widget.kind in ("tick", "expander") else replace(candidate, box=widget.box)


def is_called(title: str, words: str) -> bool:
    """Whether a window's title holds all words of a target: "Mousepad Preferences" is what "Preferences..." opens."""
    wanted = _words(words)
    return bool(wanted) and wanted <= _words(title)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
