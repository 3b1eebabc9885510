"""Pages with the tabs, buttons, rows and grey things of public CSS frameworks, to measure on: `python -m training.states.groups DIR`.

The frameworks and their sheets are those of `training.states.frameworks`; none is trained on.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from recordings import parsing
from training.command import command
from training.screens import words
from training.states.frameworks import write_pages
from training.states.pages import ZOOMS, truth

CHOSEN = {"page tab": "selected", "list item": "selected", "toggle button": "checked"}


def groups() -> dict[str, list[dict[str, str]]]:
    """By framework: how each group is written."""
    found: dict[str, Any] = parsing.parse_yaml(files(__package__).joinpath("groups.yaml").read_text(encoding="utf-8"))
    return found


def document(rng: random.Random, name: str, written: Sequence[Mapping[str, str]], sheet: str) -> str:
    """A page of one framework's groups."""
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
        known = {CHOSEN[role]: number in chosen} if role in CHOSEN else {}
        told = truth(role, name, enabled=not grey, whole=True, **known)
        state = written.get("grey", "") if grey else written.get("chosen", "") if role in CHOSEN and number in chosen else ""
        made = written["item"].replace("{k}", told).replace("{c}", state).replace("{d}", "disabled" if grey else "")
        items.append(made.replace("{n}", escape(name)))
    return written["group"].replace("{items}", "".join(items))


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    write_pages("python -m training.states.groups", __doc__, arguments, groups(), document, "groups/")


if __name__ == "__main__":
    raise SystemExit(main())
