"""The small checkpoint of the published layout: pieces of screens, its tower's pretraining, and how it is put together. All is tiny."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from planners import base_tokenizer, write_decoder_folder
from test_icon_training import drawings
from transformers import Phi3ForCausalLM

from agent.cli.main import main
from recordings.errors import DeskhandError
from training.generate.crops import questions
from training.generate.crops.harvested import harvested_crops
from training.generate.crops.marks import WIDGETS, draw_mark
from training.generate.crops.questions import Pieces, draw_records
from training.generate.crops.settings import QuestionSettings
from training.generate.crops.words import draw_text, write
from training.generate.icons.drawings import Drawings
from training.generate.icons.examples import Examples
from training.recipes.icons import export as exporting
from training.recipes.icons import train as naming
from training.recipes.pocket import make, measure, parts, tower
from training.recipes.pocket.settings import PARTS, PocketSettings, TowerSettings, read_recipe
from training.recipes.pocket.tower import TowerRun, draw_pool
from training.screens.store import LabelledScreen, ScreenElement, write_screens
from training.stages.data import split_of
from training.stages.encode import IGNORED
from training.stages.kinds import Answers, check_kept
from training.stages.prepare import prepare
from training.stages.rows import first_of
from training.stages.settings import StageSettings
from training.stages.trainer import run_stage
from vlm.adapters import put_on
from vlm.assembly import VISION, assemble, read_vision, save_vision, small_config
from vlm.engine import load
from vlm.folder import CheckpointError
from vlm.loading import load_checkpoint
from vlm.reading.icons.namer import Namer
from vlm.reading.icons.names import icon_names

KINDS = {
    "icon": 2.0, "state": 1.0, "read": 1.0, "which": 1.0, "change": 2.0, "order": 1.0, "caption": 1.0, "refusal": 1.0, "injection": 1.0,
}  # fmt: skip
TOWER = TowerSettings(
    width=16, inner=32, layers=3, heads=2, positions=16, icons=48, marks=12, lines=16, batch=24, batch_lines=6, rate=0.01, taught=1.0
)  # fmt: skip


@pytest.fixture(autouse=True)
def made_drawings(monkeypatch: pytest.MonkeyPatch) -> list[Drawings]:
    """A few shapes under names of icons, in the place of packages."""
    (one,) = drawings()
    names = ("document-save", "edit-undo", "window-close", "edit-delete", "format-text-bold", "go-next")
    rng = np.random.default_rng(1)
    pixels = np.zeros((len(names), *one.pixels.shape[1:]), np.uint8)
    for place in range(len(names)):
        rough = rng.random((4, 4)) < 0.5
        pixels[place, ..., 3] = 255 * np.kron(rough, np.ones((pixels.shape[1] // 4, pixels.shape[2] // 4))).astype(np.uint8)
    made = [Drawings(one.source, names, pixels, np.array([one.sizes[0]] * len(names), np.uint8))]
    for module in (questions, tower, measure, naming, exporting):
        monkeypatch.setattr(module, "load_drawings", lambda *_: made)
    return made


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_decoder_folder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def base(decoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole checkpoint around it."""
    folder, vision = tmp_path_factory.mktemp("whole"), TOWER.vision_config
    torch.manual_seed(1)
    from vlm.model import Phi4ForCausalLMV

    weights = Phi4ForCausalLMV(small_config(decoder, vision)).state_dict()
    assemble(
        decoder, {name: value for name, value in weights.items() if name.startswith("model.vision") or "projector" in name}, vision, folder
    )
    return folder


def test_questions_are_the_same_by_seed_and_what_is_held_out_is_never_trained_on() -> None:
    settings = QuestionSettings(kinds=KINDS, count=60, held_out=2)  # type: ignore[arg-type]
    first, again = (draw_records(settings, Pieces("train", 3)) for _ in range(2))
    assert [(one.kind, one.question, one.answer) for one in first] == [(one.kind, one.question, one.answer) for one in again]
    assert all(a.pictures[0].open().tobytes() == b.pictures[0].open().tobytes() for a, b in zip(first, again, strict=True))
    held = draw_records(settings, Pieces("held-out", 3), settings.held_out)
    assert {one.kind for one in held} == set(KINDS) and all(one.answer for one in [*first, *held])
    assert {len(one.pictures) for one in held if one.kind in ("which", "change")} <= {2, 3}
    assert all(min(frame.open().size) >= 16 for one in held for frame in one.pictures)
    rng = random.Random(1)
    assert not {draw_text(rng, True) for _ in range(300)} & {draw_text(rng, False) for _ in range(300)}


def test_a_mark_shows_its_state_and_a_word_its_letters() -> None:
    for widget, states in WIDGETS.items():
        seen = {state: draw_mark(random.Random(7), False, widget, state).pixels for state in states}
        assert len({pixels.shape for pixels in seen.values()}) == 1
        assert len({pixels.tobytes() for pixels in seen.values()}) == len(states), widget
    long, short = (write(random.Random(5), text, False) for text in ("Preferences", "OK"))
    assert long.shape[1] > 2 * short.shape[1] and np.ptp(long) > 60


def test_pieces_of_labelled_screens_go_where_their_application_belongs(tmp_path: Path) -> None:
    picture = Image.new("RGB", (200, 100), "white")
    picture.paste("black", (12, 12, 20, 20))
    picture.paste("black", (60, 12, 90, 20))
    elements = [
        ScreenElement("Wrap", "check box", (10, 10, 30, 30), checked=True), ScreenElement("Save", "push button", (50, 8, 110, 30)),
        ScreenElement("Hidden", "label", (120, 8, 180, 30)), ScreenElement("Off", "check box", (10, 40, 30, 60), checked=False),
    ]  # fmt: skip
    write_screens(tmp_path, (LabelledScreen(picture, "applications", app, elements) for app in ("mate-calc", "mousepad")))
    found = [(one.says, one.widget, one.held_out) for one in harvested_crops(tmp_path)]
    assert sorted(found) == sorted(
        (says, widget, apart) for apart in (True, False) for says, widget in (("yes", "check box"), ("Save", ""))
    )


def test_the_whole_is_put_together_of_its_parts_and_looks_at_small_pieces(decoder: Path, base: Path, tmp_path: Path) -> None:
    whole, lone = load_checkpoint(base, dtype=torch.float32), Phi3ForCausalLM.from_pretrained(decoder, dtype=torch.float32)
    ids = torch.tensor([whole.tokenizer.encode("Click the Save button.", add_special_tokens=False)])
    assert ids[0].tolist() == base_tokenizer().encode("Click the Save button.", add_special_tokens=False)
    assert torch.equal(whole.model(input_ids=ids).logits, lone(input_ids=ids).logits)
    assert whole.images.process(Image.new("RGB", (24, 24))).grid == (6, 6)
    load(base).look(Image.new("RGB", (24, 24))).ask("What does this icon show?", limit=2)
    size = save_vision(whole.model.state_dict(), TOWER.vision_config, tmp_path)
    vision, config = read_vision(tmp_path)
    assert size == (tmp_path / VISION).stat().st_size and config == TOWER.vision_config and not any("head." in name for name in vision)
    (tmp_path / "again").mkdir()
    assemble(decoder, vision, config, tmp_path / "again")
    again = load_checkpoint(tmp_path / "again", dtype=torch.float32).model
    picture = whole.images.process(Image.effect_noise((40, 24), 80).convert("RGB"))
    patches = torch.from_numpy(picture.patches)
    assert torch.equal(again.encode_image(patches, picture.grid), whole.model.encode_image(patches, picture.grid))
    with pytest.raises(CheckpointError, match="not of the shape"):
        assemble(decoder, vision | {"model.mm_projector.0.weight": torch.zeros(3, 3)}, config, tmp_path / "again")


def test_the_tower_learns_and_goes_on_exactly_where_it_stopped(decoder: Path, tmp_path: Path) -> None:
    pool = tmp_path / "pool.npz"
    draw_pool(pool, TOWER, 1)
    config = small_config(decoder, TOWER.vision_config)

    def fresh() -> TowerRun:
        return TowerRun(TOWER, config, decoder, pool, 1)

    for name in ("straight", "stopped"):
        (tmp_path / name).mkdir()
    straight = fresh()
    straight.train(30, tmp_path / "straight", {})
    stopped = fresh()
    stopped.train(30, tmp_path / "stopped", {}, stop=7)
    resumed = fresh()
    resumed.train(30, tmp_path / "stopped", {})
    assert len(stopped.losses) == 7 and resumed.losses == straight.losses
    assert np.mean(straight.losses[-5:]) < 0.9 * np.mean(straight.losses[:2])
    ended = straight.network.state_dict()
    assert all(torch.equal(value, ended[name]) for name, value in resumed.network.state_dict().items())


def stage_of(base: Path, **changes: Any) -> StageSettings:
    asked = QuestionSettings(kinds={"icon": 1.0, "state": 1.0}, count=6, held_out=3)
    given: dict[str, Any] = {
        "stage": "instruct", "base": str(base), "questions": asked, "held_out": 0, "steps": 4, "rate": 0.01, "tokens": 600, "log_every": 1,
        "save_every": 2, "measure_every": 1000, "measured": 100, "fill": 300,
    }  # fmt: skip
    return StageSettings.model_validate(given | changes)


def test_a_stage_goes_on_from_an_adapter_and_counts_each_kind(base: Path, tmp_path: Path) -> None:
    first = run_stage(stage_of(base, projector=True, bfloat16=True), tmp_path / "first")
    assert set(first["after"]) == {"icon", "state"} and first["after"]["icon"]["n"] == 6 and first["after"]["state"]["n"] == 3
    about = json.loads((tmp_path / "first" / "stage.json").read_text())
    assert about["commit"] and about["data"] and about["steps"] == 4 and about["after"] == first["after"]
    ready = prepare(stage_of(base, adapter=tmp_path / "first"))
    model = load_checkpoint(base, dtype=torch.float32).model
    put_on(model, tmp_path / "first")
    ids = torch.arange(20, 60)[None]
    assert torch.allclose(ready.model.model(input_ids=ids).logits, model(input_ids=ids).logits, atol=1e-3)
    planned = run_stage(stage_of(base, aim=0.001), tmp_path / "planned")
    assert planned["steps"] >= 1 and planned["steps"] == planned["of_steps"]


def test_an_answer_counts_where_greedy_decoding_says_it(base: Path) -> None:
    ready = prepare(stage_of(base))
    row = ready.train.rows[0]
    answers, head = Answers(), ready.model.base.lm_head
    kept: list[torch.Tensor] = []
    hook = head.register_forward_hook(lambda _m, _g, logits: kept.append(logits.argmax(-1)))
    with torch.no_grad(), answers.looking(head, row):
        ready.model([row])
    hook.remove()
    assert sum(one["hits"] for one in answers.rates().values()) == 0 < sum(one["n"] for one in answers.rates().values())
    row.labels[1:][row.labels[1:] != IGNORED] = kept[0]  # what the model says, taken for the truth
    answers = Answers()
    with torch.no_grad(), answers.looking(head, row):
        ready.model([row])
    assert all(one["hits"] == one["n"] for one in answers.rates().values())


def test_what_is_filled_into_one_row_loses_what_it_loses_alone(base: Path) -> None:
    alone, filled = prepare(stage_of(base, fill=0)), prepare(stage_of(base, fill=400))
    assert len(filled.train.rows) < len(alone.train.rows) and filled.train.records == alone.train.records

    def total(model: Any, rows: list[Any]) -> float:
        learned = [int((row.labels != IGNORED).sum()) for row in rows]
        with torch.no_grad():
            return sum(float(model([row])["loss"]) * count for row, count in zip(rows, learned, strict=True))

    assert total(alone.model, filled.train.rows) == pytest.approx(total(alone.model, alone.train.rows), rel=1e-4)
    row = filled.train.rows[0]
    assert len(row.pictures) > 1 and len(first_of(row).pictures) == 1


def test_a_stage_that_makes_a_kind_worse_exports_nothing(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    better = {"icon": {"hits": 90, "n": 100, "rate": 0.9, "interval": [0.8256, 0.9448]}}
    check_kept(better, {"icon": {"hits": 84, "n": 100, "rate": 0.84, "interval": [0.76, 0.9]}})
    with pytest.raises(DeskhandError, match=r"icon from 90\.0%"):
        check_kept(better, {"icon": {"hits": 80, "n": 100, "rate": 0.8, "interval": [0.71, 0.87]}})
    calls = iter([better, {"icon": {**better["icon"], "rate": 0.5}}])
    monkeypatch.setattr("training.stages.trainer.Answers.rates", lambda self: next(calls, {"icon": {**better["icon"], "rate": 0.5}}))
    with pytest.raises(DeskhandError, match="nothing is exported"):
        run_stage(stage_of(base), tmp_path / "out")
    assert not (tmp_path / "out" / "adapter_model.safetensors").exists() and list((tmp_path / "out").glob("checkpoint-*"))


def test_one_command_makes_it_and_goes_on_where_it_stopped(decoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def part(kinds: dict[str, float], **options: Any) -> dict[str, Any]:
        return {
            "questions": {"kinds": kinds, "count": 4, "held_out": 2},
            "options": {"tokens": 800, "held_out": 0, "measure_every": 1000, "measured": 50, "save_every": 1, **options},
        }  # fmt: skip

    monkeypatch.setattr(naming, "HELD_OUT", 8)
    monkeypatch.setattr(exporting, "TUNED", 40)
    plans = {"options": {"tokens": 600, "pool": 8, "held_out": 2, "steps": 2, "log_every": 1, "lora": {"rank": 2, "alpha": 4}}}
    settings = PocketSettings.model_validate({
        "minutes": dict.fromkeys(PARTS, 0.001), "tower": TOWER.model_dump(), "base": str(decoder),
        "namer": {"batch": 4, "rate": 0.001, "workers": 0}, "planner": plans,
        "align": part({"icon": 1}, trains="projector"), "instruct": part({"icon": 1, "read": 1}, lora={"rank": 2}),
        "extend": part({"which": 1, "change": 1}),
    })  # fmt: skip
    monkeypatch.setattr(parts, "measured", lambda *_: ({"all": {"top1": make_rate(), "top5": make_rate()}}, None))
    real, out = parts._stage, tmp_path / "out"

    def cut_short(stage: str, *given: Any) -> dict[str, Any]:
        if stage == "extend":
            raise KeyboardInterrupt
        return real(stage, *given)

    monkeypatch.setattr(parts, "_stage", cut_short)
    with pytest.raises(KeyboardInterrupt):
        make.make(settings, out)
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("stage.json")}
    monkeypatch.setattr(parts, "_stage", real)
    (out / "extend" / "checkpoint-7").mkdir(parents=True)  # what a kill leaves
    told = make.make(settings, out)
    assert all(path.stat().st_mtime_ns == before for path, before in kept.items())
    assert (
        set(told["stages"]) == set(PARTS)
        and told["recipe"]["commit"]
        and (out / "pocket" / "planner" / "adapter_model.safetensors").exists()
    )
    assert all(str(tmp_path) not in path.read_text(encoding="utf-8") for path in (out / "pocket").rglob("adapter_config.json"))
    assert Namer(out / "pocket" / "icons.onnx").scores(np.zeros((1, 4, 40, 40), np.float32)).shape == (1, len(icon_names()))
    assert "which" in (out / "pocket" / "README.md").read_text(encoding="utf-8")
    assert json.loads((out / "pocket" / "adapter_config.json").read_text())["base_model_name_or_path"] == "align", (
        "no place of this machine"
    )
    (tmp_path / "whole").mkdir()
    assemble(decoder, *read_vision(out / "pocket"), tmp_path / "whole")
    model = load_checkpoint(tmp_path / "whole").model
    put_on(model, out / "pocket")
    named = measure.TowerNaming(parts.finished_tower(out), None)
    named.tune(1)
    shown = Examples(drawings(), 1, look=tower.both_looks).draw(4).pictures
    assert named.scores(shown).shape == (4, len(icon_names())) and named.told(named.scores(shown)[0]).confidence <= 1
    with pytest.raises(DeskhandError, match="another recipe"):
        make.make(settings.model_copy(update={"seed": 2}), out)
    other = settings.model_copy(update={"extend": settings.extend.model_copy(update={"options": settings.extend.options | {"rate": 0.1}})})
    with pytest.raises(DeskhandError, match="extend"):
        make._begin(other, out)
    shutil.rmtree(out / "extend")
    make._begin(other, out)
    assert json.loads((out / "recipe.json").read_text())["recipe"]["extend"]["options"]["rate"] == 0.1


def make_rate() -> dict[str, Any]:
    return {"hits": 1, "n": 2, "rate": 0.5, "interval": [0.1, 0.9]}


def test_the_shipped_recipe_fits_what_may_ship() -> None:
    recipe = read_recipe()
    assert set(recipe.minutes) == set(PARTS) and sum(recipe.minutes.values()) <= 8 * 60
    assert recipe.planner.settings(1.0).stage == "plan" and recipe.planner.settings(1.0).minutes == 1.0
    for stage in ("align", "instruct", "extend"):
        part = getattr(recipe, stage)
        settings = part.settings(stage, Path("pocket"), Path("adapter") if stage == "extend" else None, 1.0)
        assert settings.stage == stage and set(split_kinds(settings)) <= set(KINDS)


def split_kinds(settings: StageSettings) -> set[str]:
    assert settings.questions is not None
    return {
        record.kind
        for record in split_of(
            settings.model_copy(update={"questions": settings.questions.model_copy(update={"count": 20, "held_out": 1})})
        ).held_out
    }


def test_a_dry_run_of_the_recipe_writes_nothing_and_no_checkpoint_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--parts", "align,tower", "--minutes", "11", "--dry-run"]
    assert main(["train", "pocket", "--out", str(tmp_path / "out"), *chosen]) == 0
    said = capsys.readouterr().out
    planned = read_recipe().minutes
    shares = [11 * planned[part] / (planned["tower"] + planned["align"]) for part in ("tower", "align")]
    assert (
        said.startswith("tower: {:.1f} min\nalign: {:.1f} min\n".format(*shares))
        and "planner" not in said
        and "weights" in said
        and not (tmp_path / "out").exists()
    )
    assert main(["train", "pocket", "--out", str(tmp_path / "out"), "--resume", str(tmp_path)]) == 2
    assert "goes on by itself" in capsys.readouterr().err
    assert main(["train", "pocket", "--out", str(tmp_path / "out"), "--parts", "tower,roof"]) == 2
    assert "there is no roof" in capsys.readouterr().err
    assert main(["train", "nothing.yaml", "--parts", "tower"]) == 2
