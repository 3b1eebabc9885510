"""Loading: what a good folder gives, and one clear line for every way a folder can be bad."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import picture, tiny_model, write_checkpoint

from recordings.errors import DeskhandError
from vlm.engine import load
from vlm.folder import CheckpointError, find_checkpoint
from vlm.loading import load_checkpoint
from vlm.quantization import Quantization


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint"), deskhand={"policy": "direct"})


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "model"))


def test_a_folder_gives_model_tokenizer_images_and_metadata(folder: Path) -> None:
    checkpoint = load_checkpoint(folder, dtype=torch.float32)
    assert checkpoint.metadata == {"policy": "direct"}
    assert checkpoint.images.max_patches == 64
    assert not checkpoint.model.training
    for name, value in tiny_model().state_dict().items():
        assert torch.equal(checkpoint.model.state_dict()[name], value), name
    assert load_checkpoint(str(folder), device="cpu").model.dtype in (torch.bfloat16, torch.float32)


def test_shards_are_loaded_and_checked_one_by_one(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    tiny_model().save_pretrained(folder, max_shard_size="100KB")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 2
    checkpoint = load_checkpoint(folder, dtype=torch.float32)
    assert torch.equal(checkpoint.model.lm_head.weight, tiny_model().lm_head.weight)
    shards[1].write_bytes(shards[1].read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=rf"{shards[1].name} has \d+ of \d+ bytes"):
        load_checkpoint(folder)
    shards[1].unlink()
    with pytest.raises(CheckpointError, match=f"{shards[1].name} is missing"):
        load_checkpoint(folder)


def _rewrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return apply


def _set(key: str, value: object) -> Callable[[Path], None]:
    return _rewrite("config.json", lambda old: json.dumps(json.loads(old) | {key: value}).encode())


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (_rewrite("model.safetensors", lambda old: old[: len(old) // 2]), "model.safetensors has .* bytes"),
        (_rewrite("model.safetensors", lambda old: old[:40]), "model.safetensors is damaged"),
        (_rewrite("model.safetensors", lambda old: b""), "model.safetensors is damaged"),
        (_rewrite("model.safetensors", lambda old: b"version https://git-lfs.github.com/spec/v1\n"), "model.safetensors is damaged"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors is missing"),
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (_rewrite("config.json", lambda old: old[:-20]), "config.json is malformed"),
        (_rewrite("config.json", lambda old: b"[]"), "model_type"),
        (_set("model_type", "llama"), "model_type is 'llama'"),
        (_set("hidden_size", 64), "cannot be loaded|mismatched"),
        (_set("num_hidden_layers", 4), "tensors are missing"),
        (_set("num_hidden_layers", "many"), "describes no model"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json is missing"),
        (_rewrite("tokenizer.json", lambda old: old[:100]), "tokenizer .* cannot be loaded"),
        (lambda folder: (folder / "preprocessor_config.json").unlink(), "preprocessor_config.json is missing"),
        (lambda folder: (folder / "model.safetensors.index.json").write_text("{}"), "index.json is malformed"),
    ],
)
def test_damage_is_one_clear_line(folder: Path, damage: Callable[[Path], None], complaint: str) -> None:
    damage(folder)
    with pytest.raises(DeskhandError, match=complaint) as raised:
        load_checkpoint(folder)
    assert "\n" not in str(raised.value)
    assert str(folder) in str(raised.value)


def test_names_that_lead_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("")
    for source, complaint in [
        (tmp_path / "absent", "no such folder"),
        (file, "is a file"),
        ("./absent", "no such folder"),
        ("nobody/nothing-of-this-name", "no local cache"),
    ]:
        with pytest.raises(CheckpointError, match=complaint):
            find_checkpoint(source)


def test_a_hub_id_is_taken_from_the_local_cache(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    home = tmp_path / "hub" / "models--someone--model"
    snapshot = home / "snapshots" / "0123456789012345678901234567890123456789"
    shutil.copytree(folder, snapshot)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(snapshot.name)
    import huggingface_hub

    fetch = huggingface_hub.snapshot_download
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, **kw: fetch(name, cache_dir=tmp_path / "hub", **kw))
    assert find_checkpoint("someone/model") == snapshot


@pytest.mark.parametrize("quantization", ["int8", "nf4"])
def test_quantisation_leaves_out_tower_projector_and_head(folder: Path, quantization: Quantization) -> None:
    if find_spec("bitsandbytes") is None:
        with pytest.raises(CheckpointError, match="pip install bitsandbytes"):
            load_checkpoint(folder, quantization)
        return
    checkpoint = load_checkpoint(folder, quantization, device="cpu")
    quantised = {name for name, module in checkpoint.model.named_modules() if type(module).__name__ in ("Linear8bitLt", "Linear4bit")}
    parts = ("self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj")
    assert quantised == {f"model.layers.{layer}.{part}" for layer in range(3) for part in parts}


@pytest.mark.parametrize(("hidden", "between"), [(32, 48), (96, 160)])
def test_a_decoder_whose_rows_are_no_whole_blocks_answers_in_nf4(tmp_path: Path, hidden: int, between: int) -> None:
    folder = write_checkpoint(tmp_path, hidden_size=hidden, intermediate_size=between)
    assert 0 <= load(folder, "nf4", device="cpu").look(picture()).ground("the Save button").point.x <= 1


def test_an_unknown_quantisation_is_refused(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="use int8 or nf4"):
        load_checkpoint(folder, "int3")  # type: ignore[arg-type]


def test_the_official_rounding_of_the_rotation_is_a_choice(tmp_path: Path) -> None:
    """It is what `model.to(bfloat16)` does, to the last bit of the logits; by default frequencies stay as they are."""
    folder = write_checkpoint(tmp_path)
    ids = torch.arange(20, 420)[None] % 300

    def logits(**options: Any) -> torch.Tensor:
        with torch.inference_mode():
            made: torch.Tensor = load_checkpoint(folder, device="cpu", **options).model.to(torch.bfloat16)(input_ids=ids).logits
            return made

    whole = load_checkpoint(folder, device="cpu", dtype=torch.bfloat16)
    with torch.inference_mode():
        kept = whole.model(input_ids=ids).logits
    official = logits(dtype=torch.float32)
    assert whole.model.model.rotary_emb.inv_freq.dtype == torch.float32
    assert not torch.equal(kept, official)
    rounded = load_checkpoint(folder, device="cpu", dtype=torch.bfloat16, official_rope=True).model
    with torch.inference_mode():
        assert torch.equal(rounded(input_ids=ids).logits, official)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"deskhand": {"official_rope": True}}))
    with torch.inference_mode():
        assert torch.equal(load_checkpoint(folder, device="cpu", dtype=torch.bfloat16).model(input_ids=ids).logits, official)
        assert torch.equal(
            load_checkpoint(folder, device="cpu", dtype=torch.bfloat16, official_rope=False).model(input_ids=ids).logits, kept
        )
