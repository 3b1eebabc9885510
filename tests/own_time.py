"""What a piece of code computes, measured so that what else goes on in a long test run does not count."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def own_seconds(work: Callable[[], object]) -> float:
    """What this thread computes for it: neither other threads nor the garbage of other tests are a part of it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        began = time.thread_time()
        work()
        return time.thread_time() - began
    finally:
        if collecting:
            gc.enable()
