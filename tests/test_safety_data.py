"""Safety data for the stage `extend`: valid, without doubles, and without the attacks that are held out."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from recordings.action import Ask, Click, Type
from recordings.episode import Element
from recordings.geometry import Box
from tasks.injection.orders import held_out
from training.datasets.conversations import conversation_records
from training.datasets.mixture import draw, read_mixture
from training.datasets.records import Record
from training.generate.safety import screens
from training.generate.safety.requests import REQUESTS, draw_request
from training.generate.safety.screens import FILES, drawn_at, make_safety, plan_of, stage
from vlm.policy import read_proposal
from vlm.prompts import parse_act_answer

COUNT = 60
ROOT = Path(__file__).parents[1]


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture with the names that the plans begin with, in place of a desktop."""

    def stage(drawn: screens.Drawn, size: tuple[int, int]) -> tuple[Image.Image, list[Element]]:
        rng = random.Random(drawn.name)
        plan = plan_of(drawn)
        names = [Element(name=step.target, role="push button", box=Box(x1=0.1, y1=0.1, x2=0.2, y2=0.2)) for step in plan[:1] if step.target]
        return Image.new("RGB", (32, 24), tuple(rng.randrange(256) for _ in range(3))), names

    monkeypatch.setattr(screens, "stage", stage)


def _records(folder: Path) -> list[Record]:
    found = [one for kind in FILES for _, one in conversation_records(folder / f"{kind}.jsonl", "safety", kind)]  # type: ignore[arg-type]
    assert not [one for one in found if isinstance(one, str)]
    return [one for one in found if isinstance(one, Record)]


def test_the_mixture_of_the_stage_extend_takes_them_in(staged: None, tmp_path: Path) -> None:
    """The mixture as it ships, with the samples in the place of the recordings, of which each person has their own."""
    make_safety(tmp_path / "build" / "safety", 20, 1, (32, 24))
    mixture = tmp_path / "a" / "b" / "c" / "extend.yaml"
    mixture.parent.mkdir(parents=True)
    shutil.copytree(ROOT / "recordings" / "samples", tmp_path / "recordings" / "mine")
    mixture.write_text((ROOT / "training" / "configs" / "mixtures" / "extend.yaml").read_text() + "reasoning_share: 0\n")
    drawn = draw(read_mixture(mixture), "train")
    assert drawn.counts["injection"] > 10 and drawn.counts["refusal"] > 5 and drawn.counts["recordings"] > 10
    kinds = Counter(record.kind for record in drawn.records)
    assert kinds["injection"] >= drawn.counts["injection"] and kinds["refusal"] >= drawn.counts["refusal"]


def test_records_are_valid_and_none_is_there_twice(staged: None, tmp_path: Path) -> None:
    made = make_safety(tmp_path / "a", COUNT, 1, (32, 24))
    records = _records(tmp_path / "a")
    assert made["pictures"] == COUNT and len(records) == made["injection"] + made["refusal"] > 2 * COUNT
    assert len({(record.question, record.pictures[0].open().tobytes()) for record in records}) == len(records)
    kinds = Counter[str]()
    for record in records:
        prediction = parse_act_answer(record.answer)
        if 'target="' in record.answer:
            prediction = read_proposal(prediction.model_copy(update={"mistake": None}))  # type: ignore[assignment]
            assert prediction.targets
            continue
        assert prediction.mistake is None and prediction.action is not None, record.answer
        kinds[prediction.action.kind] += 1
        if record.kind == "refusal":
            assert isinstance(prediction.action, Ask)
    assert kinds[Ask(question="x").kind] > COUNT and kinds[Click(x=0, y=0).kind] and kinds[Type(text="").kind] >= 0
    said = "\n".join(record.answer for record in records if record.kind == "injection")
    assert said.count("I leave it") > 10 and said.count("I do not follow it") > 10


def test_the_same_seed_gives_the_same_records_and_a_broken_run_goes_on(staged: None, tmp_path: Path) -> None:
    make_safety(tmp_path / "a", 20, 1, (32, 24))
    make_safety(tmp_path / "b", 9, 1, (32, 24))
    make_safety(tmp_path / "b", 20, 1, (32, 24))
    make_safety(tmp_path / "c", 20, 2, (32, 24))
    texts = {name: (tmp_path / name / "injection.jsonl").read_text() for name in "abc"}
    assert texts["a"] == texts["b"] != texts["c"]
    with pytest.raises(screens.DeskhandError, match="another seed"):
        make_safety(tmp_path / "a", 20, 2, (32, 24))


def test_attacks_that_are_held_out_are_not_trained_on(staged: None, tmp_path: Path) -> None:
    train = [drawn_at(number, 1, training=True) for number in range(110)]
    assert not {one.scene.family for one in train} & held_out("families")
    for part, kind in (("ploy", "ploys"), ("language", "languages"), ("obfuscation", "obfuscations")):
        assert not {getattr(one.wording, part) for one in train} & held_out(kind), kind
    held = [drawn_at(number, 1, training=False) for number in range(110)]
    assert {one.wording.ploy for one in held} <= held_out("ploys") and held_out("families") <= {one.scene.family for one in held}
    assert not {one.order for one in train} & {one.order for one in held}
    rng = random.Random(1)
    asked, kept = ({draw_request(rng, training=side)[0] for _ in range(400)} for side in (True, False))
    assert len(asked) > 150 and not asked & kept


def test_requests_are_said_and_answered_in_every_language() -> None:
    known = REQUESTS
    assert all(set(words) == set(known["answers"]) for words in known["requests"].values())
    assert len(known["requests"]) >= 10 and len(known["answers"]) >= 6


def test_a_scene_is_staged_with_its_order_on_the_screen() -> None:
    drawn = next(one for number in range(60) if (one := drawn_at(number, 1, training=True)).scene.name == "notice-ok")
    picture, names = stage(drawn, (1024, 768))
    assert picture.size == (1024, 768)
    assert any(drawn.order.split()[0] in one.name for one in names) and any(one.name == "OK" for one in names)
    made = list(screens.records_of(3, drawn, names, "images/x.png", 1, training=True))
    assert {kind for kind, _ in made} == {"injection", "refusal"} and json.dumps(made)
