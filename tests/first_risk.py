"""The first of what an action, or some words, are asked about for: as the gatekeeper takes them."""

from __future__ import annotations

from typing import Any

from agent.meanings import Concern, find_meanings
from agent.risks import find_risks
from recordings.action import Action


def find_risk(action: Action, thought: str, window: str, **known: Any) -> Concern | None:
    return next(find_risks(action, thought, window, **{"elements": ()} | known), None)


def find_meaning(words: str, role: str = "") -> Concern | None:
    return next(find_meanings(words, role), None)
