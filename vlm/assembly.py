"""The small checkpoint of the published layout, put together: the decoder of the planner's base, and a tower and projector of our own.

vlm/pocket/vision.safetensors: tower and projector ─┐
the decoder from its package (`vlm.planner.base`)   ├─► assemble ─► merge ─► <cache>/pocket-<hash of all>/ ─► load as any other
vlm/pocket/adapter_model.safetensors ───────────────┘
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from recordings.parsing import parse_json
from vlm.adapters import WEIGHTS, merge
from vlm.folder import ADAPTER_CONFIG, CheckpointError, check_length, first_line, read_config
from vlm.images import PATCH
from vlm.kept import caches, digest_of, kept, make
from vlm.pieces import PIECES

if TYPE_CHECKING:
    from torch import Tensor

    from vlm.configuration import Phi4SiglipConfig

VISION = "vision.safetensors"
"""In the folder of what is ours: tower and projector by their published names, in bfloat16; its metadata holds `vision_config`."""
NAME = "pocket"
LAYOUT = 1
"""Another number where `assemble` writes something else, so that what was kept is made again."""
OURS = ("model.vision_tower.", "model.mm_projector.")
LEAST, MOST = 36, 256
"""Patches of a piece of a screen: an icon is looked at in six by six, a word in two by twelve."""
RENAMED = {
    "<repo_name>": "<|im_sep|>", "<reponame>": "<|dummy_84|>", "<file_sep>": "<think>", "<filename>": "</think>",
    "<gh_stars>": "<|dummy_0|>", "<issue_start>": "<|dummy_85|>",
}  # fmt: skip
"""Special tokens of the decoder that chats have no use for, and what of the published format stands in their places."""


def find_small(ours: Path) -> Path:
    """The whole of the small checkpoint whose own part lies in `ours`: put together when first asked for (some ten seconds), then kept.

    Raises:
        CheckpointError: a file of it is missing or damaged, or its decoder's package is not installed.
        DeskhandError: the cache cannot be written.
    """
    from vlm.planner.base import GET, SHA256, BaseMissing, find_base

    files = [ours / name for name in (VISION, ADAPTER_CONFIG, WEIGHTS)]
    if lacking := [file for file in files if not os.path.isfile(file)]:
        raise CheckpointError(f"{lacking[0]} is missing: reinstall Deskhand, or name another model with --model")
    digest = hashlib.sha256(f"{LAYOUT} {SHA256} {digest_of(files)}".encode()).hexdigest()

    def write(to: Path) -> None:
        try:
            base = find_base()
        except BaseMissing as error:
            raise CheckpointError(f"the decoder of {ours} is not installed: get it with {GET}") from error
        with TemporaryDirectory(prefix=".begun-", dir=to.parent) as begun:
            assemble(base, *read_vision(ours), Path(begun))
            merge(begun, ours, to)

    return kept(caches(), NAME, digest) or make(caches(), NAME, digest, str(ours), write)


def small_config(base: Path, vision_config: Mapping[str, Any]) -> Phi4SiglipConfig:
    """The base's sizes with a tower beside it. Raises CheckpointError where the base is no decoder of the published layout."""
    from vlm.configuration import Phi4SiglipConfig

    decoder = read_config(base, "phi3")
    left_out = ("model_type", "architectures", "tie_word_embeddings", "dtype", "transformers_version")
    sizes = {name: value for name, value in decoder.items() if name not in left_out}
    config = Phi4SiglipConfig(
        **sizes, tie_word_embeddings=False, vision_config=dict(vision_config), min_num_patches=LEAST, max_num_patches=MOST, deskhand=PIECES
    )
    config.architectures = ["Phi4ForCausalLMV"]
    return config


def assemble(base: Path, vision: Mapping[str, Tensor], vision_config: Mapping[str, Any], to: Path) -> None:
    """Fill the existing folder `to` with a whole checkpoint.

    Args:
        vision: tensors by their published names; what of tower and projector is left out is not used by inference, and is zero.

    Raises:
        CheckpointError: the base or a tensor is of another shape.
        OSError, SafetensorError: `to` cannot be written.
    """
    import torch
    from safetensors.torch import load_file, save_file

    from vlm.model import Phi4ForCausalLMV

    config = small_config(base, vision_config)
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in Phi4ForCausalLMV(config).state_dict().items()}
    weights = load_file(base / "model.safetensors")
    weights.setdefault("lm_head.weight", weights["model.embed_tokens.weight"].clone())
    weights |= {name: value for name, value in vision.items() if name in shapes}
    weights |= {name: torch.zeros(shape) for name, shape in shapes.items() if name not in weights and name.startswith(OURS)}
    if wrong := sorted(name for name in {*shapes, *weights, *vision} if shapes.get(name) != getattr(weights.get(name), "shape", None)):
        raise CheckpointError(f"{wrong[0]} is not of the shape that the small checkpoint has: make it again with deskhand train pocket")
    made = {name: value.to(torch.bfloat16).contiguous() for name, value in weights.items()}
    save_file(made, to / "model.safetensors", {"format": "pt"})
    config.dtype = torch.bfloat16
    config.save_pretrained(to)
    _write_tokenizer(base, to)
    budget = {"min_num_patches": LEAST, "max_num_patches": MOST}
    settings = {"patch_size": PATCH, "resample": 2, "image_mean": [0.5] * 3, "image_std": [0.5] * 3} | budget
    (to / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _write_tokenizer(base: Path, to: Path) -> None:
    """The base's tokenizer with the published format's marks for special tokens of its own; no word is cut otherwise."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    text = (base / "tokenizer.json").read_text(encoding="utf-8")
    for own, published in RENAMED.items():
        if json.dumps(own) not in text:
            raise CheckpointError(f"the tokenizer in {base} lacks {own}: only SmolLM2's is known")
        text = text.replace(json.dumps(own), json.dumps(published))
    PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(text), bos_token="<|endoftext|>", eos_token="<|im_end|>", pad_token="<|dummy_85|>",
        clean_up_tokenization_spaces=False,
    ).save_pretrained(to)  # fmt: skip


def save_vision(model: Mapping[str, Tensor], vision_config: Mapping[str, Any], to: Path) -> int:
    """Write what of a model's tensors is ours and used by inference; the bytes of the file."""
    import torch
    from safetensors.torch import save_file

    last = int(vision_config["num_hidden_layers"]) - 1
    unused = (f"encoder.layers.{last}.", ".post_layernorm.", ".vision_model.head.")
    used = {
        name: value.to(torch.bfloat16).contiguous()
        for name, value in model.items()
        if name.startswith(OURS) and not any(part in name for part in unused)
    }
    save_file(used, to / VISION, {"vision_config": json.dumps(dict(vision_config))})
    (to / VISION).chmod(0o644)  # the library writes weights for the owner alone
    return (to / VISION).stat().st_size


def read_vision(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `save_vision` wrote, and its `vision_config`. Raises CheckpointError."""
    from safetensors import SafetensorError, safe_open

    try:
        check_length(folder / VISION)
        with safe_open(folder / VISION, "pt") as file:
            found = parse_json((file.metadata() or {})["vision_config"])
            return {name: file.get_tensor(name) for name in file.keys()}, dict(found)  # noqa: SIM118  # no mapping, only like one
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder / VISION} cannot be read ({first_line(error)}): make it again with deskhand train pocket"
        ) from error
