"""Ours against the official code's results on the same checkpoints, pictures and questions; `golden/regenerate.py` made them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from golden.material import CASES, SCREENS, SIZES, Case, picture, pictures, shapes, write_checkpoint
from safetensors import safe_open

from vlm.cache import PrefixCache
from vlm.conversation import Conversation
from vlm.decoding import decode
from vlm.engine import VisionLanguageModel, load
from vlm.images import choose_grid, process
from vlm.model import Phi4ForCausalLMV
from vlm.sight import CUT

GOLDEN = Path(__file__).parent / "golden"
OFFICIAL: dict[str, Any] = json.loads((GOLDEN / "official.json").read_text(encoding="utf-8"))
NUMBERS = dict(np.load(GOLDEN / "official.npz"))
PICTURE = -200
"""What the official processor puts in a picture's place."""

MOST = 1e-4
"""The greatest difference of a number."""
ROUNDING = 3e-4
"""The greatest in float32 on whatever processor this runs on: one with AMX rounds a logit of one case away by 1.2e-4, which in double
precision is 4e-5 from the official code's."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("official")

    @cache
    def model(name: str, dtype: torch.dtype = torch.float32) -> VisionLanguageModel:
        loaded = load(write_checkpoint(folder / f"{name}-{dtype}", name), device="cpu", dtype=torch.float32)
        loaded.network.to(dtype)
        return loaded

    return model


def rows(values: torch.Tensor, like: np.ndarray) -> np.ndarray:
    """Evenly spread rows, the last among them, and the mean of all: as many as are stored."""
    kept = np.linspace(0, len(values) - 1, len(like) - 1).round().astype(int)
    return torch.cat([values[kept], values.double().mean(0, keepdim=True).float()]).numpy()


def close(ours: torch.Tensor, key: str, most: float = MOST) -> None:
    assert np.abs(NUMBERS[key]).max() > 0.5, "numbers this small would prove nothing"
    np.testing.assert_allclose(rows(ours, NUMBERS[key]), NUMBERS[key], rtol=0, atol=most)


def prompt(model: VisionLanguageModel, case: Case) -> list[list[int]]:
    if not case.earlier:
        return model.chat.chunks(case.question, case.mode, len(case.pictures))
    return model.chat.turns([(message["role"], message["content"]) for message in case.messages()], case.mode)  # type: ignore[misc]


def features(model: VisionLanguageModel, case: Case) -> list[torch.Tensor]:
    seen = [model.checkpoint.images.process(image) for image in pictures(case)]
    return [model.network.encode_image(torch.from_numpy(each.patches), each.grid) for each in seen]


def test_the_results_are_those_of_the_official_code() -> None:
    source = OFFICIAL["source"]
    assert source["repository"] == "github.com/microsoft/Phi-4-reasoning-vision-15B"
    assert len(source["revision"]) == 40
    assert source["versions"]["transformers"] == "4.57.1"
    assert OFFICIAL["cases"].keys() == CASES.keys()
    assert len(OFFICIAL["screens"]) == len(SCREENS)


@pytest.mark.parametrize("size", SCREENS)
def test_pixels_grid_and_features_of_every_screen(models: Any, size: tuple[int, int]) -> None:
    name = f"{size[0]}x{size[1]}"
    expected = OFFICIAL["screens"][name]
    seen = process(picture(size))
    assert list(seen.grid) == expected["grid"]
    assert hashlib.sha256(seen.patches.tobytes()).hexdigest() == expected["patches"]
    with torch.no_grad():
        close(models("small").network.encode_image(torch.from_numpy(seen.patches), seen.grid), f"features {name}")


@pytest.mark.parametrize(("dtype", "most"), [(torch.float64, MOST), (torch.float32, ROUNDING)], ids=["double", "single"])
@pytest.mark.parametrize("name", CASES)
def test_ids_grids_and_logits(models: Any, name: str, dtype: torch.dtype, most: float) -> None:
    case, expected = CASES[name], OFFICIAL["cases"][name]
    model = models(case.size, dtype)
    chunks = prompt(model, case)
    ids = list(chunks[0])
    for chunk in chunks[1:]:
        ids += [PICTURE, *chunk]
    assert ids == expected["ids"]
    budget = model.checkpoint.images
    assert [list(choose_grid(size, budget.max_patches, budget.min_patches)) for size in case.pictures] == expected["grids"]
    with torch.no_grad():
        seen = features(model, case)
        place = model.checkpoint.tokenizer.convert_tokens_to_ids("<|dummy_0|>")
        spread = list(chunks[0])
        for chunk, picture_ in zip(chunks[1:], seen, strict=True):
            spread += [place] * len(picture_) + chunk
        inputs = model.network.splice(torch.tensor([spread]), torch.cat(seen) if seen else torch.empty(0), place)
        logits = model.network(inputs_embeds=inputs, use_cache=False).logits[0]
    assert len(logits) == expected["length"]
    close(logits, f"logits {name}", most)


@pytest.mark.parametrize("name", CASES)
def test_the_engine_writes_the_official_answer(models: Any, name: str) -> None:
    """Through the shared prefix and the guessed tokens: what the official `generate` wrote token by token."""
    case, expected = CASES[name], OFFICIAL["cases"][name]
    model = models(case.size)
    if case.pictures and not case.earlier:
        asked = prompt(model, case)[-1]
        sight = model.look(pictures(case))
        with sight._restored():
            made = decode(model.network, sight._cache, asked, ends=model.ends, limit=case.answer, copy_from=asked)
        assert made.tokens == expected["answer"]
        if case.mode != "think":
            assert sight.ask(case.question, case.mode, limit=case.answer).removesuffix(CUT) == expected["text"].strip()
    elif case.mode != "think":
        conversation = Conversation(model)
        shown = pictures(case)
        for (question, answer), image in zip(case.earlier, shown, strict=False):
            conversation.ask(question, [image], limit=1)
            # As if the model had answered so.
            conversation._turns[-1] = replace(conversation._turns[-1], text=answer)
        reply = conversation.ask(case.question, shown[len(case.earlier) :], case.mode, limit=case.answer)
        assert reply.text.removesuffix(CUT) == expected["text"].strip()
    else:
        (asked,) = prompt(model, case)
        made = decode(model.network, PrefixCache(model.network.config.num_hidden_layers), asked, ends=model.ends, limit=case.answer)
        assert made.tokens == expected["answer"]


PUBLISHED_KEYS = {
    "architectures", "attention_bias", "attention_dropout", "auto_map", "bos_token_id", "dtype", "embd_pdrop", "eos_token_id",
    "freeze_mm_mlp_adapter", "hidden_act", "hidden_size", "image_aspect_ratio", "initializer_range", "intermediate_size",
    "max_num_patches", "max_position_embeddings", "min_num_patches", "mm_hidden_size", "mm_projector_lr", "mm_projector_type",
    "mm_vision_tower", "model_type", "num_attention_heads", "num_hidden_layers", "num_key_value_heads",
    "original_max_position_embeddings", "pad_token_id", "partial_rotary_factor", "resid_pdrop", "rms_norm_eps", "rope_scaling",
    "rope_theta", "sliding_window", "tie_word_embeddings", "tokenizer_model_max_length", "tokenizer_padding_side",
    "transformers_version", "tune_mm_mlp_adapter", "unfreeze_vision_tower", "use_cache", "use_mm_proj", "use_s2", "vision_config",
    "vocab_size",
}  # fmt: skip
"""Of the published `config.json`."""


@pytest.mark.parametrize("name", SIZES)
def test_a_saved_checkpoint_has_the_official_layout_and_comes_back_whole(models: Any, name: str, tmp_path: Path) -> None:
    model = models(name)
    model.network.save_pretrained(tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert {tensor: tuple(file.get_slice(tensor).get_shape()) for tensor in file.keys()} == dict(shapes(SIZES[name]))  # noqa: SIM118
    before = json.loads((model.checkpoint.folder / "config.json").read_text())
    after = json.loads((tmp_path / "config.json").read_text())
    assert before.keys() == after.keys() == PUBLISHED_KEYS
    assert after["rope_theta"] == SIZES[name].config.get("rope_theta", 500000)
    assert after["vision_config"].items() >= before["vision_config"].items()
    changed = {key for key in after if after[key] != before[key]}
    assert changed <= {"vision_config", "transformers_version", "dtype"}
    again = Phi4ForCausalLMV.from_pretrained(tmp_path)
    assert again.config.rope_parameters == model.network.config.rope_parameters
    for tensor, value in model.network.state_dict().items():
        assert torch.equal(again.state_dict()[tensor], value), tensor
