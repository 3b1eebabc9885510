"""A leg of the pocket model's own training that cannot begin or go on says so in one line, and keeps its last good checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import write_checkpoint
from test_store import largest_file
from test_training import leg

from agent.cli.main import main
from recordings.errors import DeskhandError
from training import trainer as legs
from training.leg_settings import read_settings
from training.objective import Objective
from training.trainer import STATE, Trainer, load_checkpoint, train


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A small model to begin from, in place of fresh weights that take seconds to make."""
    return write_checkpoint(tmp_path / "start", num_hidden_layers=6)


def fails(capsys: pytest.CaptureFixture[str], config: Path, *more: str) -> str:
    """The one line that a command ends with."""
    assert main(["train", str(config), *more]) == 1
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("deskhand: ") and "internal error" not in line and "Traceback" not in line
    return line


def spoil(monkeypatch: pytest.MonkeyPatch, step: int, gradient: bool = False) -> None:
    """The loss of this pass through the model, or its gradient alone, is not finite."""
    whole, passes = Objective.__call__, iter(range(10**6))

    def spoiled(self: Objective, *given: Any) -> Any:
        losses = whole(self, *given)
        if next(passes) == step:
            nothing = losses.total - losses.total
            losses.total = losses.total + ((nothing**2).sqrt() if gradient else nothing + torch.nan)
        return losses

    monkeypatch.setattr(Objective, "__call__", spoiled)


def test_a_source_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, said in (("folder", "holds no"), ("episodes", "no step of a demonstration")):
        config = leg(tmp_path, sources=[{"kind": kind, "path": str(tmp_path / "nowhere")}])
        assert said in fails(capsys, config, "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_source_that_breaks_while_it_is_drawn_from(
    tmp_path: Path, start: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*given: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/gone.png")

    monkeypatch.setattr(legs, "make_batch", broken)
    line = fails(capsys, leg(tmp_path), "--out", str(tmp_path / "out"), "--resume", str(start))
    assert line.endswith("no batch for step 0: [Errno 2] No such file or directory: '/gone.png'")
    assert not (tmp_path / "out" / STATE).exists()


def test_a_configuration_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00stage")
    assert "binary.yaml cannot be read (it is no text)" in fails(capsys, tmp_path / "binary.yaml")
    assert "cannot be read (Is a directory)" in fails(capsys, tmp_path)


def test_a_checkpoint_of_another_model(tmp_path: Path, start: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "llama").mkdir()
    (tmp_path / "llama" / "config.json").write_text(json.dumps({"model_type": "llama"}))
    assert "the model_type is 'llama'" in fails(capsys, leg(tmp_path), "--resume", str(tmp_path / "llama"), "--out", str(tmp_path / "out"))
    shallow = write_checkpoint(tmp_path / "shallow")
    assert "has 3 layers" in fails(capsys, leg(tmp_path), "--resume", str(shallow), "--out", str(tmp_path / "out"))
    (start / STATE).write_bytes(b"half")
    assert "start cannot be loaded" in fails(capsys, leg(tmp_path), "--resume", str(start), "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_where_to_go_on_from_is_never_passed_over_silently(tmp_path: Path, start: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    train(leg(tmp_path, steps=1), out, start)
    line = fails(capsys, leg(tmp_path, steps=2), "--resume", str(start), "--out", str(out))
    assert f"{out} holds a leg of other settings" in line and str(start) in line
    train(leg(tmp_path, steps=1), out, start)
    assert f"{out} holds this leg up to step 1: it goes on from there, not from {start}" in capsys.readouterr().err


@pytest.mark.parametrize("gradient", [False, True])
def test_spoiled_weights_are_never_saved(
    tmp_path: Path, start: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gradient: bool
) -> None:
    out = tmp_path / "out"
    monkeypatch.setattr(legs, "SAVE_EVERY", -1)  # before each step, of what the step before it has made
    spoil(monkeypatch, 2, gradient)
    line = fails(capsys, leg(tmp_path), "--resume", str(start), "--out", str(out))
    what, kept = ("gradient", 2) if gradient else ("loss", 1)
    assert f"the {what} is not finite at step 2 (batch 4/2: " in line and line.endswith(f"{out} keeps step {kept}")
    model, _, state = load_checkpoint(out)
    assert state["step"] == kept and all(bool(value.isfinite().all()) for value in model.parameters())


def test_the_last_step_is_looked_at_too(
    tmp_path: Path, start: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(monkeypatch, 1)
    line = fails(capsys, leg(tmp_path, steps=1), "--resume", str(start), "--out", str(tmp_path / "out"))
    assert "not finite at step 1" in line and line.endswith("nothing of this leg was saved yet")
    assert not (tmp_path / "out" / STATE).exists()


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, start: Path) -> None:
    out = tmp_path / "out"
    train(leg(tmp_path, steps=1), out, start)
    model, heads, state = load_checkpoint(out)
    trainer = Trainer(read_settings(leg(tmp_path)), model, heads, out)
    trainer.resume(state)
    before = {path: path.read_bytes() for path in out.iterdir()}
    fits = (out / "model.safetensors").stat().st_size  # the weights, and not the optimisers' state
    assert fits < (out / STATE).stat().st_size
    for size in (20_000, fits):
        with largest_file(size), pytest.raises(DeskhandError, match=r"out cannot be written .*: free some space"):
            trainer.save()
        assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_a_leg_computes_on_the_gpu_where_there_is_one(tmp_path: Path, start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []

    def built(*given: Any) -> None:
        chosen.append(given[-1])
        raise DeskhandError("far enough")

    monkeypatch.setattr(legs, "Trainer", built)
    for there in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        with pytest.raises(DeskhandError, match="far enough"):
            train(leg(tmp_path), tmp_path / "out", start)
    assert chosen == ["cuda", "cpu"]
