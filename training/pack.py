"""From a training checkpoint to what ships: bf16 weights in the official layout, in files that a repository can hold.

`python -m training.pack CHECKPOINT OUT`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch

from training.objective import POINTER_LAYER
from training.trainer import load_checkpoint
from vlm.folder import read_json
from vlm.tokenizer import save_tokenizer

FILE_SIZE = "14MB"
PREPROCESSOR = {
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_processor_type": "Siglip2ImageProcessorNoUpscale",
    "image_std": [0.5, 0.5, 0.5],
    "max_num_patches": 3600,
    "min_num_patches": 256,
    "patch_size": 16,
    "rescale_factor": 1 / 255,
    "resample": 2,
}


def pack(checkpoint: Path, out: Path, metadata: dict[str, Any]) -> None:
    """Write the checkpoint's model to `out` for inference; `metadata` becomes the `deskhand` key of its configuration.

    Layers that inference never reaches (the tower's last one, its norm and its head) are kept, since the layout has them, but zeroed.
    """
    model, _, _ = load_checkpoint(checkpoint)
    siglip = model.model.vision_tower.siglip
    with torch.no_grad():
        for part in (siglip.encoder.layers[-1], siglip.post_layernorm, siglip.head):
            for parameter in part.parameters():
                parameter.zero_()
    for old in out.glob("model*.safetensors*"):
        old.unlink()
    model.to(torch.bfloat16).save_pretrained(out, max_shard_size=FILE_SIZE)
    save_tokenizer(out)
    (out / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR, indent=2) + "\n", encoding="utf-8")
    config = read_json(out / "config.json")
    config["deskhand"] = {"policy": "direct", "pointer_layer": POINTER_LAYER, "quotes": True, "skip_blanks": True, **metadata}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]), {"name": "pocket"})
