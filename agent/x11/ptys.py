"""Which terminals (`/dev/pts/…`) the programs of a window read from: editors, IDEs and file managers hold some, too."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from agent.x11.display import Windows

KEPT_SECONDS = 1.0
_PROC = Path("/proc")
_SPEAKS = b"libvte"
"""The library whose terminals tell their role in the accessibility tree, as long as they show."""


class Ptys:
    """Which windows hold a terminal inside. Callable from any thread; looked up once a second."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._known: tuple[float, dict[int, bool]] = (0.0, {})
        self._lock = threading.Lock()

    def held(self) -> dict[int, bool]:
        """The ids of windows whose program holds a terminal that is not the one it was started from; whether that tells its role."""
        with self._lock:
            if time.monotonic() - self._known[0] > KEPT_SECONDS:
                self._known = time.monotonic(), self._look()
            return self._known[1]

    def _look(self) -> dict[int, bool]:
        pids = {number: pid for number in self._windows.classes() if (pid := self._windows.client_pid(number)) is not None}
        owners, children = set(pids.values()), children_of()
        holding = {pid: _speaks(pid) for pid in owners if _holds(pid, children, owners - {pid})}
        return {number: holding[pid] for number, pid in pids.items() if pid in holding}


def _holds(pid: int, children: Mapping[int, list[int]], others: Collection[int]) -> bool:
    """Programs that have windows of their own answer for themselves."""
    own = _link(pid)
    return any((link := _link(one)) is not None and link != own for one in descendants(pid, children, others))


def _link(pid: int) -> str | None:
    path = terminal_of(pid)
    with contextlib.suppress(OSError):
        return os.readlink(path) if path is not None else None
    return None


def _speaks(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return _SPEAKS in (_PROC / str(pid) / "maps").read_bytes()
    return False


def children_of() -> dict[int, list[int]]:
    """The children of every process of this machine."""
    found: dict[int, list[int]] = {}
    for entry in os.listdir(_PROC):
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((_PROC / entry / "stat").read_text().rpartition(")")[2].split()[1])
                found.setdefault(parent, []).append(int(entry))
    return found


def descendants(pid: int, children: Mapping[int, list[int]], without: Collection[int] = ()) -> list[int]:
    """The processes below one, without some and what is below those."""
    found, todo = list[int](), [pid]
    while todo:
        below = [one for one in children.get(todo.pop(), []) if one not in without]
        found += below
        todo += below
    return found


def terminal_of(pid: int) -> Path | None:
    """The terminal that a process reads from; a sandbox has names of its own for it, which only this link gets past."""
    link = _PROC / str(pid) / "fd" / "0"
    try:
        return link if os.readlink(link).startswith(("/dev/pts/", "/dev/tty")) else None
    except OSError:
        return None
