"""Training's own parts: targets, packing, the objective, and legs that resume exactly."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from recordings.action import Click, Press, Type, parse_action
from recordings.episode import UNCHANGED, Prediction, Step
from recordings.errors import DeskhandError
from recordings.geometry import Point
from training.collate import IGNORED, Collator
from training.dense import CHARACTERS, CLASSES, DenseHeads, character_targets, edge_targets, patch_places, place_waves
from training.examples import act_example, make_examples, unambiguous
from training.initial import fresh_pocket
from training.leg_settings import LOSS_WEIGHTS, LegSettings, read_settings
from training.objective import DECIDING, Objective
from training.plans import stepwise, sum_task
from training.screens.drawn import draw_screen
from training.screens.sheets import draw_sheet
from training.screens.store import ScreenElement
from training.trainer import Trainer, make_batch, train
from training.trainer import _open as open_source
from training.views import PreparedScreen, choose_ink, choose_window
from vlm.prompts import PlanItem, act_question, key_run, parse_box, print_done, print_thought
from vlm.tokenizer import build_tokenizer

WEIGHTS = {"ground": 1.0, "act": 1.0, "plan": 0.5, "read": 0.5, "state": 0.5, "finished": 0.5}


@pytest.fixture(scope="module")
def collator() -> Collator:
    return Collator(build_tokenizer())


@pytest.fixture(scope="module")
def screen() -> PreparedScreen:
    return PreparedScreen(draw_screen(random.Random(5)))


def test_drawn_glyph_boxes_hold_ink_and_elements_lie_inside() -> None:
    drawn = draw_screen(random.Random(1), wide=0.0)
    grey = np.asarray(drawn.picture().convert("L")).astype(int)
    assert drawn.glyphs is not None and len(drawn.glyphs) > 200 and len(drawn.elements) > 15
    inked = 0
    for _, x1, y1, x2, y2 in drawn.glyphs:
        part = grey[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1]
        inked += part.size > 0 and part.max() - part.min() > 40
    assert inked / len(drawn.glyphs) > 0.97
    width, height = drawn.picture().size
    assert all(0 <= e.box[0] < e.box[2] <= width and 0 <= e.box[1] < e.box[3] <= height for e in drawn.elements)


def test_drawing_depends_on_the_seed_alone() -> None:
    assert draw_sheet(random.Random(3)).picture().tobytes() == draw_sheet(random.Random(3)).picture().tobytes()
    assert draw_sheet(random.Random(3)).picture().tobytes() != draw_sheet(random.Random(4)).picture().tobytes()


def test_dense_targets() -> None:
    targets = character_targets([("a", 0, 0, 8, 16), ("é", 20, 20, 26, 30), ("z", 500, 0, 510, 9)], (2, 2))
    assert targets.shape == (2, 2, CLASSES)
    assert targets[0, 0, CHARACTERS.index("a")] == 1 and targets[1, 1, CLASSES - 1] == 1 and targets.sum() == 2
    inner = ScreenElement("in", "push button", (16, 16, 32, 32))
    edges = edge_targets([inner, ScreenElement("out", "panel", (0, 0, 64, 48))], (3, 4))
    assert edges[1, 1].tolist() == [0.5, 0.5, 0.5, 0.5]
    assert edges[0, 3].tolist() == [3.5, 0.5, 0.5, 2.5]


def test_places_are_told_apart_by_their_waves() -> None:
    places = patch_places(torch.tensor([0, 63, 64, 3071]), (48, 64))
    assert places[0].tolist() == pytest.approx([0.5 / 64, 0.5 / 48]) and places[3].tolist() == pytest.approx([63.5 / 64, 47.5 / 48])
    waves = place_waves(places)
    assert waves.shape == (4, 64)
    nearness = waves @ waves.T / 32
    assert nearness.diagonal().tolist() == pytest.approx([1.0] * 4) and float(nearness[0, 1]) < 0.9


def test_only_names_that_stand_for_one_place_are_asked_for() -> None:
    box = (0.0, 0.0, 9.0, 9.0)
    names = ["Save", "save ", "Open", " "]
    assert [e.name for e in unambiguous([ScreenElement(name, "", box) for name in names])] == ["Open"]


def test_plans_are_followed_step_by_step() -> None:
    rng = random.Random(2)
    for _ in range(200):
        current = PlanItem("click", "Save As...")
        instruction, plan, index = stepwise(rng, current, ["File", "Edit"])
        assert plan[index] == current and all(f'"{item.text}"' in instruction for item in plan)
    for key in "0123456789+-=":
        _, plan, index = sum_task(rng, key)
        assert plan[index].text == key and plan[-1].text == "="
    assert print_thought(PlanItem("click", "File")) == "now: [File]" and print_thought(None) == "now: done"


def test_steps_taken_are_told_shortly() -> None:
    keys = [PlanItem("click", key, rest) for key, rest in key_run("97 - 5")]
    assert print_done([]) == "" and print_done(keys[:2]) == "- 5 left, [7]" and print_done(keys) == "[5]"
    others = [PlanItem("type", "a b"), PlanItem("click", "File"), PlanItem("press", "ctrl+s"), PlanItem("click", "Save")]
    assert print_done(others) == "[File]<ctrl+s>[Save]"


def test_questions_after_some_steps_are_those_of_inference() -> None:
    plan = [PlanItem("click", "File"), PlanItem("type", "some text"), PlanItem("press", "ctrl+s"), PlanItem("click", "Save")]
    actions = [Click(x=0.1, y=0.2), Type(text="some text"), Press(keys=("ctrl", "s"))]
    history = [
        Step(index=index, prediction=Prediction(thought=print_thought(item), action=action), action=action)
        for index, (item, action) in enumerate(zip(plan, actions, strict=False))
    ]
    element = ScreenElement("Save", "push button", (10, 10, 50, 30))
    told = 'Open "File", type "some text", press "ctrl+s" and choose "Save".'
    example = act_example(told, plan, 3, element, Point(x=0.1, y=0.2))
    assert act_question(told, history) == example.question and "[File]{some text}<ctrl+s>" in example.question
    # A step that changed nothing and was tried again with success is told once.
    without_effect = history[0].model_copy(update={"changed": False})
    assert act_question(told, [without_effect, *history]) == example.question


def test_what_an_answer_repeats_is_found_in_the_instruction(collator: Collator) -> None:
    rng = random.Random(4)
    for _ in range(200):
        instruction, plan, index = sum_task(rng) if rng.random() < 0.3 else stepwise(rng, None, ["File", "Save As..."])
        point = Point(x=0.1, y=0.2) if index < len(plan) and plan[index].verb == "click" else None
        example = act_example(instruction, plan, index, None, point)
        if index < len(plan) and plan[index].verb != "press" and plan[-1].text != "=":
            assert len(example.copies) == len(plan[index].text) + 1
        elif index == 0 and plan[-1].text == "=":
            assert len(example.copies) == 1 + len(plan[0].rest)
        pairs = [(example.answer[place], example.question[source]) for place, source in example.copies]
        assert all(said == read or (said == "]" and read == '"') for said, read in pairs)


def test_answers_are_what_inference_parses(screen: PreparedScreen) -> None:
    rng = random.Random(7)
    seen: dict[str, int] = {}
    for example in make_examples(rng, screen.elements, [e.name for e in screen.elements], screen.size, 200, WEIGHTS, screen.aim):
        seen[example.kind] = seen.get(example.kind, 0) + 1
        width, height = screen.size
        if example.kind in ("act", "plan"):
            action = parse_action(example.answer.rpartition("\n")[2])
            if example.element is not None:
                assert action.kind == "click"
                x1, y1, x2, y2 = example.element.box
                assert x1 - 1 <= action.x * width <= x2 + 1 and y1 - 1 <= action.y * height <= y2 + 1
        elif example.kind == "ground":
            box = parse_box(example.answer)
            assert box is not None and example.element is not None
            assert (
                box.center.distance(Point(x=sum(example.element.box[::2]) / 2 / width, y=sum(example.element.box[1::2]) / 2 / height))
                < 0.002
            )
    assert set(seen) == set(WEIGHTS)


def test_segments_learn_answers_only_and_point_at_coordinates(collator: Collator, screen: PreparedScreen) -> None:
    tokenizer = collator.tokenizer
    for example in make_examples(random.Random(8), screen.elements, [], screen.size, 30, {"ground": 1.0, "act": 1.0}, screen.aim):
        ids, labels, pointers = collator.segment(example)
        learned = [token for token, label in zip(ids, labels, strict=True) if label != IGNORED]
        assert tokenizer.decode(learned) == example.answer + "<|im_end|>"
        assert len(pointers) == (4 if example.kind == "ground" else 2)
        assert all(len(tokenizer.decode([ids[place + 1]])) == 3 for place in pointers)


def test_a_look_learns_where_and_not_which(collator: Collator, screen: PreparedScreen) -> None:
    found = make_examples(random.Random(8), screen.elements, [], screen.size, 10, {"look": 1.0}, screen.aim)
    for example in found:
        ids, labels, pointers = collator.segment(example)
        learned = [token for token, label in zip(ids, labels, strict=True) if label != IGNORED]
        assert collator.tokenizer.decode(learned) == example.answer.partition("\nclick(x=")[2] + "<|im_end|>"
        assert len(pointers) == 2 and example.element is not None and f"[{example.element.name}]" in example.answer
    assert len(found) == 10


def test_names_that_begin_alike_are_asked_for_more_often(screen: PreparedScreen) -> None:
    rng = random.Random(4)
    pairs = 0
    for _ in range(300):
        _, plan, _ = stepwise(rng, None, ["Save", "File", "Edit"])
        clicks = [item.text for item in plan if item.verb == "click"]
        pairs += any(one != other and other.startswith(one) for one in clicks for other in clicks)
    assert 60 < pairs < 180
    boxes = [(10.0 + 30 * number, 10.0, 30.0 + 30 * number, 30.0) for number in range(8)]
    elements = [ScreenElement(name, "button", box) for name, box in zip(("+", "+/-", "1", "2", "3", "4", "5", "6"), boxes, strict=True)]
    found = make_examples(rng, elements, [e.name for e in elements], (320, 240), 400, {"look": 1.0}, lambda element: element.box)
    asked = [example.element.name for example in found if example.element]
    assert asked.count("+") > 2.5 * asked.count("1") > 0 and asked.count("+/-") > 2.5 * asked.count("2")


def test_a_second_try_is_asked_as_inference_asks_it() -> None:
    plan = [PlanItem("click", "File"), PlanItem("press", "ctrl+s")]
    element = ScreenElement("File", "menu", (10, 10, 50, 30))
    told = 'Open "File" and press "ctrl+s".'
    first = act_example(told, plan, 0, element, Point(x=0.1, y=0.2))
    again = act_example(told, plan, 0, element, Point(x=0.1, y=0.2), again=True)
    failed = Step(index=0, prediction=Prediction(thought=print_thought(plan[0])), note=UNCHANGED, changed=False)
    assert again.question == act_question(told, [failed]) != first.question
    assert again.answer == first.answer and again.element is element


def test_windows_keep_their_place_on_the_screen(collator: Collator, screen: PreparedScreen) -> None:
    rng = random.Random(4)
    window = choose_window(rng, screen, (8, 16))
    batch = collator.collate(rng, [screen], [window], 3, WEIGHTS, row_tokens=400)
    columns = screen.grid[1]
    assert window.rectangle is not None
    top, left, bottom, right = window.rectangle
    assert batch.cells[0, 0] == top * columns + left
    assert batch.cells[0, -1] == (bottom - 1) * columns + right - 1
    assert np.array_equal(batch.patches[0, 0].numpy(), screen.patches[top, left])
    assert int(batch.positions[batch.segments > 0].min()) == len(collator.prefix) + screen.grid[0] * columns


def test_a_selection_shows_every_label_that_it_asks_about(collator: Collator, screen: PreparedScreen) -> None:
    rng = random.Random(4)
    view = choose_ink(rng, screen, 900)
    assert len(view.cells) == 900 and len(set(view.cells.tolist())) == 900
    batch = collator.collate(rng, [screen], [view], 6, {"ground": 1.0}, row_tokens=500)
    assert batch.pointer_targets.shape == (len(batch.pointer_rows), 900) and bool(batch.pointer_targets.any(1).all())
    assert int(batch.labelled.sum()) == len(batch.label_truth) > 50


def test_questions_do_not_see_each_other(collator: Collator, screen: PreparedScreen) -> None:
    """The language loss of a packed row is the mean over its questions asked alone."""
    torch.manual_seed(0)
    model = fresh_pocket(3).eval()
    model.set_attn_implementation("eager")
    heads = DenseHeads(model.config.vision_config.hidden_size)
    weights = LOSS_WEIGHTS
    objective = Objective(model, heads, collator.coordinate_ids, weights, softness=4.0)
    window = choose_window(random.Random(1), screen, (6, 8))
    packed = collator.collate(random.Random(1), [screen], [window], 2, {"plan": 1.0}, row_tokens=600)
    with torch.inference_mode():
        together = objective(packed).language
        first = int((packed.segments[0] == 1).sum())
        tokens = [(packed.segments[0] == number).nonzero()[:, 0] for number in (1, 2)]
        alone, counts = [], []
        for places in tokens:
            part = collator.collate(random.Random(1), [screen], [window], 2, {"plan": 1.0}, row_tokens=600)
            for name in ("ids", "labels", "segments", "positions", "deciding"):
                setattr(part, name, getattr(part, name)[:, places])
            for name in part.__dataclass_fields__:
                if name.startswith(("near_", "mark_", "follow_", "copy_")):  # their places are those of the whole row
                    setattr(part, name, getattr(part, name)[:0])
            alone.append(float(objective(part).language))
            counts.append(int((part.labels[:, 1:] != IGNORED).sum()) + DECIDING * int(part.deciding.sum()))
    assert first > 10
    assert float(together) == pytest.approx(sum(a * c for a, c in zip(alone, counts, strict=True)) / sum(counts), rel=2e-3)


def leg(tmp_path: Path, **changes: object) -> Path:
    settings = {
        "seed": 4, "steps": 4, "sources": [{"kind": "drawn", "size": [256, 192]}], "windows": [[6, 8]], "tokens": 96,
        "windows_per_screen": 2, "questions": 2, "threads": 1, "log_every": 1, "warmup": 2, **changes,
    }  # fmt: skip
    path = tmp_path / "leg.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def test_four_steps_resume_to_the_same_losses(tmp_path: Path) -> None:
    """Stopping after two steps and going on gives bit-equal losses."""
    torch.set_num_threads(1)
    settings = read_settings(leg(tmp_path))
    collator = Collator(build_tokenizer())
    sources = [open_source(source) for source in settings.sources]

    def trainer(out: Path) -> Trainer:
        model = fresh_pocket(1)
        torch.manual_seed(0)
        return Trainer(settings, model, DenseHeads(model.config.vision_config.hidden_size), out)

    whole = trainer(tmp_path / "whole")
    straight = [float(whole.train_step(make_batch(settings, collator, sources, step)).total) for step in range(4)]
    half = trainer(tmp_path / "half")
    for step in range(2):
        half.train_step(make_batch(settings, collator, sources, step))
    half.save()
    from training.trainer import load_checkpoint

    model, heads, state = load_checkpoint(tmp_path / "half")
    resumed = Trainer(settings, model, heads, tmp_path / "half")
    resumed.resume(state)
    rest = [float(resumed.train_step(make_batch(settings, collator, sources, step)).total) for step in (2, 3)]
    assert rest == straight[2:]
    assert straight[3] != straight[2]


def test_whole_screens_can_get_the_questions_of_several_windows(tmp_path: Path) -> None:
    counts = []
    for times in (1, 3):
        settings = read_settings(leg(tmp_path, ink_share=1.0, ink=300, tokens=300, whole_times=times))
        collator, sources = Collator(build_tokenizer()), [open_source(source) for source in settings.sources]
        counts.append(sum(sum(make_batch(settings, collator, sources, step).kinds.values()) for step in range(3)))
    assert counts[1] > 2 * counts[0] > 0


def test_a_leg_writes_a_checkpoint_and_a_log(tmp_path: Path) -> None:
    report = train(leg(tmp_path, steps=2), tmp_path / "out")
    assert report["step"] == 2 and report["language"] > 0
    assert (tmp_path / "out" / "config.json").is_file() and (tmp_path / "out" / "tokenizer.json").is_file()
    lines = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]


def test_bad_configurations_are_named(tmp_path: Path) -> None:
    with pytest.raises(DeskhandError, match="no training configuration"):
        read_settings(tmp_path / "none.yaml")
    with pytest.raises(DeskhandError, match="learning_rate"):
        read_settings(leg(tmp_path, learning_rate=1))
    with pytest.raises(DeskhandError, match="no checkpoint"):
        train(leg(tmp_path), tmp_path / "out", tmp_path / "nothing")
    assert isinstance(read_settings(leg(tmp_path)), LegSettings)
