"""The ways to say each kind of step, which `ways` holds by kind, and how often each comes."""

from __future__ import annotations

from collections.abc import Callable

from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.ways.clicking import button, chosen, click, linked, opened, selected, tabbed
from training.generate.instructions.ways.clicking_several import clicks, menu_path
from training.generate.instructions.ways.filling import fill_in, fill_many
from training.generate.instructions.ways.names import button_name, field_name, option_name, times
from training.generate.instructions.ways.pointing import context_menu, double_click, drag, right_click
from training.generate.instructions.ways.pressing import press
from training.generate.instructions.ways.scrolling import scroll
from training.generate.instructions.ways.setting import set_one
from training.generate.instructions.ways.typing_text import typing
from training.generate.instructions.ways.waiting import wait

__all__ = [
    "KINDS", "button", "button_name", "chosen", "context_menu", "double_click", "drag", "field_name", "fill_in", "fill_many", "linked",
    "menu_path", "opened", "option_name", "press", "right_click", "scroll", "selected", "set_one", "tabbed", "times", "typing", "wait",
]  # fmt: skip

KINDS: dict[str, tuple[Callable[[Draft], Clause], int]] = {
    "click": (click, 34), "clicks": (clicks, 16), "type": (typing, 15), "fill": (fill_in, 12), "press": (press, 13), "set": (set_one, 14), "double_click": (double_click, 4),
    "right_click": (right_click, 3), "context": (context_menu, 2), "scroll": (scroll, 4), "drag": (drag, 4), "wait": (wait, 4),
}  # fmt: skip
"""Makers of clauses and how often they come."""
