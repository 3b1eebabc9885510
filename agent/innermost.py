"""Which of the elements that the accessibility tree names a point belongs to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from recordings.episode import Element, Screenshot
from recordings.geometry import Point, ScreenTransform

WINDOW_ROLES = frozenset({"application", "frame", "window", "dialog", "alert", "file chooser"})
_LABELS = frozenset({"label", "static"})
_LABELLED = frozenset({"push button", "button", "toggle button", "page tab", "menu", "menu item", "link", "check box", "radio button"})
"""What toolkits put a label of its own into."""
_STALE_SECONDS = 1.0


def without_windows(elements: Iterable[Element]) -> list[Element]:
    """What tells something of a place, or of what has the keyboard there: that a window does is true wherever it is in it."""
    return [element for element in elements if element.role not in WINDOW_ROLES]


def innermost(elements: Sequence[Element], point: Point) -> Element | None:
    """Of elements, parents before children, the one that a point belongs to; what a label labels from inside, instead of the label."""
    under = [element for element in without_windows(elements) if element.box.contains(point)]
    found = min(reversed(under), key=lambda element: element.box.area, default=None)
    if found is None or found.role not in _LABELS:
        return found
    holding = [element for element in under if element.role in _LABELLED and element.name.strip() in ("", found.name.strip())]
    return min(holding, key=lambda element: element.box.area, default=found)


def once_a_frame(find: Callable[[ScreenTransform], Sequence[Element]]) -> Callable[[Point, Screenshot], Element | None]:
    """The element at a point, with the tree asked only once for each frame, or when its answer is old: it may lag behind the picture."""
    known: tuple[Screenshot | None, float, Sequence[Element]] = (None, 0.0, ())

    def element_at(point: Point, screenshot: Screenshot) -> Element | None:
        nonlocal known
        if known[0] is not screenshot or time.monotonic() - known[1] > _STALE_SECONDS:
            known = (screenshot, time.monotonic(), find(screenshot.transform))
        return innermost(known[2], point)

    return element_at
