"""One training step's losses: language, pointer and dense, over a packed batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.phi3.modeling_phi3 import apply_rotary_pos_emb

from training.collate import IGNORED, Batch
from training.dense import DenseHeads, patch_places
from vlm.model import Phi4ForCausalLMV
from vlm.pointer import head_group

POINTER_LAYER = 3
"""The decoder layer whose first head group learns to look at what an answer is about, and its second at what an answer repeats; one
layer is left to say it."""


DECIDING = 5.0
"""How much more a token weighs that settles what is done: the many that then follow of themselves would drown it."""


MARK_LAYER, FOLLOW_LAYER = 1, 2
"""Following an instruction in four looks: the first layer's heads look at the characters before one; then, each by the second head group
of a layer, what ends like the steps taken is marked, the item after it finds the mark, and the pointer layer finds that item. Left to
itself, the same was not learned in an hour."""


@dataclass(slots=True)
class Losses:
    """Mean losses of a batch; `total` is their weighted sum."""

    language: Tensor
    coordinate: Tensor
    pointer: Tensor
    characters: Tensor
    edges: Tensor
    places: Tensor
    labels: Tensor
    copy: Tensor
    trail: Tensor
    target: Tensor
    pointer_mass: Tensor
    total: Tensor


class Objective:
    """Computes losses for one model; holds what does not change between steps."""

    def __init__(
        self, model: Phi4ForCausalLMV, heads: DenseHeads, coordinate_ids: dict[str, int], weights: dict[str, float], softness: float
    ) -> None:
        self.model, self.heads, self.weights = model, heads, weights
        device = model.lm_head.weight.device
        self.coordinates = torch.tensor([coordinate_ids[f"{value:03d}"] for value in range(1000)], device=device)
        self.place = torch.full((model.config.vocab_size,), -1, device=device)
        self.place[self.coordinates] = torch.arange(1000, device=device)
        distance = torch.arange(1000, device=device)[:, None] - torch.arange(1000, device=device)[None, :]
        # A neighbouring coordinate is nearly right: say so, or a thousand classes learn nothing from each other.
        self.soft = torch.softmax(-0.5 * (distance / softness) ** 2, dim=-1)

    def __call__(self, batch: Batch) -> Losses:
        (characters, edges, places), pictures = self._see(batch)
        zero = self.model.lm_head.weight.new_zeros(())
        if self.weights["language"] == 0:
            total = self._dense_total(characters, edges, places)
            return Losses(zero, zero, zero, characters, edges, places, zero, zero, zero, zero, zero, total)
        hidden, pointer, labels, copy, trail, target, mass = self._decode(batch, pictures)
        language, coordinate = self._language(batch, hidden)
        w = self.weights
        total = (
            w["language"] * language
            + w["coordinate"] * coordinate
            + w["pointer"] * pointer
            + w["labels"] * labels
            + w["copy"] * copy
            + w["trail"] * trail
            + w["target"] * target
        )
        total = total + self._dense_total(characters, edges, places)
        return Losses(language, coordinate, pointer, characters, edges, places, labels, copy, trail, target, mass, total)

    def _dense_total(self, characters: Tensor, edges: Tensor, places: Tensor) -> Tensor:
        w = self.weights
        return w["characters"] * characters + w["edges"] * edges + w["places"] * places

    def _see(self, batch: Batch) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor | None]:
        tower = self.model.model.vision_tower
        zero = self.model.lm_head.weight.new_zeros(())
        if batch.patches.shape[1] == 0:
            return (zero, zero, zero), None
        positions = tower.positions(batch.grid)[batch.cells]
        features = tower.encode(tower.embed(batch.patches, positions))
        characters = edges = places = zero
        if self.weights["characters"] or self.weights["edges"]:
            characters, edges = self.heads.loss(features, batch.characters, batch.known, batch.edges)
        if self.weights["places"]:
            places = self.heads.place_loss(features, batch.cells, batch.grid)
        return (characters, edges, places), self.model.model.mm_projector(features)

    def _decode(self, batch: Batch, pictures: Tensor | None) -> tuple[Tensor, ...]:
        rows, device = batch.ids.shape[0], batch.ids.device
        prefix = batch.prefix.expand(rows, -1)
        embed = self.model.model.embed_tokens
        parts = [embed(prefix)] + ([pictures.to(embed.weight.dtype)] if pictures is not None else []) + [embed(batch.ids)]
        first = prefix.shape[1]
        seen = first + batch.cells.shape[1]
        positions = torch.cat([torch.arange(first, device=device).expand(rows, -1), first + batch.cells, batch.positions], dim=1)
        segments = torch.cat([torch.zeros(rows, seen, dtype=torch.long, device=device), batch.segments], dim=1)
        length = segments.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool, device=device).tril()
        padding = torch.arange(length, device=device)[None, :] >= seen
        # Padding belongs to no question: it must not be taken for the picture's segment 0.
        segments = torch.where(padding & (segments == 0), -1, segments)
        allowed = causal & ((segments[:, None, :] == 0) | (segments[:, None, :] == segments[:, :, None]))
        captured: dict[str, Tensor] = {}

        def capture(name: str) -> Callable[..., None]:
            def hook(_module: object, args: tuple[Tensor, ...], kwargs: dict[str, Tensor]) -> None:
                captured[name] = args[0] if args else kwargs["hidden_states"]

            return hook

        layers = self.model.model.layers
        handles = [
            layers[0].register_forward_pre_hook(capture("near"), with_kwargs=True),
            layers[MARK_LAYER].register_forward_pre_hook(capture("mark"), with_kwargs=True),
            layers[FOLLOW_LAYER].register_forward_pre_hook(capture("follow"), with_kwargs=True),
            layers[POINTER_LAYER].register_forward_pre_hook(capture("hidden"), with_kwargs=True),
            layers[POINTER_LAYER + 1].register_forward_pre_hook(capture("after"), with_kwargs=True),
        ]
        try:
            bias = torch.zeros(
                allowed.shape, dtype=torch.bfloat16 if torch.is_autocast_enabled(device.type) else parts[0].dtype, device=device
            )
            bias.masked_fill_(~allowed, torch.finfo(bias.dtype).min)
            hidden = self.model.model(
                inputs_embeds=torch.cat(parts, dim=1), attention_mask=bias[:, None], position_ids=positions, use_cache=False
            ).last_hidden_state
        finally:
            for handle in handles:
                handle.remove()
        pointer, mass = self._pointer(batch, captured["hidden"], positions, allowed, seen)
        where = (positions, allowed)
        copy = self._attends(
            POINTER_LAYER, captured["hidden"], *where, batch.copy_rows, seen + batch.copy_columns, seen + batch.copy_sources
        )
        follow = self._attends(
            FOLLOW_LAYER, captured["follow"], *where, batch.follow_rows, seen + batch.follow_columns, seen + batch.follow_sources
        )
        trail = follow + self._marks(batch, captured["mark"], *where, seen) + self._near(batch, captured["near"], *where, seen)
        target = self.heads.target_loss(captured["after"][batch.pointer_rows, seen + batch.pointer_columns], batch.pointer_centres)
        if batch.cells.shape[1]:
            # The same head reads a patch's own place before the pointer looks, so that looking only has to carry it over.
            target = target + self.heads.target_loss(captured["hidden"][:, first:seen], patch_places(batch.cells, batch.grid))
        labels = self._labels(batch, captured["hidden"], first, seen)
        return hidden[:, seen:], pointer, labels, copy, trail, target, mass

    def _labels(self, batch: Batch, hidden: Tensor, first: int, seen: int) -> Tensor:
        """The label loss where labels are seen and where they are asked for, just before the pointer compares the two."""
        if not self.weights["labels"] or batch.cells.shape[1] == 0:
            return hidden.new_zeros((), dtype=torch.float32)
        shown = self.heads.label_loss(hidden[:, first:seen][batch.labelled], batch.label_truth)
        asked = self.heads.label_loss(hidden[batch.pointer_rows, seen + batch.pointer_columns], batch.asked_truth)
        return 0.5 * (shown + asked)

    def _attention(
        self, hidden: Tensor, positions: Tensor, allowed: Tensor, rows: Tensor, places: Tensor, group: int, number: int = POINTER_LAYER
    ) -> Tensor:
        """Log-probabilities of a layer's attention, head group `group`, at p places of a batch: [p, heads, length]."""
        return attention_of(self.model, number, group, hidden, positions, allowed, rows, places)

    def _pointer(self, batch: Batch, hidden: Tensor, positions: Tensor, allowed: Tensor, seen: int) -> tuple[Tensor, Tensor]:
        """Cross-entropy of the first head group's attention against the target's patches, and the mass that lies there."""
        zero = hidden.new_zeros((), dtype=torch.float32)
        if batch.pointer_rows.numel() == 0:
            return zero, zero
        chances = self._attention(hidden, positions, allowed, batch.pointer_rows, seen + batch.pointer_columns, 0)
        chances = chances[..., seen - batch.cells.shape[1] : seen]
        hit = chances.masked_fill(~batch.pointer_targets[:, None], float("-inf")).logsumexp(-1)
        return -hit.clamp_min(-30).mean(), hit.exp().mean().detach()

    def _attends(
        self, layer: int, hidden: Tensor, positions: Tensor, allowed: Tensor, rows: Tensor, places: Tensor, sources: Tensor
    ) -> Tensor:
        """Cross-entropy of the second head group's attention in a layer, at p places, against the p places it should attend to."""
        if rows.numel() == 0:
            return hidden.new_zeros((), dtype=torch.float32)
        chances = self._attention(hidden, positions, allowed, rows, places, 1, layer)
        return -chances.gather(-1, sources[:, None, None].expand(-1, chances.shape[1], 1)).mean()

    def _near(self, batch: Batch, hidden: Tensor, positions: Tensor, allowed: Tensor, seen: int) -> Tensor:
        """How badly the first layer's heads look at the characters before one, each head a character further back."""
        if batch.near_rows.numel() == 0:
            return hidden.new_zeros((), dtype=torch.float32)
        places = seen + batch.near_columns
        chances = torch.cat([self._attention(hidden, positions, allowed, batch.near_rows, places, group, 0) for group in (0, 1)], dim=1)
        back = 1 + torch.arange(chances.shape[1], device=places.device)
        return -chances.gather(-1, (places[:, None] - back)[..., None]).mean()

    def _marks(self, batch: Batch, hidden: Tensor, positions: Tensor, allowed: Tensor, seen: int) -> Tensor:
        """How badly the marking layer tells where the last step taken ends in the instruction from everywhere else in it."""
        if batch.mark_rows.numel() == 0:
            return hidden.new_zeros((), dtype=torch.float32)
        chances = self._attention(hidden, positions, allowed, batch.mark_rows, seen + batch.mark_columns, 1, MARK_LAYER)
        sources = (seen + batch.mark_sources)[:, None, None].expand(-1, chances.shape[1], 1)
        yes = chances.gather(-1, sources)[..., 0].clamp_max(-1e-6)
        losses = torch.where(batch.mark_truth[:, None], -yes, -(-yes.expm1()).log())
        return losses[batch.mark_truth].mean() + losses[~batch.mark_truth].mean() if bool((~batch.mark_truth).any()) else losses.mean()

    def _language(self, batch: Batch, hidden: Tensor) -> tuple[Tensor, Tensor]:
        wanted = batch.labels[:, 1:]
        places = wanted != IGNORED
        logits = self.model.lm_head(hidden[:, :-1][places]).float()
        truth = wanted[places]
        number = self.place[truth]
        words, numbers = number < 0, number >= 0
        zero = logits.new_zeros(())
        language = zero
        if bool(words.any()):
            weight = 1 + DECIDING * batch.deciding[:, 1:][places][words]
            losses = functional.cross_entropy(logits[words], truth[words], reduction="none")
            language = (weight * losses).sum() / weight.sum()
        coordinate = zero
        if bool(numbers.any()):
            chances = logits[numbers].log_softmax(-1)[:, self.coordinates]
            soft = self.soft[number[numbers]]
            # The entropy of the soft truth is subtracted, so that a perfect answer has loss 0.
            coordinate = (soft * (soft.clamp_min(1e-12).log() - chances)).sum(-1).mean()
        return language, coordinate


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
