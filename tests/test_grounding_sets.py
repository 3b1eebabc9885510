"""Reading ScreenSpot's formats, and how sure a rate is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from tasks.grounding import read_grounding_set, score
from tasks.statistics import wilson_interval

BOX = Box(x1=0.1, y1=0.2, x2=0.3, y2=0.6)
V2 = {"img_filename": "a.png", "bbox": [20, 20, 40, 40], "instruction": "close", "data_type": "icon", "data_source": "windows"}
PRO = {"img_filename": "none.png", "bbox": [20, 20, 60, 60], "img_size": [200, 100], "instruction": "close", "ui_type": "icon"}
FRACTIONS = {"file_name": "none.png", "bbox": [0.1, 0.2, 0.3, 0.6], "instruction": "close", "data_type": "icon"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.new("RGB", (200, 100)).save(tmp_path / "a.png")
    return tmp_path


@pytest.mark.parametrize("item", [V2, PRO, FRACTIONS])
@pytest.mark.parametrize("as_lines", [True, False])
def test_three_formats_mean_one_box(folder: Path, item: dict[str, Any], as_lines: bool) -> None:
    path = folder / "set.json"
    path.write_text("".join(json.dumps(item) + "\n" for _ in range(2)) if as_lines else json.dumps([item, item], indent=1))
    items = read_grounding_set(path)
    assert len(items) == 2
    assert (items[0].box, items[0].instruction, items[0].group) == (BOX, "close", "icon")
    assert items[0].image.parent == folder


def test_the_box_format_can_be_said(folder: Path) -> None:
    path = folder / "set.json"
    path.write_text(json.dumps([V2 | {"bbox": [20, 20, 60, 60]}]))
    assert read_grounding_set(path, box_format="xyxy")[0].box == BOX


@pytest.mark.parametrize(
    ("item", "complaint"),
    [
        ({key: value for key, value in V2.items() if key != "instruction"}, "'instruction' is missing"),
        ({key: value for key, value in V2.items() if key != "img_filename"}, "the image"),
        (V2 | {"bbox": [1, 2, 3]}, "not enough values"),
        (V2 | {"bbox": "1234"}, "list of four numbers"),
        (V2 | {"img_filename": "lost.png"}, "No such file"),
        (PRO | {"bbox": [60, 20, 20, 60]}, "corners out of order"),
        (7, "an item is an object"),
    ],
)
def test_a_wrong_item_is_named(folder: Path, item: Any, complaint: str) -> None:
    path = folder / "set.jsonl"
    path.write_text(f"{json.dumps(V2)}\n{json.dumps(item)}\n")
    with pytest.raises(DeskhandError, match="item 2 of .*" + complaint):
        read_grounding_set(path)


@pytest.mark.parametrize("content", ["{", "[1, ", '{"a": 1} trailing'])
def test_what_is_no_set_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "set.json"
    path.write_text(content)
    with pytest.raises(DeskhandError, match="neither a JSON list nor JSON lines"):
        read_grounding_set(path)
    with pytest.raises(DeskhandError, match="cannot be read"):
        read_grounding_set(tmp_path / "none.json")


def test_scoring_counts_by_group(folder: Path) -> None:
    path = folder / "set.json"
    path.write_text(json.dumps([PRO, PRO | {"ui_type": "text"}, PRO | {"ui_type": "text"}]))
    items = read_grounding_set(path)
    rates = score(items, [Point(x=0.2, y=0.4), Point(x=0.9, y=0.4), None])
    assert {name: (rate.hits, rate.n) for name, rate in rates.items()} == {"all": (1, 3), "icon": (1, 1), "text": (0, 2)}
    assert str(rates["all"]) == "1/3 = 33.3% (95 %: 6.1%–79.2%)"
    with pytest.raises(ValueError, match="shorter"):
        score(items, [None])


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 0, 0, 1), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (9, 10, 0.5958, 0.9821), (270, 300, 0.8608, 0.9291), (1, 2, 0.0945, 0.9055)],
)
def test_wilson_against_published_values(hits: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(hits, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_and_mirrors(case: tuple[int, int]) -> None:
    hits, n = case
    low, high = wilson_interval(hits, n)
    assert 0 <= low <= hits / n + 1e-12 and hits / n - 1e-12 <= high <= 1
    assert wilson_interval(n - hits, n) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("hits", "n"), [(-1, 2), (3, 2), (0, -1)])
def test_impossible_counts_are_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        wilson_interval(hits, n)
