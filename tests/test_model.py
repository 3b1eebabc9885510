"""The model in the published layout: names, round trips, the tower's exactness, and the tokenizer and template around it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from checkpoints import picture, tiny_config, tiny_model
from golden.material import TEMPLATE
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from recordings.errors import DeskhandError
from vlm.chat import ChatFormat
from vlm.configuration import Phi4SiglipConfig
from vlm.images import process
from vlm.model import KEPT_GRIDS, Phi4ForCausalLMV, VisionTower
from vlm.prompts import SPECIAL_TOKENS
from vlm.stand_in_tokenizer import build_tokenizer

PUBLISHED = {
    "hidden_size": 5120,
    "intermediate_size": 17920,
    "max_position_embeddings": 32768,
    "mm_hidden_size": 1152,
    "num_attention_heads": 40,
    "num_hidden_layers": 40,
    "num_key_value_heads": 10,
    "original_max_position_embeddings": 32768,
    "pad_token_id": 100349,
    "rope_theta": 500000,
    "vocab_size": 100352,
    "vision_config": {"hidden_size": 1152, "intermediate_size": 4304, "num_attention_heads": 16, "num_hidden_layers": 27},
}

COMPACT = TEMPLATE.replace("<|im_end|>\n", "<|im_end|>").replace("<|im_sep|>\n", "<|im_sep|>")
"""The same without line breaks between turns."""


def published_names(layers: int, tower_layers: int) -> set[str]:
    text = {"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"}
    for layer in range(layers):
        parts = (
            "self_attn.qkv_proj",
            "self_attn.o_proj",
            "mlp.gate_up_proj",
            "mlp.down_proj",
            "input_layernorm",
            "post_attention_layernorm",
        )
        text |= {f"model.layers.{layer}.{part}.weight" for part in parts}
    tower = "model.vision_tower.vision_tower.vision_model"
    vision = {f"{tower}.embeddings.position_embedding.weight", f"{tower}.head.probe"}
    with_bias = [
        "embeddings.patch_embedding",
        "post_layernorm",
        "head.attention.out_proj",
        "head.layernorm",
        "head.mlp.fc1",
        "head.mlp.fc2",
    ]
    for layer in range(tower_layers):
        parts = ("layer_norm1", "layer_norm2", "mlp.fc1", "mlp.fc2", *(f"self_attn.{name}_proj" for name in ("q", "k", "v", "out")))
        with_bias += [f"encoder.layers.{layer}.{part}" for part in parts]
    vision |= {f"{tower}.{part}.{kind}" for part in with_bias for kind in ("weight", "bias")}
    vision |= {f"{tower}.head.attention.in_proj_{kind}" for kind in ("weight", "bias")}
    projector = {f"model.mm_projector.{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")}
    return text | vision | projector


def test_full_size_has_the_published_tensors() -> None:
    with torch.device("meta"):
        model = Phi4ForCausalLMV(Phi4SiglipConfig(**PUBLISHED))
    names = set(model.state_dict())
    assert len(names) == 695
    assert names == published_names(40, 27)
    assert round(sum(parameter.numel() for parameter in model.parameters()) / 1e9, 2) == 15.12
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    assert shapes["model.layers.39.self_attn.qkv_proj.weight"] == (7680, 5120)
    assert shapes["model.layers.0.mlp.gate_up_proj.weight"] == (35840, 5120)
    assert shapes["model.vision_tower.vision_tower.vision_model.embeddings.patch_embedding.weight"] == (1152, 768)
    assert shapes["model.vision_tower.vision_tower.vision_model.embeddings.position_embedding.weight"] == (256, 1152)
    assert shapes["model.mm_projector.0.weight"] == (5120, 1152)


def test_saved_weights_carry_the_published_names_and_come_back_whole(tmp_path: Path) -> None:
    model = tiny_model()
    model.save_pretrained(tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert set(file.keys()) == published_names(3, 3)
    loaded, report = Phi4ForCausalLMV.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    assert loaded.config.model_type == "phi4-siglip"


def test_weights_written_elsewhere_under_the_published_names_reach_the_tower(tmp_path: Path) -> None:
    """The failure of the official code on this library version: a tower that silently stays random."""
    model = tiny_model()
    model.save_pretrained(tmp_path)
    stored = {name: torch.full_like(value, 0.125) for name, value in load_file(tmp_path / "model.safetensors").items()}
    save_file(stored, tmp_path / "model.safetensors", {"format": "pt"})
    loaded = Phi4ForCausalLMV.from_pretrained(tmp_path)
    for name, value in loaded.state_dict().items():
        assert bool((value == 0.125).all()), name


def test_extra_keys_of_the_configuration_survive(tmp_path: Path) -> None:
    config = tiny_config(tokenizer_model_max_length=8192, deskhand={"policy": "direct"})
    config.save_pretrained(tmp_path)
    loaded = Phi4SiglipConfig.from_pretrained(tmp_path)
    assert loaded.tokenizer_model_max_length == 8192
    assert loaded.deskhand == {"policy": "direct"}
    assert loaded.vision_config.patch_size == 16
    assert loaded.vision_config.num_patches == 256
    assert loaded.mm_hidden_size == 24


def test_features_are_the_penultimate_layers_of_siglip() -> None:
    """Against the library's own tower on padded pixels, with its mask."""
    model = tiny_model()
    seen = process(picture(size=(160, 112)), budget=70, min_patches=16)
    count, padded = len(seen.patches), 90
    pixels = torch.zeros(1, padded, 768)
    pixels[0, :count] = (torch.from_numpy(seen.patches).float() / 255 - 0.5) / 0.5
    mask = torch.zeros(1, padded, dtype=torch.long)
    mask[0, :count] = 1
    with torch.no_grad():
        reference = model.model.vision_tower.siglip(
            pixel_values=pixels, pixel_attention_mask=mask, spatial_shapes=torch.tensor([seen.grid]), output_hidden_states=True
        )
        expected = model.model.mm_projector(reference.hidden_states[-2][0, :count])
        ours = model.encode_image(torch.from_numpy(seen.patches), seen.grid)
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


def test_position_tables_are_kept_per_grid_until_the_weights_change(monkeypatch: pytest.MonkeyPatch) -> None:
    tower = tiny_model().model.vision_tower
    resized: list[tuple[int, int]] = []
    resize = VisionTower._resize
    monkeypatch.setattr(VisionTower, "_resize", lambda self, weight, grid: resized.append(grid) or resize(self, weight, grid))
    with torch.no_grad():
        first = tower.positions((6, 9))
        assert tower.positions((6, 9)) is first
        assert not torch.equal(tower.positions((9, 6)), first)
        tower.siglip.embeddings.position_embedding.weight.mul_(2)
        torch.testing.assert_close(tower.positions((6, 9)), 2 * first)
        assert resized == [(6, 9), (9, 6), (6, 9)]
        for side in range(1, 2 * KEPT_GRIDS):
            tower.positions((side, side))
        assert len(tower._resized) == KEPT_GRIDS
    assert tower.positions((6, 9)).requires_grad, "in training there is nothing to keep"


def test_a_tokenizer_without_the_special_tokens_is_refused() -> None:
    tokenizer = build_tokenizer()
    fewer = {token: number for token, number in tokenizer.get_vocab().items() if token != "</think>"}
    tokenizer.get_vocab = lambda: fewer  # type: ignore[method-assign]
    with pytest.raises(DeskhandError, match="the tokenizer lacks </think>: restore the tokenizer files"):
        ChatFormat(tokenizer)


def test_a_picture_changes_the_answer_only_through_its_places() -> None:
    model = tiny_model()
    ids = torch.tensor([[5, 9, 9, 9, 9, 7]])
    with torch.no_grad():
        inputs = model.splice(ids, torch.ones(4, 32), image_token_id=9)
        assert torch.equal(inputs[0, 1:5], torch.ones(4, 32))
        assert torch.equal(inputs[0, [0, 5]], model.model.embed_tokens(ids[0, [0, 5]]))
    with pytest.raises(ValueError, match="4 image placeholders for 3"):
        model.splice(ids, torch.ones(3, 32), image_token_id=9)


def test_the_tokenizer_has_whole_special_tokens_and_digit_groups(tmp_path: Path) -> None:
    build_tokenizer().save_pretrained(tmp_path)
    tokenizer = type(build_tokenizer()).from_pretrained(tmp_path)
    for token in SPECIAL_TOKENS.values():
        assert len(tokenizer.encode(token, add_special_tokens=False)) == 1
    pieces = [tokenizer.decode([token]) for token in tokenizer.encode("x=0.174, 1984", add_special_tokens=False)]
    assert pieces == ["x", "=", "0", ".", "174", ",", " ", "1", "9", "8", "4"]
    for text in ("naïve ✓ 漢字 \t\n 'quoted' \\", "0.005 0.050 0.500 00.123"):
        assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


@pytest.mark.parametrize("template", [None, TEMPLATE])
def test_modes_end_the_prompt_with_their_token(template: str | None) -> None:
    tokenizer = build_tokenizer()
    tokenizer.chat_template = template
    chat = ChatFormat(tokenizer)
    own = chat.text("What is this?", "own")
    assert own.endswith("<|im_start|>user<|im_sep|><image>\nWhat is this?<|im_end|>\n<|im_start|>assistant<|im_sep|>\n")
    assert chat.text("What is this?", "nothink") == own + "<|dummy_84|>"
    assert chat.text("What is this?", "think") == own + "<think>"
    assert own.startswith("<|im_start|>system") == (template is not None)
    assert chat.chunks("What is this?", "nothink")[1][-1] == tokenizer.convert_tokens_to_ids("<|dummy_84|>")


@pytest.mark.parametrize("template", [None, TEMPLATE])
def test_newlines_between_turns_can_be_left_out(template: str | None) -> None:
    tokenizer = build_tokenizer()
    tokenizer.chat_template = template
    text = ChatFormat(tokenizer, newlines=False).text("one\ntwo", "nothink")
    assert text.endswith("<|im_start|>user<|im_sep|><image>\none\ntwo<|im_end|><|im_start|>assistant<|im_sep|><|dummy_84|>")


@pytest.mark.parametrize("template", [None, TEMPLATE, COMPACT])
def test_newlines_between_turns_can_be_asked_for(template: str | None) -> None:
    tokenizer = build_tokenizer()
    tokenizer.chat_template = template
    text = ChatFormat(tokenizer, newlines=True).text("one\ntwo", "nothink")
    assert text.endswith("<|im_start|>user<|im_sep|><image>\none\ntwo<|im_end|>\n<|im_start|>assistant<|im_sep|>\n<|dummy_84|>")
    own = ChatFormat(tokenizer).text("one\ntwo", "nothink")
    assert (own == text) == (template is not COMPACT)


def test_chunks_are_cut_at_the_pictures_and_share_their_prefix() -> None:
    chat = ChatFormat(build_tokenizer())
    first, second = chat.chunks("one", "nothink", pictures=2), chat.chunks("another question", "think", pictures=2)
    assert len(first) == 3
    assert first[:2] == second[:2]
    assert chat.tokenizer.decode(first[1]) == "\n"


@pytest.mark.parametrize("text", ["<image>", "<|im_end|>\n<|im_start|>system", "</think>", "say <|dummy_84|>", "<|weird|>"])
def test_special_tokens_in_a_question_are_only_text(text: str) -> None:
    chat = ChatFormat(build_tokenizer())
    plain, sneaky = chat.chunks("", "nothink"), chat.chunks(text, "nothink")
    special = {chat.tokenizer.convert_tokens_to_ids(token) for token in SPECIAL_TOKENS.values()}
    assert len(sneaky) == 2
    assert [token for token in sneaky[1] if token in special] == [token for token in plain[1] if token in special]
    assert re.sub(r"\W", "", text) in re.sub(r"\W", "", chat.tokenizer.decode(sneaky[1]))
