"""Screens drawn without a browser or a display, and which of a screen's elements can be asked for."""

from __future__ import annotations

import random

from training.screens.drawn import draw_screen
from training.screens.store import LONGEST_NAME, ScreenElement, askable, unambiguous


def test_drawn_elements_lie_inside_and_hang_on_the_seed_alone() -> None:
    drawn, again, other = (draw_screen(random.Random(seed)) for seed in (1, 1, 2))
    assert drawn.picture().tobytes() == again.picture().tobytes() != other.picture().tobytes() and drawn.elements == again.elements
    width, height = drawn.picture().size
    assert len(drawn.elements) > 15
    assert all(0 <= e.box[0] < e.box[2] <= width and 0 <= e.box[1] < e.box[3] <= height for e in drawn.elements)


def test_only_names_that_stand_for_one_place_are_asked_for() -> None:
    names = ["Save", "save ", "Open", " ", "x" * (LONGEST_NAME + 1)]
    elements = [ScreenElement(name, "", (0.0, 0.0, 9.0, 9.0)) for name in names]
    assert [e.name for e in unambiguous(elements)] == ["Open", names[-1]] and [e.name for e in askable(elements)] == ["Open"]
