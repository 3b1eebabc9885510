"""Models and adapters that somebody else made: what lies beside the weights is read at the door, and says no more than it must."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import tiny_model, write_checkpoint, write_shards
from peft import LoraConfig, get_peft_model
from planners import write_llama
from transformers import Phi3Config, Phi3ForCausalLM

from recordings.errors import DeskhandError
from vlm import loading
from vlm.adapters import CONFIG, DECODER, WEIGHTS, lora_settings, merge, put_on, read_adapter
from vlm.folder import INDEX, beside_weights, check_weights, read_config, read_header
from vlm.images import ImageProcessor
from vlm.loading import load_checkpoint, load_decoder
from vlm.manifest import Manifest
from vlm.planner.convert import write_decoder
from vlm.planner.shown import shown_with
from vlm.sizes import Device
from vlm.stand_in_tokenizer import build_tokenizer

SMALL = {"vocab_size": 2048, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 4,
         "num_key_value_heads": 2, "pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0}  # fmt: skip
SECRET = "the content of a private key"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    get_peft_model(tiny_model(0), LoraConfig(r=4, lora_alpha=8, target_modules=DECODER, init_lora_weights=False)).save_pretrained(folder)
    return folder


@pytest.fixture
def adapter(trained: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    folder.mkdir()
    for path in trained.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def change(adapter: Path, **changes: Any) -> None:
    config = json.loads((adapter / CONFIG).read_text())
    (adapter / CONFIG).write_text(json.dumps(config | changes))


SLOW = "(((((a|m|o|d|e|l)+)+)+)+)+[.]never"
"""Searched for in the names of a model's layers, this takes longer than anybody waits."""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("key", ["target_modules", "exclude_modules", "layers_pattern"])
def test_no_pattern_of_an_adapter_s_is_searched_for(key: str, adapter: Path) -> None:
    model = tiny_model(0)
    change(adapter, **{key: SLOW})
    began = time.process_time()
    put_on(model, adapter)
    assert time.process_time() - began < 10
    assert sum("lora_A" in name for name, _ in model.named_parameters()) == sum("lora_A" in name for name in read_header(adapter / WEIGHTS))


def test_the_weights_say_the_rank(adapter: Path) -> None:
    change(adapter, r=10**9)
    assert lora_settings(adapter)["r"] == 4
    put_on(tiny_model(0), adapter)


@pytest.mark.parametrize(
    "changes",
    [
        {"use_dora": True}, {"modules_to_save": ["lm_head"]}, {"layer_replication": [[0, 10**9]]}, {"bias": "all"},
        {"fan_in_fan_out": True},        {"rank_pattern": {SLOW: 3}}, {"alpha_pattern": {SLOW: 3}}, {"trainable_token_indices": [1]},
        {"target_parameters": ["x"]},
        {"something_new": {"a": 1}}, {"lora_alpha": "8"}, {"lora_alpha": -1}, {"lora_alpha": 10**400}, {"peft_type": ["LORA"]},
    ],
)  # fmt: skip
def test_what_is_more_than_low_rank_pairs_is_refused(changes: dict[str, Any], adapter: Path) -> None:
    change(adapter, **changes)
    with pytest.raises(DeskhandError):
        lora_settings(adapter)


READ: dict[str, Callable[[Path], object]] = {
    CONFIG: read_adapter, WEIGHTS: lambda folder: read_header(folder / WEIGHTS), "shown.json": shown_with, "config.json": read_config,
    "prepared.json": Manifest.read, INDEX: check_weights, "preprocessor_config.json": ImageProcessor.from_folder,
}  # fmt: skip


@pytest.mark.timeout(30)
@pytest.mark.parametrize("content", ["deep", "huge", "pipe", "list", "text"])
@pytest.mark.parametrize("name", READ)
def test_whatever_lies_there_is_told_off_in_words(name: str, content: str, adapter: Path) -> None:
    path = adapter / name
    path.unlink(missing_ok=True)
    if content == "pipe":
        os.mkfifo(path)
    elif content == "huge":
        path.touch()
        os.truncate(path, 20 << 30)
    else:
        path.write_bytes({"deep": b"[" * 200_000, "list": b'["\\ud800", NaN]', "text": b"\xff\xfe"}[content])
    began = time.process_time()
    if name == WEIGHTS:
        with pytest.raises((OSError, ValueError)):
            READ[name](adapter)
    elif not (name == "shown.json" and content == "pipe"):
        with pytest.raises(DeskhandError):
            READ[name](adapter)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", ["../photo.png", "/etc/hostname", "a/b", "..", "", ".hidden", "a\0b", "a\x1b[2J"])
def test_a_manifest_names_files_of_its_own_folder(name: str, tmp_path: Path) -> None:
    record = {"bytes": 1, "sha256": "0" * 64, "modified": 1}
    content = {"version": 1, "source": "a/b", "quantization": "nf4", "files": {name: record}}
    (tmp_path / "prepared.json").write_text(json.dumps(content))
    with pytest.raises(DeskhandError, match="malformed"):
        Manifest.read(tmp_path)
    (tmp_path / "prepared.json").write_text(json.dumps(content | {"files": {}, "shards": {"a": [name]}}))
    with pytest.raises(DeskhandError, match="malformed"):
        Manifest.read(tmp_path)


def test_a_checkpoint_does_not_send_the_library_to_another_s_weights(tmp_path: Path) -> None:
    """A folder that holds an adapter's configuration, too, would be loaded from wherever that says."""
    folder = write_checkpoint(tmp_path / "one")
    other = write_checkpoint(tmp_path / "other")
    (folder / CONFIG).write_text(json.dumps({"peft_type": "LORA", "base_model_name_or_path": str(other)}))
    with pytest.raises(DeskhandError, match="holds an adapter"):
        load_checkpoint(folder, dtype=torch.float32)


@pytest.mark.parametrize("name", ["model.safetensors", "shard-00001-model-00001-of-00001.safetensors"])
def test_no_weights_are_loaded_but_those_that_were_looked_at(name: str, tmp_path: Path) -> None:
    """A library prefers one file to those of the index, and both to shards of a training."""
    folder = write_shards(tmp_path / "one")
    other = write_checkpoint(tmp_path / "other", seed=1)
    (folder / name).write_bytes((other / "model.safetensors").read_bytes())
    with pytest.raises(DeskhandError, match="beside its weights"):
        load_checkpoint(folder, dtype=torch.float32)


@pytest.mark.parametrize("kind", ["checkpoint", "decoder", "Llama"])
def test_a_model_larger_than_its_files_takes_no_memory(kind: str, tmp_path: Path) -> None:
    folder = write_llama(tmp_path) and tmp_path if kind == "Llama" else write_checkpoint(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "phi3"} if kind == "decoder" else {}
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 1_900_000, "hidden_size": 6400, "intermediate_size": 64}))
    (tmp_path / "to").mkdir()
    load = {
        "checkpoint": load_checkpoint,
        "decoder": load_decoder,
        "Llama": lambda folder: write_decoder(folder, tmp_path / "to", torch.float32),
    }
    began = time.process_time()
    with pytest.raises(DeskhandError, match=r"describes [\d,]+ weights, of which the files hold a part"):
        load[kind](folder)
    assert time.process_time() - began < 5


def test_a_decoder_larger_than_the_memory_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Phi3ForCausalLM(Phi3Config(**SMALL)).save_pretrained(tmp_path)
    build_tokenizer().save_pretrained(tmp_path)
    assert load_decoder(tmp_path).folder == tmp_path
    monkeypatch.setattr(loading, "device_at", lambda place: Device("this machine", "host", 1 << 30, 1000))
    with pytest.raises(DeskhandError, match=r"it needs [\d.]+ MiB of memory"):
        load_decoder(tmp_path)


def test_a_picture_is_not_blown_up_without_end(tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"min_num_patches": 10**9, "max_num_patches": 10**9}))
    with pytest.raises(DeskhandError, match="no range"):
        ImageProcessor.from_folder(tmp_path)


@pytest.mark.parametrize("name", ["tokenizer_config.json", "notes.txt"])
def test_no_copy_of_a_model_carries_a_file_of_the_user_s(name: str, adapter: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(SECRET)
    folder = write_checkpoint(tmp_path / "base")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / "key")
    with pytest.raises(DeskhandError, match="out of its folder"):
        merge(folder, adapter, tmp_path / "merged")
    assert not any(SECRET.encode() in path.read_bytes() for path in tmp_path.glob("merged/*"))


def test_the_hub_s_own_cache_is_copied(tmp_path: Path) -> None:
    snapshot = tmp_path / "models--a--b" / "snapshots" / "c0ffee"
    snapshot.mkdir(parents=True)
    (tmp_path / "models--a--b" / "blobs").mkdir()
    (tmp_path / "models--a--b" / "blobs" / "1").write_text("{}")
    (snapshot / "tokenizer.json").symlink_to("../../blobs/1")
    assert beside_weights(snapshot) == {"tokenizer.json": b"{}"}
