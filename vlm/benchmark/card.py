"""The device: what it is, which versions run on it, and the two rates that every floor is computed from."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import torch

from vlm.benchmark.floors import Rates
from vlm.sizes import device_at

PACKAGES = ("torch", "transformers", "bitsandbytes", "peft", "accelerate", "safetensors", "tokenizers", "llguidance", "numpy", "triton")
_REPEATS = 8


def check(device: torch.device, tiny: bool) -> dict[str, Any]:
    """Names, versions and memory of the device; its bandwidth and matrix rate, as `rates`."""
    rates = measured_rates(device, tiny)
    found: dict[str, Any] = {"device": "this machine's processor", "python": platform.python_version(), "versions": _versions()}
    # Where torch starts more threads than it is given cores, each of its operations on the processor waits for them.
    found["threads of torch, cores seen, quota"] = [torch.get_num_threads(), len(os.sched_getaffinity(0)), _quota()]
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        properties = torch.cuda.get_device_properties(device)
        found |= {
            "device": properties.name, "memory": total, "free": free, "capability": f"{properties.major}.{properties.minor}",
            "multiprocessors": properties.multi_processor_count, "cuda": torch.version.cuda, "driver": _driver(),
        }  # fmt: skip
    lines = [f"{name}: {value}" for name, value in found.items()]
    lines.append(
        f"bandwidth {rates.bandwidth / 1e12:.3f} TB/s (a copy, bytes read and written), bfloat16 {rates.matrix / 1e12:.1f} TFLOP/s"
    )
    return found | {"rates": {"bandwidth": rates.bandwidth, "matrix": rates.matrix}, "lines": lines}


def measured_rates(device: torch.device, tiny: bool) -> Rates:
    """Of a copy and of a matrix product large enough to fill the device."""
    numbers, side = (2**21, 256) if tiny else (min(2**31, device_at(device).free // 8), 8192)
    return Rates(_bandwidth(device, numbers), _matrix(device, side))


def _bandwidth(device: torch.device, numbers: int) -> float:
    source = torch.empty(numbers, dtype=torch.bfloat16, device=device).normal_()
    target = torch.empty_like(source)
    return 2 * source.nbytes / seconds_of(device, lambda: target.copy_(source))


def _matrix(device: torch.device, side: int) -> float:
    # Of random numbers: of zeros a GPU multiplies more a second.
    one, other = torch.randn(2, side, side, device=device).to(torch.bfloat16)
    made = torch.empty_like(one)
    return 2 * side**3 / seconds_of(device, lambda: torch.matmul(one, other, out=made))


def seconds_of(device: torch.device, work: Callable[[], object], repeats: int = _REPEATS) -> float:
    """The median of several runs after two that do not count; on a GPU by its own clock."""
    spent = []
    for _ in range(repeats + 2):
        if device.type == "cuda":
            began, ended = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            began.record()
            work()
            ended.record()
            torch.cuda.synchronize(device)
            spent.append(began.elapsed_time(ended) / 1000)
        else:
            moment = time.perf_counter()
            work()
            spent.append(time.perf_counter() - moment)
    return median(spent[2:])


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _quota() -> str:
    """Microseconds of processor time in each so many that a container is given."""
    with suppress(OSError):
        return Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").strip()
    return "unknown"


def _driver() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version,clocks.sm,clocks.mem,power.limit", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        return f"nvidia-smi did not answer ({error})"
