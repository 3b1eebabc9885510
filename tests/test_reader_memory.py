"""What the reader remembers, and that it forgets nothing in the middle of a screen."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vlm.reading import memory
from vlm.reading.glyphs import Signs
from vlm.reading.recognition import Crop, Recogniser


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 3)


@pytest.fixture
def recogniser() -> Iterator[Recogniser]:
    def characters_map(line: Any) -> list[Any]:
        return [np.array([[0.1, 0.9]] * (line.shape[2] // 8), np.float32)]

    networks: Any = SimpleNamespace(characters=("", "a"), characters_map=characters_map)
    with ThreadPoolExecutor(1) as threads:
        yield Recogniser(networks, [0, 1], threads)


def test_a_screen_may_hold_more_lines_than_are_remembered(recogniser: Recogniser) -> None:
    first, *others = ([Crop(np.full((20, 40, 3), shade, np.uint8), 0)] for shade in range(8))
    assert [said.text for said in recogniser.read([first])] == ["a"]
    assert [said.text for said in recogniser.read([first, *others])] == ["a"] * 8


def test_a_screen_may_hold_more_signs_than_are_remembered() -> None:
    picture = np.full((40, 400, 3), 255, np.uint8)
    boxes = [(20 + 40 * number, 12, 22 + number + 40 * number, 26) for number in range(8)]
    for left, top, right, bottom in boxes:
        picture[top:bottom, left:right] = 0
    signs = Signs()
    signs.look(picture, boxes[:1])
    assert len(signs.look(picture, boxes)) == 8
