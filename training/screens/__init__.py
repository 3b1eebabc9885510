"""Labelled screens: drawn, rendered by a browser, harvested from applications."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as numbers_from
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.screens.store import LabelledScreen

KINDS = ("drawn", "pages", "applications")


def generate(
    kind: str,
    count: int,
    out: Path,
    seed: int,
    size: tuple[int, int] | None = None,
    only: str | None = None,
    themed: bool = False,
    fetch: bool = False,
) -> int:
    """Fill the folder `out` up to `count` labelled screens, going on after those it holds; returns how many it holds then.

    Args:
        kind: one of `KINDS`.
        count: screens that the folder should hold.
        out: the folder, created where missing.
        seed: another seed makes other screens; training and test sets differ in it.
        size: (width, height) in pixels; None lets the generator choose.
        only: of applications, their names with commas, `held-out` or `unseen`; None: those that may be trained on.
        themed: of applications, in several themes and fonts.
        fetch: of pages, get the style sheets of public frameworks from the network where they are missing.

    Raises:
        DeskhandError: the kind or an application is unknown, or what the generator needs is not installed.
    """
    from recordings.errors import DeskhandError
    from training.screens.store import count_screens, write_screens

    have = count_screens(out)
    if have >= count:
        return have
    screens: Iterator[LabelledScreen]
    if kind == "pages":
        from training.screens.looks import find_sheets
        from training.screens.pages import generate_pages

        screens = generate_pages(seed, start=have, size=size, sheets=find_sheets(fetch=fetch))
    elif kind == "drawn":
        import random

        from training.screens.drawn import draw_screen

        screens = (draw_screen(random.Random(f"{seed}/{number}"), size or (1024, 768)) for number in numbers_from(have))
    elif kind == "applications":
        from training.screens.applications import generate_applications, named

        screens = generate_applications(seed, start=have, size=size, applications=named(only), themed=themed)
    else:
        raise DeskhandError(f"there are no {kind!r} screens: choose one of {', '.join(KINDS)}")
    return write_screens(out, islice(screens, count - have))
