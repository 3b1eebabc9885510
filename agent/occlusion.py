"""Leave out what other windows cover: an accessibility tree calls an element showing even behind a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.accessibility import Node
    from agent.x11.display import Window


def without_hidden(nodes: Sequence[Node], stack: Sequence[Window]) -> list[Node]:
    """The nodes whose centre the screen really shows.

    Args:
        nodes: of any applications.
        stack: every window of the screen, bottom to top.
    """
    return [node for node in nodes if _is_on_top(node, stack)]


def partly_shown(node: Node, stack: Sequence[Window]) -> bool:
    """Whether any of nine places of a node, its corners among them, is what the screen shows there."""
    xs, ys = ([start + 1, start + size / 2, start + size - 1] for start, size in ((node.left, node.width), (node.top, node.height)))
    return any(_is_on_top(replace(node, left=int(x), top=int(y), width=0, height=0), stack) for x in xs for y in ys)


def _is_on_top(node: Node, stack: Sequence[Window]) -> bool:
    above = next((window for window in reversed(stack) if window.covers(*node.center)), None)
    if above is None:
        return True
    if None not in (above.pid, node.application.pid) and above.pid != node.application.pid:
        return False
    if not above.managed:
        return node.popup
    return not (above.title and node.window and above.title != node.window and not node.popup)
