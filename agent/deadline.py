"""A run's time is up while the model computes, too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SHORTEST = 0.05


@contextmanager
def interrupted_at(left: Callable[[], float], event: threading.Event, stopped: Callable[[], bool]) -> Iterator[None]:
    """While this is open, `event`, which ends the model's work, is set once no seconds are left; afterwards it is as it was.

    Args:
        left: the seconds that are left, which a pause may add to.
        stopped: whether the event is set for another reason, and stays so.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(max(left(), _SHORTEST)):
            if left() <= 0:
                event.set()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        if not stopped():
            event.clear()
