"""A stage that cannot go on says so in one line, and leaves nothing behind that looks better than it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch
import yaml
from checkpoints import stage_settings
from test_store import largest_file

from recordings.errors import DeskhandError
from recordings.provenance import made_here
from training.stages.encode import PICTURE
from training.stages.prepare import describe, prepare, translated
from training.stages.result import ABOUT, STATE, TRAINED, check_whole
from training.stages.trainer import run_stage

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def ran(base: Path, shown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a stage of two steps has left, a checkpoint after each."""
    out = tmp_path_factory.mktemp("ran")
    run_stage(stage_settings(base, shown, steps=2, save_every=1), out)
    return out


def test_a_lack_of_memory_says_what_to_lower_and_by_how_much(base: Path, shown: Path) -> None:
    settings = stage_settings(base, shown)
    made = prepare(settings).train
    longest = max(len(row.ids) for row in made.rows)
    patches = max(int((row.ids == PICTURE).sum()) for row in made.rows)
    advice = rf"set tokens to {longest * 2 // 3}, budget to {patches * 2 // 3} or checkpointing to true$"
    with pytest.raises(DeskhandError, match=advice), translated(settings, made):
        torch.empty(2**50)  # the allocator's own words
    with pytest.raises(DeskhandError, match=advice), translated(settings, made):
        raise torch.OutOfMemoryError("CUDA out of memory")
    given = stage_settings(base, shown, checkpointing=True, rows=4, accumulate=2)
    with pytest.raises(DeskhandError, match=rf"budget to {patches * 2 // 3} or rows to 1 with accumulate 8$"), translated(given, made):
        torch.empty(2**50)
    with pytest.raises(RuntimeError, match="another fault"), translated(settings, made):
        raise RuntimeError("another fault")


def test_a_disk_that_the_optimiser_does_not_fit_on(base: Path, shown: Path, tmp_path: Path) -> None:
    settings = stage_settings(base, shown, steps=1)
    with largest_file(100_000), pytest.raises(DeskhandError, match=r"checkpoint-1 cannot be written .*: free some space and start again$"):
        run_stage(settings, tmp_path)  # the weights fit
    assert not (tmp_path / "checkpoint-1").exists()


@pytest.mark.parametrize("name", [TRAINED, "optimizer.pt", "scheduler.pt", "rng_state.pth", STATE])
def test_half_a_checkpoint_is_refused(base: Path, shown: Path, ran: Path, tmp_path: Path, name: str) -> None:
    half = tmp_path / "checkpoint-1"
    shutil.copytree(ran / "checkpoint-1", half)
    check_whole(half)
    if name != TRAINED:  # a file of safetensors says itself that it is cut short
        (half / name).write_bytes((half / name).read_bytes()[:-100])
        with pytest.raises(DeskhandError, match=rf"{name} is (cut short|malformed)"):
            check_whole(half)
    (half / name).unlink()
    with pytest.raises(DeskhandError, match=rf"lacks {name}:"):
        run_stage(stage_settings(base, shown, steps=2, save_every=1), tmp_path / "out", half)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("about", ["{}", "[]", '{"settings": {}}', "no JSON"])
def test_a_checkpoint_that_says_nothing_of_itself(base: Path, shown: Path, tmp_path: Path, about: str) -> None:
    (tmp_path / ABOUT).write_text(about)
    with pytest.raises(DeskhandError, match="is no checkpoint of a stage"):
        run_stage(stage_settings(base, shown), tmp_path / "out", tmp_path)


def test_the_checkpoint_that_is_named_is_one_from_before_the_fault(base: Path, shown: Path, tmp_path: Path) -> None:
    """The step before the one that fails has spoiled the weights, and saved them."""
    settings = stage_settings(base, shown, rate=1e30, save_every=1)
    with pytest.raises(DeskhandError, match=r"the loss is not finite at step 2 \(.* of one\).*checkpoint-1 is kept"):
        run_stage(settings, tmp_path / "out")
    assert (tmp_path / "out" / "checkpoint-2").is_dir()
    # And where no step comes after it, no result is made of them.
    with pytest.raises(DeskhandError, match=r"not finite at step 2 .*checkpoint-1 is kept"):
        run_stage(stage_settings(base, shown, rate=1e30, save_every=1, steps=2), tmp_path / "short")
    assert not (tmp_path / "short" / "adapter_model.safetensors").exists()


def test_a_dry_run_prints_examples_and_the_memory_that_it_needed(base: Path, shown: Path) -> None:
    settings = stage_settings(base, shown, minutes=0.001, steps=10_000)
    said = list(describe(settings, prepare(settings)))
    peak = next(float(found[1]) for line in said if (found := re.search(r"memory: .*; ([\d.]+) GiB at the peak", line)))
    assert 0.1 < peak < 50
    assert any(line.startswith("time:") and line.endswith("at most 0.0 min") for line in said)
    examples = [text for line, text in pairwise(said) if re.fullmatch(r"example: \w+ of one", line)]
    assert len(examples) == 2 and all(text.count("⟦") == 1 and "<picture " in text for text in examples)


def test_the_time_left_ends_with_the_minutes(base: Path, shown: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_stage(stage_settings(base, shown, minutes=0.02, steps=100_000), tmp_path)
    assert re.search(r"step 1 of 100000, 0\.0 min left", capsys.readouterr().err)


def test_only_the_progress_is_told(base: Path, shown: Path, tmp_path: Path) -> None:
    config = tmp_path / "stage.yaml"
    settings = stage_settings(base, shown, steps=4, save_every=1, checkpointing=True)
    config.write_text(yaml.safe_dump(json.loads(settings.model_dump_json())))
    made_here(config)
    command = [sys.executable, "-m", "agent.cli", "train", str(config), "--out", str(tmp_path / "out")]
    said = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True).stderr.splitlines()
    assert [line.split(":")[0] for line in said[:2]] == ["records", "held out"]
    del said[:2]
    assert len(said) == 4 and all(line.startswith(f"step {number} of 4") for number, line in enumerate(said, 1)), said
