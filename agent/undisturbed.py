"""Cleaning up that no signal breaks off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ENDING = tuple(int(getattr(signal, name)) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off what ends a program while something is cleaned up: half a clean-up leaves processes and files behind.

    Who closes a terminal sends SIGHUP twice, as the shell does and the kernel; who is impatient presses Ctrl-C twice.
    """
    pending: list[int] = []
    handlers: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in ENDING:
            handlers[number] = signal.signal(number, lambda number, frame: pending.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for number in pending[:1]:
        signal.raise_signal(number)
