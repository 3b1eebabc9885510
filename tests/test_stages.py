"""Fine-tuning stages over transformers' Trainer, on tiny random models."""

from __future__ import annotations

import json
import math
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from checkpoints import adapter_bytes, stage_settings
from demonstrations import make_episode
from PIL import Image
from safetensors.torch import load_file
from test_store import largest_file

from agent.cli.main import main
from agent.cli.train_commands import _steps_of
from recordings.errors import DeskhandError
from recordings.provenance import made_here
from recordings.store import read_episode
from training.datasets.episode_records import episode_records
from training.datasets.records import Frame, Record
from training.stages.encode import IGNORED
from training.stages.model import StageModel
from training.stages.prepare import prepare, prepare_model
from training.stages.result import ABOUT
from training.stages.rows import make_rows
from training.stages.settings import LoraSettings, read_stage
from training.stages.text.settings import read_text_stage
from training.stages.trainer import run_stage
from vlm.adapters import merge, put_on
from vlm.chat import ChatFormat
from vlm.engine import load
from vlm.loading import load_checkpoint

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "training" / "configs" / "stages"


def test_every_shipped_configuration_is_understood() -> None:
    found = {path.name: read_stage(path) for path in CONFIGS.glob("*.yaml") if not path.name.startswith("planner")}
    assert {settings.stage for settings in found.values()} == {"align", "instruct", "extend"}
    assert {read_text_stage(path).stage for path in CONFIGS.glob("planner*.yaml")} == {"plan"}
    assert found["align.yaml"].trains == "projector" and found["instruct-qlora.yaml"].quantization == "nf4"


def test_packed_questions_lose_what_they_lose_alone(base: Path, shown: Path) -> None:
    """Sharing the pictures changes no token's loss: no question sees another, and each stands where it would stand alone."""
    ready = prepare(stage_settings(base, shown, trains="all"))
    model, packed = ready.model, ready.train
    alone = prepare(stage_settings(base, shown, trains="all", packing=False)).train
    assert len(packed.rows) < len(alone.rows) and packed.records == alone.records
    assert sum(len(row.ids) for row in packed.rows) < sum(len(row.ids) for row in alone.rows)

    def total(rows: list[Any]) -> float:
        learned = [int((row.labels != IGNORED).sum()) for row in rows]
        with torch.no_grad():
            return sum(float(model([row])["loss"]) * count for row, count in zip(rows, learned, strict=True))

    assert total(packed.rows) == pytest.approx(total(alone.rows), rel=1e-5)


def test_a_checkpoint_is_trained_on_what_it_sees(base: Path, shown: Path) -> None:
    """The loss is that of the engine's own probabilities: the same patches, at the same places."""
    ready = prepare(stage_settings(base, shown, trains="all", packing=False))
    engine = load(base, dtype=torch.float32)
    frames = {engine.checkpoint.images.process(frame).digest: frame for frame in (Frame(path).open() for path in shown.rglob("*.png"))}
    for row in ready.train.rows:
        (picture,) = row.pictures
        sight = engine.look(frames[picture.digest])
        assert sight.prefix_length == int((row.segments == 0).sum())
        text, learned = row.ids[row.segments == 1], row.labels[row.segments == 1]
        assert int(row.positions[row.segments == 1][0]) == sight._cache.length
        with torch.inference_mode(), sight._restored():
            logits = engine.network(input_ids=text[None], past_key_values=sight._cache, use_cache=True).logits[0]
            at = learned[1:] != IGNORED
            expected = torch.nn.functional.cross_entropy(logits[:-1][at], learned[1:][at])
            assert float(ready.model([row])["loss"]) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("trains", ["projector", "all", "lora"])
def test_only_what_the_stage_trains_changes_and_it_learns(base: Path, shown: Path, tmp_path: Path, trains: str) -> None:
    report = run_stage(
        stage_settings(base, shown, trains=trains, steps=12, stage="align" if trains == "projector" else "instruct"), tmp_path
    )
    assert report["steps"] == 12 and report["last_loss"] < report["first_loss"]
    before = load_checkpoint(base, dtype=torch.float32).model
    if trains == "lora":
        kept = load_file(tmp_path / "adapter_model.safetensors")
        assert {value.dtype for value in kept.values()} == {torch.bfloat16}
        assert sum(value.nbytes for value in kept.values()) == adapter_bytes(before.config.to_dict(), LoraSettings().rank)
        after = load_checkpoint(base, dtype=torch.float32).model
        put_on(after, tmp_path)
        ids = torch.arange(20, 60)[None]
        assert (after(input_ids=ids).logits - before(input_ids=ids).logits).abs().max() > 1e-3
        return
    after = load_checkpoint(tmp_path, dtype=torch.float32).model  # loads as any checkpoint does
    changed = {name.split(".")[1] for name, value in after.named_parameters() if not torch.equal(value, before.get_parameter(name))}
    assert ("mm_projector" in changed) and ("vision_tower" not in changed) and (trains == "all" or changed == {"mm_projector"})
    load(tmp_path).look(Image.new("RGB", (96, 64))).ask("What is this?", limit=3)


def test_a_resumed_stage_loses_what_an_uninterrupted_one_does(base: Path, shown: Path, tmp_path: Path) -> None:
    settings = stage_settings(base, shown)
    straight = run_stage(settings, tmp_path / "straight")["losses"]
    resumed = run_stage(settings, tmp_path / "resumed", tmp_path / "straight" / "checkpoint-3")["losses"]
    assert len(straight) == 6 and resumed[-3:] == straight[3:]
    about = json.loads((tmp_path / "straight" / "checkpoint-3" / ABOUT).read_text())
    assert about["data"] and about["versions"]["torch"] and about["settings"]["rate"] == 0.01
    assert list((tmp_path / "straight").rglob("events.out.tfevents*"))
    with pytest.raises(DeskhandError, match="other settings"):
        run_stage(stage_settings(base, shown, rate=0.02), tmp_path / "other", tmp_path / "straight" / "checkpoint-3")
    with pytest.raises(DeskhandError, match="is no checkpoint of a stage"):
        run_stage(settings, tmp_path / "other", base)


def test_features_of_a_frozen_tower_are_kept(base: Path, shown: Path) -> None:
    ready = prepare(stage_settings(base, shown))
    model = ready.model
    row = next(row for row in ready.train.rows if row.pictures)
    first = model([row])["loss"]
    assert model.cache.hits == 0 and model.cache.bytes > 0
    assert torch.equal(model([row])["loss"], first) and model.cache.hits == len(row.pictures)
    model = prepare(stage_settings(base, shown, trains="all", tower=True)).model
    model([row])
    assert model.cache.bytes == 0


def test_what_does_not_fit_is_dropped_and_counted(base: Path, shown: Path, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(base)
    episode = read_episode(shown / "one")
    records = list(episode_records(episode, random.Random(1), ["act", "change"]))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    records.append(Record("ground", (Frame(broken),), "Where?", "here"))
    lengths = [len(row.ids) for row in make_rows(records, ChatFormat(checkpoint.tokenizer), checkpoint.images, 9999, None, False, 1).rows]
    limit = sorted(lengths)[len(lengths) // 2]
    made = make_rows(records, ChatFormat(checkpoint.tokenizer), checkpoint.images, limit, None, False, 1)
    assert made.dropped["with a broken picture"] == 1
    assert made.dropped[f"longer than {limit} tokens"] == sum(length > limit for length in lengths) > 0
    assert len(made.rows) + sum(made.dropped.values()) == made.records == len(records)


def test_a_dry_run_says_what_would_happen_and_does_nothing(
    base: Path, shown: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "stage.yaml"
    config.write_text(yaml.safe_dump(json.loads(stage_settings(base, shown).model_dump_json())))
    made_here(config)
    assert main(["train", str(config), "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("records:", "tokens:", "steps: 6", "memory:", "time:")) and not (tmp_path / "out").exists()
    assert main(["train", str(config), "--out", str(tmp_path / "out")]) == 0
    assert "saved in" in capsys.readouterr().out and (tmp_path / "out" / "adapter_model.safetensors").is_file()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"episodes": ["/nowhere"]}, "holds no episode"),
        ({"rate": "fast"}, "rate"),
        ({"unknown": 1}, "unknown"),
        ({"stage": "align", "trains": "lora"}, "align trains the projector alone"),
        ({"quantization": "nf4", "trains": "all"}, "quantised weights cannot be trained"),
        ({"tokens": 20}, "no record is left"),
        ({"base": "/nowhere"}, "/nowhere"),
        ({"trains": "all", "projector": True}, "projector is for lora"),
        ({"tower": True}, "yaml: tower is for all"),
        ({"episodes": [], "mixture": "m.yaml", "kinds": ["act"]}, "a mixture names the kinds"),
        ({"rate": 1e30}, "not finite"),
    ],
)
def test_bad_stages_are_one_line(
    base: Path, shown: Path, tmp_path: Path, changes: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "stage.yaml"
    config.write_text(yaml.safe_dump(json.loads(stage_settings(base, shown).model_dump_json()) | changes))
    made_here(config)
    assert main(["train", str(config), "--out", str(tmp_path / "out")]) == 1
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("deskhand:") and said in line


def test_whole_episodes_are_held_out_and_measured(base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number in range(5):
        make_episode(tmp_path / "shown", f"shown-{number}")
    settings = stage_settings(base, tmp_path / "shown", held_out=0.4, measure_every=4, steps=8, measured=5)
    ready = prepare(settings)
    held, learned = ({name.rpartition(" of ")[2] for row in made.rows for name in row.names} for made in (ready.held_out, ready.train))
    assert len(learned) == 3 and held and not held & learned and len(ready.held_out.rows) == 5
    report = run_stage(settings, tmp_path / "out")
    # Before anything is learned, and after steps 4 and 8: what is kept is not measured twice.
    assert len(report["held_out"]) == 3 and report["held_out"][-1] < report["held_out"][0]
    assert "step 4: held out" in capfd.readouterr().err
    # Measuring changes nothing of what is learned.
    assert (
        run_stage(stage_settings(base, tmp_path / "shown", held_out=0.4, measure_every=99, steps=8), tmp_path / "b")["losses"]
        == report["losses"]
    )


def test_a_stage_ends_by_rounds_or_minutes_and_goes_on(base: Path, shown: Path, tmp_path: Path) -> None:
    rows = len(prepare(stage_settings(base, shown)).train.rows)
    report = run_stage(stage_settings(base, shown, rounds=2, rows=2, accumulate=2), tmp_path / "rounds")
    assert report["steps"] == math.ceil(2 * rows / 4)
    cut = run_stage(stage_settings(base, shown, minutes=1e-6, save_every=50), tmp_path / "cut")
    assert 0 < cut["steps"] < cut["of_steps"] and f"of {cut['of_steps']} steps (" in _steps_of(cut) and "the time was up" in _steps_of(cut)
    assert cut["steps"] == 1 and (tmp_path / "cut" / "checkpoint-1").is_dir()
    whole = run_stage(stage_settings(base, shown), tmp_path / "whole")["losses"]
    assert run_stage(stage_settings(base, shown), tmp_path / "on", tmp_path / "cut" / "checkpoint-1")["losses"][-5:] == whole[1:]


def test_rows_accumulated_are_rows_at_once(base: Path, shown: Path, tmp_path: Path) -> None:
    at_once = run_stage(stage_settings(base, shown, rows=4, steps=3), tmp_path / "a")["losses"]
    apart = run_stage(stage_settings(base, shown, rows=1, accumulate=4, steps=3), tmp_path / "b")["losses"]
    assert apart == pytest.approx(at_once, rel=1e-5)


def test_recomputed_activations_lose_the_same(base: Path, shown: Path, tmp_path: Path) -> None:
    kept = run_stage(stage_settings(base, shown, steps=3), tmp_path / "a")["losses"]
    assert run_stage(stage_settings(base, shown, steps=3, checkpointing=True), tmp_path / "b")["losses"] == pytest.approx(kept, rel=1e-5)


def test_the_projector_can_learn_beside_the_decoder(base: Path, shown: Path, tmp_path: Path) -> None:
    run_stage(stage_settings(base, shown, projector=True, steps=4, rate=0.05), tmp_path / "adapter")
    names = set(load_file(tmp_path / "adapter" / "adapter_model.safetensors"))
    assert any("mm_projector" in name for name in names) and any("layers.0" in name for name in names)
    picture = Image.effect_noise((96, 64), 80).convert("RGB")
    patches = load_checkpoint(base, dtype=torch.float32).images.process(picture)

    def seen(model: Any) -> torch.Tensor:
        with torch.no_grad():
            return model.encode_image(torch.from_numpy(patches.patches), patches.grid)  # type: ignore[no-any-return]

    model = load_checkpoint(base, dtype=torch.float32).model
    before = seen(model)
    put_on(model, tmp_path / "adapter")
    learned = seen(model)
    assert (learned - before).abs().max() > 1e-4
    merge(base, tmp_path / "adapter", tmp_path / "merged")
    assert (seen(load_checkpoint(tmp_path / "merged", dtype=torch.float32).model) - learned).abs().max() < 0.05


def test_a_gradient_that_is_not_finite_stops_before_the_step(
    base: Path, shown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = StageModel.forward

    def spoiled(self: StageModel, rows: list[Any]) -> dict[str, torch.Tensor]:
        found = whole(self, rows)
        # The square root's slope at nothing: the loss stays what it was, its gradient does not.
        return found | {"loss": found["loss"] + ((found["loss"] - found["loss"]) ** 2).sqrt()}

    run_stage(stage_settings(base, shown), tmp_path)
    shutil.rmtree(tmp_path / "checkpoint-6")
    monkeypatch.setattr(StageModel, "forward", spoiled)
    kept = (tmp_path / "checkpoint-3" / "trained.safetensors").read_bytes()
    with pytest.raises(DeskhandError, match=r"the gradient is not finite at step 3 \(.* of one.*checkpoint-3 is kept"):
        run_stage(stage_settings(base, shown), tmp_path, tmp_path / "checkpoint-3")
    assert (tmp_path / "checkpoint-3" / "trained.safetensors").read_bytes() == kept and not (tmp_path / "checkpoint-6").exists()


def test_a_full_disk_is_one_line(base: Path, shown: Path, tmp_path: Path) -> None:
    with largest_file(20_000), pytest.raises(DeskhandError, match=r"cannot be written.*free some space"):
        run_stage(stage_settings(base, shown), tmp_path / "out")


def test_half_precision_beside_a_frozen_base(base: Path, shown: Path) -> None:
    """As on a GPU: the base in bfloat16, the projector in float32 and learning."""
    checkpoint = load_checkpoint(base, dtype=torch.bfloat16)
    ready = prepare(stage_settings(base, shown, stage="align", trains="projector"))
    model = prepare_model(stage_settings(base, shown, stage="align", trains="projector"), checkpoint)
    with torch.autocast("cpu", torch.bfloat16):
        losses = [model([row])["loss"] for row in ready.train.rows[:3]]
    torch.stack(losses).mean().backward()
    assert all(value.grad is not None and value.grad.dtype == torch.float32 for value in model.parameters() if value.requires_grad)
