"""Windows whose pixels are not kept, whoever looks at them: terminals, and programs that keep or ask for passwords."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.permissions.manifest import class_matches
from agent.permissions.windows import keepers, machines, terminals
from recordings.geometry import Box, ScreenTransform

if TYPE_CHECKING:
    from agent.x11.display import Windows

WINDOW = "window"
"""Why something is painted over: it belongs to such a window."""
Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom in screen pixels; right and bottom are outside."""


def is_terminal(window_class: str | None) -> bool:
    """Whether a class is that of a terminal, where keys mean something else than in other programs."""
    return bool(window_class) and _is_one(window_class or "", terminals())


def need_not_echo(window_class: str | None) -> bool:
    """Whether what is typed into a window of this class need not be shown by it: a terminal, or another machine."""
    return bool(window_class) and _is_one(window_class or "", (*terminals(), *machines().classes))


def is_private(window_class: str | None, shown: Sequence[str] = ()) -> bool:
    """Whether the pixels of a window of this class are not kept; `shown`: patterns of classes that the user lets be kept."""
    if not window_class or is_shown_class(window_class, shown):
        return False
    return _is_one(window_class, (*terminals(), *keepers()))


def _is_one(window_class: str, patterns: Sequence[str]) -> bool:
    return any(class_matches(pattern, window_class) for pattern in patterns)


def is_shown_class(window_class: str | None, shown: Sequence[str]) -> bool:
    """Whether the user lets the pixels of windows of this class be kept."""
    return bool(window_class) and _is_one(window_class or "", shown)


def private_parts(windows: Windows, shown: Sequence[str] = ()) -> tuple[Rectangle, ...]:
    """What is to be seen of such windows, in screen pixels."""
    from agent.x11.terminal import visible_part

    found = [number for number, window_class in windows.classes().items() if is_private(window_class, shown)]
    return tuple(part for number in found for part in visible_part(number, windows))


def to_private(parts: Sequence[Rectangle], area: ScreenTransform) -> tuple[tuple[str, Box], ...]:
    """The same as boxes of a captured rectangle, with why they are covered."""
    found = []
    for left, top, right, bottom in parts:
        x1, x2 = (min(max((value - area.left) / area.width, 0.0), 1.0) for value in (left, right))
        y1, y2 = (min(max((value - area.top) / area.height, 0.0), 1.0) for value in (top, bottom))
        if x2 > x1 and y2 > y1:
            found.append((WINDOW, Box(x1=x1, y1=y1, x2=x2, y2=y2)))
    return tuple(found)
