"""Preparing: what is stored is what the library stores, whatever breaks off goes on, whatever is damaged is named and mended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import safetensors.torch
import torch
from checkpoints import picture, tensors, tiny_config, write_shards

import vlm.loading
import vlm.prepare
from vlm.engine import load
from vlm.folder import INDEX, CheckpointError, find_checkpoint
from vlm.loading import load_checkpoint
from vlm.manifest import Manifest
from vlm.memory import peak_memory
from vlm.prepare import prepare
from vlm.quantization import Quantization
from vlm.sizes import GIB, Device, parts_of, skeleton
from vlm.stand_in_tokenizer import build_tokenizer

ROOT = Path(__file__).parent.parent
BOTH: tuple[Quantization, Quantization] = ("int8", "nf4")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in bfloat16 of several shards."""
    folder = tmp_path_factory.mktemp("published")
    return write_shards(folder, deskhand={"policy": "direct"}, auto_map={"AutoConfig": "remote.Code"})


@pytest.mark.parametrize("quantization", BOTH)
def test_what_is_stored_is_bit_for_bit_what_the_library_stores(published: Path, tmp_path: Path, quantization: Quantization) -> None:
    made = tmp_path / "made"
    prepare("me/model", made, quantization, from_folder=published)
    load_checkpoint(published, quantization, device="cpu").model.save_pretrained(tmp_path / "saved")
    ours, theirs = tensors(made), tensors(tmp_path / "saved")
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        assert tensor.dtype == ours[name].dtype, name
        assert torch.equal(tensor, ours[name]), name
    for part in ("lm_head.weight", "model.mm_projector.0.weight", "model.embed_tokens.weight"):
        assert ours[part].dtype == torch.bfloat16


def test_large_weights_are_quantised_in_pieces_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    from vlm import quantization

    name, weight = "model.layers.0.mlp.down_proj.weight", torch.randn(96, 64).to(torch.bfloat16)
    for kind in BOTH:
        whole = quantization.quantize(name, weight, kind)
        monkeypatch.setattr(quantization, "_PIECE", 640)
        pieces = quantization.quantize(name, weight, kind)
        monkeypatch.undo()
        assert whole.keys() == pieces.keys()
        assert all(torch.equal(whole[key], pieces[key]) for key in whole)


def test_the_configuration_keeps_every_key_and_the_small_files_stay(published: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    prepare("me/model", made, "nf4", from_folder=published)
    before, after = (json.loads((folder / "config.json").read_text()) for folder in (published, made))
    assert after.pop("quantization_config")["bnb_4bit_quant_type"] == "nf4"
    assert after == before | {"dtype": "bfloat16"}
    for name in ("tokenizer.json", "preprocessor_config.json"):
        assert (made / name).read_bytes() == (published / name).read_bytes()
    manifest = Manifest.read(made)
    assert manifest is not None and manifest.complete
    assert manifest.files.keys() == {path.name for path in made.iterdir()} - {"prepared.json"}


def test_others_may_read_what_was_prepared_where_the_umask_says_so(published: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        prepare("me/model", tmp_path / "made", "nf4", from_folder=published)
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "made").iterdir()} == {"0o640"}


def test_unquantised_weights_come_through_unchanged(published: Path, tmp_path: Path) -> None:
    prepare(str(published), tmp_path / "made", None)
    ours = tensors(tmp_path / "made")
    assert all(torch.equal(tensor, ours[name]) for name, tensor in tensors(published).items())
    assert load_checkpoint(tmp_path / "made", device="cpu").metadata == {"policy": "direct"}


@pytest.mark.parametrize("quantization", BOTH)
def test_a_model_points_the_same_from_what_was_prepared(published: Path, tmp_path: Path, quantization: Quantization) -> None:
    prepare(str(published), tmp_path / "made", quantization)
    screen = picture(3, (320, 240))
    ready, quantised = load(tmp_path / "made", device="cpu"), load(published, quantization, device="cpu")
    kinds = {type(module).__name__ for module in ready.network.model.layers.modules()}
    assert ("Linear4bit" if quantization == "nf4" else "Linear8bitLt") in kinds
    answer = ready.look(screen).ground("the Save button")
    assert answer.box == quantised.look(screen).ground("the Save button").box
    with pytest.raises(CheckpointError, match=f"stored as {quantization}"):
        load(tmp_path / "made", "int8" if quantization == "nf4" else "nf4")


def test_an_interrupted_preparation_says_so_and_goes_on(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, saved, written = tmp_path / "made", safetensors.torch.save_file, []

    def save(content: Any, path: Path, metadata: Any) -> None:
        written.append(path.name)
        if len(written) == 3:
            path.write_bytes(b"half")
            raise KeyboardInterrupt
        saved(content, path, metadata)

    monkeypatch.setattr(safetensors.torch, "save_file", save)
    with pytest.raises(KeyboardInterrupt):
        prepare("me/model", made, "nf4", from_folder=published)
    command = f"deskhand model prepare me/model --quantization nf4 --to {made} --from-folder {published}"
    with pytest.raises(CheckpointError, match="was interrupted: go on with") as raised:
        load_checkpoint(made)
    assert command in str(raised.value)
    lines: list[str] = []
    prepare("me/model", made, "nf4", from_folder=published, notice=lines.append)
    assert "going on with" in lines[0]
    assert written[2] == written[3], "it goes on with the file that was cut"
    assert len(written) == len(set(written)) + 1, "and makes no other twice"
    assert not [path for path in made.iterdir() if path.name.startswith(".")]
    load_checkpoint(made, device="cpu")


@pytest.mark.parametrize("damage", ["altered", "missing", "cut"])
def test_a_damaged_shard_is_named_with_the_command_that_mends_it(published: Path, tmp_path: Path, damage: str) -> None:
    made = tmp_path / "made"
    prepare("me/model", made, "nf4", from_folder=published)
    shards = sorted(made.glob("model-*.safetensors"))
    untouched = {path.name: path.stat().st_mtime_ns for path in shards if path != shards[1]}
    content = bytearray(shards[1].read_bytes())
    if damage == "missing":
        shards[1].unlink()
    elif damage == "cut":
        shards[1].write_bytes(content[:-3])
    else:
        content[-1] ^= 1
        shards[1].write_bytes(content)
    with pytest.raises(CheckpointError, match=shards[1].name) as raised:
        load_checkpoint(made)
    assert f"mend it with deskhand model prepare me/model --quantization nf4 --to {made}" in str(raised.value)
    assert "\n" not in str(raised.value)
    lines: list[str] = []
    prepare("me/model", made, "nf4", from_folder=published, notice=lines.append)
    assert any(shards[1].name in line and "made again" in line for line in lines)
    assert {name: (made / name).stat().st_mtime_ns for name in untouched} == untouched
    load_checkpoint(made, device="cpu")


def test_files_whose_size_and_time_are_as_recorded_are_read_only_when_asked(published: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    manifest = prepare("me/model", made, "nf4", from_folder=published)
    copy = Path(shutil.copytree(made, tmp_path / "copy", copy_function=shutil.copyfile))
    assert manifest.damaged(copy) == [], "other times: read, and found whole"
    shard = next(made.glob("model-*.safetensors"))
    times = shard.stat()
    for folder in (made, copy):
        altered = folder / shard.name
        altered.write_bytes(altered.read_bytes()[:-1] + b"\xff")
    os.utime(shard, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert manifest.damaged(copy) == [shard.name]
    assert manifest.damaged(made) == []
    assert manifest.damaged(made, thorough=True) == [shard.name]


def test_folders_that_cannot_be_filled(published: Path, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("mine")
    with pytest.raises(CheckpointError, match="not empty"):
        prepare("me/model", full, "nf4", from_folder=published)
    with pytest.raises(CheckpointError, match="is a file"):
        prepare("me/model", full / "letter.txt", "nf4", from_folder=published)
    prepare("me/model", tmp_path / "made", "nf4", from_folder=published)
    with pytest.raises(CheckpointError, match="holds me/model as nf4, not int8"):
        prepare("me/model", tmp_path / "made", "int8", from_folder=published)
    with pytest.raises(CheckpointError, match="quantised already"):
        prepare("me/model", tmp_path / "other", "nf4", from_folder=tmp_path / "made")


def _without(token: str, folder: Path) -> Path:
    content = json.loads((folder / "tokenizer.json").read_text())
    content["added_tokens"] = [entry for entry in content["added_tokens"] if entry["content"] != token]
    (folder / "tokenizer.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("token", ["<|dummy_84|>", "<|im_sep|>"])
def test_a_tokenizer_without_its_special_tokens_is_refused(published: Path, tmp_path: Path, token: str) -> None:
    folder = _without(token, Path(shutil.copytree(published, tmp_path / "source")))
    with pytest.raises(CheckpointError, match="the tokenizer lacks") as raised:
        load_checkpoint(folder)
    assert token in str(raised.value)
    with pytest.raises(CheckpointError, match="the tokenizer lacks"):
        prepare("me/model", tmp_path / "made", "nf4", from_folder=folder)
    assert not list((tmp_path / "made").glob("model*")), "said before anything large is done"


@pytest.mark.parametrize(
    ("file", "complaint"),
    [("config.json", "config.json is missing"), ("tokenizer.json", "tokenizer.json is missing"), (INDEX, "holds neither")],
)
def test_a_source_that_is_not_whole_is_one_line(published: Path, tmp_path: Path, file: str, complaint: str) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "source"))
    (folder / file).unlink()
    with pytest.raises(CheckpointError, match=complaint):
        prepare("me/model", tmp_path / "made", "nf4", from_folder=folder)


def test_a_source_that_cannot_be_used_leaves_no_folder(published: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "source"))
    (folder / "tokenizer.json").unlink()
    (tmp_path / "mine").mkdir()
    for to in (tmp_path / "new" / "made", tmp_path / "mine" / "made", tmp_path / "mine"):
        with pytest.raises(CheckpointError):
            prepare("me/model", to, "nf4", from_folder=folder)
    assert {path.name for path in tmp_path.iterdir()} == {"source", "mine"}, "only what was there before"
    assert not list((tmp_path / "mine").iterdir())


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda shard: shard.write_bytes(shard.read_bytes()[:-5]), r"has \d+ of \d+ bytes"),
        (lambda shard: shard.write_bytes(bytes(100)), "is damaged"),
        (lambda shard: shard.write_bytes(shard.read_bytes().replace(b'"BF16"', b'"BF17"', 1)), "is damaged"),
        (Path.unlink, "is missing"),
    ],
)
def test_a_source_with_a_damaged_shard_names_it(published: Path, tmp_path: Path, damage: Callable[[Path], Any], complaint: str) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "source"))
    shard = sorted(folder.glob("model-*.safetensors"))[2]
    damage(shard)
    with pytest.raises(CheckpointError, match=rf"{shard.name} {complaint}") as raised:
        prepare("me/model", tmp_path / "made", "nf4", from_folder=folder)
    assert str(raised.value).endswith(f": fetch the checkpoint again with hf download me/model {shard.name} --local-dir {folder}")
    assert "\n" not in str(raised.value)


def test_a_disk_that_is_too_small_is_said_before_with_what_fits(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = json.loads((published / "config.json").read_text())
    whole, quarter = (sum(part.bytes for part in parts_of(config, kind)) for kind in (None, "nf4"))
    usage = namedtuple("usage", "total used free")
    free = [(whole + quarter) // 2]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 0, free[0]))
    with pytest.raises(CheckpointError, match=r"more of disk, .* free: free some, or use --quantization (int8|nf4) \(needs"):
        prepare("me/model", tmp_path / "made", None, from_folder=published)
    assert not list((tmp_path / "made").glob("model*"))
    free[0] = 1000
    with pytest.raises(CheckpointError, match="name a folder on another disk"):
        prepare("me/model", tmp_path / "made", None, from_folder=published)
    free[0] = 2 * quarter
    prepare("me/model", tmp_path / "made", "nf4", from_folder=published)
    assert load_checkpoint(tmp_path / "made", device="cpu"), "what would fit can go to the same folder"


def test_too_little_memory_is_said_before_loading_with_what_fits(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vlm.model import Phi4ForCausalLMV

    monkeypatch.setattr(Phi4ForCausalLMV, "from_pretrained", lambda *_, **__: pytest.fail("loading began"))
    monkeypatch.setattr(vlm.loading, "device_at", lambda place: Device("a small card", "GPU", GIB, 10_000))
    with pytest.raises(CheckpointError, match=r"of GPU memory .* are free on a small card: .*--model pocket"):
        load_checkpoint(published)


def test_shards_pass_through_memory_one_piece_at_a_time(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint of 250 MB in eight shards grows the process by less than half of it."""
    # Whatever is imported on the way is not what is measured.
    prepare("me/model", tmp_path / "first", "nf4", from_folder=published)
    source = tmp_path / "source"
    source.mkdir()
    config = tiny_config(hidden_size=1024, intermediate_size=4096, num_hidden_layers=8)
    config.save_pretrained(source)
    build_tokenizer().save_pretrained(source)
    (source / "preprocessor_config.json").write_text(json.dumps({"min_num_patches": 16, "max_num_patches": 64}))
    shards: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in skeleton(json.loads((source / "config.json").read_text())).named_parameters():
        layer = name.split(".")[2] if name.startswith("model.layers.") else "0"
        shards.setdefault(f"model-{layer}.safetensors", {})[name] = torch.full(tensor.shape, 0.5, dtype=torch.bfloat16)
    for file, content in shards.items():
        safetensors.torch.save_file(content, source / file, metadata={"format": "pt"})
    (source / INDEX).write_text(json.dumps({"weight_map": {name: file for file, content in shards.items() for name in content}}))
    del content, tensor
    shards.clear()
    total = sum(path.stat().st_size for path in source.glob("*.safetensors"))
    assert total > 240e6
    monkeypatch.setattr(vlm.prepare, "_FILE_SIZE", 4 * 2**20)
    before = psutil.Process().memory_info().rss
    with peak_memory(torch.device("cpu")) as idle:
        pass
    assert idle.bytes < before + 20e6, "the peak can be measured of a moment"
    with peak_memory(torch.device("cpu")) as peak:
        prepare("me/model", tmp_path / "made", "nf4", from_folder=source)
    assert peak.bytes - before < total / 2
    assert len(list((tmp_path / "made").glob("model-*.safetensors"))) > 8


@pytest.mark.slow
def test_quantised_weights_run_in_silence_and_ask_no_hub_for_code(published: Path, tmp_path: Path) -> None:
    """Where a package `kernels` is installed, the library would fetch code through it at import."""
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "__init__.py").write_text("def get_kernel(*a, **k): print('fetched code')\n")
    program = f"""
from PIL import Image
from vlm.engine import load
for quantization in ("nf4", "int8"):
    load({str(published)!r}, quantization, device="cpu").look(Image.new("RGB", (320, 240), "white")).ground("Save")
"""
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_only_a_cached_hub_id_can_be_prepared_offline(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="HF_HUB_OFFLINE forbids"):
        prepare("nobody/nothing-of-this-name", tmp_path / "made", "nf4")
    assert find_checkpoint("pocket").is_dir()
