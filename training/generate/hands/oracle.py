"""Scripted hands: they cannot read pixels but ask the accessibility tree. They show a task, and prove that it can be done as it says."""

from __future__ import annotations

import time
from dataclasses import dataclass

from agent.accessibility import CONTAINERS, Accessibility
from agent.protocols import Desktop
from recordings.action import Press, Type
from recordings.episode import Element
from recordings.errors import DeskhandError
from vlm.planner.keys import parse_keys
from vlm.planner.quoted import quoted_plan

_PATIENCE = 5.0


class NotFound(DeskhandError):
    """What an instruction names is not on the screen."""


@dataclass(frozen=True, slots=True)
class Named:
    """A click on the element that shows this text."""

    text: str


def plan(instruction: str) -> list[Named | Type | Press]:
    """What the instruction writes out, in its order; nothing where it leaves something to be understood."""
    made: list[Named | Type | Press] = []
    for step in quoted_plan(instruction) or ():
        if step.do in ("click", "set"):
            made.append(Named(step.target or ""))
        elif step.do == "type":
            made.append(Type(text=step.text or ""))
        elif step.do == "press":
            made.append(Press(keys=parse_keys(step.keys or "")))
    return made


def find(text: str, desktop: Desktop, accessibility: Accessibility) -> Element:
    """The enabled element that shows exactly this text; waits for it to appear.

    Of several, one in the active window rather than one of a window behind a dialog, and of these the smallest.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        seen = desktop.observe()
        nodes = [(node, node.to_element(seen.screenshot.transform)) for node in accessibility.nodes()]
        found = [
            (node.window != seen.window_title, one.box.area, one)
            for node, one in nodes
            if one.name == text and one.enabled is not False and one.box.area > 0 and node.role not in CONTAINERS
        ]
        if found:
            return min(found, key=lambda each: each[:2])[2]
        if time.monotonic() > end:
            names = ", ".join(sorted({one.name for _, one in nodes} - {""}))
            raise NotFound(f"nothing on the screen is called {text!r}: there are {names or 'no names at all'}")
        time.sleep(0.05)
