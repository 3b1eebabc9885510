"""Who may send input, and when: the switch that keeps tests away from real desktops, and the gate that an emergency stop closes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from agent.errors import DesktopError, InputForbidden, InputStopped

SWITCH = "DESKHAND_INPUT"
"""Environment variable: `virtual-only` makes input to any display but our own virtual ones impossible."""

MARKER = "DESKHAND_VIRTUAL_DISPLAY"
"""Set in the environment of a virtual desktop's programs: `:99/4711`, the display and the process id of its server."""

_own: set[str] = set()


def adopt(display: str, server_pid: int) -> str:
    """Remember a display that a `VirtualDesktop` of this process started; returns its mark."""
    mark = f"{display}/{server_pid}"
    _own.add(mark)
    return mark


def disown(mark: str) -> None:
    """Forget a display that is closed."""
    _own.discard(mark)


def is_virtual(display: str | None) -> bool:
    """Whether a display belongs to a virtual desktop that this process, or one it descends from, started and that still runs."""
    name = (display or os.environ.get("DISPLAY", "")).partition(".")[0]
    return any(mark.partition("/")[0] == name and _serves(mark) for mark in _own | {os.environ.get(MARKER, "")})


def _serves(mark: str) -> bool:
    """Whether the server of a mark still runs: once it is gone, a stranger's may have taken the display's number."""
    try:
        return Path(f"/proc/{int(mark.partition('/')[2])}/comm").read_text().strip() == "Xvfb"
    except (OSError, ValueError):
        return False


def require_permission(display: str | None) -> None:
    """Raise InputForbidden where the environment forbids input to this display (None: the one of the environment)."""
    wish = os.environ.get(SWITCH, "")
    if wish in ("", "any"):
        return
    if wish != "virtual-only":
        raise DesktopError(f"{SWITCH}={wish} means nothing: use virtual-only, or unset it")
    if not is_virtual(display):
        raise InputForbidden(f"{SWITCH}=virtual-only forbids input to {display or 'this desktop'}: unset it, or use --desktop virtual")


class Gate:
    """Every event passes through it, one at a time. Once `close` returns no further event is sent, and nothing is held.

    The hands take `lock` around the check and the event, so a close from another thread falls between two events.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._shut = threading.Event()
        self._reason = ""
        self._releases: list[Callable[[], None]] = []

    @property
    def closed(self) -> bool:
        return self._shut.is_set()

    def on_close(self, release: Callable[[], None]) -> None:
        """Have `release` called by every `close`, in its thread; it must not raise."""
        self._releases.append(release)

    def close(self, reason: str = "input was stopped") -> None:
        """Let nothing more through, and release what is held. Callable from any thread, any number of times."""
        self._reason = reason
        self._shut.set()  # before waiting for the lock, so that whoever sleeps in `wait` wakes
        for release in tuple(self._releases):
            release()

    def open(self) -> None:
        """Let events through again."""
        self._shut.clear()

    def check(self) -> None:
        """Raise InputStopped where the gate is closed."""
        if self._shut.is_set():
            raise InputStopped(self._reason)

    def wait(self, seconds: float) -> None:
        """Sleep, but wake and raise InputStopped at once when the gate closes."""
        if self._shut.wait(max(seconds, 0.0)):
            raise InputStopped(self._reason)
