"""Pages of widgets in made-up styles, drawn by Chromium, with the state of each: `python -m training.states.pages DIR --count N`."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice
from pathlib import Path

from markupsafe import Markup

from training.beside import beside, read_beside
from training.command import command
from training.screens import words
from training.screens.browser import Browser
from training.screens.markup import ICONS
from training.screens.store import LabelledScreen, ScreenElement, count_screens, write_screens
from training.states.marks import SHAPES, TICKS, Colours, MarkStyle
from training.templates import chances, template

SIZE = (900, 680)
FONTS = (
    "DejaVu Sans", "DejaVu Sans", "DejaVu Serif", "DejaVu Sans Condensed", "Nimbus Sans", "Liberation Sans", "Cantarell", "URW Gothic",
    "Noto Sans", "P052",
)  # fmt: skip
TELLING = ("Check", "Forward", "Down", "Add", "Remove")
"""Icons that look like a state."""
ZOOMS = (0.75, 0.9, 1.0, 1.0, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
TEMPLATE = template(__file__)
TRUTH, TEXTS = read_beside(__file__, "truth.js"), read_beside(__file__, "texts.js")
"""Scripts: what is written beside each widget, and each text with the box of its line; in CSS pixels."""


def generate_pages(seed: int, start: int = 0, groups: bool = False) -> Iterator[LabelledScreen]:
    """Endless pages; page number `start` and later ones of this seed."""
    with Browser(*SIZE) as browser:
        number = start
        while True:
            rng = random.Random(f"{seed}/states/{number}")
            zoom = rng.choice(ZOOMS)
            browser.show(document(rng, zoom, groups))
            elements = [element_of(told) for told in browser.evaluate(TRUTH)]
            texts = [tuple(text) for text in browser.evaluate(TEXTS)]
            yield LabelledScreen(browser.screenshot(), "pages", "made-up", elements, texts)
            number += 1


def element_of(told: dict) -> ScreenElement:
    """One widget as the page's script tells it."""
    states = {name: told.get(name) for name in ("checked", "selected", "enabled", "focused", "expanded")}
    return ScreenElement(told["name"], told["role"], tuple(round(value, 1) for value in told["box"]), **states)


def truth(role: str, name: str, **states: bool | None) -> str:
    """What is true of a widget, as an attribute that the page's script tells; `whole`: its box is all of it, not the mark in it."""
    return f"data-k='{escape(json.dumps({'role': role, 'name': name, **states}), quote=True)}'"


def document(rng: random.Random, zoom: float, groups: bool = False) -> str:
    """The markup of one page; `groups`: only of what is told among its like: tabs, buttons, rows."""
    colours = Colours.drawn(rng)
    size = rng.choice((11, 12, 13, 13.333, 14, 14, 15, 16, 16, 18))
    marks, gap, pad = MarkStyle(rng, colours, size), rng.uniform(0.15, 0.8) * size, rng.uniform(0.1, 0.6) * size

    def styles(kind: str, **more: object) -> list[str]:
        """Of what is chosen among its like, and of the others."""
        known = {**vars(colours), "pad": pad, "pad_3": pad + 3, "pad_4": pad + 4, **more}
        return [style.format_map(known) for style in rng.choice(beside(__file__)[kind])]

    drawn = {
        **chances(rng), "styles": styles, "truth": lambda role, name, **states: Markup(truth(role, name, **states)),
        "num": lambda value, digits=1: f"{value:.{digits}f}", "label": lambda: words.label(rng), "sentence": lambda: words.sentence(rng),
        "datum": lambda: words.datum(rng), "icons": ICONS, "plain_icons": [name for name in ICONS if name not in TELLING], "shapes": SHAPES,
        "ticks": TICKS, "first_tick": TICKS[0], "fonts": FONTS,
    }  # fmt: skip
    return TEMPLATE.render(drawn, c=colours, m=marks, size=size, gap=gap, pad=pad, zoom=zoom, groups=groups)


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.pages", description=__doc__)
    parser.add_argument("out", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--groups", action="store_true", help="only tabs, buttons, rows and menus")
    given = parser.parse_args(arguments)
    have = count_screens(given.out)
    print(write_screens(given.out, islice(generate_pages(given.seed, have, given.groups), max(given.count - have, 0))))


if __name__ == "__main__":
    raise SystemExit(main())
