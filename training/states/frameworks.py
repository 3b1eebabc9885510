"""Pages with the boxes, radio buttons and switches of public CSS frameworks, to measure on: `python -m training.states.frameworks DIR`.

None of these sheets is trained on. What is missing is fetched through npm with `--fetch`, once, into the user's cache.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from recordings import parsing
from training.command import command
from training.screens import words
from training.screens.browser import Browser
from training.screens.looks import find_sheets
from training.screens.store import LabelledScreen, write_screens
from training.states.pages import SIZE, TRUTH, ZOOMS, element_of, truth

KINDS = ("check box", "radio button", "switch")


def frameworks() -> dict[str, Any]:
    """By name: `package`, `sheet`, and by kind how it is written."""
    found: dict[str, Any] = parsing.parse_yaml(files(__package__).joinpath("frameworks.yaml").read_text(encoding="utf-8"))
    return found


def document(rng: random.Random, name: str, framework: Mapping[str, Any], sheet: str) -> str:
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
        f"*{{transition:none!important;animation:none!important}}[data-k]{{break-inside:avoid;margin-bottom:{rng.randint(2, 9)}px}}"
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


def _rendered(name: str, documents: Iterable[str]) -> Iterator[LabelledScreen]:
    with Browser(*SIZE) as browser:
        for document in documents:
            browser.show(document)
            browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
            yield LabelledScreen(browser.screenshot(), "pages", f"pages/{name}", [element_of(told) for told in browser.evaluate(TRUTH)])


def write_pages(
    prog: str, about: str | None, arguments: Sequence[str] | None, written: Mapping[str, Any],
    document: Callable[[random.Random, str, Any, str], str], way: str = "",
) -> None:  # fmt: skip
    """A command that writes pages of each framework: what is `written` in it, by its name, as `document` lays it out in that `way`."""
    parser = argparse.ArgumentParser(prog=prog, description=about)
    parser.add_argument("out", type=Path, metavar="DIR")
    parser.add_argument("--each", type=int, default=6, help="pages of each framework")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--fetch", action="store_true", help="get missing style sheets through npm, which reaches for the network")
    given = parser.parse_args(arguments)
    known = frameworks()
    sheets = find_sheets(fetch=given.fetch, packages={name: (known[name]["package"], known[name]["sheet"]) for name in written})
    for name in sorted(sheets):
        made = (
            document(random.Random(f"{given.seed}/{name}/{way}{number}"), name, written[name], sheets[name]) for number in range(given.each)
        )
        print(name, write_screens(given.out / name, _rendered(name, made)), flush=True)


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    write_pages("python -m training.states.frameworks", __doc__, arguments, frameworks(), document)


if __name__ == "__main__":
    raise SystemExit(main())
