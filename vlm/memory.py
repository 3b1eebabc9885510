"""Memory as it is used: what weights take, and the most that a piece of work needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


@dataclass(slots=True)
class Peak:
    """Bytes: of the GPU's allocator, or of the whole process on a CPU. Set when the work is done."""

    bytes: int = 0


@contextmanager
def peak_memory(device: torch.device) -> Iterator[Peak]:
    """The most memory in use while this is open. Where the system cannot say it of a moment, it is the process's most so far."""
    peak = Peak()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        yield peak
        peak.bytes = torch.cuda.max_memory_allocated(device)
        return
    with suppress(OSError):
        _RESET.write_text("5")
    yield peak
    peak.bytes = _most_resident()


def _most_resident() -> int:
    try:
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration, ValueError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def weights_bytes(model: Any) -> int:
    """Bytes of all parameters and of the scales that quantised ones carry."""
    total = 0
    for parameter in model.parameters():
        total += parameter.nbytes
        state = getattr(parameter, "quant_state", None)
        scales = [getattr(parameter, "SCB", None), getattr(state, "absmax", None), getattr(state, "code", None)]
        total += sum(each.nbytes for each in scales if isinstance(each, torch.Tensor))
    return total
