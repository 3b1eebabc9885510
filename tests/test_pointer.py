"""Coordinates read from a look, and pictures without their blanks: against plain forward passes on a small random model."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from vlm.cache import PrefixCache
from vlm.configuration import pocket_config
from vlm.decoding import prefill
from vlm.images import choose_cells, process
from vlm.model import Phi4ForCausalLMV, build
from vlm.pointer import Pointer, Shown, locate


@pytest.fixture(scope="module")
def model() -> Phi4ForCausalLMV:
    torch.manual_seed(5)
    special = {"bos": 1, "pad": 2, "eos": 3}
    config = pocket_config(1381, special)
    config._attn_implementation = "eager"
    return build(config).eval()


def _picture() -> Image.Image:
    image = Image.new("RGB", (512, 256), "white")
    ImageDraw.Draw(image).text((100, 90), "Save", fill="black")
    return image


def test_only_patches_that_show_something_are_kept() -> None:
    picture = process(_picture())
    cells = choose_cells(picture)
    columns = picture.grid[1]
    assert 0 < len(cells) < 10
    assert {int(cell) // columns for cell in cells} <= {5, 6}
    assert {int(cell) % columns for cell in cells} <= {6, 7, 8}


def test_a_picture_without_anything_is_kept_whole() -> None:
    picture = process(Image.new("RGB", (512, 256), "white"))
    assert len(choose_cells(picture)) == len(picture.patches)


@torch.inference_mode()
def test_a_prefix_with_gaps_is_continued_as_in_one_forward_pass(model: Phi4ForCausalLMV) -> None:
    picture = process(_picture())
    cells = torch.from_numpy(choose_cells(picture))
    features = model.encode_image(torch.from_numpy(picture.patches), picture.grid, cells)
    assert features.shape == (len(cells), model.config.hidden_size)
    start = model.get_input_embeddings()(torch.tensor([3, 4]))
    places = torch.cat([torch.arange(2), 2 + cells, torch.tensor([2 + len(picture.patches)])])
    inputs = torch.cat([start, features, model.get_input_embeddings()(torch.tensor([7]))])
    cache = PrefixCache(model.config.num_hidden_layers)
    prefill(model, inputs, cache, places)
    end = int(places[-1]) + 1
    assert cache.length + cache.left_out == end
    asked = torch.tensor([[11, 12]])
    got = model(input_ids=asked, position_ids=torch.tensor([[end, end + 1]]), past_key_values=cache, use_cache=True).logits[0]
    whole = torch.cat([inputs, model.get_input_embeddings()(asked[0])])[None]
    # One mask of zeros and minus infinities: gaps in the positions are no borders between sequences.
    causal = torch.full((whole.shape[1], whole.shape[1]), -torch.inf).triu(1)[None, None]
    positions = torch.cat([places, torch.tensor([end, end + 1])])[None]
    expected = model(inputs_embeds=whole, attention_mask=causal, position_ids=positions, use_cache=False).logits[0, -2:]
    assert torch.allclose(got, expected, atol=1e-4)
    shifted = model(inputs_embeds=whole, attention_mask=causal, use_cache=False).logits[0, -2:]
    assert not torch.allclose(got, shifted, atol=1e-4)


@torch.inference_mode()
def test_the_look_is_the_layers_own_attention(model: Phi4ForCausalLMV) -> None:
    cells = np.array([1, 5, 6])
    pointer = Pointer(3, Shown(2, cells, (2, 4)), range(1000), 1300, box=False)
    cache = PrefixCache(model.config.num_hidden_layers)
    prefill(model, model.get_input_embeddings()(torch.arange(20, 29)), cache)
    with pointer.watch(model, cache, keep=2):
        out = model(input_ids=torch.tensor([[1, 2, 3]]), past_key_values=cache, use_cache=True, output_attentions=True)
    own = out.attentions[3][0, :2, -2:, 2:5] if out.attentions is not None else None
    if own is None:
        layers: dict[str, torch.Tensor] = {}
        attention = model.model.layers[3].self_attn
        handle = attention.register_forward_hook(lambda _m, _a, result: layers.update(weights=result[1]))
        cache.back_to(9)
        model(input_ids=torch.tensor([[1, 2, 3]]), past_key_values=cache, use_cache=True)
        handle.remove()
        own = layers["weights"][0, :2, -2:, 2:5]
    expected = (own / own.sum(-1, keepdim=True)).mean(0)
    assert pointer._looks is not None
    assert torch.allclose(pointer._looks, expected, atol=1e-5)


def test_a_look_gives_the_middle_or_the_box_of_what_it_rests_on() -> None:
    look = np.zeros((10, 20), np.float32)
    look[4, 6:9] = 0.2
    look[4, 10] = 0.1  # another word of the same label
    look[0, 0] = 0.25  # a single patch elsewhere, stronger than each of these
    place, share = locate(look, box=True)
    assert place == pytest.approx((6 / 20, 4 / 10, 11 / 20, 5 / 10))
    assert share == pytest.approx(0.7)
    (x, y), _ = locate(look, box=False)
    assert x == pytest.approx((6.5 * 0.2 + 7.5 * 0.2 + 8.5 * 0.2 + 10.5 * 0.1) / 0.7 / 20)
    assert y == pytest.approx(0.45)


def test_only_a_coordinate_is_taken_from_the_look() -> None:
    pointer = Pointer(3, Shown(0, np.arange(4), (2, 2)), range(1000), 1300, box=False)
    allowed = np.zeros(1381, bool)
    assert not pointer.is_due(allowed)
    allowed[:1000] = True
    assert pointer.is_due(allowed)
    allowed[1300] = True  # inside a text a number is only text
    assert not pointer.is_due(allowed)
