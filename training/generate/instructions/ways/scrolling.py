"""The ways to say that something is to be scrolled. In templates: {D} a direction, {X} what is scrolled, {R} a role word."""

from __future__ import annotations

from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell
from training.generate.instructions.ways.names import some_listed, times
from training.generate.instructions.words import TABS

SCROLLING = (
    "~scroll {D}",
    "~scroll (a bit|a little|a little bit|some|slightly|further|once|one page|a page|a few lines|more|all the way|quickly|slowly|much further) {D}",
    "~scroll {D} (a bit|a little|a little bit|some more|further|a page|one page|once|a few lines|slightly|more|all the way|a lot|quickly|slowly|please|now)",
    "~scroll the (page|window|view|document|content|contents|screen|text|list) {D}",
    "~scroll {D} (on|in) (the|this) (page|window|document|text|list)",
    "~scroll {D} with the (mouse wheel|wheel|mouse|scroll wheel)",
    "~use the (mouse wheel|wheel|scroll wheel|scroll bar|scrollbar) to (go|scroll|move) {D}",
    "~turn the (mouse |)wheel {D}",
    "~move (further |)(|the page |the view |the list ){D} (by scrolling|with the wheel|with the scrollbar)",
    "~do (some|a little|a bit of) scrolling {D}",
    "~keep scrolling {D}",
    "~roll the (mouse |)wheel {D}",
    "~spin the mouse wheel {D}",
    "~scroll {D} until you (see it|see more|find it|reach the end)",
    "~page {D} with the wheel",
    "~scroll {D}",
)
SCROLL_BOTTOM = (
    "~scroll (down |)to the (very |)(bottom|end)(| of the page| of the list| of the document)",
    "~scroll all the way (down|to the bottom)",
    "~go to the bottom of the page by scrolling",
    "~scroll (on|further|ahead)",
)
SCROLL_TOP = (
    "~scroll (back |up |back up |)to the (very |)(top|beginning|start)(| of the page| of the list| of the document)",
    "~scroll all the way (up|to the top)",
    "~scroll back",
)
SCROLLING_IN = (
    "~scroll {D} (in|inside|within|through) (|the ){X}{R}",
    "~scroll (|the ){X}{R} {D}",
    "(in|inside) (|the ){X}{R}(|,) ~scroll {D}(| a bit| a little| further)",
    "~move the mouse over (|the ){X}{R} and ~scroll {D}",
    "~scroll {D} (over|on) (|the ){X}{R}",
    "~scroll (a bit|a little|further) {D} in (|the ){X}{R}",
    "with the mouse over {X}(,|) ~scroll {D}",
    "~use the wheel (over|in|on) {X} to go {D}",
    "~scroll the (list|pane|panel|area|box) (called |named |){X} {D}",
)


def scroll(draft: Draft) -> Clause:
    rng = draft.rng
    direction = draft.pick(("down", "down", "down", "down", "up", "up", "up", "left", "right"))
    draw = rng.random()
    if draw < 0.1:
        return Clause(spell(rng, draft.pick(SCROLL_BOTTOM)), [{"do": "scroll", "direction": "down"}])
    if draw < 0.16:
        return Clause(spell(rng, draft.pick(SCROLL_TOP)), [{"do": "scroll", "direction": "up"}])
    if draw < 0.26:
        count = rng.choice((2, 2, 3, 4))
        return Clause(
            spell(rng, "~scroll {D} {N}", {"D": direction, "N": times(draft, count)}),
            [{"do": "scroll", "direction": direction}] * count,
        )
    said = direction
    if draw < 0.48:
        x = draft.label(draft.pick(TABS) if draft.chance(0.4) else some_listed(draft, "name", "name", "foreign", "field"))
        return Clause(
            spell(rng, draft.pick(SCROLLING_IN), {"D": said, "X": x, "R": draft.role("list|pane|panel|area|box|list box|table")}),
            [{"do": "scroll", "direction": direction, "target": x}],
        )
    if direction in ("left", "right") and draft.chance(0.3):
        said = f"to the {direction}"
    return Clause(spell(rng, draft.pick(SCROLLING), {"D": said}), [{"do": "scroll", "direction": direction}])
