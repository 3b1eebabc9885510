"""Where the window manager draws the buttons of a window's frame: they close, and no tree names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.x11.display import Window, Windows

REACH = 120
"""Pixels from either end of the title bar: some themes have the buttons on the left."""


def on_buttons(window: Window, place: tuple[float, float]) -> bool:
    """Whether a place is where a window's frame may have its buttons; the middle of its title bar is free."""
    x, y = place
    reach = min(REACH, window.width / 4)
    in_title = window.covers(x, y) and y < window.top + window.title_height
    return in_title and (x < window.left + reach or x >= window.left + window.width - reach)


def on_any_buttons(windows: Windows, place: tuple[float, float]) -> bool:
    """The same for whichever window is on top there, active or not; also where the display tells nothing any more."""
    from Xlib.error import ConnectionClosedError

    try:
        there = next((window for window in reversed(windows.stack()) if window.covers(*place)), None)
    except (ConnectionClosedError, OSError):
        return True
    return there is not None and on_buttons(there, place)
