"""What a vLLM server takes from here: it finds configuration and processor without remote code, and the pixels are the engine's."""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import torch
from checkpoints import picture, write_checkpoint
from transformers import AutoConfig, AutoProcessor

from vlm.images import ImageProcessor
from vlm.vllm_plugin import Phi4VisionRProcessor, register


def extend(path: Path, more: dict[str, Any]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | more))


def test_the_entry_point_registers_what_vllm_looks_up(tmp_path: Path) -> None:
    found = [point for point in entry_points(group="vllm.general_plugins") if point.value == "vlm.vllm_plugin:register"]
    for entry in found or [None]:
        (entry.load() if entry else register)()
    register()  # each of the server's processes calls it, some twice
    folder = write_checkpoint(tmp_path)
    # As the published files have it: code of their own is named, and must not be asked for.
    named = {"AutoConfig": "modeling_x.Phi4VisionR", "AutoProcessor": "processing_x.Phi4VisionRProcessor"}
    extend(folder / "config.json", {"auto_map": named})
    kinds = {"processor_class": "Phi4VisionRProcessor", "image_processor_type": "Siglip2ImageProcessorNoUpscale"}
    extend(folder / "preprocessor_config.json", kinds | {"auto_map": {"AutoProcessor": named["AutoProcessor"]}})
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    assert (config.model_type, config.architectures) == ("phi4-siglip", ["Phi4ForCausalLMV"])
    processor = AutoProcessor.from_pretrained(folder, trust_remote_code=False)
    assert isinstance(processor, Phi4VisionRProcessor)
    images = [picture(1), picture(2, (200, 40))]
    given = processor(text="<image><image>", images=images, return_tensors="pt", truncation=False)
    expected = [ImageProcessor.from_folder(folder).process(image) for image in images]
    assert given["spatial_shapes"].tolist() == [list(image.grid) for image in expected]
    assert given["pixel_attention_mask"].sum(1).tolist() == [len(image.patches) for image in expected]
    for place, image in enumerate(expected):
        pixels = given["pixel_values"][place, : len(image.patches)]
        torch.testing.assert_close(pixels, (torch.from_numpy(image.patches).float() / 255 - 0.5) / 0.5, rtol=0, atol=0)
    assert given["input_ids"].shape[0] == 1
    assert "pixel_values" not in processor(text="words")
