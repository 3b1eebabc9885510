"""Labelled screens from made-up pages that Chromium renders, with exact boxes of elements."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from training.beside import read_beside
from training.screens.browser import Browser
from training.screens.looks import Look, choose_look, find_sheets, palette
from training.screens.markup import page
from training.screens.store import LabelledScreen, ScreenElement

MAIN_FONT = ("DejaVu Sans", 13.333)
"""The virtual desktop's font: 10 points at 96 dots per inch."""
OTHER_FONTS = (
    "DejaVu Sans", "DejaVu Sans Condensed", "DejaVu Serif", "DejaVu Sans Mono", "Nimbus Sans", "Nimbus Roman", "C059", "P052", "URW Gothic",
    "Liberation Sans", "Noto Sans", "Cantarell",
)  # fmt: skip
OTHER_SIZES = (11, 12, 13.333, 14, 14.667, 16, 18, 20)
SIZES = ((1024, 768), (640, 480), (1280, 720))
PAGES_PER_LOOK = 12
"""Pages in a row with one style sheet: parsing a framework's sheet costs more than laying out a page."""


def generate_pages(
    seed: int, start: int = 0, size: tuple[int, int] | None = None, sheets: dict[str, str] | None = None
) -> Iterator[LabelledScreen]:
    """Endless labelled pages; page number `start` and later ones of this seed.

    Args:
        seed: seeds make disjoint pages.
        start: how many pages to leave out, for going on after an interruption.
        size: (width, height) in pixels of every page; None draws 1024×768 four times in five.
        sheets: style sheets by look name, beside our own looks; None: those that were fetched before.
    """
    sheets = find_sheets() if sheets is None else sheets
    script, layout = (read_beside(__file__, name) for name in ("labels.js", "base.css"))
    shown: Look | None = None
    with Browser() as browser:
        number = start
        while True:
            look = choose_look(random.Random(f"{seed}/look/{number // PAGES_PER_LOOK}"), sheets)
            if shown is None or shown.name != look.name:
                styles = f'<style>{look.sheet}</style><style>{layout}</style><style id="own"></style>'
                browser.show(f'<!doctype html><meta charset="utf-8">{styles}<body></body>')
                shown = look
            rng = random.Random(f"{seed}/page/{number}")
            width, height = size or (SIZES[0] if rng.random() < 0.8 else rng.choice(SIZES[1:]))
            browser.resize(width, height)
            yield _render(browser, script, rng, look, width, height)
            number += 1


def font_rules(rng: random.Random) -> str:
    """The page's font: the virtual desktop's in seven pages of ten, anything else in the others."""
    family, size = MAIN_FONT if rng.random() < 0.7 else (rng.choice(OTHER_FONTS), rng.choice(OTHER_SIZES))
    return (
        f'*{{font-family:"{family}","DejaVu Sans"!important}}html,body{{font-size:{size}px!important}}'
        ".x-page :is(button,input,select,textarea,a,td,th,li,label,span,p,[role]){font-size:inherit}"
        f"h1{{font-size:{size * 1.6:.1f}px!important}}h2{{font-size:{size * rng.choice((1, 1.25, 1.5)):.1f}px!important}}"
        f"h3{{font-size:{size}px!important}}"
    )


def _render(browser: Browser, script: str, rng: random.Random, look: Look, width: int, height: int) -> LabelledScreen:
    own = palette(rng, look) + font_rules(rng)
    body = page(rng, look, width, height)
    theme = "dark" if look.name.endswith("dark") or (look.name in ("bootstrap", "pico", "bulma") and rng.random() < 0.2) else "light"
    browser.evaluate(
        f"document.documentElement.dataset.theme=document.documentElement.dataset.bsTheme={theme!r};"
        f"document.getElementById('own').textContent={_quoted(own)};document.body.innerHTML={_quoted(body)};true"
    )
    told = browser.evaluate(script)
    elements = [ScreenElement(**{**element, "box": tuple(round(v, 1) for v in element["box"])}) for element in told]
    return LabelledScreen(browser.screenshot(), "pages", look.name, elements)


def _quoted(text: str) -> str:
    return json.dumps(text)
