"""The model as a stage trains it: one packed row in, its losses out."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.stages.attention import attention_of
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
    device = base.lm_head.weight.device
    cells = None if picture.cells is None else torch.from_numpy(picture.cells).to(device)
    return see(tower, torch.from_numpy(picture.patches).to(device), picture.grid, base.config.resolution, cells)[0]


class StageModel(nn.Module):
    """Wraps the model, adapted or not, so that one call gives the loss: what data-parallel wrappers need.

    Args:
        pointer_layer: of a checkpoint that reads coordinates from where it looks; None for one that writes them.
        cache: MiB of tower features; 0 where the tower is trained.
    """

    def __init__(self, model: Any, pointer_layer: int | None, pointer: float, cache: int, decimals: set[int]) -> None:
        super().__init__()
        self.model = model
        self.pointer_layer, self.pointer, self.decimals = pointer_layer, pointer, decimals
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
        """`loss` is what is trained on, `language` its part from the answers, both means over the rows."""
        every = [self._row(row) for row in rows]
        return {name: torch.stack([losses[name] for losses in every]).mean() for name in every[0]}

    def _row(self, row: Row) -> dict[str, Tensor]:
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
        seen: list[Tensor] = []
        handles = []
        if self._points(row):
            layer = base.model.layers[self.pointer_layer]
            handles = [
                layer.register_forward_pre_hook(
                    lambda _m, args, given: seen.append((args or (given["hidden_states"],))[0]), with_kwargs=True
                )
            ]
        try:
            hidden = base.model(inputs_embeds=inputs, attention_mask=bias, position_ids=positions, use_cache=False).last_hidden_state[0]
        finally:
            for handle in handles:
                handle.remove()
        wanted = row.labels.to(device)[1:]
        places = wanted != IGNORED
        # Only the answers' places go through the head: full logits of 4,000 tokens would be a gigabyte and a half.
        language = functional.cross_entropy(base.lm_head(hidden[:-1][places]).float(), wanted[places])
        pointer = self._pointer(row, seen[0], positions, allowed) if seen else language.new_zeros(())
        return {"loss": language + self.pointer * pointer, "language": language.detach(), "pointer": pointer.detach()}

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

    def _points(self, row: Row) -> bool:
        return self.pointer_layer is not None and self.pointer > 0 and bool(row.targets) and len(row.pictures) == 1

    def _pointer(self, row: Row, hidden: Tensor, positions: Tensor, allowed: Tensor) -> Tensor:
        """Cross-entropy of the look at each coordinate against the patches of the target's box."""
        ids = row.ids.tolist()
        picture = row.pictures[0]
        first = ids.index(PICTURE)
        places, boxes = [], []
        for segment, box in row.targets:
            answered = ((row.segments == segment) & (row.labels != IGNORED)).nonzero()[:, 0].tolist()
            numbers = [at - 1 for at in answered if ids[at] in self.decimals]
            places += numbers
            boxes += [_patches(box, picture)] * len(numbers)
        if not places:
            return hidden.new_zeros((), dtype=torch.float32)
        assert self.pointer_layer is not None
        at = torch.tensor(places, device=hidden.device)
        chances = attention_of(self.base, self.pointer_layer, 0, hidden, positions, allowed[None], torch.zeros_like(at), at)
        truth = torch.stack(boxes).to(hidden.device)
        look = chances[..., first : first + len(picture.patches)]
        return -look.masked_fill(~truth[:, None], float("-inf")).logsumexp(-1).clamp_min(-30).mean()


def _patches(box: tuple[float, float, float, float], picture: ProcessedImage) -> Tensor:
    """Which patches of the picture have their centre in the box, bool [patches]; the nearest one where none has."""
    rows, columns = picture.grid
    cells = torch.arange(rows * columns) if picture.cells is None else torch.from_numpy(picture.cells)
    x, y = (cells % columns + 0.5) / columns, (cells // columns + 0.5) / rows
    inside = (y >= box[1]) & (y <= box[3]) & (x >= box[0]) & (x <= box[2])
    if not bool(inside.any()):
        across, down = (x - (box[0] + box[2]) / 2) * columns, (y - (box[1] + box[3]) / 2) * rows
        inside[int((across**2 + down**2).argmin())] = True
    return inside
