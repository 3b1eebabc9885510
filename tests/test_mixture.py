"""Mixtures: shares and caps kept, whole episodes and applications held out, and the same records from the same seed."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from demonstrations import make_episode
from PIL import Image

from recordings.errors import DeskhandError
from recordings.geometry import Box
from training.datasets.checks import check_folder
from training.datasets.mixture import draw, is_held_out, read_mixture
from training.datasets.records import COMPUTER_USE
from training.datasets.verdicts import save_verdicts
from training.screens.drawn import draw_screen
from training.screens.store import LabelledScreen, write_screens


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for number in range(12):
        make_episode(root / "shown", f"shown-{number}", script=("click(x=0.2000, y=0.1500)", 'type(text="x")', "click(x=0.7000, y=0.1500)"))
    screens = (draw_screen(random.Random(number), (320, 240)) for number in range(6))
    write_screens(root / "screens", (LabelledScreen(s.image, s.source, f"app{i}", s.elements) for i, s in enumerate(screens)))
    return root


def mixture_at(data: Path, **changes: Any) -> Path:
    values = {
        "seed": 3, "count": 60, "held_out": 0.3,
        "sources": [{"name": "mine", "path": "shown"}, {"name": "drawn", "kind": "screens", "path": "screens", "cap": 10}],
    }  # fmt: skip
    path = data / "mixture.yaml"
    path.write_text(yaml.safe_dump(values | changes))
    return path


def test_shares_and_caps_are_kept_and_no_record_comes_twice(data: Path) -> None:
    drawn = draw(read_mixture(mixture_at(data, reasoning_share=0.25)), "train")
    assert len(drawn.records) == 60 and sum(record.mode == "think" for record in drawn.records) == 15
    assert drawn.counts["drawn"] == 10 and drawn.counts["mine"] == 50
    asked = Counter(
        (record.question, record.answer, record.mode, str(record.pictures[0].source)) for record in drawn.records if record.episode
    )
    assert max(asked.values()) == 1
    half = draw(read_mixture(mixture_at(data, computer_use_share=0.9, count=30)), "train")
    assert sum(record.kind in COMPUTER_USE for record in half.records) == 27


def test_the_same_seed_draws_the_same_and_another_does_not(data: Path) -> None:
    def asked(**changes: Any) -> list[tuple[str, str, str]]:
        return [(r.question, r.answer, r.episode) for r in draw(read_mixture(mixture_at(data, **changes)), "train").records]

    assert asked() == asked() != asked(seed=4)


def test_episodes_and_applications_are_held_out_whole(data: Path) -> None:
    mixture = read_mixture(mixture_at(data, count=5000))
    sides = {split: draw(mixture, split).records for split in ("train", "held-out")}  # type: ignore[arg-type]
    for name_of in (lambda record: record.episode, lambda record: record.application if record.source == "drawn" else ""):
        train, held = ({name_of(record) for record in records} - {""} for records in sides.values())
        assert train and held and not train & held
    assert all(is_held_out(record.episode, mixture) for record in sides["held-out"] if record.episode)
    named = read_mixture(mixture_at(data, count=5000, held_out=0.0, held_out_applications=["app2"]))
    assert {record.application for record in draw(named, "held-out").records} == {"app2"}
    assert "app2" not in {record.application for record in draw(named, "train").records}


def test_what_is_missing_is_counted(data: Path) -> None:
    drawn = draw(read_mixture(mixture_at(data, count=100_000)), "train")
    assert drawn.dropped["wanted records that no source could give within the shares and caps"] == 100_000 - len(drawn.records)
    assert "left out" in drawn.lines()[1] and str(len(drawn.records)) in drawn.lines()[0]


def test_an_unreadable_episode_is_counted(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "shown", tmp_path / "shown")
    shutil.copytree(data / "screens", tmp_path / "screens")
    (tmp_path / "shown" / "shown-3" / "episode.json").write_text("{")
    drawn = draw(read_mixture(mixture_at(tmp_path)), "train")
    assert drawn.dropped["unreadable episodes"] == 1 and drawn.records


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sources": [{"name": "gone", "path": "nowhere"}]}, "the source gone names"),
        ({"sources": [{"name": "a", "path": "shown", "weight": 0}]}, "sum to zero"),
        ({"sources": [{"name": "a", "path": "shown"}, {"name": "a", "path": "shown"}]}, "two sources are called a"),
        ({"sources": [{"name": "a", "path": "shown", "colour": 1}]}, "colour"),
        ({"sources": [{"name": "a", "path": "shown", "weight": float("inf")}]}, "is no number"),
        ({"reasoning_share": 2}, "reasoning_share"),
        ({"sources": []}, "sources"),
        ({"sources": [{"name": "a", "path": "shown", "weight": 0}]}, "yaml: the weights"),
    ],
)
def test_wrong_mixtures_are_one_line(data: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DeskhandError, match=said) as raised:
        read_mixture(mixture_at(data, **changes))
    assert "\n" not in str(raised.value)


def test_where_there_is_too_little_the_shares_are_kept(data: Path) -> None:
    drawn = draw(read_mixture(mixture_at(data, count=100_000, reasoning_share=0.25)), "train")
    assert len(drawn.records) > 20
    assert sum(record.mode == "think" for record in drawn.records) == round(0.25 * len(drawn.records))
    only_ground = [{"name": "drawn", "kind": "screens", "path": "screens"}]
    with pytest.raises(DeskhandError, match=r"reasoning_share is 0[.]2, but the sources hold no record that thinks"):
        draw(read_mixture(mixture_at(data, sources=only_ground)), "train")
    assert draw(read_mixture(mixture_at(data, sources=only_ground, reasoning_share=0)), "train").records


def test_applications_can_be_what_is_split(tmp_path: Path) -> None:
    for number in range(20):
        make_episode(tmp_path / "shown", f"shown-{number}", script=("click(x=0.2000, y=0.1500)",))
    sources = [{"name": "mine", "path": "shown"}]
    by_episode, by_application = (
        read_mixture(mixture_at(tmp_path, sources=sources, split_by=by, count=5000, held_out=0.5)) for by in ("episode", "application")
    )
    assert draw(by_episode, "train").records and draw(by_episode, "held-out").records
    # All of them are of the one application, and so on one side.
    sides = [len(draw(by_application, "held-out").records)]
    try:
        sides.append(len(draw(by_application, "train").records))
    except DeskhandError:
        sides.append(0)
    assert sorted(map(bool, sides)) == [False, True]


def test_conversations_are_a_source(data: Path, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "gray").save(tmp_path / "one.png")
    turns = [{"from": "human", "value": "<image>\nWhat is this?"}, {"from": "gpt", "value": "A wall."}]
    thinking = [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "<think>it is grey</think>Paint."}]
    items = [
        *({"id": f"a/{number}", "image": "one.png", "conversations": turns} for number in range(8)),
        *({"id": f"b{number}", "conversations": thinking} for number in range(2)),
        {"id": "c", "image": "gone.png", "conversations": turns},
        {"id": "d"},
    ]
    (tmp_path / "talk.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    sources = [{"name": "talk", "kind": "llava", "path": str(tmp_path / "talk.jsonl")}]
    drawn = draw(read_mixture(mixture_at(data, sources=sources, held_out=0)), "train")
    assert len(drawn.records) == 10 and {record.kind for record in drawn.records} == {"text"}
    one = next(record for record in drawn.records if record.mode == "think")
    assert (one.question, one.answer) == ("Why?", "it is grey</think>Paint.")
    other = next(record for record in drawn.records if record.mode == "nothink")
    assert (other.question, other.answer, other.pictures[0].open().size) == ("What is this?", "A wall.", (40, 30))
    assert drawn.dropped["conversations whose picture is missing"] == 1 and drawn.dropped["conversations without 'conversations'"] == 1


def test_near_duplicates_can_be_left_out(tmp_path: Path) -> None:
    for number in range(3):
        make_episode(tmp_path / "shown", f"shown-{number}", script=("click(x=0.2000, y=0.1500)",))
    save_verdicts(tmp_path / "shown", check_folder(tmp_path / "shown"))

    def count(near_duplicates: bool) -> int:
        sources = [{"name": "mine", "path": "shown", "near_duplicates": near_duplicates, "kinds": ["ground"]}]
        return len(draw(read_mixture(mixture_at(tmp_path, sources=sources, held_out=0, reasoning_share=0)), "train").records)

    assert (count(True), count(False)) == (3, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b\n", "is no mixture: it holds no keys"),
        ("", "is no mixture: it is empty"),
        ("a: [1\nb: 2\n", "line 2: this is no YAML: expected"),
    ],
)
def test_what_is_no_mixture_at_all_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "m.yaml").write_text(text)
    with pytest.raises(DeskhandError, match=said) as raised:
        read_mixture(tmp_path / "m.yaml")
    assert ": :" not in str(raised.value) and "\n" not in str(raised.value)


def test_boxes_of_conversations_are_read(data: Path, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "gray").save(tmp_path / "one.png")
    answers = ["[0.100, 0.100, 0.300, 0.200]", "[1.200, 0.100, 1.300, 0.200]", "[0.1, -0.1, 0.3, 0.2]", "top left", "[0.5, 0.1, 0.3, 0.2]"]
    items: list[Any] = [
        {"id": number, "image": "one.png", "conversations": [{"from": "human", "value": "Where?"}, {"from": "gpt", "value": answer}]}
        for number, answer in enumerate(answers)
    ]
    items += [{"id": "number", "image": 5, "conversations": items[0]["conversations"]}]
    (tmp_path / "talk.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    sources = [{"name": "talk", "kind": "llava", "path": str(tmp_path / "talk.jsonl"), "kinds": ["ground"]}]
    drawn = draw(read_mixture(mixture_at(data, sources=sources, held_out=0, reasoning_share=0)), "train")
    (record,) = drawn.records
    assert record.answer == answers[0] and record.target == Box(x1=0.1, y1=0.1, x2=0.3, y2=0.2)
    assert drawn.dropped["answers with a box that is not within 0–1"] == 2
    assert drawn.dropped["answers that should be a box and are none that can be read"] == 2
    assert drawn.dropped["conversations that are not written as LLaVA writes them"] == 1


def test_nothing_is_missed_where_nothing_is_held_out(data: Path) -> None:
    drawn = draw(read_mixture(mixture_at(data, held_out=0)), "held-out")
    assert drawn.records == [] and not drawn.dropped


def test_a_screen_without_its_picture_is_counted(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "screens", tmp_path / "screens")
    (tmp_path / "screens" / "000001.png").unlink()
    (tmp_path / "screens" / "000002.png").write_bytes(b"no picture")
    sources = [{"name": "drawn", "kind": "screens", "path": "screens"}]
    drawn = draw(read_mixture(mixture_at(tmp_path, sources=sources, held_out=0, reasoning_share=0)), "train")
    assert drawn.records and drawn.dropped["screens whose picture is missing or damaged"] == 2
