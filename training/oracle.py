"""Scripted hands: they cannot read pixels but ask the accessibility tree. They show a task, and prove that it can be done as it says."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from agent.accessibility import CONTAINERS, Accessibility
from agent.desktop import LiveDesktop
from agent.protocols import Desktop
from recordings.action import Click, Type
from recordings.episode import Element
from recordings.errors import DeskhandError
from vlm.grammar import written_sums
from vlm.prompts import key_run

_QUOTED = re.compile(r'(type )?"([^"]+)"', re.IGNORECASE)
_PATIENCE = 5.0


class NotFound(DeskhandError):
    """What an instruction names is not on the screen."""


@dataclass(frozen=True, slots=True)
class Named:
    """A click on the element that shows this text."""

    text: str


def plan(instruction: str) -> list[Named | Type]:
    """What the instruction names, in its order."""
    quoted = _QUOTED.findall(instruction)
    if not quoted and (sums := written_sums(instruction)):
        return [Named(key) for key, _ in [*key_run(sums[0]), ("=", "")]]
    return [Type(text=text) if verb else Named(text) for verb, text in quoted]


def carry_out(instruction: str, desktop: LiveDesktop, accessibility: Accessibility) -> list[str]:
    """Do it by hand; returns the actions in words."""
    done = []
    desktop.settle()
    for step in plan(instruction):
        if isinstance(step, Named):
            point = find(step.text, desktop, accessibility).box.center
            action: Click | Type = Click(x=point.x, y=point.y)
        else:
            action = step
        desktop.observe()
        desktop.perform(action)
        desktop.settle()
        done.append(str(action))
    return done


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
