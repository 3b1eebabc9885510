"""Where the time of a first click and of a second question goes: the kernels that take most, and when the device had nothing to do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from vlm.benchmark.click import look_and_ask, screens
from vlm.engine import VisionLanguageModel
from vlm.quantization import Quantization
from vlm.random_weights import random_checkpoint

ROWS = 30
GAP = 20e-6
"""Seconds without a kernel that count as a gap."""
LARGEST = 12


@dataclass(frozen=True, slots=True)
class Kernel:
    """Seconds since the profile began."""

    name: str
    start: float
    end: float


def check(device: torch.device, tiny: bool, quantization: Quantization | None) -> dict[str, Any]:
    """A profile as `text`, and its summary. The picture is new, its cache's memory and recordings are not: as from the third click on."""
    model = VisionLanguageModel(random_checkpoint("tiny" if tiny else "full", quantization, device))
    *before, (image, first, second) = screens(4, tiny)
    for other in before:
        look_and_ask(model, *other)
    texts, lines, found = [], [], {}
    for name, words in (("first click", first), ("second question", second)):
        activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device.type == "cuda" else [])
        with profile(activities=activities) as profiler:
            began = time.perf_counter()
            model.look(image).ground(words)
            spent = time.perf_counter() - began
        events = [each for each in profiler.events() if each.device_type.name == "CUDA"]
        kernels = [Kernel(each.name, each.time_range.start / 1e6, each.time_range.end / 1e6) for each in events]
        busy, gaps = busy_and_gaps(kernels)
        order = "self_device_time_total" if kernels else "self_cpu_time_total"
        idle = sum(gap.seconds for gap in gaps)
        found[name] = {"seconds": spent, "kernels": len(kernels), "busy": busy, "gaps": len(gaps), "in_gaps": idle}
        if kernels:
            around = spent - (max(kernel.end for kernel in kernels) - min(kernel.start for kernel in kernels))
            found[name]["around"] = around
            line = f"{name}, profiled: {spent:.4f} s, {len(kernels)} kernels busy for {busy:.4f} s, {len(gaps)} gaps of {idle:.4f} s"
            line += f", {around:.4f} s before the first and after the last"
        else:
            line = f"{name}, profiled: {spent:.4f} s; no CUDA here, so no kernels and no gaps"
        lines.append(line)
        largest = sorted(gaps, key=lambda gap: -gap.seconds)[:LARGEST]
        told = [f"{1e6 * gap.seconds:8.0f} µs between {gap.before[:70]} and {gap.after[:70]}" for gap in largest]
        means = profiler.key_averages()
        tables = [means.table(sort_by=order, row_limit=ROWS, max_name_column_width=90)]
        if kernels:  # what the processor did meanwhile is what the gaps are made of
            tables.append(means.table(sort_by="self_cpu_time_total", row_limit=ROWS // 2, max_name_column_width=90))
        texts += [f"# {line}", *told, *tables, ""]
    return {"clicks": found, "lines": lines, "text": "\n".join(texts)}


@dataclass(frozen=True, slots=True)
class Gap:
    """Time in which no kernel ran, and the kernels around it."""

    seconds: float
    before: str
    after: str


def busy_and_gaps(kernels: list[Kernel]) -> tuple[float, list[Gap]]:
    """Seconds in which at least one kernel ran, and the gaps of at least `GAP` between them, in their order."""
    busy, gaps = 0.0, []
    end, last = None, ""
    for kernel in sorted(kernels, key=lambda kernel: kernel.start):
        if end is not None and kernel.start - end >= GAP:
            gaps.append(Gap(kernel.start - end, last, kernel.name))
        if end is None or kernel.end > end:
            busy += kernel.end - (kernel.start if end is None else max(kernel.start, end))
            end, last = kernel.end, kernel.name
    return busy, gaps
