"""Coordinates read from where the model looks: on small random models, and on the one that ships."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from recordings.action import Click
from recordings.episode import Prediction, Step
from recordings.geometry import Point
from training.evaluation.evaluate import evaluate_screens
from training.screens.applications import TRAINED, generate_applications
from training.screens.store import read_screens, write_screens
from vlm.cache import PrefixCache
from vlm.decoding import prefill
from vlm.engine import VisionLanguageModel, load
from vlm.loading import CheckpointError
from vlm.pointer import Look, Pointing, in_vain, locate
from vlm.tokenizer import build_tokenizer


@pytest.fixture(scope="module")
def model() -> VisionLanguageModel:
    return load("pocket", dtype=torch.float32)


@pytest.fixture(scope="module")
def pointing(model: VisionLanguageModel) -> Pointing:
    assert model.pointing is not None
    return model.pointing


@torch.inference_mode()
def test_the_look_is_the_layers_own_attention(model: VisionLanguageModel, pointing: Pointing) -> None:
    network = model.network
    network.set_attn_implementation("eager")
    weights: list[torch.Tensor] = []
    handle = network.model.layers[pointing.layer].self_attn.register_forward_hook(lambda _m, _a, result: weights.append(result[1]))
    try:
        cache = PrefixCache(network.config.num_hidden_layers)
        prefill(network, network.get_input_embeddings()(torch.arange(20, 29)), cache)
        look = Look(pointing, 2, (2, 3), box=False)
        with look.watch(network, cache, keep=2):
            network(input_ids=torch.tensor([[40, 41, 42]]), past_key_values=cache, use_cache=True)
    finally:
        handle.remove()
        network.set_attn_implementation("sdpa")
    own = weights[-1][0, :2, -2:, 2:8]
    assert torch.allclose(look._now, (own / own.sum(-1, keepdim=True)).mean(0), atol=1e-5)


def test_the_middle_or_the_box_of_what_a_look_rests_on() -> None:
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


def test_what_was_clicked_in_vain_is_passed_over() -> None:
    look = np.zeros((10, 20), np.float32)
    look[4, 6:9] = 0.2
    look[8, 3] = 0.15
    look[1, 1] = 0.1
    first, _ = locate(look, box=False)
    second, share = locate(look, box=False, avoid=[Point(x=first[0], y=first[1])])
    assert second == pytest.approx((3.5 / 20, 8.5 / 10)) and share == pytest.approx(0.15)
    third, _ = locate(look, box=False, avoid=[Point(x=first[0], y=first[1]), Point(x=second[0], y=second[1])])
    assert third == pytest.approx((1.5 / 20, 1.5 / 10))
    assert locate(look, box=False, avoid=[Point(x=0.9, y=0.9)])[0] == first


def test_only_the_latest_clicks_without_effect_count_as_in_vain() -> None:
    def step(index: int, x: float, changed: bool | None) -> Step:
        return Step(index=index, prediction=Prediction(), action=Click(x=x, y=0.5), changed=changed)

    assert in_vain([]) == []
    assert in_vain([step(0, 0.1, False), step(1, 0.2, True)]) == []
    assert in_vain([step(0, 0.1, True), step(1, 0.2, False), step(2, 0.3, False)]) == [Point(x=0.3, y=0.5), Point(x=0.2, y=0.5)]
    assert in_vain([step(0, 0.1, None)]) == []


def test_a_look_at_the_last_patch_stays_inside(pointing: Pointing) -> None:
    look = np.zeros((3, 4), np.float32)
    look[2, 3] = 1.0
    assert locate(look, box=True)[0] == (0.75, 2 / 3, 1.0, 1.0)
    edge = Look(pointing, 0, (3, 4), box=True)
    edge._now = torch.from_numpy(look.reshape(1, -1))
    right, _ = edge.choose(0, build_tokenizer()("[0.750, 0.667, 0.", add_special_tokens=False).input_ids)
    assert right == pointing.decimals[999]


def test_which_coordinate_comes_next_is_read_from_the_answer(pointing: Pointing) -> None:
    """A coordinate that was not read from a look, 1.000, counts all the same: what follows is no x again."""
    encode = build_tokenizer()
    look = Look(pointing, 0, (10, 10), box=False)
    there = np.zeros((10, 10), np.float32)
    there[8, 1] = 1.0
    look._now = torch.from_numpy(there.reshape(1, -1))
    for text, expected in (
        ("click 0.5 of it\nclick(x=0.", 150),
        ("click 0.5 of it\nclick(x=0.150, y=0.", 850),
        ("\nclick(x=1.000, y=0.", 850),
        ("\ndrag(path=[[0.150, 0.850], [0.", 150),
    ):
        token, share = look.choose(0, encode(text, add_special_tokens=False).input_ids)
        assert (token, share) == (pointing.decimals[expected], 1.0), text


def test_only_a_coordinate_is_read_from_the_look(pointing: Pointing) -> None:
    allowed = np.zeros(1381, bool)
    assert not pointing.is_due(allowed)
    allowed[pointing.decimals] = True
    assert pointing.is_due(allowed)
    allowed[pointing.letter] = True  # inside a text a number is only text
    assert not pointing.is_due(allowed)


def test_the_shipped_model_points_at_what_it_is_asked_for(tmp_path: Path) -> None:
    """On screens of a real calculator from a seed that no leg used."""
    write_screens(tmp_path, islice(generate_applications(977, applications={"galculator": TRAINED["galculator"]}), 3))
    model = load("pocket")
    assert model.pointing is not None
    report = evaluate_screens(model, read_screens(tmp_path), 18, 0)
    assert report["n"] == 18
    assert report["hits"] >= 12, report


@pytest.mark.parametrize("layer", [5, -1, "3", 1.5])
def test_a_layer_that_is_none_is_named(layer: object, tmp_path: Path) -> None:
    folder = Path(load("pocket").checkpoint.folder)
    for file in folder.iterdir():
        (tmp_path / file.name).symlink_to(file)
    config = json.loads((folder / "config.json").read_text())
    config["deskhand"]["pointer_layer"] = layer
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="pointer_layer"):
        load(tmp_path)
