"""Terminals inside the windows of other programs, whose pixels are not kept either: editors, IDEs and file managers hold some.

Where they are the accessibility tree tells by its role. A program that holds one of which the tree tells nothing is covered whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from agent.innermost import WINDOW_ROLES
from agent.occlusion import partly_shown
from agent.private import Rectangle, is_private, is_shown_class
from agent.x11.display import Windows
from agent.x11.ptys import Ptys
from agent.x11.terminal import visible_part

if TYPE_CHECKING:
    from agent.accessibility import Node

ROLE = "terminal"


class HeldTerminals:
    """Of one display. Callable from any thread."""

    def __init__(self, windows: Windows, shown: Sequence[str] = ()) -> None:
        """`shown`: patterns of classes whose pixels the user lets be kept."""
        self.windows, self._ptys, self._shown = windows, Ptys(windows), shown

    def windows_with(self) -> frozenset[int]:
        """The ids of windows that have a terminal inside, or are one, by the processes of their programs."""
        return frozenset(self._ptys.held())

    @property
    def any(self) -> bool:
        """Whether there is one, in a window that is not covered whole by its class: only then the tree is worth asking."""
        return any(True for _ in self._held())

    def _held(self) -> Iterator[tuple[int, bool]]:
        held = self._ptys.held()
        classes = self.windows.classes() if held else {}
        for number, tells in held.items():
            if not is_private(classes.get(number), self._shown) and not is_shown_class(classes.get(number), self._shown):
                yield number, tells

    def places(self, nodes: Sequence[Node]) -> list[Rectangle]:
        """Where they are to be seen, in screen pixels; `nodes` is what the tree shows."""
        stack = self.windows.stack()
        lets = [window for window in stack if is_shown_class(window.wm_class, self._shown)]
        terminals = [
            node
            for node in nodes
            if node.role == ROLE and partly_shown(node, stack) and not any(window.covers(*node.center) for window in lets)
        ]
        found = [(node.left, node.top, node.left + node.width, node.top + node.height) for node in terminals]
        for number, tells in self._held():
            parts = visible_part(number, self.windows)
            inside = [node for node in nodes if node.role not in WINDOW_ROLES and node.name.strip() and _within(node, parts)]
            if not any(_within(node, parts) for node in terminals) and not (tells and inside):
                found += parts
        return found


def _within(node: Node, parts: Sequence[Rectangle]) -> bool:
    x, y = node.center
    return any(left <= x < right and top <= y < bottom for left, top, right, bottom in parts)
