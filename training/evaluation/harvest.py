"""The screens that reader and locator are measured on: `python -m training.evaluation.harvest unseen DIR`.

Each application of a group in several themes and fonts, at 1024×768 and 1920×1080, a folder each, so that all count alike; `unseen` also
gets made-up pages in Chromium in the looks of public frameworks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from recordings.errors import DeskhandError
from training.command import command
from training.screens import generate
from training.screens.applications import GROUPS

SIZES = ((1024, 768), (1920, 1080))
SCREENS = {(1024, 768): 8, (1920, 1080): 6}
LOOKS, PAGES_PER_LOOK = 8, 3
SEEDS = {"held-out": 21, "unseen": 41}
PAGE_SEED = 1_000_053
"""Far from the seeds of screens that are trained on."""


def harvest(group: str, out: Path) -> int:
    """Fill `out` with one folder an application and size; returns how many screens there are. What does not start is left out, and told."""
    made = 0
    for number, size in enumerate(SIZES):
        for name, application in GROUPS[group].items():
            folder = out / f"{name}-{size[0]}x{size[1]}"
            try:
                made += generate("applications", SCREENS[size], folder, SEEDS[group] + number, size, name, themed=True)
            except DeskhandError as error:
                print(f"{name} ({' '.join(application.command[:1])}) gives no screens: {error}", file=sys.stderr)
    if group == "unseen":
        made += sum(generate("pages", PAGES_PER_LOOK, out / f"pages-{look}", PAGE_SEED + look) for look in range(LOOKS))
    return made


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.harvest", description=__doc__)
    parser.add_argument("group", choices=tuple(GROUPS))
    parser.add_argument("out", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    print(f"{harvest(given.group, given.out)} screens in {given.out}")


if __name__ == "__main__":
    raise SystemExit(main())
