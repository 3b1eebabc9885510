"""What a prefill gains where its many small steps between matrix products become few: norms in one kernel, and compiled ones.

The library computes a norm in six kernels and an activation in two, each of which reads and writes all of the hidden states. Measured here
is what that costs on a card, and how far the results move; nothing of it is used elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers.models.phi3 import modeling_phi3
from transformers.models.phi3.modeling_phi3 import Phi3MLP, Phi3RMSNorm

from vlm.benchmark.card import seconds_of
from vlm.benchmark.kernels import share
from vlm.cache import PrefixCache
from vlm.decoding import prefill
from vlm.random_weights import random_checkpoint

TOKENS = 3600


def check(device: torch.device, tiny: bool) -> dict[str, Any]:
    """Seconds of a prefill as it is, with fused norms, and with all of it compiled; and the share by which its keys then differ."""
    model = random_checkpoint("tiny" if tiny else "full", None, device).model
    inputs = torch.randn(300 if tiny else TOKENS, model.config.hidden_size, device=device).to(torch.bfloat16)
    norm: Callable[..., Tensor] = functional.rms_norm
    ways: dict[str, tuple[Callable[..., Tensor] | None, Callable[[Tensor], Tensor] | None, bool]] = {
        "as it is": (None, None, False),
        "norms in one kernel": (norm, None, False),
    }
    if not tiny:
        ways["norms in one kernel, compiled activation and rotation"] = (norm, torch.compile(_gated, dynamic=False), True)
    found: dict[str, dict[str, float]] = {}
    exact: Tensor | None = None
    lines = []
    for name, (fused_norm, activation, rotation) in ways.items():
        try:
            with fused(model, fused_norm, activation, rotation):
                keys = _prefilled(model, inputs)
                seconds = seconds_of(device, partial(_prefilled, model, inputs), 5)
        except Exception as error:  # noqa: BLE001  (a compiler that is not there: the other ways count all the same)
            lines.append(f"{name}: {type(error).__name__}: {str(error).strip()[:200]}")
            continue
        exact = keys if exact is None else exact
        found[name] = {"seconds": seconds, "off": share(keys, exact)}
        lines.append(f"{name}: {seconds:.4f} s, its last keys off by {found[name]['off']:.1e}")
    if tiny:
        lines.append("no CUDA here: nothing was compiled")
    return {"ways": found, "lines": lines}


@torch.inference_mode()
def _prefilled(model: Any, inputs: Tensor) -> Tensor:
    cache = PrefixCache(model.config.num_hidden_layers)
    prefill(model, inputs, cache)
    keys: Tensor = cache.layers[-1].keys[:, :, : len(inputs)]
    return keys


def _gated(both: Tensor) -> Tensor:
    gate, up = both.chunk(2, dim=-1)
    return up * functional.silu(gate)


@contextmanager
def fused(model: Any, norm: Callable[..., Tensor] | None, activation: Callable[[Tensor], Tensor] | None, rotation: bool) -> Iterator[None]:
    """While this is open the decoder's steps between its products are made so; None and False leave them."""
    changed: list[Any] = []
    rotate = modeling_phi3.apply_rotary_pos_emb

    def normed(module: Any, hidden: Tensor) -> Tensor:
        assert norm is not None
        return norm(hidden, (hidden.shape[-1],), module.weight, module.variance_epsilon)

    def fed(module: Any, hidden: Tensor) -> Tensor:
        assert activation is not None
        made: Tensor = module.down_proj(activation(module.gate_up_proj(hidden)))
        return made

    for module in model.model.modules():
        if norm is not None and isinstance(module, Phi3RMSNorm):
            module.forward = partial(normed, module)
            changed.append(module)
        if activation is not None and isinstance(module, Phi3MLP):
            module.forward = partial(fed, module)
            changed.append(module)
    if rotation:
        modeling_phi3.apply_rotary_pos_emb = torch.compile(rotate, dynamic=False)
    try:
        yield
    finally:
        modeling_phi3.apply_rotary_pos_emb = rotate
        for module in changed:
            del module.forward
