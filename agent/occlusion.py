"""Leave out what other windows cover: an accessibility tree calls an element showing even behind a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.accessibility import Node
    from agent.x11 import Window


def without_hidden(nodes: Sequence[Node], stack: Sequence[Window]) -> list[Node]:
    """The nodes whose centre the screen really shows.

    Args:
        nodes: of any applications.
        stack: every window of the screen, bottom to top.
    """
    return [node for node in nodes if _is_on_top(node, stack)]


def _is_on_top(node: Node, stack: Sequence[Window]) -> bool:
    above = next((window for window in reversed(stack) if window.covers(*node.center)), None)
    if above is None:
        return True
    if None not in (above.pid, node.application.pid) and above.pid != node.application.pid:
        return False
    if not above.managed:
        return node.popup
    return not (above.title and node.window and above.title != node.window and not node.popup)
