"""Whether a terminal shows what is typed: its line discipline says so. `read -s`, sudo, ssh and passwd turn its echo off."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

from agent.x11.display import Window

KEPT_SECONDS = 1.0
_PSEUDO = range(136, 144)
"""Major numbers of pseudo terminals."""


class Silence:
    """Asks the terminals that run in windows. Callable from any thread; what runs in a window is looked up once a second."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, tuple[Path, ...]]] = {}
        self._lock = threading.Lock()

    def of(self, window: Window | None) -> bool | None:
        """Whether what is typed into a window is not shown: True where a program of it waits for a line unseen; False where each line is
        shown as it is typed; None where its programs read keys by themselves, as shells and editors do, or nobody can tell."""
        if window is None or window.pid is None or not sys.platform.startswith("linux"):
            return None
        states = [state for path in self._terminals_of(window.pid) if (state := _state(path)) is not None]
        if any(lines and not echo for lines, echo in states):
            return True
        return False if states and all(lines and echo for lines, echo in states) else None

    def _terminals_of(self, pid: int) -> tuple[Path, ...]:
        with self._lock:
            at, known = self._known.get(pid, (0.0, ()))
            if time.monotonic() - at > KEPT_SECONDS:
                known = tuple(dict.fromkeys(path for path in map(_terminal_of, _descendants(pid)) if path is not None))
                self._known[pid] = time.monotonic(), known
            return known


def _state(path: Path) -> tuple[bool, bool] | None:
    """Whether a terminal hands on whole lines, and whether it shows what is typed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None
    import termios  # there is none on Windows

    try:
        flags = termios.tcgetattr(descriptor)[3]
        return bool(flags & termios.ICANON), bool(flags & termios.ECHO)
    except termios.error:
        return None
    finally:
        os.close(descriptor)


def _stat(pid: int) -> list[str]:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    with contextlib.suppress(OSError):
        for entry in os.listdir("/proc"):
            if entry.isdigit() and len(words := _stat(int(entry))) > 4:
                parents.setdefault(int(words[1]), []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        below = parents.get(todo.pop(), [])
        found += below
        todo += below
    return found


def _terminal_of(pid: int) -> Path | None:
    words = _stat(pid)
    number = int(words[4]) & 0xFFFFFFFF if len(words) > 4 else 0
    major, minor = (number >> 8) & 0xFFF, (number & 0xFF) | ((number >> 12) & 0xFFF00)
    return Path("/dev/pts") / str(minor + (major - _PSEUDO.start) * 256) if major in _PSEUDO else None
