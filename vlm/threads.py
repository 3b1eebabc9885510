"""How torch's threads share the machine: they wait for each other asleep, and a small model has one alone.

By default threads that wait for each other spin for milliseconds. On a machine that others use, one of them waits for a processor while the
other spins through its own time slice, at each of hundreds of operations.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

SPINS = "2000"
"""Some microseconds: enough for two threads that both run. `python -m vlm.benchmark.busy` compares it with the library's 300,000."""
SMALL = 300_000_000
"""Parameters up to which a token took no longer with one thread than with two."""


def spin_briefly() -> None:
    """Before torch is imported. What the user has set stays."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


@contextmanager
def threads_for(parameters: int) -> Iterator[None]:
    """As many threads as a model of this size gains by."""
    import torch

    before = torch.get_num_threads()
    if parameters <= SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
