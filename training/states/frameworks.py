"""Pages in public CSS frameworks, to measure on: `python -m training.states.frameworks DIR`, with their boxes, radio buttons and switches;
`--groups` with their tabs, buttons, rows and grey things.

None of these sheets is trained on. What is missing is fetched through npm with `--fetch`, once, into the user's cache.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from training.beside import beside
from training.command import command
from training.screens import words
from training.screens.browser import Browser
from training.screens.looks import find_sheets
from training.screens.store import LabelledScreen, write_screens
from training.states.pages import SIZE, TRUTH, ZOOMS, element_of, truth

KINDS = ("check box", "radio button", "switch")
FRAMEWORKS: Mapping[str, Any] = beside(__file__)
"""By name: `package`, `sheet`, and by kind how it is written."""
GROUPS: Mapping[str, Sequence[Mapping[str, str]]] = beside(str(Path(__file__).with_name("groups.py")))
"""By framework: how each group is written."""
CHOSEN = {"page tab": "selected", "list item": "selected", "toggle button": "checked"}
STILL = "*{transition:none!important;animation:none!important}"


def widgets_page(rng: random.Random, name: str, framework: Mapping[str, Any], sheet: str) -> str:
    """A page of one framework's widgets."""
    dark = rng.random() < 0.3 and name in ("bootstrap", "tabler", "pico", "bulma")
    rows = []
    for number in range(rng.randint(14, 30)):
        kind = rng.choice([kind for kind in KINDS if kind in framework])
        rows.append(_widget(rng, framework[kind], kind, number))
        if rng.random() < 0.25:
            rows.append(f"<p {truth('label', 'x')}>{escape(words.sentence(rng))}</p>")
    theme = "dark" if dark else "light"
    layout = (
        f"body{{padding:14px;zoom:{rng.choice(ZOOMS)};columns:{rng.choice((1, 2, 2, 3))};height:auto;overflow:hidden}}"
        f"{STILL}[data-k]{{break-inside:avoid;margin-bottom:{rng.randint(2, 9)}px}}"
    )
    return (
        f"<!doctype html><html data-bs-theme='{theme}' data-theme='{theme}' class='{'theme-dark' if dark else ''}'><meta charset='utf-8'>"
        f"<style>{sheet}</style><style>{layout}</style><body>{''.join(rows)}</body>"
    )


def _widget(rng: random.Random, written: Mapping[str, str], kind: str, number: int) -> str:
    on, enabled, name, identity = rng.random() < 0.5, rng.random() > 0.1, words.label(rng), f"w{number}"
    shape = "radio" if kind == "radio button" else "checkbox"
    switch = " role='switch'" if kind == "switch" else ""
    states = (" checked" if on else "") + ("" if enabled else " disabled")
    given = f"<input id='{identity}' name='{identity}' type='{shape}' class='{written.get('input', '')}'{switch}{states}>"
    made = written["markup"].replace("{i}", given).replace("{n}", escape(name)).replace("{id}", identity)
    chosen = ("is-checked checked" if on else "") + ("" if enabled else " is-disabled disabled")
    told = truth(kind, name, checked=on, enabled=enabled, whole=True)
    return f"<div {told} style='width:fit-content'>{made.replace('{c}', chosen)}</div>"


def groups_page(rng: random.Random, name: str, written: Sequence[Mapping[str, str]], sheet: str) -> str:
    """A page of one framework's groups."""
    body = "".join(f"<section>{_group(rng, rng.choice(written))}</section>" for _ in range(rng.randint(5, 9)))
    layout = (
        f"body{{padding:14px;zoom:{rng.choice(ZOOMS)};height:auto;overflow:hidden}}"
        f"section{{margin-bottom:14px;max-width:{rng.randint(300, 640)}px}}*{{white-space:nowrap}}{STILL}"
    )
    return f"<!doctype html><meta charset='utf-8'><style>{sheet}</style><style>{layout}</style><body>{body}</body>"


def _group(rng: random.Random, written: Mapping[str, str]) -> str:
    role, count = written["role"], rng.randint(2, 5)
    chosen = {rng.randrange(count)} if role != "toggle button" else {number for number in range(count) if rng.random() < 0.4}
    items = []
    for number in range(count):
        name, grey = words.label(rng), "grey" in written and number not in chosen and rng.random() < 0.25
        known = {CHOSEN[role]: number in chosen} if role in CHOSEN else {}
        told = truth(role, name, enabled=not grey, whole=True, **known)
        state = written.get("grey", "") if grey else written.get("chosen", "") if role in CHOSEN and number in chosen else ""
        made = written["item"].replace("{k}", told).replace("{c}", state).replace("{d}", "disabled" if grey else "")
        items.append(made.replace("{n}", escape(name)))
    return written["group"].replace("{items}", "".join(items))


def _rendered(name: str, documents: Iterable[str]) -> Iterator[LabelledScreen]:
    with Browser(*SIZE) as browser:
        for document in documents:
            browser.show(document)
            browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
            yield LabelledScreen(browser.screenshot(), "pages", f"pages/{name}", [element_of(told) for told in browser.evaluate(TRUTH)])


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.frameworks", description=__doc__)
    parser.add_argument("out", type=Path, metavar="DIR")
    parser.add_argument("--groups", action="store_true", help="pages of tabs, buttons, rows and grey things")
    parser.add_argument("--each", type=int, default=6, help="pages of each framework")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--fetch", action="store_true", help="get missing style sheets through npm, which reaches for the network")
    given = parser.parse_args(arguments)
    written: Any
    written, page, way = (GROUPS, groups_page, "groups/") if given.groups else (FRAMEWORKS, widgets_page, "")
    sheets = find_sheets(fetch=given.fetch, packages={name: (FRAMEWORKS[name]["package"], FRAMEWORKS[name]["sheet"]) for name in written})
    for name in sorted(sheets):
        made = (
            page(random.Random(f"{given.seed}/{name}/{way}{number}"), name, written[name], sheets[name]) for number in range(given.each)
        )
        print(name, write_screens(given.out / name, _rendered(name, made)), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
