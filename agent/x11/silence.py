"""Whether a terminal shows what is typed: its line discipline says so. `read -s`, sudo, ssh and passwd turn its echo off."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from agent.x11.display import Window, Windows
from agent.x11.ptys import children_of, descendants, terminal_of

KEPT_SECONDS = 1.0


class Silence:
    """Asks the terminals that run in windows. Callable from any thread; what runs in a window is looked up once a second."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._known: dict[int, tuple[float, tuple[Path, ...]]] = {}
        self._lock = threading.Lock()

    def of(self, window: Window | None) -> bool | None:
        """Whether what is typed into a window is not shown: True where a program of it waits for a line unseen; False where each line is
        shown as it is typed; None where its programs read keys by themselves, as shells and editors do, or nobody can tell."""
        if window is None or not sys.platform.startswith("linux"):
            return None
        states = [state for path in self._terminals_of(window) if (state := _state(path)) is not None]
        if any(lines and not echo for lines, echo in states):
            return True
        return False if states and all(lines and echo for lines, echo in states) else None

    def _terminals_of(self, window: Window) -> tuple[Path, ...]:
        with self._lock:
            at, known = self._known.get(window.id, (0.0, ()))
            if time.monotonic() - at > KEPT_SECONDS:
                pid = self._windows.client_pid(window.id) or window.pid
                below = descendants(pid, children_of()) if pid is not None else []
                known = tuple(path for path in map(terminal_of, below) if path is not None)
                self._known[window.id] = time.monotonic(), known
            return known


def _state(path: Path) -> tuple[bool, bool] | None:
    """Whether a terminal hands on whole lines, and whether it shows what is typed."""
    import termios  # there is none on Windows

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        flags = termios.tcgetattr(descriptor)[3]
        return bool(flags & termios.ICANON), bool(flags & termios.ECHO)
    except termios.error:
        return None
    finally:
        os.close(descriptor)
