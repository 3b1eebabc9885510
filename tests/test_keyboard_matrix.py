"""A few cells of the matrix of keyboards and programs; `python -m tests.keyboard_matrix` tries them all."""

from __future__ import annotations

import pytest
from keyboard_matrix import try_cell

from agent.virtual import VirtualDesktop
from tests.probe import INTERPRETER


@pytest.mark.parametrize(("layout", "program"), [("us+ru", "gtk"), ("four-third", "xterm"), ("ua", "xterm")])
def test_typed_is_recorded_is_meant(layout: str, program: str) -> None:
    with VirtualDesktop(800, 600, share=INTERPRETER) as desktop:
        cell = try_cell(desktop, layout, program)
        assert cell.whole, cell.line()
