"""pyautogui, bound to one display at a time. The only file that imports it."""

from __future__ import annotations

import math
import os
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from typing import Any

from agent.errors import NO_DISPLAY, DesktopError

library_lock = threading.RLock()
"""Held while the library is bound to a display and used: it is one for the whole process."""
_WHEEL_UNITS = 120 if sys.platform == "win32" else 1
_STEP_PIXELS = 12
_WHEEL_BUTTONS = {(0, 1): 4, (0, -1): 5, (-1, 0): 6, (1, 0): 7}


def open_library(display: str | None) -> tuple[Any, dict[str, Any]]:
    """pyautogui, and what binds it to a display: it knows but the one that the environment names when it is first imported."""
    linux = sys.platform.startswith("linux")
    with library_lock:
        # It imports this for a window that nobody opens here, and that import ends the process where tkinter is missing.
        sys.modules.setdefault("mouseinfo", types.ModuleType("mouseinfo"))
        before = os.environ.get("DISPLAY")
        if linux and not (display or before):
            raise DesktopError(NO_DISPLAY)
        if linux and display:
            os.environ["DISPLAY"] = display
        try:
            import pyautogui
        except Exception as error:  # it raises whatever the missing display makes Xlib raise
            raise DesktopError(f"the desktop takes no input ({error}): check DISPLAY, or use --desktop virtual") from error
        finally:
            if before is None:
                os.environ.pop("DISPLAY", None)
            else:
                os.environ["DISPLAY"] = before
    pyautogui.PAUSE = 0
    pyautogui.FAILSAFE = False  # the emergency stop watches the corners, also while the model is computing
    if not linux:
        return pyautogui, {}
    from agent.x11.connection import connect

    # Its own table types > for < and knows one layout; the strokes given here are keycodes, which it passes on as they are.
    connection = connect(display)
    return pyautogui, {
        "_display": connection,
        "keyboardMapping": {code: code for code in range(8, 256)},
        "BUTTON_NAME_MAPPING": buttons(connection),
    }


def buttons(connection: Any) -> dict[str | int, int]:
    """Which button of the pointer to press for what its user calls left, and for each turn of the wheel: they may be swapped."""
    from agent.x11.pointer import button_map

    physical = {logical: number for number, logical in reversed(list(enumerate(button_map(connection), 1)))}
    names: dict[str | int, int] = {"left": 1, "middle": 2, "right": 3}
    return {name: physical.get(int(logical), 0) for name, logical in (names | {number: number for number in range(1, 8)}).items()}


def turn_wheel(library: Any, x: int, y: int, right: int, up: int) -> None:
    """One notch over a place."""
    if not sys.platform.startswith("linux"):
        library.hscroll(right, x, y) if right else library.vscroll(up * _WHEEL_UNITS, x, y)
        return
    number = _WHEEL_BUTTONS[right, up]  # the library's own scrolling would look the button up twice
    library.platformModule._mouseDown(x, y, number)
    library.platformModule._mouseUp(x, y, number)


def require_button(binding: dict[str, Any], button: str | int) -> None:
    """Raise DesktopError where the user's pointer has no such button."""
    if not binding.get("BUTTON_NAME_MAPPING", {button: 1})[button]:
        raise DesktopError(f"this pointer has no {button if isinstance(button, str) else 'such wheel'} button: its buttons are mapped away")


def bent(path: Sequence[tuple[int, int]], start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """A path whose ends lie elsewhere by now: what is between them moves along, the more the nearer."""
    (a, b), (c, d) = ((new[0] - old[0], new[1] - old[1]) for new, old in ((start, path[0]), (end, path[-1])))
    shares = [number / max(len(path) - 1, 1) for number in range(len(path))]
    return [(round(x + a + (c - a) * part), round(y + b + (d - b) * part)) for (x, y), part in zip(path, shares, strict=True)]


def places_between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Places on the way of something that is dragged, the end included."""
    steps = max(math.ceil(math.dist(start, end) / _STEP_PIXELS), 2)
    for step in range(1, steps + 1):
        yield round(start[0] + (end[0] - start[0]) * step / steps), round(start[1] + (end[1] - start[1]) * step / steps)
