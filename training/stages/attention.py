"""Where one head group of a decoder layer attends: what the pointer's loss is about."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.phi3.modeling_phi3 import apply_rotary_pos_emb

from vlm.model import Phi4ForCausalLMV
from vlm.pointer import head_group


def attention_of(
    model: Phi4ForCausalLMV, number: int, group: int, hidden: Tensor, positions: Tensor, allowed: Tensor, rows: Tensor, places: Tensor
) -> Tensor:
    """Log-probabilities of a layer's attention, head group `group`, at p places of a batch: [p, heads, length].

    Args:
        hidden: what goes into layer `number`, [batch, length, width].
        positions: [batch, length]. allowed: which place may see which, bool [batch, length, length].
        rows, places: row and place of each of the p, int64 [p].
    """
    layer = model.model.layers[number]
    attention = layer.self_attn
    normal = layer.input_layernorm(hidden)
    if type(attention.qkv_proj) is nn.Linear:
        queries, key = head_group(attention, group)
        asked, keys = functional.linear(normal[rows, places], queries), functional.linear(normal, key)
    else:
        # Quantised or with an adapter beside it: the whole projection, of which one group is taken.
        width, heads = attention.head_dim, attention.num_key_value_groups
        start = attention.config.num_attention_heads * width + group * width
        asked = attention.qkv_proj(normal[rows, places])[..., group * heads * width : (group + 1) * heads * width]
        keys = attention.qkv_proj(normal)[..., start : start + width]
    asked = asked.unflatten(-1, (-1, attention.head_dim))
    cos, sin = model.model.rotary_emb(keys, positions)
    keys, _ = apply_rotary_pos_emb(keys[:, None], keys[:, None], cos, sin)
    asked, _ = apply_rotary_pos_emb(asked[:, :, None], asked[:, :, None], cos[rows, places][:, None], sin[rows, places][:, None])
    scores = torch.einsum("phd,pld->phl", asked[:, :, 0].float(), keys[:, 0][rows].float()) * attention.scaling
    return scores.masked_fill(~allowed[rows, places][:, None], float("-inf")).log_softmax(-1)
