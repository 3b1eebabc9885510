"""LoRA adapters: put on, taken off, worked into the weights, and refused where they do not fit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from checkpoints import adapter_bytes, tiny_model, write_checkpoint
from fakes import FakeDesktop, ScriptedPolicy
from peft import LoraConfig, get_peft_model
from PIL import Image
from test_store import largest_file

from agent.adapters import FOLDER, find_adapters, next_adapter, switch_adapter
from agent.cli.main import main
from agent.session import Session
from agent.settings import Settings
from vlm.adapters import CONFIG, DECODER, WEIGHTS, merge, put_on, switch, take_off
from vlm.engine import load
from vlm.folder import CheckpointError
from vlm.loading import load_checkpoint
from vlm.policy import DirectPolicy
from vlm.quantization import Quantization

IDS = torch.arange(20, 60)[None]


def write_adapter(folder: Path, seed: int = 0, zero: bool = False, **changes: object) -> Path:
    """An adapter as peft itself saves one, for a model of `tiny_model(**changes)`."""
    torch.manual_seed(seed)
    model = get_peft_model(tiny_model(0, **changes), LoraConfig(r=4, lora_alpha=8, target_modules=DECODER))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name and not zero:
                parameter.normal_(0, 0.3)
    model.save_pretrained(folder)
    return folder


@torch.inference_mode()
def logits(model: torch.nn.Module) -> torch.Tensor:
    return model(input_ids=IDS).logits.float()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_adapter(tmp_path_factory.mktemp("adapter"))


def test_an_adapter_of_zeros_changes_nothing_and_any_other_does(base: Path, adapter: Path, tmp_path: Path) -> None:
    model = load_checkpoint(base, dtype=torch.float32).model
    before = logits(model)
    put_on(model, write_adapter(tmp_path / "zero", zero=True))
    assert torch.equal(logits(model), before)
    put_on(model, adapter)
    changed = logits(model)
    assert (changed - before).abs().max() > 0.1
    # As peft itself computes it.
    from peft import PeftModel

    theirs = PeftModel.from_pretrained(load_checkpoint(base, dtype=torch.float32).model, str(adapter)).eval()
    assert torch.allclose(changed, logits(theirs), atol=1e-5)
    take_off(model)
    assert torch.equal(logits(model), before)


def test_the_tower_is_never_adapted(adapter: Path) -> None:
    from safetensors.torch import load_file

    names = load_file(adapter / WEIGHTS)
    assert names and not any("vision" in name or "mm_projector" in name or "lm_head" in name for name in names)


def test_merged_weights_answer_as_the_adapted_model_does(base: Path, adapter: Path, tmp_path: Path) -> None:
    model = load_checkpoint(base, dtype=torch.float32).model
    put_on(model, adapter)
    merge(base, adapter, tmp_path / "merged")
    merged = load_checkpoint(tmp_path / "merged", dtype=torch.float32)
    assert torch.allclose(logits(merged.model), logits(model), atol=1e-4)
    assert json.loads((tmp_path / "merged/config.json").read_text()) == json.loads((base / "config.json").read_text())
    assert len({path.stat().st_mode for path in (tmp_path / "merged").iterdir()}) == 1, "others may read the weights as they may the rest"
    with pytest.raises(CheckpointError, match="is not empty"):
        merge(base, adapter, tmp_path / "merged")


@pytest.mark.parametrize("quantization", ["nf4", "int8"])
def test_an_adapter_lies_over_a_quantised_base(tmp_path: Path, quantization: Quantization) -> None:
    shape = {"hidden_size": 64, "intermediate_size": 64}
    model = load_checkpoint(write_checkpoint(tmp_path / "base", **shape), quantization).model
    before = logits(model)
    put_on(model, write_adapter(tmp_path / "adapter", **shape))
    assert (logits(model) - before).abs().max() > 0.05
    take_off(model)
    assert torch.equal(logits(model), before)


def test_a_model_in_use_changes_its_adapter(base: Path, adapter: Path) -> None:
    model = load(base, adapter=adapter, dtype=torch.float32)
    picture = Image.new("RGB", (96, 64), "navy")
    with_it = model.look(picture)
    switch(model, None)
    without = model.look(picture)
    assert without is not with_it  # what was seen with other weights is not seen again
    answers = {}
    for folder in (None, adapter, None):
        switch(model, folder)
        answers.setdefault(folder, set()).add(model.look(picture).ask("What is this?", limit=12))
    assert all(len(found) == 1 for found in answers.values()) and answers[None] != answers[adapter]


def test_the_large_models_adapter_is_small() -> None:
    config = {
        "hidden_size": 5120,
        "intermediate_size": 17920,
        "num_attention_heads": 40,
        "num_key_value_heads": 10,
        "num_hidden_layers": 40,
    }
    assert adapter_bytes(config, rank=16) < 200 * 2**20 < adapter_bytes(config, rank=64)


def test_the_size_is_that_of_the_files(adapter: Path) -> None:
    from safetensors.torch import load_file

    stored = sum(tensor.numel() * 4 for tensor in load_file(adapter / WEIGHTS).values())
    assert adapter_bytes(tiny_model().config.to_dict(), rank=4, width=4) == stored


@pytest.mark.parametrize("fault", ["missing", "malformed", "kind", "truncated", "shape", "layers"])
def test_what_does_not_fit_is_one_clear_line(base: Path, tmp_path: Path, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    changes = {"shape": {"hidden_size": 48}, "layers": {"num_hidden_layers": 5}}.get(fault, {})
    folder = write_adapter(tmp_path / "adapter", **changes)
    if fault == "missing":
        (folder / WEIGHTS).unlink()
    elif fault == "malformed":
        (folder / CONFIG).write_text("{")
    elif fault == "kind":
        (folder / CONFIG).write_text(json.dumps({"peft_type": "PROMPT_TUNING"}))
    elif fault == "truncated":
        (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-40])
    picture = tmp_path / "picture.png"
    Image.new("RGB", (64, 64)).save(picture)
    assert main(["ground", str(picture), "it", "--model", str(base), "--adapter", str(folder)]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    expected = {
        "missing": "is missing", "malformed": "is malformed", "kind": "only LORA", "truncated": "is damaged or cut short",
        "shape": "it was trained on another one", "layers": "it was trained on another one",
    }[fault]  # fmt: skip
    assert said.startswith("deskhand:") and expected in said


def test_a_quantised_base_is_not_merged(adapter: Path, tmp_path: Path, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "prepare", str(base), "--quantization", "nf4", "--to", str(tmp_path / "nf4")]) == 0
    assert main(["model", "merge", str(tmp_path / "nf4"), str(adapter), "--to", str(tmp_path / "merged")]) == 1
    assert "is quantised" in capsys.readouterr().err


def test_an_adapter_is_chosen_in_a_circle_and_put_onto_the_loaded_model(
    base: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("DESKHAND_HOME", str(home))
    first, second = write_adapter(home / FOLDER / "first", 3), write_adapter(home / FOLDER / "second", 4)
    (home / FOLDER / "no adapter").mkdir()
    assert find_adapters(Settings()) == [first, second] and adapter in find_adapters(Settings(adapter=adapter))
    assert find_adapters(Settings(model="http://127.0.0.1:9/v1")) == []
    assert [next_adapter([first, second], now) for now in (None, first, second, tmp_path)] == [first, second, None, first]
    policy = DirectPolicy(load(base))
    before = logits(policy.model.network)
    assert switch_adapter(policy, second) and (logits(policy.model.network) - before).abs().max() > 0.1
    assert switch_adapter(policy, None) and torch.equal(logits(policy.model.network), before)
    assert not switch_adapter(ScriptedPolicy("finish()"), second)


def test_a_session_loads_the_model_once_for_all_adapters(
    base: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Settings] = []

    def open_policy(settings: Settings, stop: object) -> DirectPolicy:
        opened.append(settings)
        return DirectPolicy(load(base, adapter=settings.adapter))

    monkeypatch.setattr("agent.session.open_policy", open_policy)
    settings = Settings(model=str(base), record=False, desktop="host", steps=1, approve="none")
    with Session(settings, desktop=FakeDesktop()) as session:
        session.prepare()
        plain = logits(session._policy.model.network)  # type: ignore[union-attr]
        session.settings = settings.model_copy(update={"adapter": adapter})
        session.prepare()
        assert (logits(session._policy.model.network) - plain).abs().max() > 0.1  # type: ignore[union-attr]
        session.settings = settings.model_copy(update={"adapter": tmp_path / "none"})
        with pytest.raises(CheckpointError, match="is no adapter"):
            session.prepare()
        assert len(opened) == 1
        session.settings = settings
        session.prepare()
        assert len(opened) == 1 and torch.equal(logits(session._policy.model.network), plain)  # type: ignore[union-attr]


def test_a_full_disk_ends_a_merge_in_one_line(base: Path, adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with largest_file(20_000):
        assert main(["model", "merge", str(base), str(adapter), "--to", str(tmp_path / "merged")]) == 1
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith(f"deskhand: {tmp_path / 'merged'} cannot be written (") and "free some space" in line
    (tmp_path / "file").touch()
    assert main(["model", "merge", str(base), str(adapter), "--to", str(tmp_path / "file")]) == 1
    assert "is not empty: name a new folder" in capsys.readouterr().err


def test_putting_one_on_prints_nothing(base: Path, adapter: Path) -> None:
    """A library that adapters need speaks up at its import, in a process of its own."""
    work = (
        "import sys; from pathlib import Path; from vlm.adapters import put_on; from vlm.loading import load_checkpoint; "
        "put_on(load_checkpoint(Path(sys.argv[1])).model, Path(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", work, str(base), str(adapter)], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
