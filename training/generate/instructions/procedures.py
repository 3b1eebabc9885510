"""What everybody who uses desktops knows how to do: goals, and the steps they stand for, as `procedures.yaml` lists them.

The table is the planner's common knowledge, and one choice holds for each goal. A shortcut is preferred where most programs agree on it,
else the way through the menus. {T} is a text that is typed, {X} something on the screen.

    save it as x            click File, click Save As..., type x, click Save
    open the file x         click File, click Open..., type x, click Open
    find x                  press Ctrl+F, type x, press Enter
    replace x by y          press Ctrl+H, type x, press Tab, type y, click Replace All
    rename it to x          press F2, type x, press Enter
    quit without saving     press Ctrl+Q, click Don't Save
    preferences             click Edit, click Preferences
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from training.beside import beside
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.words import ITEMS


@dataclass(frozen=True)
class Procedure:
    """A goal: its steps as `print_plan` writes them, its wordings, which kinds of text fill {T} and {U}, and how often it comes."""

    steps: tuple[str, ...]
    wordings: tuple[str, ...]
    text: str | list[str] | None
    weight: int

    def make_text(self, rng: random.Random) -> str:
        return texts.made(rng, self.text if isinstance(self.text, str) else rng.choice(self.text or []))


def _read(known: dict[str, Any]) -> dict[str, Procedure]:
    def whole(wording: str) -> str:
        return wording.replace("{IT}", known["it"]).replace("{DOC}", known["doc"])

    return {
        name: Procedure(tuple(made["do"]), tuple(map(whole, made["say"])), made.get("text"), made.get("weight", 3))
        for name, made in known["procedures"].items()
    }


PROCEDURES = _read(beside(__file__))
_WEIGHTS = [made.weight for made in PROCEDURES.values()]


def procedure(draft: Draft, name: str | None = None) -> Clause:
    """One of the goals in one of its wordings."""
    rng = draft.rng
    made = PROCEDURES[name or rng.choices(list(PROCEDURES), _WEIGHTS)[0]]
    template, told = draft.pick(made.wordings), " ".join(made.steps)
    fill = {}
    if made.text is not None:
        fill["T"] = draft.text(made.make_text(rng), closed="{T} " in template)
        if "{U}" in told:
            fill["U"] = draft.text(made.make_text(rng), closed="{U} " in template or template.find("{U}") < template.find("{T}"))
    if "{X}" in told:
        fill["X"] = draft.label(draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(rng))
    text = draft.said(template, **fill)
    steps: list[Step] = []
    for step in made.steps:
        do, _, value = step.partition(" ")
        for slot, character in fill.items():
            value = value.replace("{" + slot + "}", character)
        steps.append({"do": do, {"click": "target", "type": "text", "press": "keys"}[do]: value})
    return Clause(text, steps, whole="~" not in template)
