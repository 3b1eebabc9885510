"""Scripted hands: they cannot read pixels but ask the accessibility tree. They show a task, and prove that it can be done as it says."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from recordings.action import Click, Type
from recordings.episode import Element
from recordings.errors import DeskhandError

_QUOTED = re.compile(r'(type )?"([^"]+)"', re.IGNORECASE)
_SUM = re.compile(r"Work out (\d+) ([+-]) (\d+) with the calculator\.")
_PATIENCE = 5.0


class NotFound(DeskhandError):
    """What an instruction names is not on the screen."""


@dataclass(frozen=True, slots=True)
class Named:
    """A click on the element that shows this text."""

    text: str


def plan(instruction: str) -> list[Named | Type]:
    """What the instruction names, in its order."""
    if total := _SUM.fullmatch(instruction):
        return [Named(key) for key in (*total[1], total[2], *total[3], "=")]
    return [Type(text=text) if verb else Named(text) for verb, text in _QUOTED.findall(instruction)]


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


def find(text: str, desktop: LiveDesktop, accessibility: Accessibility) -> Element:
    """The enabled element that shows exactly this text, the smallest of several; waits for it to appear."""
    end = time.monotonic() + _PATIENCE
    while True:
        elements = accessibility.elements(desktop.observe().screenshot.transform)
        found = [one for one in elements if one.name.strip() == text and one.enabled is not False and one.box.area > 0]
        if found:
            return min(found, key=lambda one: one.box.area)
        if time.monotonic() > end:
            seen = ", ".join(sorted({one.name.strip() for one in elements} - {""}))
            raise NotFound(f"nothing on the screen is called {text!r}: there are {seen or 'no names at all'}")
        time.sleep(0.05)
