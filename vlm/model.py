"""Phi-4-reasoning-vision in native transformers 5: tower → projector → causal decoder, in the official tensor names.

    patches [n, 768] ─ SigLIP-2 NaFlex ─► penultimate features [n, vision] ─ MLP ─► [n, hidden] ─┐
    text ids ─ embed_tokens ─► [t, hidden] ──────────────────────────────────────── spliced at <image> ─► decoder ─► logits

The decoder is causal over picture and text alike; only the tower looks both ways.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import GenerationMixin, Phi3Model, Phi3PreTrainedModel, Siglip2VisionModel
from transformers.cache_utils import Cache
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast

from vlm.configuration import Phi4SiglipConfig
from vlm.resolution import see

KEPT_GRIDS = 8
"""Grids whose resized position tables are kept: a screen has one, its crops few."""


class _Named(nn.Module):
    """Gives SigLIP-2 the extra level of the published tensor names."""

    def __init__(self, vision_model: Siglip2VisionModel) -> None:
        super().__init__()
        self.vision_model = vision_model


class VisionTower(nn.Module):
    """SigLIP-2 as the published checkpoint names it: `vision_tower.vision_tower.vision_model.…`."""

    def __init__(self, config: Phi4SiglipConfig) -> None:
        super().__init__()
        self.vision_tower = _Named(Siglip2VisionModel(config.vision_config))
        self._resized: OrderedDict[tuple[Any, ...], Tensor] = OrderedDict()

    @property
    def siglip(self) -> Siglip2VisionModel:
        return self.vision_tower.vision_model

    def positions(self, grid: tuple[int, int]) -> Tensor:
        """The position table resized to `grid` (rows, columns): [rows * columns, vision width]. Without gradients it is kept per grid."""
        weight = self.siglip.embeddings.position_embedding.weight
        if torch.is_grad_enabled() or weight.is_inference():
            return self._resize(weight, grid)
        # The version counts the changes made in place: an optimizer's step, or loaded weights.
        key = (grid, weight._version, weight.data_ptr(), weight.dtype, weight.device)
        if key not in self._resized:
            self._resized[key] = self._resize(weight, grid)
            if len(self._resized) > KEPT_GRIDS:
                self._resized.popitem(last=False)
        self._resized.move_to_end(key)
        return self._resized[key]

    def _resize(self, weight: Tensor, grid: tuple[int, int]) -> Tensor:
        side = self.siglip.embeddings.position_embedding_size
        table = weight.view(side, side, -1).permute(2, 0, 1)[None]
        # Antialiasing is not implemented for half precision on the CPU.
        working = table.float() if table.device.type == "cpu" else table
        resized = functional.interpolate(working, size=grid, mode="bilinear", align_corners=False, antialias=True)
        return resized[0].flatten(1).T.to(table.dtype)

    def embed(self, patches: Tensor, positions: Tensor) -> Tensor:
        """Patches (uint8 [.., n, 768]) and their positions [.., n, width] to tower inputs [.., n, width].

        Normalisation (mean and deviation 0.5) happens here, so that only bytes travel to the device.
        """
        weight = self.siglip.embeddings.patch_embedding.weight
        # In float32, as the reference processor does it: half precision would round before the weights do.
        pixels = (patches.float() / 255 - 0.5) / 0.5
        return self.siglip.embeddings.patch_embedding(pixels.to(weight.dtype)) + positions

    def encode(self, embedded: Tensor) -> Tensor:
        """Tower inputs [batch, n, width] to penultimate-layer features of the same shape; nothing is padded."""
        hidden = embedded
        for layer in self.siglip.encoder.layers[:-1]:
            hidden = layer(hidden, None)
        return hidden


class Phi4SiglipModel(Phi3Model):
    """The decoder with the tower and projector beside it."""

    config: Phi4SiglipConfig

    def __init__(self, config: Phi4SiglipConfig) -> None:
        super().__init__(config)
        self.vision_tower = VisionTower(config)
        assert config.mm_hidden_size is not None
        self.mm_projector = nn.Sequential(
            nn.Linear(config.mm_hidden_size, config.hidden_size),
            nn.GELU(),
            nn.Linear(config.hidden_size, config.hidden_size),
        )
        self.post_init()

    def encode_image(self, patches: Tensor, grid: tuple[int, int]) -> Tensor:
        """One picture's patches (uint8 [n, 768], row-major) to decoder inputs [n, hidden]."""
        return self.mm_projector(see(self.vision_tower, patches, grid, self.config.resolution))[0]


class Phi4ForCausalLMV(Phi3PreTrainedModel, GenerationMixin):
    """The whole model under its published class name. `pictures` are the features of `encode_image`, spliced in where
    `input_ids` holds `image_token_id`, one token a patch."""

    config: Phi4SiglipConfig
    config_class = Phi4SiglipConfig

    def __init__(self, config: Phi4SiglipConfig) -> None:
        super().__init__(config)
        self.model = Phi4SiglipModel(config)
        self.vocab_size = config.vocab_size
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def encode_image(self, patches: Tensor, grid: tuple[int, int]) -> Tensor:
        """See `Phi4SiglipModel.encode_image`."""
        return self.model.encode_image(patches, grid)

    def splice(self, input_ids: Tensor, pictures: Tensor, image_token_id: int) -> Tensor:
        """Token ids [batch, t] with a placeholder a patch, and picture features [total, hidden], to inputs [batch, t, hidden].

        Raises:
            ValueError: the number of placeholders differs from the number of features; nothing is ever cut silently.
        """
        places = input_ids == image_token_id
        if int(places.sum()) != pictures.shape[0]:
            raise ValueError(f"{int(places.sum())} image placeholders for {pictures.shape[0]} image features")
        embedded = self.model.embed_tokens(input_ids.masked_fill(places, 0))
        return embedded.masked_scatter(places[..., None], pictures.to(embedded.dtype))

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast:
        """Decoder pass over ids or (spliced) embeddings; logits of the last `logits_to_keep` positions, all where it is 0."""
        outputs: BaseModelOutputWithPast = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            use_cache=use_cache,
            **kwargs,
        )
        keep = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.lm_head(outputs.last_hidden_state[:, keep, :])
        return CausalLMOutputWithPast(logits=logits, past_key_values=outputs.past_key_values)
