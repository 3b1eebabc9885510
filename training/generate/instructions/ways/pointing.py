"""The ways to say double clicks, right clicks and drags. In templates: {X} what is acted on, {Y} where to, {R} and {Q} role words."""

from __future__ import annotations

from collections.abc import Callable

from training.beside import beside
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.parts import click
from training.generate.instructions.ways.names import button_name, some_listed
from training.generate.instructions.ways.qualifying import qualified
from training.generate.instructions.words import ITEMS

SAID = beside(__file__)


def pointing(do: str, templates: tuple[str, ...], roles: str) -> Callable[[Draft], Clause]:
    def make(draft: Draft) -> Clause:
        name = draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(draft.rng) if draft.chance(0.3) else button_name(draft)
        if draft.chance(0.08):
            written, target = qualified(draft, name, roles)
            verb = {
                "double_click": ("~double-click", "double click", "~double-click on"),
                "right_click": ("~right-click", "right click", "~right-click on"),
            }[do]
            return Clause(f"{draft.pick(verb)} {written}", [{"do": do, "target": target}])
        x = draft.label(name)
        return Clause(draft.said(templates, X=x, roles=roles), [{"do": do, "target": x}])

    return make


double_click = pointing("double_click", SAID["double"], "icon|file|folder|entry|item|row")
right_click = pointing("right_click", SAID["right"], "icon|file|folder|entry|item|tab|row")


def context_menu(draft: Draft) -> Clause:
    x, y = draft.label(draft.pick(ITEMS) if draft.chance(0.6) else texts.file_name(draft.rng)), draft.label(button_name(draft))
    return Clause(draft.said(SAID["context"], X=x, Y=y), [{"do": "right_click", "target": x}, click(y)])


def drag(draft: Draft) -> Clause:
    x = draft.label(draft.pick(ITEMS) if draft.chance(0.5) else texts.file_name(draft.rng) if draft.chance(0.6) else button_name(draft))
    y = draft.label(draft.pick(ITEMS) if draft.chance(0.6) else some_listed(draft, "name"))
    folder = draft.pick((" folder", " icon", " panel", " window", " area")) if draft.chance(draft.style.roles * 0.4) else ""
    said = draft.said(SAID["dragging"], X=x, Y=y, roles="icon|file|tab|row|item", Q=folder)
    return Clause(said, [{"do": "drag", "target": x, "to": y}])
