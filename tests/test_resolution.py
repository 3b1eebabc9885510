"""The ways to see a picture: what each sees, that a second scale begins without a say, and what is kept with the weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from checkpoints import tiny_model, write_checkpoint
from PIL import Image

from vlm.engine import load
from vlm.images import ImageProcessor
from vlm.loading import load_checkpoint
from vlm.resolution import RESOLUTIONS, TILE, halved, see, set_resolution

PROCESSOR = ImageProcessor(max_patches=4096)


def patches_of(size: tuple[int, int]) -> tuple[torch.Tensor, tuple[int, int]]:
    made = PROCESSOR.process(Image.effect_noise(size, 90).convert("RGB"))
    return torch.from_numpy(made.patches), made.grid


@torch.inference_mode()
def test_tiles_are_seen_alone_and_put_back_in_place() -> None:
    tower = tiny_model(1).model.vision_tower
    patches, (rows, columns) = patches_of(((TILE + 5) * 16, (TILE + 3) * 16))
    assert (rows, columns) == (TILE + 3, TILE + 5)
    whole, tiled = (see(tower, patches, (rows, columns), way)[0].view(rows, columns, -1) for way in ("dynamic", "multi-crop"))
    corner = patches.view(rows, columns, -1)[TILE:, TILE:].reshape(15, -1)
    assert torch.allclose(tiled[TILE:, TILE:].reshape(15, -1), see(tower, corner, (3, 5), "dynamic")[0], atol=1e-5)
    assert (whole - tiled).abs().max() > 1e-3
    small = patches.view(rows, columns, -1)[:TILE, :TILE].reshape(TILE * TILE, -1)
    assert torch.equal(see(tower, small, (TILE, TILE), "multi-crop"), see(tower, small, (TILE, TILE), "dynamic"))


def test_half_the_picture_is_half_the_picture() -> None:
    picture = Image.effect_noise((7 * 16, 5 * 16), 90).convert("RGB")
    made = ImageProcessor(min_patches=16, max_patches=4096).process(picture)
    small, grid = halved(torch.from_numpy(made.patches), made.grid)
    assert made.grid == (5, 7) and grid == (3, 4)
    wanted = ImageProcessor(min_patches=4, max_patches=4096).process(picture.crop((0, 0, 96, 64)).resize((48, 32), Image.Resampling.BOX))
    assert wanted.grid == (2, 3)
    found = small.view(3, 4, -1)[:2, :3].reshape(6, -1).int()
    assert (found - torch.from_numpy(wanted.patches).int()).abs().max() <= 1


@torch.inference_mode()
def test_the_coarse_feature_stands_behind_the_fine_ones_it_covers() -> None:
    tower = tiny_model(1).model.vision_tower
    patches, (rows, columns) = patches_of((20 * 16, 17 * 16))
    found = see(tower, patches, (rows, columns), "dynamic-s2")[0].view(rows, columns, -1)
    fine, coarse = found.chunk(2, dim=-1)
    assert torch.equal(fine.reshape(rows * columns, -1), see(tower, patches, (rows, columns), "dynamic")[0])
    small, grid = halved(patches, (rows, columns))
    half = see(tower, small, grid, "dynamic")[0].view(*grid, -1)
    for row, column in ((0, 0), (3, 9), (rows - 1, columns - 1)):
        assert torch.equal(coarse[row, column], half[row // 2, column // 2])


@pytest.mark.parametrize("way", RESOLUTIONS)
@torch.inference_mode()
def test_a_way_is_kept_with_the_weights(way: str, tmp_path: Path) -> None:
    base = write_checkpoint(tmp_path / "base")
    patches, grid = patches_of((20 * 16, 16 * 16))
    model = load_checkpoint(base, dtype=torch.float32).model
    before = model.encode_image(patches, grid)
    set_resolution(model, way)  # type: ignore[arg-type]
    after = model.encode_image(patches, grid)
    # A grid of one tile, and a second scale that has learned nothing yet.
    assert torch.allclose(after, before, atol=1e-5)
    model.save_pretrained(tmp_path / "saved")
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        if (base / name).is_file():
            (tmp_path / "saved" / name).write_bytes((base / name).read_bytes())
    written = json.loads((tmp_path / "saved" / "config.json").read_text())
    assert written.get("resolution", "dynamic") == way and ("resolution" in written) == (way != "dynamic")
    again = load_checkpoint(tmp_path / "saved", dtype=torch.float32).model
    assert torch.allclose(again.encode_image(patches, grid), after, atol=1e-6)
    load(tmp_path / "saved").look(Image.new("RGB", (96, 64))).ask("What is this?", limit=2)


def test_scales_are_not_lost_in_silence() -> None:
    model = tiny_model(1)
    set_resolution(model, "multi-crop-s2")
    set_resolution(model, "dynamic-s2")
    with pytest.raises(ValueError, match="has learned from both scales"):
        set_resolution(model, "dynamic")
