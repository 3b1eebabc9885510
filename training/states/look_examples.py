"""From screens to how texts look among their like, and what is chosen or grey: `python -m training.states.look_examples OUT.npz DIR...`."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.command import command
from training.screens.store import ScreenElement as Truth
from training.screens.store import StoredScreen
from training.states.examples import is_called, stored_screens, written
from vlm.reading.chosen import Likeness, Page
from vlm.reading.protocols import Reader
from vlm.reading.reader import open_reader
from vlm.reading.reading import Reading, ScreenElement

CHOOSABLE = frozenset({"page tab", "toggle button", "list item", "menu", "menu item", "push button", "button"})
GREYABLE = CHOOSABLE | {"check box", "radio button", "check menu item", "radio menu item", "label", "switch"}
LEAST_EM = 6


@dataclass(frozen=True, slots=True)
class LookExample:
    """One text: how it looks, and what is true of it; None where nobody knows."""

    element: ScreenElement
    page: Page
    likeness: Likeness
    kind: str
    chosen: bool | None
    grey: bool | None


def look_examples(screen: StoredScreen, reading: Reading, pixels: np.ndarray) -> Iterator[LookExample]:
    """The texts of a screen whose truth is known and which have siblings."""
    tabs = [truth for truth in screen.elements if truth.role == "page tab"]
    by_focus = any(tab.focused for tab in tabs) and not any(tab.selected for tab in tabs)  # Qt's way to say which is open
    unknown = not by_focus and not any(tab.selected for tab in tabs)
    page = Page(pixels, reading)
    for element, line in zip(reading.elements, page.lines, strict=True):
        if element.kind != "text" or element.confidence < 0.6 or line.em < LEAST_EM:
            continue
        truth = _truth_of(screen.elements, line.left + 2, line.middle, element.text)
        if truth is None:
            continue
        chosen = _is_chosen(truth, by_focus, plain=screen.source == "applications")
        if truth.role == "page tab" and unknown:
            chosen = None
        grey = None if truth.enabled is None or truth.role not in GREYABLE else not truth.enabled
        if (chosen is None and grey is None) or (likeness := page.likeness(element)) is None:
            continue
        yield LookExample(element, page, likeness, truth.role, chosen, grey)


def _truth_of(truths: Sequence[Truth], x: float, y: float, text: str) -> Truth | None:
    """The innermost thing at a place, if it is called so."""
    around = [truth for truth in truths if truth.box[0] - 1 <= x <= truth.box[2] and truth.box[1] <= y <= truth.box[3]]
    around = [truth for truth in around if truth.role in GREYABLE and truth.name]
    inner = min(around, key=lambda one: (one.box[2] - one.box[0]) * (one.box[3] - one.box[1]), default=None)
    if inner is not None and inner.role == "label":  # the writing of what can be chosen
        inner = next((one for one in around if one.role in CHOOSABLE and is_called(one, text)), inner)
    return inner if inner is not None and is_called(inner, text) else None


def _is_chosen(truth: Truth, by_focus: bool, plain: bool) -> bool | None:
    """None where nobody knows; `plain`: whether a label is surely not drawn as if it were chosen."""
    match truth.role:
        case "page tab":
            return truth.focused if by_focus else truth.selected
        case "toggle button":
            return truth.checked
        case "list item":
            return truth.selected
        case "menu" | "menu item":
            return bool(truth.selected or truth.focused) if truth.selected is not None or truth.focused is not None else None
        case "push button" | "button":
            return False
        case "label" | "check box" | "radio button" if plain:
            return False
        case _:
            return None


def collect(folders: Sequence[Path], reader: Reader) -> Iterator[tuple[StoredScreen, LookExample]]:
    """The examples of all screens of some folders."""
    for screen in stored_screens(folders):
        picture = screen.picture().convert("RGB")
        pixels = np.asarray(picture)
        reading = reader.read(picture) if screen.texts is None else written(pixels, screen.texts)
        for example in look_examples(screen, reading, pixels):
            yield screen, example


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.look_examples", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT.npz")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    rows, truths, apps, kinds = [], [], [], []
    for screen, example in collect(given.folders, open_reader(threads=1)):
        for features in example.likeness.features:
            rows.append(features)
            truths.append([-1 if known is None else int(known) for known in (example.chosen, example.grey)])
            apps.append(screen.app)
            kinds.append(example.kind)
    np.savez(
        given.out, features=np.stack(rows).astype(np.float16), truths=np.array(truths, np.int8), apps=np.array(apps), kinds=np.array(kinds)
    )
    print(f"{len(rows)} looks in {time.monotonic() - began:.0f} s: {dict(Counter(kinds))}")


if __name__ == "__main__":
    raise SystemExit(main())
