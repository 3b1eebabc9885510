"""A click of the published model on this card: seconds and memory of each phase, beside plain transformers and the card's own floors."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import torch
from PIL import Image

from recordings.errors import DeskhandError
from vlm.bench import measure
from vlm.benchmark.floors import Floors, Rates, floors_of, work_of
from vlm.cache import PrefixCache
from vlm.decoding import pass_over, prefill
from vlm.engine import KEPT_SIGHTS, VisionLanguageModel
from vlm.quantization import Quantization
from vlm.random_weights import random_checkpoint
from vlm.repeat import WIDTHS
from vlm.sizes import GIB, gib

SCREEN = (1920, 1080)
"""Pixels; 3,600 patches."""
WANTED_CLICK: dict[Quantization | None, float] = {None: 1.3, "nf4": 1.6}
"""A first click takes at most so many times its floor."""
WANTED_DECODE: dict[Quantization | None, float] = {None: 0.7, "nf4": 0.5}
"""A pass of one token comes at least so near to its floor."""
WANTED_SECOND = 10.0
WANTED_PEAK = 11.7 * GIB
_SEVERAL = 16


def screens(count: int, tiny: bool) -> list[tuple[Image.Image, str, str]]:
    """Pictures of noise, with two questions each: random weights see nothing in any other picture, either."""
    size = (320, 240) if tiny else SCREEN
    return [(Image.effect_noise(size, 60 + number).convert("RGB"), "start playback", "the volume") for number in range(count)]


def look_and_ask(model: VisionLanguageModel, image: Image.Image, first: str, second: str) -> None:
    """Both questions about one picture, after which every pass that they take is recorded over its memory."""
    sight = model.look(image)
    for words in (first, second, first):
        sight.ground(words)


def check(device: torch.device, tiny: bool, quantization: Quantization | None, rates: Rates) -> dict[str, Any]:
    """Random weights in the published layout, made on the device and held so: what `vlm.bench.measure` finds, the passes by width, the
    floors, and whether what is wanted was reached.

    Raises:
        NoRoom: they do not fit.
    """
    began = time.perf_counter()
    model = VisionLanguageModel(random_checkpoint("tiny" if tiny else "full", quantization, device))
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    built = time.perf_counter() - began
    pictures = screens(4 if tiny else 7, tiny)
    warming = [pictures.pop() for _ in range(1 if tiny else KEPT_SIGHTS)]
    look_and_ask(model, *warming[0])
    held = _held(device)
    # Passes are recorded once over the memory of each screenshot that is kept: what is measured is how it stays.
    for each in warming[1:]:
        look_and_ask(model, *each)
    found = measure(model, pictures, fixed_length=True)
    config = model.network.config
    tokens, passes = int(found["phases"]["tower"]["tokens"]), int(found["phases"]["decode"]["passes"])
    floors = floors_of(work_of(config, quantization, tokens), rates)
    found |= {"built": built, "held": held, "floors": floors.to_dict() | {"click": floors.click(passes)}, "passes": _passes(model, tokens)}
    refusal = model.repeated.refusal if model.repeated is not None else "not in this form or on this device"
    found |= {"recorded": refusal is None, "wanted": [] if tiny else _wanted(found, floors, passes, quantization)}
    found["lines"] = _lines(found, floors, refusal)
    if quantization == "nf4" and device.type == "cuda":
        found["lines"].append(within(model, device, WANTED_PEAK, screens(3, tiny)))
    return found


def within(model: VisionLanguageModel, device: torch.device, most: float, pictures: Sequence[tuple[Image.Image, str, str]]) -> str:
    """What a click does where this process is given `most` bytes of the card, as on a small one: a line of the report."""
    model.forget()
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(most / torch.cuda.get_device_properties(device).total_memory, device)
    spent = []
    try:
        for image, first, _ in pictures:
            began = time.perf_counter()
            model.look(image).ground(first)
            spent.append(time.perf_counter() - began)
    except (torch.OutOfMemoryError, DeskhandError) as error:
        return f"with {gib(most)} of memory and no more: not done ({str(error).split(chr(10))[0]})"
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
    passes = "made anew" if model.repeated is None else "recorded"
    clicks = ", ".join(f"{seconds:.3f}" for seconds in spent)
    return f"with {gib(most)} of memory and no more: clicks {clicks} s, screenshots kept {model.kept}, passes {passes}"


def _held(device: torch.device) -> int | None:
    """Bytes of the GPU's memory that stay taken after a click: weights, a screenshot's cache, and what its recordings work in."""
    if device.type != "cuda":
        return None
    torch.cuda.empty_cache()
    return torch.cuda.memory_reserved(device)


@torch.inference_mode()
def _passes(model: VisionLanguageModel, tokens: int) -> dict[str, float]:
    """Seconds of one pass by its width, recorded where passes are, and of making the recording."""
    network = model.network
    found: dict[str, float] = {}
    device = torch.device(network.device)

    def now() -> float:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    cache = PrefixCache(network.config.num_hidden_layers)
    prefill(network, torch.randn(tokens, network.config.hidden_size, device=device).to(network.dtype), cache)
    for repeated, name in ((model.repeated, "recorded"), (None, "made anew")):
        if repeated is None and name == "recorded":
            continue
        for width in WIDTHS:
            spent = []
            for _ in range(_SEVERAL + 1):
                began = now()
                pass_over(network, cache, [0] * width, width, repeated=repeated)
                spent.append(now() - began)
                cache.back_to(tokens)
            # The first is made anew, the second recorded, where passes are.
            found[f"{width} tokens, first"] = found.get(f"{width} tokens, first", spent[0])
            if name == "recorded":
                found[f"{width} tokens, recording"] = spent[1]
            found[f"{width} tokens, {name}"] = median(spent[2:])
    return found


def _wanted(found: dict[str, Any], floors: Floors, passes: int, quantization: Quantization | None) -> list[dict[str, Any]]:
    rows = []
    click = median(found["ground"]) / floors.click(passes)
    decode = floors.a_pass / found["phases"]["one token"]["seconds"]
    if quantization in WANTED_CLICK:
        rows.append({"what": "first click over its floor, at most", "wanted": WANTED_CLICK[quantization], "is": click})
        rows.append({"what": "floor of a token over its pass, at least", "wanted": WANTED_DECODE[quantization], "is": decode})
    second = found["ratios"]["prefill_over_second"]
    rows.append({"what": "prefill over second question, at least", "wanted": WANTED_SECOND, "is": second})
    if quantization == "nf4" and found["peaks"]:
        # Plain generate is what the click is compared with, not a part of it.
        peak = max(value for name, value in found["peaks"].items() if name != "plain generate")
        rows.append({"what": "peak in GiB, at most", "wanted": WANTED_PEAK / GIB, "is": peak / GIB})
    for row in rows:
        row["met"] = row["is"] <= row["wanted"] if row["what"].endswith("at most") else row["is"] >= row["wanted"]
    return rows


def _lines(found: dict[str, Any], floors: Floors, refusal: str | None) -> list[str]:
    phases, passes = found["phases"], int(found["phases"]["decode"]["passes"])
    ground = ", ".join(f"{seconds:.3f}" for seconds in found["ground"])
    lines = [
        f"weights {gib(found['weights'])}, made in {found['built']:.1f} s; recorded passes: {'yes' if refusal is None else refusal}",
        f"first clicks {ground} s; floor {floors.click(passes):.3f} s (tower {floors.tower:.3f}, prefill {floors.prefill:.3f}, "
        f"unpacking {floors.unpack:.4f}, {passes} passes of {floors.a_pass:.4f})",
        "phases: " + ", ".join(f"{name} {phase['seconds']:.4f} s" for name, phase in phases.items()),
        f"second question {median(found['second']):.4f} s, plain generate {median(found['generate']):.3f} s; "
        + ", ".join(f"{name} {value:.2f}" for name, value in found["ratios"].items()),
        "passes: " + ", ".join(f"{name} {1000 * seconds:.2f} ms" for name, seconds in found["passes"].items()),
    ]
    if found["held"] is None:
        lines.append("no CUDA here: the most memory of each phase was not measured, and passes were not recorded")
    else:
        lines.append(f"memory taken after one click: {found['held'] / GIB:.2f} GiB")
        lines.append("most memory: " + ", ".join(f"{name} {value / GIB:.2f} GiB" for name, value in found["peaks"].items()))
    return lines + [f"{row['what']} {row['wanted']:.2f}: {row['is']:.2f}{'' if row['met'] else ', NOT MET'}" for row in found["wanted"]]
