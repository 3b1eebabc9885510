"""The model as a stage trains it: one packed row in, its losses out."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.stages.encode import IGNORED, PICTURE
from training.stages.rows import GROUP, Row
from vlm.images import ProcessedImage
from vlm.model import Phi4ForCausalLMV
from vlm.resolution import see


class FeatureCache:
    """Tower features by picture, in bfloat16, the oldest dropped beyond `limit` bytes. Only right while the tower is frozen."""

    def __init__(self, limit: int) -> None:
        self.limit, self.bytes, self.hits = limit, 0, 0
        self._kept: OrderedDict[str, Tensor] = OrderedDict()

    def get(self, picture: ProcessedImage) -> Tensor | None:
        if picture.digest not in self._kept:
            return None
        self.hits += 1
        self._kept.move_to_end(picture.digest)
        return self._kept[picture.digest]

    def keep(self, picture: ProcessedImage, features: Tensor) -> None:
        small = features.detach().to("cpu", torch.bfloat16)
        if small.nbytes > self.limit:
            return
        self._kept[picture.digest] = small
        self.bytes += small.nbytes
        while self.bytes > self.limit:
            self.bytes -= self._kept.popitem(last=False)[1].nbytes


def seen_by(base: Phi4ForCausalLMV, picture: ProcessedImage) -> Tensor:
    """The tower's features of a picture: [patches, width]."""
    tower = base.model.vision_tower
    patches = torch.from_numpy(picture.patches).to(base.lm_head.weight.device)
    return see(tower, patches, picture.grid, base.config.resolution)[0]


class StageModel(nn.Module):
    """Wraps the model, adapted or not, so that one call gives the loss: what data-parallel wrappers need.

    Args:
        cache: MiB of tower features; 0 where the tower is trained.
    """

    def __init__(self, model: Any, cache: int) -> None:
        super().__init__()
        self.model = model
        self.cache = FeatureCache(cache * 2**20)

    @property
    def base(self) -> Phi4ForCausalLMV:
        """The model under its adapter."""
        base: Phi4ForCausalLMV = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        return base

    def recompute_activations(self) -> None:
        """Have training compute activations again instead of keeping them. Before transformers 5.23 the method had another name."""
        enable = getattr(self.model, "activation_checkpointing_enable", None) or self.model.gradient_checkpointing_enable
        enable()

    def forward(self, rows: list[Row]) -> dict[str, Tensor]:
        """`loss`, the mean over the rows of what their answers lose."""
        return {"loss": torch.stack([self._row(row) for row in rows]).mean()}

    def _row(self, row: Row) -> Tensor:
        base = self.base
        device = base.lm_head.weight.device
        ids, positions, segments = row.ids.to(device), row.positions.to(device)[None], row.segments.to(device)
        shown = ids == PICTURE
        inputs = base.model.embed_tokens(ids.masked_fill(shown, 0))[None]
        if row.pictures:
            pictures = torch.cat([base.model.mm_projector(self._features(picture)) for picture in row.pictures])
            inputs = inputs.masked_scatter(shown[None, :, None], pictures.to(inputs.dtype))
        length = len(ids)
        allowed = torch.ones(length, length, dtype=torch.bool, device=device).tril()
        allowed &= (segments[None, :] == (segments // GROUP * GROUP)[:, None]) | (segments[None, :] == segments[:, None])
        bias = torch.zeros(1, 1, length, length, dtype=inputs.dtype, device=device)
        bias.masked_fill_(~allowed, torch.finfo(inputs.dtype).min)
        hidden = base.model(inputs_embeds=inputs, attention_mask=bias, position_ids=positions, use_cache=False).last_hidden_state[0]
        wanted = row.labels.to(device)[1:]
        places = wanted != IGNORED
        # Only the answers' places go through the head: full logits of 4,000 tokens would be a gigabyte and a half.
        return functional.cross_entropy(base.lm_head(hidden[:-1][places]).float(), wanted[places])

    def _features(self, picture: ProcessedImage) -> Tensor:
        """Tower features [patches, width]."""
        tower = self.base.model.vision_tower
        frozen = not any(parameter.requires_grad for parameter in tower.parameters())
        projector = self.base.model.mm_projector
        place = next(projector.parameters())
        if frozen and (kept := self.cache.get(picture)) is not None:
            return kept.to(place.device, place.dtype)
        with torch.set_grad_enabled(not frozen and torch.is_grad_enabled()):
            features = seen_by(self.base, picture)
        if frozen and self.cache.limit:
            self.cache.keep(picture, features)
            # The first look is rounded like every later one: a resumed run must not differ from an uninterrupted one.
            features = features.to(torch.bfloat16).to(place.dtype)
        return features
