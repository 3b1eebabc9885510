"""Pages with the tabs, buttons, rows and grey things of public CSS frameworks, to measure on: `python -m training.states.groups DIR`.

The frameworks and their sheets are those of `training.states.frameworks`; none is trained on.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from recordings import parsing
from training.screens import words
from training.screens.browser import Browser
from training.screens.looks import find_sheets
from training.screens.store import LabelledScreen, write_screens
from training.states.frameworks import frameworks
from training.states.pages import SIZE, TRUTH, ZOOMS, element_of

CHOSEN = {"page tab": "selected", "list item": "selected", "toggle button": "checked"}


def groups() -> dict[str, list[dict[str, str]]]:
    """By framework: how each group is written."""
    found: dict[str, Any] = parsing.parse_yaml(files(__package__).joinpath("groups.yaml").read_text(encoding="utf-8"))
    return found


def generate(name: str, written: Sequence[Mapping[str, str]], sheet: str, seed: int) -> Iterator[LabelledScreen]:
    """Endless pages of one framework."""
    with Browser(*SIZE) as browser:
        number = 0
        while True:
            rng = random.Random(f"{seed}/{name}/groups/{number}")
            browser.show(_document(rng, written, sheet))
            browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
            yield LabelledScreen(browser.screenshot(), "pages", f"pages/{name}", [element_of(told) for told in browser.evaluate(TRUTH)])
            number += 1


def _document(rng: random.Random, written: Sequence[Mapping[str, str]], sheet: str) -> str:
    body = "".join(f"<section>{_group(rng, rng.choice(written))}</section>" for _ in range(rng.randint(5, 9)))
    layout = (
        f"body{{padding:14px;zoom:{rng.choice(ZOOMS)};height:auto;overflow:hidden}}"
        f"section{{margin-bottom:14px;max-width:{rng.randint(300, 640)}px}}"
        "*{white-space:nowrap;transition:none!important;animation:none!important}"
    )
    return f"<!doctype html><meta charset='utf-8'><style>{sheet}</style><style>{layout}</style><body>{body}</body>"


def _group(rng: random.Random, written: Mapping[str, str]) -> str:
    role, count = written["role"], rng.randint(2, 5)
    chosen = {rng.randrange(count)} if role != "toggle button" else {number for number in range(count) if rng.random() < 0.4}
    items = []
    for number in range(count):
        name, grey = words.label(rng), "grey" in written and number not in chosen and rng.random() < 0.25
        told: dict[str, Any] = {"role": role, "name": name, "enabled": not grey, "whole": True}
        if role in CHOSEN:
            told[CHOSEN[role]] = number in chosen
        state = written.get("grey", "") if grey else written.get("chosen", "") if role in CHOSEN and number in chosen else ""
        truth = f"data-k='{escape(json.dumps(told), quote=True)}'"
        made = written["item"].replace("{k}", truth).replace("{c}", state).replace("{d}", "disabled" if grey else "")
        items.append(made.replace("{n}", escape(name)))
    return written["group"].replace("{items}", "".join(items))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.groups", description=__doc__)
    parser.add_argument("out", type=Path, metavar="DIR")
    parser.add_argument("--each", type=int, default=6, help="pages of each framework")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--fetch", action="store_true", help="get missing style sheets through npm, which reaches for the network")
    given = parser.parse_args(arguments)
    known, written = frameworks(), groups()
    packages = {name: (known[name]["package"], known[name]["sheet"]) for name in written}
    sheets = find_sheets(fetch=given.fetch, packages=packages)
    for name in sorted(sheets):
        print(
            name, write_screens(given.out / name, islice(generate(name, written[name], sheets[name], given.seed), given.each)), flush=True
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
