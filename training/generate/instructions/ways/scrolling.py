"""The ways to say that something is to be scrolled. In templates: {D} a direction, {X} what is scrolled, {R} a role word."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.ways.names import some_listed, times
from training.generate.instructions.words import TABS

SAID = beside(__file__)


def scroll(draft: Draft) -> Clause:
    rng = draft.rng
    direction = draft.pick(("down", "down", "down", "down", "up", "up", "up", "left", "right"))
    draw = rng.random()
    if draw < 0.1:
        return Clause(draft.said(SAID["scroll_bottom"]), [{"do": "scroll", "direction": "down"}])
    if draw < 0.16:
        return Clause(draft.said(SAID["scroll_top"]), [{"do": "scroll", "direction": "up"}])
    if draw < 0.26:
        count = rng.choice((2, 2, 3, 4))
        return Clause(draft.said("~scroll {D} {N}", D=direction, N=times(draft, count)), [{"do": "scroll", "direction": direction}] * count)
    if draw < 0.48:
        x = draft.label(draft.pick(TABS) if draft.chance(0.4) else some_listed(draft, "name", "name", "foreign", "field"))
        said = draft.said(SAID["scrolling_in"], D=direction, X=x, roles="list|pane|panel|area|box|list box|table")
        return Clause(said, [{"do": "scroll", "direction": direction, "target": x}])
    said = f"to the {direction}" if direction in ("left", "right") and draft.chance(0.3) else direction
    return Clause(draft.said(SAID["scrolling"], D=said), [{"do": "scroll", "direction": direction}])
