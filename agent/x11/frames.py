"""Where the window manager draws the buttons of a window's frame: they close, and no tree names them."""

from __future__ import annotations

from agent.x11.display import Windows

REACH = 120
"""Pixels from either end of the title bar: some themes have the buttons on the left."""


def on_buttons(windows: Windows, place: tuple[float, float]) -> bool:
    """Whether a place is where the topmost window there may have its frame's buttons; the middle of a title bar is free."""
    x, y = place
    for window in reversed(windows.all()):
        if window.covers(x, y) and windows.is_shown(window):
            reach = min(REACH, window.width / 4)
            on_title = y < window.top + window.title_height
            return on_title and (x < window.left + reach or x >= window.left + window.width - reach)
    return False
