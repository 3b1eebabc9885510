"""Counts the things of a kind on a screen, so that "the second tab" is found though it says no name.

    the second tab ─► all tabs: as accessibility names them, else as they surely look ─► the second, or "missing"

Whatever is not surely told from its like is not counted: a row of names may be tabs or may be none, and a wrong place is worse than a
question. Where things may be counted in two ways ("the third button", with or without those that have no name), both must agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from recordings.episode import Element
from recordings.geometry import Box
from vlm.reading.folding import fold
from vlm.reading.numbered import Countable, Numbered
from vlm.reading.protocols import Candidate, Located
from vlm.reading.reading import ScreenElement
from vlm.reading.strips import tabs_by_their_crosses

if TYPE_CHECKING:
    from vlm.reading.view import ScreenView

_Any = TypeVar("_Any")

SCORE = 0.95
"""How sure a place is that was counted."""
SURE_OF_BOX = 0.9
"""A box that is seen with less confidence may be none, and all after it have another number."""
_ROLES: dict[Countable, frozenset[str]] = {
    "tab": frozenset({"page tab"}),
    "button": frozenset({"push button", "button"}),
    "field": frozenset({"text", "entry", "password text", "spin button", "editbar", "edit bar"}),
    "check box": frozenset({"check box"}),
    "radio button": frozenset({"radio button"}),
    "link": frozenset({"link"}),
    "row": frozenset({"list item", "table row", "tree item", "option"}),
    "menu": frozenset({"menu"}),
}
_ALSO: dict[Countable, frozenset[str]] = {
    "button": frozenset({"toggle button", "push button menu"}),
    "field": frozenset({"combo box", "document text"}),
}
"""What some people count with them, and others do not."""
_LISTS = frozenset({"list", "list box", "tree", "table", "tree table", "directory pane"})
_MENU_ITEMS = frozenset({"menu item", "check menu item", "radio menu item"})
_HEADERS = frozenset({"table column header", "column header"})
_UNNAMED = frozenset().union(*_ROLES.values(), *_ALSO.values(), {"the field"})
"""What stands for the name of a thing that has none."""
_ARROWS = re.compile(r"chevron|arrow|\b(?:left|right|back|forward|play)\b")
"""Beside tabs: there are more than are seen."""
_HEADING_WORDS = """
name size type date modified title status kind location author owner permissions progress description id no number amount from to subject
artist album time duration price created state
"""
_HEADINGS = frozenset(_HEADING_WORDS.split())
"""What columns of tables are called, folded."""
_TALL = 2.6
"""Heights of the lowest field from which on one is a text area, which not everybody counts."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """One of a kind: where it is clicked and what is written there."""

    name: str
    box: Box
    whole: Box
    sure: bool = True


def count(asked: Numbered, words: str, view: ScreenView) -> Located:
    """The thing with that number. `missing` where it cannot be told; its candidates are those of the kind that were seen."""
    groups = _groups(asked, view)
    picked = [_picked(group, asked.number) for group in groups]
    fitting = [one for one in picked if one is not None]
    seen = tuple(_candidate(thing, 0.0) for group in groups for thing in group if thing.name not in _UNNAMED)
    if len(groups) != 1 and not (asked.kind == "tab" and fitting):
        return Located(words, "missing", seen)
    main = _main_strip(groups, view) if len(groups) > 1 else 0
    chosen = picked[main] if main is not None else None
    return Located(words, "missing", seen) if chosen is None else Located(words, "found", (_candidate(chosen, SCORE),))


def _picked(group: Sequence[_Thing], number: int) -> _Thing | None:
    """The one with that number, where it is the same with and without what not everybody counts."""
    index = number - 1 if number > 0 else number
    ways = (list(group), [thing for thing in group if thing.sure])
    found = [things[index] if -len(things) <= index < len(things) else None for things in ways]
    return found[0] if found[0] is found[1] and len(ways[1]) >= (1 if number == 1 else 2) else None


def _candidate(thing: _Thing, score: float) -> Candidate:
    return Candidate(ScreenElement(thing.name, thing.box, 1.0), thing.box, score, "number")


def _groups(asked: Numbered, view: ScreenView) -> list[list[_Thing]]:
    """The things of the kind, in reading order: those of one strip, list or window by themselves."""
    popups = view.observation.popups
    everything = [one for one in view.observation.elements() if view.front is None or view.front.contains(one.box.center)]
    if asked.region == "menu" or (popups and asked.kind == "row"):
        return [_in_menu(everything, view)] if popups else []
    if asked.region == "toolbar":
        bars = [one.box for one in everything if one.role == "tool bar"]
        everything = [one for one in everything if any(bar.contains(one.box.center) for bar in bars)]
    pages = [one.box for one in everything if one.role == "document web"]
    if pages and asked.kind != "tab" and asked.region != "toolbar":  # the browser's own buttons are not the page's
        everything = [one for one in everything if any(page.contains(one.box.center) for page in pages)]
    if asked.kind == "row":
        holders = _outermost([one for one in everything if one.role in _LISTS])
        lists = [_rows(one, everything, view) for one in holders]
        if asked.number < 0:
            lists = [rows for rows, holder in zip(lists, holders, strict=True) if rows and _ends(rows[-1], holder, pages)]
        return [rows for rows in lists if rows]
    roles = _ROLES[asked.kind]
    things = [one for one in everything if one.role in roles | _ALSO.get(asked.kind, frozenset()) and one.box.area > 0]
    if not things:
        return [] if pages else _by_sight(asked.kind, view)
    if asked.kind == "menu":
        things = [one for one in things if _is_read(one, view)]  # the bar of a window behind is told as if it were to be seen
    if asked.kind == "tab":
        return _strips(things, everything, view)
    low = min((one.box.y2 - one.box.y1 for one in things), default=0.0)
    told = [
        _Thing(*_written(one, view), one.box, _is_plain(one, asked.kind, low) and (bool(pages) or _has_label(one, asked.kind, view)))
        for one in things
    ]
    return [_in_reading_order(told)]


def _is_plain(one: Element, kind: Countable, low: float) -> bool:
    """Whether everybody counts it: no button without a name, no text area, no list to choose from."""
    if one.role not in _ROLES[kind] or (kind in ("button", "link") and not one.name.strip()):
        return False
    return kind != "field" or one.box.y2 - one.box.y1 < _TALL * low


def _has_label(one: Element, kind: Countable, view: ScreenView) -> bool:
    """Whether a box to be ticked shows its name: Qt calls the pictures of a tool bar so, too."""
    return kind not in ("check box", "radio button") or _is_read(one, view)


def _is_read(one: Element, view: ScreenView) -> bool:
    """Whether the name of an element is written where it is."""
    inside = (text for text in view.reading.elements if one.box.contains(text.box.center))
    return any(fold(text.text).squeezed in fold(one.name).squeezed for text in inside)


def _by_sight(kind: Countable, view: ScreenView) -> list[list[_Thing]]:
    """What has no name in the accessibility tree and looks like nothing else: tabs that can be closed, boxes that can be ticked."""
    if kind == "tab":
        elements = view.elements_in(view.front)
        closing = [icon.element.box for icon in view.icons if icon.element.text == "close"]
        arrows = [icon.element.box for icon in view.icons if _ARROWS.search(icon.element.text)]
        strips = [strip for strip in tabs_by_their_crosses(elements, closing) if not any(strip[0].box.shares_row(one) for one in arrows)]
        return [[_Thing(one.text, one.box, one.box) for one in strip] for strip in strips]
    if kind not in ("check box", "radio button"):
        return []
    elements = view.elements_in(view.front)
    marked = [(one, view.widget(Candidate(one, one.box, 1.0, "exact"))) for one in elements]
    boxes = [(one, widget) for one, widget in marked if widget is not None and widget.kind in ("check box", "radio button")]
    boxes = [(one, widget) for one, widget in boxes if one.text != view.observation.window_title]  # beside a title stands an icon
    if any(widget.state is None or widget.confidence < SURE_OF_BOX for _, widget in boxes):
        return []  # what is not plainly on or off may be no box at all
    return [_in_reading_order([_Thing(one.text, one.box, one.box) for one, widget in boxes if widget.kind == kind])]


def _strips(tabs: Sequence[Element], everything: Sequence[Element], view: ScreenView) -> list[list[_Thing]]:
    """The tabs of each strip: those in one list of tabs, as accessibility says. Where some are scrolled out of sight, the first that is
    seen is not the first."""
    lists = [one for one in everything if one.role.endswith("page tab list")]
    holders = [one.box for one in lists]
    parts: dict[int, list[_Thing]] = {}
    for tab in tabs:
        around = [number for number, box in enumerate(holders) if box.contains(tab.box.center)]
        inner = min(around, key=lambda number: holders[number].area, default=-1)
        parts.setdefault(inner, []).append(_Thing(*_written(tab, view), tab.box))
    cut = {number for number, one in enumerate(lists) if one.role.startswith("scrolled")}
    strips = [_in_reading_order(part) for inner, part in parts.items() if len(part) > 1 and inner not in cut]
    return sorted(strips, key=lambda strip: strip[0].box.y1)


def _main_strip(strips: Sequence[Sequence[_Thing]], view: ScreenView) -> int | None:
    """Of several strips of tabs the one whose open tab gives the window its title, where no other is in the page that it shows."""
    title = (view.observation.window_title or "").casefold()
    named = [number for number, strip in enumerate(strips) if any(len(tab.name) > 1 and tab.name.casefold() in title for tab in strip)]
    if len(named) != 1:
        return None
    main = strips[named[0]]
    left, bottom = min(tab.whole.x1 for tab in main), max(tab.whole.y2 for tab in main)
    others = [strip for number, strip in enumerate(strips) if number != named[0]]
    inside = any(strip[0].whole.y1 >= bottom and strip[0].whole.x1 >= left for strip in others)
    return None if inside else named[0]


def _in_menu(everything: Sequence[Element], view: ScreenView) -> list[_Thing]:
    items = [one for one in everything if one.role in _MENU_ITEMS | {"menu", "option", "list item"} and one.name.strip()]
    if items:
        return _in_reading_order([_Thing(*_written(one, view), one.box) for one in items])
    return [_Thing(row[0].text, row[0].box, row[0].box) for row in _lines(view.elements_in(view.front), lambda one: one.box)]


def _rows(holder: Element, everything: Sequence[Element], view: ScreenView) -> list[_Thing]:
    """The rows of a list: as accessibility says, else the lines of text in it; none where a line may be the heading of its columns."""
    inside = [one for one in everything if one is not holder and holder.box.contains(one.box.center)]
    headed = [one for one in inside if one.role in _HEADERS]
    rows = [one for one in inside if one.role in _ROLES["row"]]
    if rows:
        rows = [row for row in rows if not any(row.box.contains(header.box.center) for header in headed)]
        return _in_reading_order([_Thing(*_written(one, view), one.box) for one in rows])
    texts = [one for one in view.elements_in(holder.box) if not any(header.box.contains(one.box.center) for header in headed)]
    lines = _lines(texts, lambda one: one.box)
    if holder.role in ("table", "tree table") and not headed and any(len(line) > 1 for line in lines):
        if not any(one.text.casefold().strip(" ▲▼^") in _HEADINGS for one in lines[0]):
            return []
        lines = lines[1:]
    flow = [one for line in lines for one in line] if holder.role in ("list", "directory pane") else [line[0] for line in lines]
    return [_Thing(one.text, one.box, one.box) for one in flow]


def _ends(last: _Thing, holder: Element, pages: Sequence[Box]) -> bool:
    """Whether a list ends with that row, as far as can be seen: where it fills all of its room, there may be more below."""
    if pages:
        return all(holder.box.y2 < page.y2 for page in pages)
    return holder.box.y2 - last.whole.y2 > last.whole.y2 - last.whole.y1


def _outermost(lists: Sequence[Element]) -> list[Element]:
    """Lists that are in no other: a choice within a row is part of the row."""
    return [one for one in lists if not any(other is not one and other.box.area > one.box.area and other.box.contains(one.box.center)
                                            for other in lists)]  # fmt: skip


def _written(element: Element, view: ScreenView) -> tuple[str, Box]:
    """What is written in a thing, where it is clicked: beside a tab's name stands what closes it. An empty one is clicked in its middle."""
    if element.role in _ROLES["field"]:
        return element.name or "the field", element.box
    inside = [one for one in view.reading.elements if element.box.contains(one.box.center)]
    return (element.name.strip() or inside[0].text, inside[0].box) if inside else (element.name.strip() or element.role, element.box)


def _in_reading_order(things: Sequence[_Thing]) -> list[_Thing]:
    return [thing for line in _lines(things, lambda thing: thing.whole) for thing in line]


def _lines(things: Sequence[_Any], box_of: Callable[[_Any], Box]) -> list[list[_Any]]:
    """Things in lines, from the top, each from the left."""
    lines: list[list[_Any]] = []
    for one in sorted(things, key=lambda one: box_of(one).center.y):
        if lines and box_of(lines[-1][0]).shares_row(box_of(one)):
            lines[-1].append(one)
        else:
            lines.append([one])
    return [sorted(line, key=lambda one: box_of(one).x1) for line in lines]
