"""Whether the card computes what it should: the 4-bit kernels against unpacked weights, recorded passes against unrecorded ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from vlm.benchmark.card import seconds_of
from vlm.cache import PrefixCache
from vlm.decoding import pass_over, prefill
from vlm.quantization import BLOCK, Quantization, import_bitsandbytes
from vlm.random_weights import Size, random_checkpoint
from vlm.repeat import WIDTHS, RepeatedPasses

PUBLISHED = {"qkv_proj": (7680, 5120), "o_proj": (5120, 5120), "gate_up_proj": (35840, 5120), "down_proj": (5120, 17920)}
"""Outputs and inputs of the published decoder's matrices."""
ROWS = (1, 2, 4, 5, 16, 64, 513)
"""Tokens of a pass: each side of where the library changes its kernel."""
HELD: tuple[Quantization | None, ...] = (None, "nf4")
CLOSE = 1e-2
"""The most that a product in bfloat16 may differ from the exact one, as a share of its length."""


def share(found: Tensor, exact: Tensor) -> float:
    """How far a result is off: the length of the difference over that of the exact one."""
    exact = exact.float()
    return float((found.float() - exact).norm() / exact.norm())


@torch.inference_mode()
def check_nf4(device: torch.device, tiny: bool) -> dict[str, Any]:
    """Products of 4-bit layers of the published widths against float32 products with the same weights unpacked by hand.

    Raises:
        AssertionError: one differs by more than rounding.
    """
    library = import_bitsandbytes()
    shapes = {name: (outputs // 64, inputs // 20) for name, (outputs, inputs) in PUBLISHED.items()} if tiny else PUBLISHED
    worst, rows, lines = 0.0, [], []
    for name, (outputs, inputs) in shapes.items():
        weight = torch.empty(outputs, inputs, dtype=torch.bfloat16, device=device).normal_(0, 0.02)
        packed = library.nn.Params4bit(weight, requires_grad=False, quant_type="nf4", compress_statistics=False).to(device)
        layer = library.nn.Linear4bit(inputs, outputs, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4", device="meta")
        layer.weight = packed
        layer.support_avx512bf16_for_cpu = False
        exact = unpacked(packed)
        unpack = share(library.functional.dequantize_4bit(packed.data, packed.quant_state), exact)
        products = {}
        for count in ROWS:
            given = torch.randn(count, inputs, device=device).to(torch.bfloat16)
            products[count] = share(layer(given), given.float() @ exact.T)
        worst = max(worst, unpack, *products.values())
        again = {count: seconds_of(device, _product(layer, count, inputs, device), 5) for count in (1, 4, 16)}
        plain = {count: seconds_of(device, _plain(weight, count, inputs, device), 5) for count in (1, 16)}
        rows.append(
            {"layer": name, "unpacked": unpack, "products": products, "seconds": again, "seconds_bfloat16": plain, "bytes": packed.nbytes}
        )
        times = ", ".join(f"{count}: {1e6 * spent:.0f}" for count, spent in again.items())
        bfloat16 = ", ".join(f"{count}: {1e6 * spent:.0f}" for count, spent in plain.items())
        lines.append(
            f"{name} {outputs}×{inputs}: unpacking differs by {unpack:.1e}, products of {min(ROWS)}–{max(ROWS)} rows by at most "
            f"{max(products.values()):.1e}; µs by rows {times}; bfloat16 {bfloat16}"
        )
    assert worst < CLOSE, f"a 4-bit product differs by {worst:.1e}: {rows}"
    return {"rows": rows, "worst": worst, "lines": lines}


def _product(layer: Any, count: int, inputs: int, device: torch.device) -> Callable[[], object]:
    given = torch.randn(count, inputs, device=device).to(torch.bfloat16)
    return lambda: layer(given)


def _plain(weight: Tensor, count: int, inputs: int, device: torch.device) -> Callable[[], object]:
    given = torch.randn(count, inputs, device=device).to(torch.bfloat16)
    return lambda: functional.linear(given, weight)


def unpacked(packed: Any) -> Tensor:
    """A 4-bit weight [out, in] in float32, by its definition: each half byte's place in the table, times its block's scale."""
    state = packed.quant_state
    codes = packed.data.reshape(-1)
    places = torch.stack([codes >> 4, codes & 15], dim=1).reshape(-1).long()
    values = state.code.float()[places].view(-1, BLOCK) * state.absmax.float()[:, None]
    return values.reshape(state.shape)


@torch.inference_mode()
def check_graphs(device: torch.device, tiny: bool) -> dict[str, Any]:
    """Recorded passes against the same passes made anew, and against the model's own way, at each width and some lengths of the cache.

    Raises:
        AssertionError: nothing could be recorded, or a recorded pass differs.
    """
    sizes: list[Size] = ["tiny"] if tiny else ["tiny", "slice"]
    rows: list[dict[str, Any]] = []
    for size in sizes:
        for quantization in HELD:
            model = random_checkpoint(size, quantization, device).model
            rows.append(_compared(model, device) | {"size": size, "held as": quantization or "bfloat16"})
            del model
    lines = [
        f"{row['size']}, {row['held as']}: {row['passes']} passes, {row['same']} of them bit for bit the unrecorded ones, at most "
        f"{row['off']:.1e} from them and {row['usual']:.1e} from the model's own way"
        for row in rows
    ]
    if device.type != "cuda":
        lines.append("no CUDA here: the passes were made anew each time, nothing was recorded")
    assert all(row["off"] < CLOSE and row["usual"] < 3 * CLOSE for row in rows), "; ".join(lines)
    return {"rows": rows, "lines": lines}


def _compared(model: Any, device: torch.device) -> dict[str, Any]:
    recorded = RepeatedPasses(model, None if device.type == "cuda" else _made_anew)
    anew = RepeatedPasses(model, _made_anew)
    inputs = torch.randn(300, model.config.hidden_size, device=device).to(torch.bfloat16)
    caches = [PrefixCache(model.config.num_hidden_layers) for _ in range(3)]
    for cache in caches:
        prefill(model, inputs, cache)
    off = usual = 0.0
    same = passes = 0
    for count in (1, 1, 3, 4, 2, 16, 7, 1, WIDTHS[-1], 13, 30, 1):
        tokens = torch.randint(0, 1000, (count,)).tolist()
        one, other = recorded.rows(caches[0], tokens, count), anew.rows(caches[1], tokens, count)
        third = pass_over(model, caches[2], tokens, count)
        assert bool(one.isfinite().all()), "a recorded pass gave what is no number"
        same += int(torch.equal(one, other))
        passes += 1
        off, usual = max(off, share(one, other)), max(usual, share(one, third))
    assert recorded.refusal is None, f"passes cannot be recorded: {recorded.refusal}"
    return {"off": off, "usual": usual, "same": same, "passes": passes}


def _made_anew(step: Callable[[], None]) -> Callable[[], object]:
    return step
