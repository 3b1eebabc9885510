"""The image processor against the published table, the reference implementation, and bad input."""

from __future__ import annotations

import json
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recordings.errors import DeskhandError
from vlm.images import ImageError, ImageProcessor, choose_grid, process, read_image

TABLE = [
    ((1280, 720), (45, 80)),
    ((1366, 768), (45, 80)),
    ((1920, 1080), (45, 80)),
    ((2560, 1440), (45, 80)),
    ((3840, 2160), (45, 80)),
    ((960, 540), (33, 59)),
    ((1280, 800), (47, 76)),
    ((1440, 900), (47, 76)),
    ((1024, 768), (48, 64)),
    ((640, 480), (30, 40)),
    ((1080, 2400), (89, 40)),
]


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(width * 31 + height).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize(("size", "grid"), TABLE)
def test_published_screens_become_their_published_grids(size: tuple[int, int], grid: tuple[int, int]) -> None:
    assert choose_grid(size) == grid


@pytest.mark.parametrize("size", [(1920, 1080), (960, 540), (1024, 768), (1440, 900), (70, 300), (16, 16)])
def test_pixels_equal_the_reference_processor(size: tuple[int, int]) -> None:
    from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

    aim = min(max((size[0] // 16) * (size[1] // 16), 256), 3600)
    image = noise(*size)
    reference = Siglip2ImageProcessorPil(max_num_patches=aim)(image, return_tensors="np")
    ours = process(image)
    assert tuple(reference["spatial_shapes"][0]) == ours.grid
    expected = reference["pixel_values"][0][: len(ours.patches)]
    np.testing.assert_allclose((ours.patches.astype(np.float32) / 255 - 0.5) / 0.5, expected, atol=1e-6)


@given(st.integers(16, 5000), st.integers(16, 5000), st.integers(16, 3600))
def test_grid_search_equals_the_reference(width: int, height: int, budget: int) -> None:
    from transformers.models.siglip2.image_processing_pil_siglip2 import get_image_size_for_max_num_patches

    low = min(256, budget)
    aim = min(max((width // 16) * (height // 16), low), budget)
    target = get_image_size_for_max_num_patches(height, width, 16, aim)
    grid = choose_grid((width, height), budget, low)
    assert (grid[0] * 16, grid[1] * 16) == target
    assert grid[0] * grid[1] <= budget


def test_a_patch_is_row_major_with_channels_last() -> None:
    image = noise(1024, 768)
    pixels = np.asarray(image)
    patches = process(image).patches
    row, column, y, x = 7, 13, 5, 9
    assert patches.dtype == np.uint8
    np.testing.assert_array_equal(patches[row * 64 + column].reshape(16, 16, 3)[y, x], pixels[row * 16 + y, column * 16 + x])


def test_a_lower_budget_lowers_the_number_of_patches() -> None:
    image = noise(1920, 1080)
    processor = ImageProcessor()
    assert len(processor.process(image).patches) == 3600
    assert 1900 < len(processor.process(image, budget=2048).patches) <= 2048
    assert len(processor.process(image, budget=9999).patches) == 3600


def test_digest_tells_pictures_and_shapes_apart() -> None:
    image = noise(640, 480)
    changed = image.copy()
    changed.putpixel((320, 240), (1, 2, 3))
    assert process(image).digest == process(image.copy()).digest != process(changed).digest
    flat = Image.new("RGB", (320, 640))
    assert process(flat).digest != process(flat.transpose(Image.Transpose.ROTATE_90)).digest


def test_modes_other_than_rgb_are_converted() -> None:
    for mode in ("L", "P", "RGBA", "1", "CMYK"):
        assert process(Image.new(mode, (320, 320))).grid == (20, 20)


def test_bytes_cost_less_than_floats() -> None:
    """Processor time, the best of several, beside resizing, normalising and cutting a whole screen in floats."""
    image = noise(1920, 1080)

    def in_floats() -> None:
        pixels = np.asarray(image.convert("RGB").resize((1280, 720), Image.Resampling.BILINEAR))
        normal = (pixels.astype(np.float32) / 255 - 0.5) / 0.5
        np.ascontiguousarray(normal.reshape(45, 16, 80, 16, 3).transpose(0, 2, 1, 3, 4)).reshape(3600, 768)

    def least(work: Callable[[], object]) -> float:
        times = []
        for _ in range(7):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
        return min(times)

    assert least(lambda: process(image)) < least(in_floats)


@pytest.mark.parametrize("size", [(1, 1), (15, 800), (20_000, 1000), (30_000, 20)])
def test_sizes_no_screen_has_are_refused(size: tuple[int, int], tmp_path: Path) -> None:
    image = Image.new("RGB", size)
    image.save(tmp_path / "image.png")
    with pytest.raises(ImageError, match=f"{size[0]}×{size[1]}"):
        process(image)
    with pytest.raises(ImageError, match=f"image.png.*{size[0]}×{size[1]}"):
        read_image(tmp_path / "image.png")


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b""))
    with pytest.raises(ImageError, match="pixels"):
        read_image(path)


@pytest.mark.filterwarnings("error")
def test_large_and_narrow_pictures_are_taken_in_silence(tmp_path: Path) -> None:
    Image.new("1", (16_000, 2_990)).save(tmp_path / "large.png")
    assert read_image(tmp_path / "large.png").size == (16_000, 2_990)
    narrow = process(noise(16, 1024), min_patches=16)
    assert narrow.grid[1] == 1
    assert narrow.patches.flags.writeable, "torch complains of memory that it may not write"


def test_files_that_are_no_image_give_one_clear_line(tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("hello")
    whole = tmp_path / "whole.png"
    noise(200, 200).save(whole)
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:20_000])
    for path in (text, cut, tmp_path / "absent.png", tmp_path):
        with pytest.raises(DeskhandError) as raised:
            read_image(path)
        assert str(path) in str(raised.value)
        assert "\n" not in str(raised.value)


def test_budget_comes_from_the_checkpoint_folder(tmp_path: Path) -> None:
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps({"min_num_patches": 16, "max_num_patches": 3072, "patch_size": 16, "image_mean": [0.5, 0.5, 0.5]}))
    assert ImageProcessor.from_folder(tmp_path) == ImageProcessor(16, 3072)
    for text, complaint in [
        ("{", "malformed"),
        ("[]", "malformed"),
        ('{"min_num_patches": 9, "max_num_patches": 3}', "no range"),
        ('{"min_num_patches": 9, "max_num_patches": 30, "resample": 3}', "resample is 3"),
    ]:
        path.write_text(text)
        with pytest.raises(ImageError, match=complaint):
            ImageProcessor.from_folder(tmp_path)
    path.unlink()
    with pytest.raises(ImageError, match="missing"):
        ImageProcessor.from_folder(tmp_path)
