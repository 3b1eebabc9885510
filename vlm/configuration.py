"""The model's configuration: a Phi-3 decoder with a SigLIP-2 NaFlex tower, in the keys of the official `config.json`."""

from __future__ import annotations

from typing import Any, Literal

from transformers import Phi3Config, Siglip2VisionConfig

PATCH = 16
"""Pixels along one side of a patch."""

Resolution = Literal["dynamic", "multi-crop", "dynamic-s2", "multi-crop-s2"]
"""How pictures are seen; see `vlm.resolution`."""


class Phi4SiglipConfig(Phi3Config):
    """`model_type: phi4-siglip`. Keys that this project does not use are kept and written back.

    `vision_config` of the published checkpoint leaves out `patch_size` (16) and `num_patches` (256): SigLIP-2's defaults fill them in.
    """

    model_type = "phi4-siglip"
    sub_configs = {"vision_config": Siglip2VisionConfig}

    vision_config: Siglip2VisionConfig | dict[str, Any] | None = None
    mm_hidden_size: int | None = None
    min_num_patches: int = 256
    max_num_patches: int = 3600
    resolution: Resolution = "dynamic"
    """See `vlm.resolution`. Only kept in `config.json` where it is another one: the published model knows no other."""

    def __post_init__(self, **kwargs: Any) -> None:
        if self.vision_config is None:
            self.vision_config = Siglip2VisionConfig()
        elif isinstance(self.vision_config, dict):
            self.vision_config = Siglip2VisionConfig(**{k: v for k, v in self.vision_config.items() if k != "model_type"})
        assert isinstance(self.vision_config, Siglip2VisionConfig)
        if self.mm_hidden_size is None:
            self.mm_hidden_size = self.vision_config.hidden_size
        super().__post_init__(**kwargs)

    def to_dict(self) -> dict[str, Any]:
        """As the published `config.json` has it: the rotation under `rope_theta`, `rope_scaling` and `partial_rotary_factor`.

        Code older than transformers 5 knows only these, and without them takes its own base in silence.
        """
        output: dict[str, Any] = super().to_dict()
        rotation = output.get("rope_parameters")
        # The published model has no other kind; another one keeps the library's form.
        if rotation and rotation["rope_type"] == "default":
            del output["rope_parameters"]
            output |= {name: rotation[name] for name in ("rope_theta", "partial_rotary_factor")} | {"rope_scaling": None}
        if self.resolution == "dynamic":
            output.pop("resolution", None)
        return output


def published_config(special_ids: dict[str, int]) -> Phi4SiglipConfig:
    """The sizes of the published model's `config.json`, with the ids of the tokenizer in use."""
    return Phi4SiglipConfig(
        vocab_size=100352,
        hidden_size=5120,
        intermediate_size=17920,
        num_hidden_layers=40,
        num_attention_heads=40,
        num_key_value_heads=10,
        max_position_embeddings=32768,
        original_max_position_embeddings=32768,
        rms_norm_eps=1e-5,
        rope_theta=500000.0,
        tie_word_embeddings=False,
        bos_token_id=special_ids["bos"],
        eos_token_id=special_ids["eos"],
        pad_token_id=special_ids["pad"],
        vision_config={"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16},
    )
