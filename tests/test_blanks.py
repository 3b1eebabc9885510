"""Pictures looked at without their blank patches: which those are, and that leaving them out is the same as not attending to them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import write_checkpoint
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from torch.nn import functional

from training.evaluation.evaluate import evaluate_screens
from training.screens.applications import TRAINED, generate_applications
from training.screens.store import read_screens, write_screens
from vlm import sight as sights
from vlm.blanks import CONTRAST, EVERY, kept_cells, without_blanks
from vlm.decoding import decode
from vlm.engine import VisionLanguageModel, load
from vlm.images import PATCH, process
from vlm.prompts import SPECIAL_TOKENS
from vlm.resolution import set_resolution


def sparse_picture() -> Image.Image:
    """8 rows and 8 columns of patches, most of them blank."""
    image = Image.new("RGB", (128, 128), (240, 240, 244))
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 36, 60, 44), fill=(20, 20, 30))
    draw.rectangle((84, 100, 96, 104), fill=(200, 30, 30))
    return image


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VisionLanguageModel:
    made = load(write_checkpoint(tmp_path_factory.mktemp("blanks")), dtype=torch.float32)
    made.skip_blanks = True
    return made


def plainly_kept(blank: list[list[bool]]) -> list[int]:
    """By counting, patch after patch."""
    kept = []
    for row, cells in enumerate(blank):
        run = 0
        for column, empty in enumerate(cells):
            run = run + 1 if empty else 0
            if not empty or run % EVERY == 0:
                kept.append(row * len(cells) + column)
    return kept or list(range(len(blank) * len(blank[0])))


@given(st.integers(1, 20).flatmap(lambda width: st.lists(st.lists(st.booleans(), min_size=width, max_size=width), min_size=1, max_size=5)))
def test_what_shows_something_is_kept_and_of_blanks_in_a_row_each_sixth(blank: list[list[bool]]) -> None:
    patches = np.full((len(blank), len(blank[0]), PATCH * PATCH, 3), 200, np.uint8)
    for row, cells in enumerate(blank):
        for column, empty in enumerate(cells):
            # As faint as what counts, or the faintest that does not, in one channel of one pixel.
            patches[row, column, 7, 1] += CONTRAST + (not empty)
    grid = patches.shape[:2]
    assert kept_cells(patches.reshape(-1, PATCH * PATCH * 3), (grid[0], grid[1])).tolist() == plainly_kept(blank)


def test_a_picture_of_one_colour_is_still_seen() -> None:
    picture = without_blanks(process(Image.new("RGB", (320, 240), "black")))
    assert picture.cells is not None and len(picture.cells) == len(picture.patches) == 15 * (20 // EVERY)
    narrow = without_blanks(process(Image.new("RGB", (16, 1024), "white")))
    assert narrow.grid[1] < EVERY and len(narrow.patches) == narrow.grid[0] * narrow.grid[1], "where none would be left, all are"


@torch.inference_mode()
def test_the_tower_sees_what_it_would_see_with_the_blanks_masked(model: VisionLanguageModel) -> None:
    whole = process(sparse_picture(), 64, 16)
    kept = without_blanks(whole)
    assert kept.cells is not None and 0 < len(kept.cells) < 40
    siglip = model.network.model.vision_tower.siglip
    pixels = (torch.from_numpy(whole.patches).float() / 255 - 0.5) / 0.5
    mask = torch.zeros(1, len(whole.patches), dtype=torch.long)
    mask[:, kept.cells] = 1
    seen = siglip(
        pixel_values=pixels[None], pixel_attention_mask=mask, spatial_shapes=torch.tensor([whole.grid]), output_hidden_states=True
    )
    wanted = model.network.model.mm_projector(seen.hidden_states[-2][0, kept.cells])
    made = model.network.encode_image(torch.from_numpy(kept.patches), kept.grid, torch.from_numpy(kept.cells))
    assert torch.allclose(made, wanted, atol=1e-4)


@pytest.mark.parametrize("pictures", [1, 2])
@torch.inference_mode()
def test_answers_are_those_of_the_whole_sequence_with_the_blanks_masked(model: VisionLanguageModel, pictures: int) -> None:
    images = [sparse_picture().rotate(90 * number) for number in range(pictures)]
    network, question = model.network, "What is there?"
    place = model.checkpoint.tokenizer.convert_tokens_to_ids(SPECIAL_TOKENS["image"])
    chunks = model.chat.chunks(question, "nothink", pictures)
    ids, shown, features = list(chunks[0]), [True] * len(chunks[0]), []
    for chunk, image in zip(chunks[1:], images, strict=True):
        kept = model.process(image)
        assert kept.cells is not None
        whole = torch.zeros(kept.grid[0] * kept.grid[1], network.config.hidden_size)
        whole[kept.cells] = network.encode_image(torch.from_numpy(kept.patches), kept.grid, torch.from_numpy(kept.cells))
        features.append(whole)
        ids += [place] * len(whole) + chunk
        shown += [number in kept.cells for number in range(len(whole))] + [True] * len(chunk)
    wanted: list[int] = []
    for _ in range(8):
        inputs = network.splice(torch.tensor([ids + wanted]), torch.cat(features), place)
        length = inputs.shape[1]
        allowed = torch.ones(length, length, dtype=torch.bool).tril() & functional.pad(torch.tensor(shown), (0, len(wanted)), value=True)
        bias = torch.zeros(length, length).masked_fill(~allowed, torch.finfo(torch.float32).min)
        wanted.append(int(network(inputs_embeds=inputs, attention_mask=bias[None, None], use_cache=False).logits[0, -1].argmax()))
    sight = model.look(images)
    assert sight._cache.position == len(ids) - len(chunks[-1])
    assert sight.prefix_length == sum(shown) - len(chunks[-1])
    made = decode(network, sight._cache, chunks[-1], ends=[], limit=8)
    assert made.tokens == wanted


def test_what_is_counted_of_the_context_is_the_place_in_the_sequence(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model.forget()
    monkeypatch.setattr(sights, "ACTION_LIMIT", 40)
    without = model.look(sparse_picture()).act("click it").context_used
    model.forget()
    monkeypatch.setattr(model, "skip_blanks", False)
    assert without is not None and without > 64
    assert model.look(sparse_picture()).prefix_length > 64


def test_other_ways_to_see_keep_every_patch(tmp_path: Path) -> None:
    model = load(write_checkpoint(tmp_path), dtype=torch.float32)
    model.skip_blanks = True
    set_resolution(model.network, "multi-crop")
    assert model.process(sparse_picture()).cells is None


@pytest.mark.desktop
def test_the_model_that_ships_hits_as_often_without_blanks(tmp_path: Path) -> None:
    calculator = {"galculator": TRAINED["galculator"]}
    write_screens(tmp_path, islice(generate_applications(7_000_011, applications=calculator), 6))
    model = load("pocket")
    assert model.skip_blanks
    hits, seen = {}, {}
    for skip in (True, False):
        model.skip_blanks = skip
        model.forget()
        hits[skip] = evaluate_screens(model, read_screens(tmp_path), 36, 1)["hits"]
        seen[skip] = model.look(next(read_screens(tmp_path)).picture()).prefix_length
    assert seen[True] < seen[False] * 0.7
    assert hits[True] >= 27 and hits[True] >= hits[False] - 3
