"""Whether a planned step is fulfilled already — its menu or its dialog is open, its box is ticked, its tab is shown — or is greyed out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recordings.episode import Element
from recordings.geometry import Box
from vlm.planner.options import option_called
from vlm.planner.plan import PlannedStep
from vlm.reading.kinds import is_part_of_name
from vlm.reading.protocols import Candidate
from vlm.reading.reading import Widget
from vlm.reading.view import ScreenView
from vlm.reading.vocabulary import Role

_TICKS = ("✓", "✔", "☑", "√")
"""What a reader may see before the name of what is ticked."""
_AHEAD = 4
"""So many clicks may lead to a dialog that is open already."""
SURE_OF_MARK = 0.99
"""That something is on, where it is only seen, counts for nothing where it is less likely: icons look on rather than off."""
_WITHOUT_MARKS = frozenset({"page tab", "push button", "button", "link", "heading", "menu", "combo box", "text", "entry"})
"""Roles of what has no box of its own to tick: what is drawn in it is an icon."""
_NOT_SWITCHED = frozenset({"table cell", "label", "static", "heading", "paragraph"})
"""Roles of what may be selected and is never off: that a row of a list is not selected says nothing of what is to be switched off."""
_GREYABLE = frozenset({
    "push button", "button", "toggle button", "menu item", "check menu item", "radio menu item", "menu", "check box", "radio button",
    "switch", "page tab", "combo box", "link", "label", "text", "entry", "spin button",
})  # fmt: skip


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


def is_set(step: PlannedStep, view: ScreenView, kind: Role | None = None) -> bool:
    """Whether what a step sets is known to be as the step wants it; False where its state is not known.

    Args:
        kind: what the person says it is, a tab or a button, say.
    """
    return state_of(step.target or "", view, kind) == step.value


def state_of(words: str, view: ScreenView, kind: Role | None = None) -> str | None:
    """`on`, `off` or `mixed`, by what is written, by accessibility, else by what is seen; None where nobody can tell."""
    best = _option(words, view)
    if best is None:
        return None
    if best.element.text.lstrip().startswith(_TICKS):
        return "on"
    element = view.observation.element_at(best.box.center)
    if element is not None and element.checked is not None:
        return "on" if element.checked else "off"
    if (widget := _widget(best, element, view)) is not None:
        return _state_of_mark(widget, view)
    if element is not None and element.selected and not element.role.endswith("menu item"):
        return "on"  # of an entry of a menu it only says that the pointer is on it
    chosen = _is_down(best, element, view, kind)
    if chosen is None and element is not None and not element.role.endswith("menu item") and element.role not in _NOT_SWITCHED:
        chosen = element.selected
    return None if chosen is None else "on" if chosen else "off"


def _place(words: str, view: ScreenView) -> Candidate | None:
    """Where the words are, among texts, then among icons."""
    located = view.locate(words)
    return located.best or (view.locate_icon(words).best if located.status == "missing" else None)


def _option(words: str, view: ScreenView) -> Candidate | None:
    """Where what is switched on or off is."""
    return _place(words, view) or option_called(words, view)


def _widget(best: Candidate, element: Element | None, view: ScreenView) -> Widget | None:
    """What has a state and is seen beside the words; nothing in what is known to have no such thing: a tab has an icon there."""
    return None if element is not None and element.role in _WITHOUT_MARKS else view.widget(best)


def _state_of_mark(widget: Widget, view: ScreenView) -> str | None:
    """What accessibility tells of the mark itself, else what it surely shows: nobody sees that a step is passed over."""
    if widget.kind == "expander":
        return None
    there = view.observation.element_at(widget.box.center)
    if there is not None and there.checked is not None:
        return "on" if there.checked else "off"
    if there is not None and there.role in _WITHOUT_MARKS:
        return None
    return widget.state if widget.state != "on" or widget.confidence >= SURE_OF_MARK else None


def _is_down(best: Candidate, element: Element | None, view: ScreenView, kind: Role | None) -> bool | None:
    """True where what the person calls a button is seen to be down among its like, and accessibility is silent; else None.

    That a button is seen to be up counts for nothing: beside others that are down it may only seem so, and a click would let it up.
    """
    if element is not None or kind != "button":
        return None
    standing = view.standing(best)
    return True if standing is not None and standing.is_chosen else None


def is_open_tab(step: PlannedStep, view: ScreenView, kind: Role | None) -> bool:
    """Whether a click is on what the person calls a tab and accessibility knows as the open one: it would show nothing."""
    tab = _tab(step, view, kind) if kind == "tab" else None
    element = view.observation.element_at(tab.box.center) if tab is not None else None
    return element is not None and element.role == "page tab" and bool(element.selected)


def is_in_view(plan: Sequence[PlannedStep], index: int, view: ScreenView, words: str) -> bool:
    """Whether a step scrolls until something is to be seen, by the person's words, and it is: what it names, or what the next one is on."""
    step, follows = plan[index], plan[index + 1] if index + 1 < len(plan) else None
    name = step.target or (follows.target if follows is not None else None)
    if step.do != "scroll" or name is None:
        return False
    told = (
        rf"\bscroll\w*\b[^.;\n]*?\b(?:(?:until|till) (?:you|I|we) (?:can )?(?:see|find|reach|get to)|to)(?: the)? {re.escape(name)}(?!\w)"
    )
    return re.search(told, words, re.I) is not None and view.locate(name).status == "found"


def looks_open(step: PlannedStep, view: ScreenView, kind: Role | None) -> bool:
    """Whether what was clicked in vain is seen to be the open tab of its row: some toolkits do not tell, and the click did no harm."""
    tab = _tab(step, view, kind)
    standing = view.standing(tab, one_of_them=True) if tab is not None else None
    return standing is not None and standing.is_chosen is True


def _tab(step: PlannedStep, view: ScreenView, kind: Role | None) -> Candidate | None:
    """The tab that a click is on; None for another step, and where the word for it belongs to the name, as of "Close Tab"."""
    best = view.locate(step.target or "").best if step.do == "click" else None
    if best is None or is_part_of_name("tab", best.element.text):
        return None
    element = view.observation.element_at(best.box.center)
    return best if (kind == "tab" if element is None else element.role == "page tab") else None


def is_grey(step: PlannedStep, view: ScreenView, by_sight: bool = True) -> bool:
    """Whether what a step clicks is known to be greyed out, by accessibility, or where that is silent by how it looks among its like.

    Args:
        by_sight: whether looks count: what an empty field shows is grey and can be clicked, and so is a tab that is not open.
    """
    best = (_option if step.do == "set" else _place)(step.target or "", view)
    if best is None:
        return False
    element = view.observation.element_at(best.box.center)
    if element is not None:
        return element.enabled is False and element.role in _GREYABLE
    standing = view.standing(best) if by_sight else None
    return standing is not None and standing.is_grey is True


def tells_no_state(step: PlannedStep, view: ScreenView, kind: Role | None = None) -> bool:
    """Whether a click may do the opposite: what is seen there is neither surely on nor off, or an entry of a menu shows no tick."""
    best = _option(step.target or "", view)
    if best is None or kind == "tab" or state_of(step.target or "", view, kind) in ("on", "off"):
        return False  # a click on a tab never closes it
    element = view.observation.element_at(best.box.center)
    if element is None or element.role == "menu item":
        return True
    return element.checked is None and _widget(best, element, view) is not None


def mark_of(candidate: Candidate, view: ScreenView) -> Candidate | None:
    """The mark to click instead of its label, which few toolkits turn over where the mark is no part of it; None where the label does."""
    element = view.observation.element_at(candidate.box.center)
    if element is not None and (element.checked is not None or element.role.endswith("menu item")):
        return None
    widget = _widget(candidate, element, view)
    return None if widget is None or widget.kind in ("tick", "expander") else replace(candidate, box=widget.box)


def is_called(title: str, words: str) -> bool:
    """Whether a window's title holds all words of a target: "Mousepad Preferences" is what "Preferences..." opens."""
    wanted = _words(words)
    return bool(wanted) and wanted <= _words(title)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
