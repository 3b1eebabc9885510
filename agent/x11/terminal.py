"""Deskhand's own terminal on an X11 display: its status line must be in no recorded frame, and it never receives what is typed."""

from __future__ import annotations

import os
from pathlib import Path

from agent.x11.blackout import without
from agent.x11.display import Window, Windows
from agent.x11.stack import Rectangle


def own_window(windows: Windows) -> Window | None:
    """The window that this process's terminal is drawn in; None where it is on another display, or cannot be told."""
    every = windows.all()
    number = os.environ.get("WINDOWID", "")
    by_id = next((window for window in every if number.isdigit() and window.id == int(number)), None)
    if by_id is not None:
        return by_id
    ancestors = _ancestors()
    owned = [window for window in every if window.pid in ancestors]
    return owned[0] if len(owned) == 1 else None


def visible_part(window_id: int, windows: Windows) -> list[Rectangle]:
    """What is to be seen of a window, in screen pixels: its rectangle without those of the windows above it."""
    stack = windows.stack()
    index = next((index for index, window in enumerate(stack) if window.id == window_id), None)
    if index is None:
        return []
    parts = [_rectangle(stack[index])]
    for above in stack[index + 1 :]:
        parts = [rest for part in parts for rest in without(part, _rectangle(above))]
    return parts


def _rectangle(window: Window) -> Rectangle:
    return window.left, window.top, window.left + window.width, window.top + window.height


def _ancestors() -> set[int]:
    found: set[int] = set()
    pid = os.getppid()
    while pid > 1 and pid not in found:
        found.add(pid)
        try:
            pid = int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            break
    return found
