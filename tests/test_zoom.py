"""The closer look: when it is taken, what is cut out, and that its answer lands where it was seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from checkpoints import picture, write_checkpoint
from hypothesis import given
from hypothesis import strategies as st
from openai_server import OpenAIServer
from PIL import Image
from pydantic import ValidationError

from agent.model import open_model
from agent.settings import Settings
from recordings.geometry import COORDINATE_DECIMALS, Box, ScreenTransform
from vlm import sight as sights
from vlm import zoom
from vlm.answer import Grounding
from vlm.engine import VisionLanguageModel, load
from vlm.remote import connect
from vlm.sight import Sight
from vlm.zoom import AROUND, LARGE, SMALL, UNSURE, part_to_zoom

GRID, SCREEN = (45, 80), (1920, 1080)
SURE = 0.9


def around(x: float, y: float, patches: float) -> Box:
    """A square-ish box of so many patches a side."""
    across, down = patches / GRID[1] / 2, patches / GRID[0] / 2
    return Box(x1=max(x - across, 0), y1=max(y - down, 0), x2=min(x + across, 1), y2=min(y + down, 1))


def test_small_and_uncertain_boxes_are_looked_at_again_and_large_ones_never() -> None:
    assert part_to_zoom(around(0.5, 0.5, SMALL / 2), SURE, GRID, SCREEN) is not None
    assert part_to_zoom(around(0.5, 0.5, SMALL * 2), SURE, GRID, SCREEN) is None
    assert part_to_zoom(around(0.5, 0.5, SMALL * 2), UNSURE / 2, GRID, SCREEN) is not None
    for large in (Box(x1=0.1, y1=0.5, x2=0.11 + LARGE, y2=0.51), Box(x1=0, y1=0, x2=1, y2=1)):
        assert part_to_zoom(large, 0.01, GRID, SCREEN) is None


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 9), st.integers(16, 4000), st.integers(16, 4000))
def test_a_part_lies_inside_the_screenshot_holds_the_box_and_what_is_around(
    x: float, y: float, patches: float, width: int, height: int
) -> None:
    box = around(x, y, patches)
    part = part_to_zoom(box, 0.0, GRID, (width, height))
    assert part is not None
    for start, length, full, low, high in [
        (part.left, part.width, width, box.x1, box.x2),
        (part.top, part.height, height, box.y1, box.y2),
    ]:
        assert start == int(start) and length == int(length) and length >= min(16, full)
        assert 0 <= start <= start + length <= full
        assert start <= low * full + 1 and high * full - 1 <= start + length
        assert length >= AROUND * full - 1


@given(st.data())
def test_a_box_seen_in_a_part_lands_on_the_very_pixels(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(64, 8000)), data.draw(st.integers(64, 8000))
    left, top = data.draw(st.integers(0, width - 32)), data.draw(st.integers(0, height - 32))
    part = ScreenTransform(left, top, data.draw(st.integers(16, width - left)), data.draw(st.integers(16, height - top)))
    # Fractions that name pixels of the part exactly, so that only the last rounding is left.
    x1, y1 = data.draw(st.integers(0, 8)) / 16, data.draw(st.integers(0, 8)) / 16
    lifted = ScreenTransform(0, 0, width, height).lift(Box(x1=x1, y1=y1, x2=x1 + 0.5, y2=y1 + 0.5), part)
    rounding = 0.5001 * 10**-COORDINATE_DECIMALS
    assert abs(lifted.x1 * width - (left + x1 * part.width)) <= rounding * width
    assert abs(lifted.y1 * height - (top + y1 * part.height)) <= rounding * height
    assert abs(lifted.x2 * width - (left + (x1 + 0.5) * part.width)) <= rounding * width
    assert abs(lifted.y2 * height - (top + (y1 + 0.5) * part.height)) <= rounding * height


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VisionLanguageModel:
    return load(write_checkpoint(tmp_path_factory.mktemp("zoom")), device="cpu", dtype=torch.float32)


def answers(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, float]) -> list[Sight]:
    """Sights answer with these boxes and confidences in turn; returns who was asked."""
    asked: list[Sight] = []
    answer = Sight._answer

    def told(self: Sight, *args: object, **kwargs: object) -> object:
        real = answer(self, *args, **kwargs)  # type: ignore[arg-type]
        text, confidence = found[len(asked)]
        asked.append(self)
        return replace(real, text=text, confidence=confidence)

    monkeypatch.setattr(Sight, "_answer", told)
    return asked


def test_zoomed_answers_come_from_the_sharp_part_and_land_there(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = picture(3, (960, 640))
    asked = answers(monkeypatch, ("[0.500, 0.500, 0.510, 0.510]", 0.9), ("[0.250, 0.500, 0.500, 0.750]", 0.8))
    found = model.look(screen).ground("the tiny cross", zoom="auto")
    part = Box.from_pixels(485 - 160, 323 - 106, 320, 213, screen.size)
    assert found.part is not None
    assert found.part.overlap(part) > 0.97
    assert len(asked) == 2
    left, top = round(found.part.x1 * 960), round(found.part.y1 * 640)
    cut = model.checkpoint.images.process(screen.crop((left, top, left + 320, top + 213)))
    assert asked[1]._grid == cut.grid, "the part as it was captured, not as it was shown reduced"
    assert found.box.x1 == pytest.approx((left + 80) / 960, abs=1e-4)
    assert found.box.y2 == pytest.approx((top + 0.75 * 213) / 640, abs=1e-4)
    assert found.point == found.box.center
    assert found.confidence == 0.8


@pytest.mark.parametrize(
    ("first", "second", "sights"),
    [
        (("[0.100, 0.100, 0.900, 0.900]", 0.01), None, 1),
        (("[0.500, 0.500, 0.510, 0.510]", 0.9), ("[0.000, 0.000, 1.000, 1.000]", 0.1), 2),
    ],
)
def test_the_first_answer_stays_where_it_is_large_or_the_closer_one_unsure(
    model: VisionLanguageModel,
    monkeypatch: pytest.MonkeyPatch,
    first: tuple[str, float],
    second: tuple[str, float] | None,
    sights: int,
) -> None:
    asked = answers(monkeypatch, first, *([second] if second else []))
    found = model.look(picture(4, (960, 640))).ground("it", zoom="auto")
    assert len(asked) == sights
    assert [found.box.x1, found.box.y1, found.box.x2, found.box.y2] == [float(part) for part in first[0].strip("[]").split(",")]
    assert found.confidence == first[1]
    assert found.part is None


def test_what_the_settings_say_is_done_where_no_question_says_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_so = open_model(Settings(model=str(write_checkpoint(tmp_path / "model")), zoom="auto"))
    assert isinstance(set_so, VisionLanguageModel)
    asked = answers(monkeypatch, *[("[0.500, 0.500, 0.510, 0.510]", 0.9)] * 3)
    assert set_so.look(picture(3, (960, 640))).ground("it").part is not None and len(asked) == 2
    assert set_so.look(picture(3, (960, 640))).ground("it", zoom="off").part is None and len(asked) == 3


def test_budget_and_mode_are_set_once_for_all_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(write_checkpoint(tmp_path / "model"))
    (tmp_path / "model/preprocessor_config.json").write_text('{"min_num_patches": 16, "max_num_patches": 800}')
    wide = picture(3, (960, 640))
    set_so, free = (open_model(Settings(model=folder, budget=budget, mode=mode)) for budget, mode in ((300, "think"), (None, None)))
    assert isinstance(set_so, VisionLanguageModel) and isinstance(free, VisionLanguageModel)
    assert set_so.look(wide).prefix_length < 310 < free.look(wide).prefix_length
    assert set_so.look(wide, budget=500).prefix_length > 310
    monkeypatch.setattr(sights, "THINKING_LIMIT", 4)
    monkeypatch.setattr(sights, "ACTION_LIMIT", 40)
    assert set_so.look(wide).act("Save").text.startswith("<think>")
    assert not set_so.look(wide).act("Save", mode="nothink").text.startswith("<think>")
    assert not free.look(wide).act("Save").text.startswith("<think>")
    used = set_so.look(wide).ground("Save").context_used
    assert used is not None and used > 300
    with pytest.raises(ValidationError, match="256"):
        Settings(budget=100)


def test_a_closer_look_leaves_the_screenshot_among_the_kept(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoom, "part_to_zoom", lambda *given: ScreenTransform(8, 8, 64, 32))
    monkeypatch.setattr(zoom, "is_better", lambda *given: True)
    first, second = picture(5), picture(6)
    sights = model.look(first), model.look(second)
    for number in range(3):
        found = sights[1].ground(f"thing {number}", zoom="auto")
        assert isinstance(found, Grounding)
        assert found.part == Box(x1=8 / 96, y1=8 / 64, x2=72 / 96, y2=40 / 64)
        assert found.part.x1 <= found.box.x1 <= found.box.x2 <= found.part.x2
        near = model.look(second.crop((8, 8, 72, 40))).ground(f"thing {number}")
        lifted = ScreenTransform(0, 0, 96, 64).lift(near.box, ScreenTransform(8, 8, 64, 32))
        assert found.box == lifted
        model._sights.popitem()
        assert model.look(second) is sights[1]
    assert sights[1].ground("thing", zoom="off").part is None


def test_several_pictures_are_not_zoomed_into(model: VisionLanguageModel) -> None:
    images = [picture(1), Image.new("RGB", (96, 64))]
    assert model.look(images).ground("it", zoom="auto").part is None


def test_a_closer_look_works_through_a_server_too(model: VisionLanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoom, "part_to_zoom", lambda *given: ScreenTransform(8, 8, 64, 32))
    monkeypatch.setattr(zoom, "is_better", lambda *given: True)
    server = OpenAIServer(model, "vllm")
    try:
        there = connect(server.address)
        there.zoom = "auto"
        found, expected = there.look(picture(2)).ground("it"), model.look(picture(2)).ground("it", zoom="auto")
    finally:
        server.close()
    assert found.part is not None and (found.box, found.part) == (expected.box, expected.part)
    assert len(server.bodies) == 2 and server.bodies[0]["messages"] != server.bodies[1]["messages"]
