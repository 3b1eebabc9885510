"""How long each phase of a click takes, and how that compares with plain transformers on the same weights in the same run.

The phases are timed from outside, on the very calls that the agent makes: marks at the tower's door and the projector's tell processing,
tower and prefill apart. On a GPU each mark waits for the device.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import nn

from vlm.answer import Grounding
from vlm.cache import PrefixCache
from vlm.decoding import pass_over, prefill
from vlm.engine import VisionLanguageModel
from vlm.memory import peak_memory, weights_bytes
from vlm.plain import generate_plainly
from vlm.prompts import ground_question, parse_box

PLAIN_LIMIT = 64
"""Tokens that plain transformers may answer: a box takes about 21, and a model that writes none must end too."""

PEAKS = ("preprocess", "tower", "prefill", "decode", "second question", "plain generate")
"""The phases whose most memory is told apart on a GPU."""

STEPS = 16
"""Passes of one token each that the speed of decoding is measured on."""


@dataclass(slots=True)
class _Marks:
    """What one look or question passed through."""

    device: torch.device
    tower: list[float] = field(default_factory=list)
    projected: list[float] = field(default_factory=list)
    patches: int = 0
    passes: int = 0
    fed: int = 0
    peaks: list[int] = field(default_factory=list)
    """Bytes: the GPU's most since the mark before, for each mark; none on a processor."""

    def now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
            self.peaks.append(torch.cuda.max_memory_allocated(self.device))
            torch.cuda.reset_peak_memory_stats(self.device)
        return time.perf_counter()

    @contextmanager
    def watching(self, model: VisionLanguageModel) -> Iterator[_Marks]:
        """Note when the tower begins, when the projector is done, and what the decoder is fed."""
        network = model.network

        def begun(*_: object) -> None:
            self.tower.append(self.now())

        def done(_module: nn.Module, _arguments: object, output: torch.Tensor) -> None:
            self.projected.append(self.now())
            self.patches += output.shape[-2]

        def fed(_module: nn.Module, _arguments: object, given: dict[str, Any]) -> None:
            repeated(given["input_ids"].shape[1])

        def repeated(tokens: int) -> None:
            self.passes += 1
            self.fed += tokens

        handles = [
            network.model.vision_tower.siglip.embeddings.patch_embedding.register_forward_pre_hook(begun),
            network.model.mm_projector.register_forward_hook(done),
            network.register_forward_pre_hook(fed, with_kwargs=True),
        ]
        if model.repeated is not None:
            model.repeated.on_pass = repeated
        try:
            yield self
        finally:
            for handle in handles:
                handle.remove()
            if model.repeated is not None:
                model.repeated.on_pass = None


def measure(model: VisionLanguageModel, screens: Sequence[tuple[Image.Image, str, str]], fixed_length: bool = False) -> dict[str, Any]:
    """Time a first and a second question on each screen, and the first the plain way.

    Args:
        screens: pictures, each with two different things to point at. The first is for warming up and does not count.
        fixed_length: the weights are random: the plain answer takes as many tokens as the engine's, and answers are not compared.

    Returns:
        JSON-ready: `phases` (median `seconds`, and `tokens` or `passes`), `ground`, `second`, `generate` (each run's seconds), `ratios`,
        `same_answers`, `peak_memory`, `peaks` (of each phase, on a GPU), `weights` (bytes).

    Raises:
        ValueError: there are fewer than two screens.
    """
    if len(screens) < 2:
        raise ValueError("one screen to warm up and one to measure are needed")
    runs = [_measure_one(model, *screen, fixed_length) for screen in screens][1:]
    device = torch.device(model.network.device)
    result = {
        "phases": {
            name: {kind: statistics.median(run["phases"][name][kind] for run in runs) for kind in runs[0]["phases"][name]}
            for name in runs[0]["phases"]
        },
        **{name: [run[name] for run in runs] for name in ("ground", "second", "generate")},
        "ratios": {
            "generate_over_ground": statistics.median(run["generate"] / run["ground"] for run in runs),
            "first_over_second": statistics.median(run["ground"] / run["second"] for run in runs),
            "generate_over_second": statistics.median(run["generate"] / run["second"] for run in runs),
            "prefill_over_second": statistics.median(run["prefill"] / run["second"] for run in runs),
        },
        "same_answers": None if fixed_length else f"{sum(run['same'] for run in runs)} of {len(runs)}",
        "peak_memory": max(run["peak"] for run in runs),
        "peaks": {name: max(run["peaks"][name] for run in runs) for name in runs[0]["peaks"]},
        "weights": weights_bytes(model.network),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads",
        "dtype": str(model.network.dtype).removeprefix("torch."),
    }
    if device.type == "cpu":
        # On a shared processor the time that this process got says more than the time that passed.
        result["ratios_of_processor_time"] = {
            "generate_over_ground": statistics.median(run["generate_cpu"] / run["ground_cpu"] for run in runs),
            "first_over_second": statistics.median(run["ground_cpu"] / run["second_cpu"] for run in runs),
        }
    return result


def _measure_one(model: VisionLanguageModel, image: Image.Image, first: str, second: str, fixed_length: bool) -> dict[str, Any]:
    network = model.network
    device = torch.device(network.device)
    with peak_memory(device) as peak:
        looked, asked = _Marks(device), _Marks(device)
        began, began_cpu = looked.now(), time.process_time()
        with looked.watching(model):
            sight = model.look(image)
        looked_at = looked.now()
        with asked.watching(model):
            answer = sight.ground(first)
        answered, answered_cpu = asked.now(), time.process_time()
    # The second question comes as the agent would ask it: about a picture, which must be recognised.
    model.look(image).ground(second)
    again, again_cpu = asked.now(), time.process_time()
    least = most = 0
    if fixed_length:
        least = most = _tokens_of(model, answer)
    text, tokens = generate_plainly(model.checkpoint, image, ground_question(first), most or PLAIN_LIMIT, least)
    plain, plain_cpu = asked.now(), time.process_time()
    prefilled, step = _measure_decoder(model, sight.prefix_length)
    return {
        "phases": {
            "preprocess": {"seconds": looked.tower[0] - began, "tokens": looked.patches},
            "tower": {"seconds": looked.projected[0] - looked.tower[0], "tokens": looked.patches},
            "prefill": {"seconds": looked_at - looked.projected[-1], "tokens": sight.prefix_length},
            "decode": {"seconds": answered - looked_at, "tokens": asked.fed, "passes": asked.passes},
            "generate": {"seconds": plain - again, "tokens": tokens},
            "one token": {"seconds": step, "tokens": 1},
        },
        "ground": answered - began,
        "second": again - answered,
        "generate": plain - again,
        "prefill": prefilled,
        "ground_cpu": answered_cpu - began_cpu,
        "second_cpu": again_cpu - answered_cpu,
        "generate_cpu": plain_cpu - again_cpu,
        "same": parse_box(text) == answer.box,
        "peak": max([*looked.peaks[1:], *asked.peaks[:1]], default=peak.bytes),
        "peaks": dict(zip(PEAKS, [*looked.peaks[1:], *asked.peaks], strict=False)),
    }


def _tokens_of(model: VisionLanguageModel, answer: Grounding) -> int:
    from vlm.prompts import print_box

    return len(model.checkpoint.tokenizer.encode(print_box(answer.box), add_special_tokens=False)) + 1


@torch.inference_mode()
def _measure_decoder(model: VisionLanguageModel, length: int) -> tuple[float, float]:
    """Seconds of a prefill of `length` tokens, and of a pass of one token after it, as the engine makes it."""
    network = model.network
    marks = _Marks(torch.device(network.device))
    cache = PrefixCache(network.config.num_hidden_layers)
    inputs = torch.randn(length, network.config.hidden_size, device=network.device).to(network.dtype)
    began = marks.now()
    prefill(network, inputs, cache)
    prefilled = marks.now()
    steps = []
    for _ in range(STEPS):
        before = marks.now()
        pass_over(network, cache, [0], 1, repeated=model.repeated)
        steps.append(marks.now() - before)
    return prefilled - began, statistics.median(steps)


def print_bench(found: dict[str, Any]) -> str:
    """The measurement as a table for people."""
    lines = [f"{found['name']} on {found['device']}, {found['dtype']}, weights {found['weights'] / 2**30:.2f} GiB"]
    lines += ["", f"{'phase':<14}{'seconds':>10}{'tokens':>9}{'passes':>9}"]
    for name, phase in found["phases"].items():
        seconds = "-" if phase["seconds"] is None else f"{phase['seconds']:.4f}"
        lines.append(f"{name:<14}{seconds:>10}" + "".join(f"{phase.get(kind, ''):>9}" for kind in ("tokens", "passes")))
    for title, name in (("first click", "ground"), ("second question", "second"), ("plain generate", "generate")):
        lines.append(f"{title:<16}" + "  ".join(f"{seconds:.3f}" for seconds in found[name]) + " s")
    lines += [f"{name}: {value:.2f}" for name, value in found["ratios"].items()]
    for name, value in found.get("ratios_of_processor_time", {}).items():
        lines.append(f"{name}, processor time: {value:.2f}")
    lines.append(f"same answer as plain generate: {found['same_answers'] or 'not compared (random weights)'}")
    lines += [f"peak memory of a click: {found['peak_memory'] / 2**30:.2f} GiB", *found["notes"]]
    return "\n".join(lines)
