"""What the official code and ours are both given: tiny checkpoints in the official layout, pictures and questions.

It needs neither transformers nor this project, so that it runs in both environments. Nothing of it is stored: weights and pixels are
drawn from seeds by numpy's `RandomState`, whose streams never change.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

SPECIAL = [
    "<|dummy_0|>",
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|im_sep|>",
    "<|dummy_84|>",
    "<|dummy_85|>",
    "<think>",
    "</think>",
]
WORDS = [
    "the",
    "in",
    "er",
    "on",
    "at",
    " the",
    " in",
    " of",
    " to",
    " a",
    "Locate",
    " using",
    " format",
    "Output",
    "ing",
    "12",
    "123",
    "10",
]
VOCABULARY = 384
"""Rows of the embedding: more than the tokenizer has tokens, as published."""

TEMPLATE = """{% set gap = {'user': '', 'assistant': '\\n'} %}
<|im_start|>system<|im_sep|>Look well, then answer.<|im_end|>
{% for turn in messages if turn.role in gap %}
<|im_start|>{{ turn.role }}<|im_sep|>{{ gap[turn.role] }}{{ turn.content }}<|im_end|>
{% endfor %}
{% if add_generation_prompt %}
<|im_start|>assistant<|im_sep|>
{% endif %}"""
"""The published chat format in words of our own: a fixed system turn, other system messages dropped, and a line break after each turn
and after the separator of the generation prompt."""


@dataclass(frozen=True)
class Size:
    """One tiny checkpoint: what differs from the published settings, and how it is stored."""

    config: dict[str, Any]
    vision: dict[str, Any]
    spread: float = 1.0
    """How far the logits spread."""
    dtype: torch.dtype = torch.float32
    shards: int = 1
    tokenizer_class: str = "GPT2Tokenizer"


SIZES = {
    "small": Size(
        {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2},
        {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 2},
    ),
    # The ratios of the published model: four heads to a key, 72 numbers to a head of the tower.
    "ratios": Size(
        {"hidden_size": 256, "intermediate_size": 320, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 1},
        {"hidden_size": 144, "intermediate_size": 200, "num_hidden_layers": 4, "num_attention_heads": 2},
        tokenizer_class="PreTrainedTokenizerFast",
    ),
    # Half precision in several files, another base of the rotation, another position table and another budget.
    "sharded": Size(
        {
            "hidden_size": 48, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 6, "num_key_value_heads": 3,
            "rope_theta": 10000, "rms_norm_eps": 1e-6, "min_num_patches": 64, "max_num_patches": 1024,
        },
        {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 5, "num_attention_heads": 4, "patch_size": 16, "num_patches": 64},
        dtype=torch.bfloat16,
        shards=3,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One question: to which checkpoint, about pictures of which sizes, and how many tokens of answer are compared.

    `earlier` questions of the same conversation and their answers had one picture each, the first ones.
    """

    size: str
    question: str
    mode: str = "nothink"
    pictures: tuple[tuple[int, int], ...] = ()
    answer: int = 24
    earlier: tuple[tuple[str, str], ...] = ()

    def messages(self) -> list[dict[str, str]]:
        """The conversation as the chat template takes it."""
        told = []
        for question, answer in self.earlier:
            told += [{"role": "user", "content": f"<image>\n{question}"}, {"role": "assistant", "content": answer}]
        shown = "<image>\n" * (len(self.pictures) - len(self.earlier))
        return [*told, {"role": "user", "content": shown + self.question}]


GROUND = (
    "Locate the the UI element this instruction describes: {}. "
    "Output its bbox coordinates using the format of [x1, y1, x2, y2] using relative coordinates from 0.0000 to 1.0000."
)
CASES = {
    "words": Case("small", "What is 12 times 1234? Say it in one word.", "own"),
    "words-think": Case("small", "Name three colours, a café and 漢字.", "think"),
    "words-ratios": Case("ratios", "Is the sea in the west?"),
    "words-sharded": Case("sharded", "line one\n\nline two\n", "own"),
    "one": Case("small", GROUND.format("start playback"), pictures=((960, 540),)),
    "one-little": Case("small", "What is this?", "own", ((33, 500),)),
    "one-think": Case("small", "What is 0.174 of it?", "think", ((320, 240),)),
    "one-ratios": Case("ratios", GROUND.format("the Save button"), pictures=((640, 480),)),
    "one-sharded": Case("sharded", "Read the title.", "own", ((1024, 768),)),
    "two": Case("small", "What changed from the first to the second?", pictures=((640, 480), (640, 480))),
    "three": Case("small", "Which one is higher?", "own", ((400, 300), (1080, 2400), (300, 300))),
    "talk": Case(
        "small", "And this?", pictures=((320, 240), (400, 300)), earlier=(("What is this?", "<|dummy_84|>A window of the editor."),)
    ),
    "two-ratios": Case("ratios", "Which is darker?", "own", ((320, 320), (500, 200))),
    "four-sharded": Case("sharded", "How many are there?", pictures=((200, 200), (1280, 720), (90, 700), (16, 16))),
}
SCREENS = [
    (1280, 720), (1366, 768), (1920, 1080), (2560, 1440), (3840, 2160), (960, 540),
    (1280, 800), (1440, 900), (1024, 768), (640, 480), (1080, 2400),
]  # fmt: skip
"""Every screen of the published table (width, height); their features are compared on the `small` checkpoint."""


def draw(key: str, shape: tuple[int, ...]) -> np.ndarray:
    """Normally distributed numbers that depend on nothing but the key and the shape."""
    return np.random.RandomState(zlib.crc32(key.encode())).standard_normal(shape)


def picture(size: tuple[int, int], number: int = 0) -> Image.Image:
    """A made-up screen of `size` (width, height): a gradient with panels, lines as fine as letters, and a noisy corner."""
    width, height = size
    random = np.random.RandomState(width * 7919 + height * 31 + number)
    x, y = np.arange(width)[None, :, None], np.arange(height)[:, None, None]
    pixels = ((x * np.array([1, 0, 2]) + y * np.array([0, 2, 1])) // 5 % 256).astype(np.uint8)
    for _ in range(40):
        left, top = random.randint(width), random.randint(height)
        panel = pixels[top : top + 1 + random.randint(1 + height // 4), left : left + 1 + random.randint(1 + width // 4)]
        panel[:] = random.randint(0, 256, 3)
        panel[::3, :: random.randint(2, 9)] = random.randint(0, 256, 3)
    corner = pixels[: height // 3, : width // 3]
    corner[:] = random.randint(0, 256, corner.shape)
    return Image.fromarray(pixels)


def pictures(case: Case) -> list[Image.Image]:
    return [picture(size, number) for number, size in enumerate(case.pictures)]


def shapes(size: Size) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The published tensor names with their shapes."""
    c, v = size.config, size.vision
    hidden, width = c["hidden_size"], v["hidden_size"]
    heads = c["num_attention_heads"] + 2 * c["num_key_value_heads"]
    yield "model.embed_tokens.weight", (VOCABULARY, hidden)
    for number in range(c["num_hidden_layers"]):
        layer = f"model.layers.{number}"
        yield f"{layer}.self_attn.qkv_proj.weight", (heads * hidden // c["num_attention_heads"], hidden)
        yield f"{layer}.self_attn.o_proj.weight", (hidden, hidden)
        yield f"{layer}.mlp.gate_up_proj.weight", (2 * c["intermediate_size"], hidden)
        yield f"{layer}.mlp.down_proj.weight", (hidden, c["intermediate_size"])
        yield f"{layer}.input_layernorm.weight", (hidden,)
        yield f"{layer}.post_attention_layernorm.weight", (hidden,)
    yield "model.norm.weight", (hidden,)
    yield "lm_head.weight", (VOCABULARY, hidden)
    yield "model.mm_projector.0.weight", (hidden, width)
    yield "model.mm_projector.0.bias", (hidden,)
    yield "model.mm_projector.2.weight", (hidden, hidden)
    yield "model.mm_projector.2.bias", (hidden,)
    tower = "model.vision_tower.vision_tower.vision_model"
    yield f"{tower}.embeddings.position_embedding.weight", (v.get("num_patches", 256), width)
    yield f"{tower}.head.probe", (1, 1, width)
    yield f"{tower}.head.attention.in_proj_weight", (3 * width, width)
    yield f"{tower}.head.attention.in_proj_bias", (3 * width,)
    inner = v["intermediate_size"]
    linear = {"embeddings.patch_embedding": (width, 768), "post_layernorm": (width,), "head.layernorm": (width,)}
    linear |= {"head.attention.out_proj": (width, width), "head.mlp.fc1": (inner, width), "head.mlp.fc2": (width, inner)}
    for number in range(v["num_hidden_layers"]):
        layer = f"encoder.layers.{number}"
        linear |= {f"{layer}.layer_norm{which}": (width,) for which in (1, 2)}
        linear |= {f"{layer}.self_attn.{which}_proj": (width, width) for which in ("q", "k", "v", "out")}
        linear |= {f"{layer}.mlp.fc1": (inner, width), f"{layer}.mlp.fc2": (width, inner)}
    for name, shape in linear.items():
        yield f"{tower}.{name}.weight", shape
        yield f"{tower}.{name}.bias", shape[:1]


def weight(name: str, shape: tuple[int, ...], size: Size) -> torch.Tensor:
    """One tensor's numbers: norms around one, everything else such that its output varies about as much as its input."""
    drawn = draw(f"{size.config['hidden_size']} {name}", shape)
    if name.endswith("bias"):
        drawn *= 0.1
    elif "norm" in name:
        drawn = 1 + 0.2 * drawn
    elif name == "lm_head.weight":
        drawn *= size.spread * 3 / shape[1] ** 0.5
    elif "embed" not in name or "patch" in name:
        drawn *= 1.5 / shape[-1] ** 0.5
    return torch.from_numpy(drawn).to(size.dtype)


def configuration(size: Size) -> dict[str, Any]:
    """`config.json` with the keys of the published one."""
    tokens = {token: index for index, token in enumerate(_vocabulary())}
    return {
        "architectures": ["Phi4ForCausalLMV"],
        "auto_map": {
            "AutoConfig": "modeling_phi4_visionr.Phi4VisionR",
            "AutoModelForCausalLM": "modeling_phi4_visionr.Phi4ForCausalLMV",
            "AutoProcessor": "processing_phi4_visionr.Phi4VisionRProcessor",
        },
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": tokens["<|endoftext|>"],
        "dtype": str(size.dtype).removeprefix("torch."),
        "embd_pdrop": 0.0,
        "eos_token_id": tokens["<|im_end|>"],
        "freeze_mm_mlp_adapter": False,
        "hidden_act": "silu",
        "image_aspect_ratio": "square",
        "initializer_range": 0.02,
        "max_num_patches": 3600,
        "max_position_embeddings": 32768,
        "min_num_patches": 256,
        "mm_hidden_size": size.vision["hidden_size"],
        "mm_projector_lr": 2e-05,
        "mm_projector_type": "mlp2x_gelu",
        "mm_vision_tower": "google/siglip2-so400m-patch16-naflex",
        "model_type": "phi4-siglip",
        "original_max_position_embeddings": 32768,
        "pad_token_id": tokens["<|dummy_85|>"],
        "partial_rotary_factor": 1.0,
        "resid_pdrop": 0.0,
        "rms_norm_eps": 1e-05,
        "rope_scaling": None,
        "rope_theta": 500000,
        "sliding_window": None,
        "tie_word_embeddings": False,
        "tokenizer_model_max_length": 8192,
        "tokenizer_padding_side": "right",
        "transformers_version": "4.56.1",
        "tune_mm_mlp_adapter": False,
        "unfreeze_vision_tower": True,
        "use_cache": False,
        "use_mm_proj": True,
        "use_s2": False,
        "vocab_size": VOCABULARY,
        "vision_config": {"model_type": "siglip2_vision_model", **size.vision},
        **size.config,
    }


def write_checkpoint(folder: Path, name: str) -> Path:
    """One of the `SIZES` as a folder in the official layout, without the official code."""
    size = SIZES[name]
    folder.mkdir(parents=True, exist_ok=True)
    config = configuration(size)
    images = {key: config[key] for key in ("min_num_patches", "max_num_patches")} | {
        "auto_map": {"AutoProcessor": config["auto_map"]["AutoProcessor"]},
        "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "image_processor_type": "Siglip2ImageProcessorNoUpscale",
        "patch_size": 16, "processor_class": "Phi4VisionRProcessor", "resample": 2,
    }  # fmt: skip
    generation = {"do_sample": True, "eos_token_id": [config["eos_token_id"]], "temperature": 0.8, "top_p": 0.95}
    generation |= {key: config[key] for key in ("bos_token_id", "pad_token_id")}
    tokenizer = {
        "tokenizer_class": size.tokenizer_class, "bos_token": "<|endoftext|>", "eos_token": "<|im_end|>", "pad_token": "<|dummy_85|>",
        "unk_token": "<|endoftext|>", "clean_up_tokenization_spaces": False, "add_prefix_space": False, "model_max_length": 32768,
    }  # fmt: skip
    for file, content in [
        ("config.json", config),
        ("preprocessor_config.json", images),
        ("generation_config.json", generation),
        ("tokenizer_config.json", tokenizer),
    ]:
        (folder / file).write_text(json.dumps(content, indent=2))
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    _tokenizer().save(str(folder / "tokenizer.json"))
    tensors = {tensor: weight(tensor, shape, size) for tensor, shape in shapes(size)}
    if size.shards == 1:
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        return folder
    files: dict[str, str] = {}
    for number in range(size.shards):
        # Dealt out like cards: no file holds a whole part of the model.
        part = dict(list(tensors.items())[number :: size.shards])
        file = f"model-{number + 1:05d}-of-{size.shards:05d}.safetensors"
        save_file(part, folder / file, {"format": "pt"})
        files |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": sum(tensor.nbytes for tensor in tensors.values())}, "weight_map": files}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def _merges() -> dict[str, tuple[str, str]]:
    """Each token of `WORDS`, and their beginnings, by the two parts that it is merged of, in order of merging."""
    merges: dict[str, tuple[str, str]] = {}
    for word in WORDS:
        spelled = word.replace(" ", "Ġ")
        for end in range(2, len(spelled) + 1):
            merges.setdefault(spelled[:end], (spelled[: end - 1], spelled[end - 1]))
    return merges


def _vocabulary() -> list[str]:
    return [*sorted(pre_tokenizers.ByteLevel.alphabet()), *_merges(), *SPECIAL]


def _tokenizer() -> Tokenizer:
    """A byte-level one with the special tokens of the published tokenizer, numbers in groups of three."""
    core = Tokenizer(models.BPE({token: index for index, token in enumerate(_vocabulary()[: -len(SPECIAL)])}, list(_merges().values())))
    words = Regex(r" ?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+\n*|\s+")
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return core
