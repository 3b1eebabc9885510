"""What a model needs, from its configuration alone: the numbers of the published model, and what to choose where it does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checkpoints import write_checkpoint

from agent.cli.main import main
from vlm.configuration import published_config
from vlm.engine import load
from vlm.folder import CheckpointError
from vlm.info import describe, print_description
from vlm.memory import weights_bytes
from vlm.quantization import Quantization
from vlm.sizes import GIB, needs_of, parts_of

IDS = {"bos": 100257, "eos": 100265, "pad": 100349}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published model's configuration and nothing else."""
    folder = tmp_path_factory.mktemp("published")
    published_config(IDS).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("kind", "expected"), [(None, 28.2), ("int8", 15.5), ("nf4", 9.9)])
def test_the_published_models_weights(kind: Quantization | None, expected: float) -> None:
    config = published_config(IDS).to_dict()
    parts = {part.name: part for part in parts_of(config, kind)}
    assert sum(part.parameters for part in parts.values()) == pytest.approx(15.12e9, rel=1e-3)
    assert parts["decoder linears"].parameters == pytest.approx(13.631e9, rel=1e-4)
    assert parts["tower"].stored == parts["projector"].stored == parts["head"].stored == "bfloat16"
    needs = needs_of(config, kind, 3600)
    assert needs.weights / GIB == pytest.approx(expected, abs=0.05)
    assert needs.cache == 200 * 1024 * (3600 + 512)


@pytest.mark.parametrize("kind", [None, "int8", "nf4"])
def test_what_is_computed_is_what_loading_takes(kind: Quantization | None, tmp_path: Path) -> None:
    import torch

    folder = write_checkpoint(tmp_path, hidden_size=256, intermediate_size=512)
    config = json.loads((folder / "config.json").read_text())
    model = load(folder, kind, device="cpu", dtype=torch.bfloat16)
    assert weights_bytes(model.network) == pytest.approx(sum(part.bytes for part in parts_of(config, kind)), rel=1e-3)


@pytest.mark.parametrize(
    ("memory", "fits", "words"),
    [
        (40, {"2048": True, "3600": True}, []),
        (24, {"2048": False, "3600": False}, ["--quantization int8"]),
        (16, {"2048": False, "3600": False}, ["--quantization nf4"]),
        (12, {"2048": False, "3600": False}, ["--quantization nf4", "--budget 2048"]),
        (8, {"2048": False, "3600": False}, ["--model pocket"]),
    ],
)
def test_a_configuration_alone_says_what_fits_and_what_to_choose(
    published: Path, memory: float, fits: dict[str, bool], words: list[str]
) -> None:
    found = describe(published, memory=memory)
    assert found["weights"] == "absent"
    assert found["bytes_on_disk"] is None
    assert found["fits"] == fits
    assert bool(found["advice"]) == bool(words)
    assert all(word in found["advice"] for word in words)
    assert ("what to do" in print_description(found)) == bool(words)


def test_info_on_the_command_line(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "info", "--json"]) == 0
    pocket = json.loads(capsys.readouterr().out)
    assert pocket["weights"] == "whole"
    assert pocket["parameters"] == sum(part["parameters"] for part in pocket["modules"]) == 167_469_248
    assert pocket["memory"].keys() == {"bfloat16", "int8", "nf4"}
    assert main(["model", "info", str(published), "--memory", "12"]) == 0
    assert "computed from config.json alone" in capsys.readouterr().out
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    assert main(["model", "info", str(tmp_path)]) == 1
    assert "only 'phi4-siglip' can be loaded" in capsys.readouterr().err


def test_info_names_a_damaged_shard(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-9])
    with pytest.raises(CheckpointError, match=r"model.safetensors has .* bytes: fetch the checkpoint again with hf download"):
        describe(folder)
    with pytest.raises(CheckpointError, match="is no folder"):
        describe("owner/name")
