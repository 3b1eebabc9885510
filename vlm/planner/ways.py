"""Menus on a known way that nobody spoke of: "save it as notes.txt" is planned as click File, click Save As.

Not every program has a File menu. Where it is not to be seen, nobody has said so, and it is not needed, it is passed over; else the main
menu, which many programs have behind one button instead of a bar, holds what it would.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recordings.action import Wait
from recordings.episode import Step
from vlm.planner.plan import PlannedStep
from vlm.reading.protocols import Located
from vlm.reading.view import ScreenView

_MENUS = frozenset({"File", "Edit", "View", "Tools", "Help", "Options", "Settings"})
MAIN_MENU = "main menu"


def is_unsaid_menu(plan: Sequence[PlannedStep], index: int, said: str) -> bool:
    """Whether a step opens a menu only for the click after it, and the person did not speak of that menu."""
    if index + 1 >= len(plan):
        return False
    step, follows = plan[index], plan[index + 1]
    if step.do == "click" and step.target == MAIN_MENU and follows.do == "click":
        return True  # which program has one, nobody knows who plans
    if step.do != "click" or step.target not in _MENUS or follows.do not in ("click", "set"):
        return False
    return re.search(rf"\b{step.target}\b|\b{step.target.casefold()} (?:menu|>|→|->)", said) is None


def without_menu(plan: Sequence[PlannedStep], index: int, attempts: Sequence[Step], view: ScreenView) -> bool:
    """Whether such a menu is not there, after a moment's wait, and what is to be clicked next is to be seen without it."""
    if not _waited(attempts):
        return False
    menu, follows = (plan[at].target or "" for at in (index, index + 1))
    if view.locate(menu).status != "missing":
        return False
    there = view.locate(follows).best
    return (there is not None and there.how in ("exact", "folded")) or view.locate_icon(follows).status == "found"


def main_menu(located: Located, attempts: Sequence[Step], view: ScreenView) -> Located:
    """The button of the main menu instead of such a menu that is not there, after a moment's wait; else what was located."""
    if located.status != "missing" or not _waited(attempts):
        return located
    button = view.locate_icon(MAIN_MENU)
    return replace(button, target=located.target) if button.status == "found" else located


def _waited(attempts: Sequence[Step]) -> bool:
    return any(isinstance(step.action, Wait) for step in attempts)
