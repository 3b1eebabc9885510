"""The small files beside a model's weights: they make no library build for ever, fill the memory, or fetch code."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from checkpoints import write_checkpoint

from recordings.errors import DeskhandError
from vlm.bounds import TooMuch, check_expression, read_tokenizer
from vlm.chat import ChatFormat
from vlm.folder import read_config
from vlm.loading import look_at

PUBLISHED = {
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "cl100k": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "stand-in": r"(?<=0\.)[0-9]{3}|[\s\S]",
}
ENDLESS = (
    r"(a+)+$", r"(?:a|a)*b", r"((\w+)+)+!", r"(a|aa)+?$", r"(?:\s*)*x", r"(.*)\1\1", r"\s*\s*\s*\s*x", r"([a-z]+){2,}$", r"(?>a*)*b",
    r"(?:a?){500}a{500}", r"x(?=(\w+)+y)", "a" * 2000, r"(?<n>a)\k<n>", r"(\(a+)+\)", r"([)]a*)*", r"(?:a+)?+b",
)  # fmt: skip


def is_run(expression: str) -> bool:
    try:
        check_expression(expression)
    except TooMuch:
        return False
    return True


@pytest.mark.parametrize("name", PUBLISHED)
def test_expressions_of_published_tokenizers_are_run(name: str) -> None:
    assert is_run(PUBLISHED[name])


@pytest.mark.parametrize("expression", ENDLESS)
def test_expressions_that_may_not_end_are_not(expression: str) -> None:
    assert not is_run(expression)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("whole"))


def changed(whole: Path, to: Path, name: str, **values: Any) -> Path:
    for path in whole.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    (to / name).write_text(json.dumps(json.loads((to / name).read_text()) | values))
    return to


REPLACE = {"type": "Replace", "pattern": {"String": "e"}, "content": "e" * 40}
TOKENIZERS: dict[str, dict[str, Any]] = {
    "grows": {"normalizer": {"type": "Sequence", "normalizers": [REPLACE] * 4}},
    "puts in": {"normalizer": {"type": "Prepend", "prepend": "a" * 10_000_000}},
    "decodes at length": {"decoder": {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 1_000_000}},
    "pads": {"padding": {"strategy": {"Fixed": 10**9}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
                         "pad_token": "x"}},
    "backtracks": {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": r"((\w+)+)+!"}, "behavior": "Isolated", "invert": False}},
    "is none": {"pre_tokenizer": {"type": "Anything"}},
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_tokenizer_that_asks_for_too_much_is_one_line(kind: str, whole: Path, tmp_path: Path) -> None:
    folder, began = changed(whole, tmp_path, "tokenizer.json", **TOKENIZERS[kind]), time.process_time()
    with pytest.raises(DeskhandError, match="the tokenizer in ") as refused:
        read_tokenizer(folder)
    assert "\n" not in str(refused.value) and time.process_time() - began < 2


SETTINGS: dict[str, dict[str, Any]] = {
    "names another tokenizer": {"fast_tokenizer_files": ["tokenizer.4.0.0.json"]},
    "has more tokens than a model": {"extra_special_tokens": [f"<{number}>" for number in range(20_000)]},
    "adds more tokens than a model": {"added_tokens_decoder": {str(number): {"content": f"<{number}>"} for number in range(20_000)}},
}  # fmt: skip


@pytest.mark.parametrize("kind", SETTINGS)
def test_what_lies_beside_a_tokenizer_does_not_lead_past_the_look_at_it(kind: str, whole: Path, tmp_path: Path) -> None:
    folder = changed(whole, tmp_path, "tokenizer_config.json", **SETTINGS[kind])
    found = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.4.0.0.json").write_text(json.dumps(found | TOKENIZERS["grows"]))
    with pytest.raises(DeskhandError, match="the tokenizer in "):
        read_tokenizer(folder)


def test_an_ordinary_tokenizer_is_read(whole: Path) -> None:
    assert ChatFormat(read_tokenizer(whole)).chunks("Where is it?", "nothink")


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "layers": {"num_hidden_layers": 10**7},
    "layers of the tower": {"vision_config": {"num_hidden_layers": 10**6, "hidden_size": 24}},
    "words": {"vocab_size": 10**12},
    "context": {"max_position_embeddings": 10**12},
    "labels": {"num_labels": 10**8},
    "below nothing": {"hidden_size": -(10**9)},
    "other weights": {"transformers_weights": "sub/other.safetensors"},
    "a library for numbers": {"quantization_config": {"quant_method": "fp8"}},
    "as long as a book": {"eos_token_id": [1] * 600_000},
    "code of a hub": {"attn_implementation": "someone/flash-attention"},
    "code of a hub, inside": {"_attn_implementation": "sdpa", "text_config": {"_attn_implementation": "someone/flash@main"}},
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_a_configuration_of_no_model_there_is_is_one_line_at_once(kind: str, whole: Path, tmp_path: Path) -> None:
    folder, began = changed(whole, tmp_path, "config.json", **CONFIGURATIONS[kind]), time.process_time()
    with pytest.raises(DeskhandError, match=r"config\.json(: | is malformed )"):
        look_at(folder, None)
    assert time.process_time() - began < 2


def test_what_says_code_of_its_own_changes_nothing(whole: Path, tmp_path: Path) -> None:
    """No class is taken from `auto_map`: the folder's own module would have to be imported for it."""
    folder = changed(whole, tmp_path, "config.json", auto_map={"AutoModel": "evil.Model"}, attn_implementation="sdpa")
    (folder / "evil.py").write_text("raise SystemExit('it was run')")
    assert read_config(folder)["auto_map"] and look_at(folder, None)[0] == folder
