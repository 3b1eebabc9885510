"""Fetching from a hub, a real one on the loopback: downloads that break off, arrive damaged, or do not exist."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from checkpoints import tensors, write_shards
from hub import serving

from vlm.info import describe

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("published"))


def _deskhand(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", *words]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


@pytest.mark.slow
def test_a_download_that_breaks_off_goes_on_with_the_same_commit(published: Path, tmp_path: Path) -> None:
    made, first, second = tmp_path / "made", "1" * 40, "2" * 40
    source = Path(shutil.copytree(published, tmp_path / "source"))
    shards = sorted(path.name for path in source.glob("model-*.safetensors"))
    # What arrives is written ten megabytes at a time: a shard that is cut after twelve.
    long = safetensors.torch.load_file(source / shards[1]) | {"padding": torch.zeros(24 * 2**20, dtype=torch.uint8)}
    safetensors.torch.save_file(long, source / shards[1], metadata={"format": "pt"})
    with serving(source, "someone/model", first) as hub:
        command = ("model", "prepare", "someone/model", "--to", str(made), "--json")
        settings = {"HF_ENDPOINT": hub.address, "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf")}
        hub.cut = shards[1]
        broken = _deskhand(*command, **settings)
        assert broken.returncode == 1
        assert f"{shards[1]} of someone/model could not be fetched whole" in broken.stderr.splitlines()[-1]
        assert "it goes on there" in broken.stderr
        hub.cut, hub.spoiled = None, shards[2]
        hub.move_main(second)
        damaged = _deskhand(*command, **settings)
        assert f"{shards[2]} of someone/model could not be fetched whole (it came damaged)" in damaged.stderr.splitlines()[-1]
        assert [start for name, start in hub.asked if name == shards[1]][-1] >= 10 * 2**20
        hub.spoiled = None
        hub.asked.clear()
        mended = _deskhand(*command, **settings)
        assert mended.returncode == 0, mended.stderr
        assert json.loads(mended.stdout)["revision"] == first
        asked = [name for name, _ in hub.asked]
        assert shards[0] not in asked and shards[1] not in asked, "what was worked up is not fetched again"
        assert shards[2] in asked
    assert describe(made, verify=True)["weights"] == "verified"
    assert torch.equal(tensors(made)["lm_head.weight"], tensors(published)["lm_head.weight"])


def test_a_hub_that_has_it_not_is_one_line(published: Path, tmp_path: Path) -> None:
    with serving(published, "someone/model", "1" * 40) as hub:
        settings = {"HF_ENDPOINT": hub.address, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf")}
        answer = _deskhand("model", "prepare", "someone/else", "--to", str(tmp_path / "made"), **settings)
    assert answer.returncode == 1
    assert answer.stderr.startswith("deskhand: someone/else cannot be had from the hub")
    assert answer.stderr.count("\n") == 1
    assert not (tmp_path / "made").exists()
