"""Icons on labelled screens: `deskhand evaluate --on icons:DIR`.

Of the buttons that accessibility names and no text covers: how many are found as regions, and how many answer to their name, as `deskhand
ground` answers; how many regions are none of them; and how often something answers to a word that means nothing on its screen. With
Wilson's 95 % intervals.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recordings.geometry import Box
from tasks.statistics import by_group, rate_of
from training.screens.store import ScreenElement, StoredScreen, read_screens
from vlm.pocket_engine import PocketEngine
from vlm.reading.folding import fold
from vlm.reading.icons.icon import Icon
from vlm.reading.icons.meaning import meanings
from vlm.reading.icons.names import icon_names
from vlm.reading.icons.regions import MOST
from vlm.reading.protocols import Located
from vlm.reading.reading import Reading

BUTTONS = frozenset({"button", "toggle button", "push button menu", "icon"})
LEAST_SIDE = 8
FLAT = 12
"""Levels of 255 within a button that shows nothing: its theme lacks the icon."""
ABSENT_PER_SCREEN = 4
AMONG = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A button that was asked for by its name.

    Attributes:
        once: whether nothing else on the screen is called so.
        why: of what is no hit, where it was lost.
    """

    app: str
    name: str
    outcome: str
    once: bool
    why: str


@dataclass
class Report:
    """What was measured."""

    regions: Counter[str] = field(default_factory=Counter)
    asked: list[Asked] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    absent: list[bool] = field(default_factory=list)
    """Whether each name that is not there was answered."""

    def to_json(self) -> dict[str, Any]:
        """Counts, rates and intervals. `known` counts the buttons whose name the namer could say."""
        known = [one for one in self.asked if meanings(one.name)[1]]
        return {
            "regions": rate_of(self.regions["hit"], self.regions.total()),
            "other_regions": {"mean": round(float(np.mean(self.others)), 2) if self.others else None, "most": max(self.others, default=0)},
            "by_function": _hits(self.asked),
            "by_function_known": _hits(known),
            "by_function_once": _hits([one for one in self.asked if one.once]),
            "outcomes": dict(Counter(one.outcome for one in self.asked)),
            "lost": dict(Counter(one.why for one in self.asked if one.why).most_common()),
            "by_app": by_group((one.app, one.outcome == "hit") for one in self.asked),
            "absent_found": rate_of(sum(self.absent), len(self.absent)),
        }


def measure(folders: Sequence[Path], engine: PocketEngine, *, seed: int = 0) -> Report:
    """Look at the screens of some folders. Raises DeskhandError where a folder holds none."""
    rng, report = random.Random(seed), Report()
    for folder in folders:
        for screen in read_screens(folder):
            picture = screen.picture()
            sight = engine.look(picture)
            reading, icons = sight.view.reading, sight.view.icons
            buttons = list(_buttons(screen, reading, np.asarray(picture)))
            taken = set()
            called = Counter(fold(element.name).squeezed for element in screen.elements)
            for element, box in buttons:
                inside = [place for place, icon in enumerate(icons) if box.contains(icon.element.box.center)]
                report.regions["hit" if inside else "missed"] += 1
                taken |= set(inside)
                if not (name := fold(element.name).squeezed):
                    continue
                located = sight.locate(element.name)
                best = located.best
                outcome = located.status if best is None else "hit" if box.contains(best.box.center) else "elsewhere"
                icon = max((icons[place] for place in inside), key=lambda icon: icon.element.box.area, default=None)
                why = "" if outcome == "hit" else _why(element.name, icon, located)
                report.asked.append(Asked(screen.app, element.name, outcome, called[name] == 1, why))
            report.others.append(len(icons) - len(taken))
            here = frozenset[int]().union(*(meanings(one.name)[1] for one in screen.elements))
            for name in _strangers(rng, here, screen):
                report.absent.append(sight.locate(name).status == "found")
    return report


def _hits(asked: Sequence[Asked]) -> dict[str, Any]:
    return rate_of(sum(one.outcome == "hit" for one in asked), len(asked))


def _why(name: str, icon: Icon | None, located: Located) -> str:
    """Where a button was lost that does not answer to its name."""
    meant = meanings(name)[1]
    if located.best is not None and located.best.how != "icon":
        return "a text instead"
    if icon is None:
        return "no region"
    if not meant:
        return "a name that the table lacks"
    if icon.label:
        return "called by a text beside it"
    if located.status != "missing":
        return "another icon instead" if located.best is not None else "asked about"
    rank = next((rank for rank, (place, _) in enumerate(icon.names) if place in meant), AMONG)
    return "unsure" if rank == 0 else "not the first name" if rank < AMONG else "not among five names"


def _buttons(screen: StoredScreen, reading: Reading, pixels: NDArray[np.uint8]) -> Iterator[tuple[ScreenElement, Box]]:
    """What accessibility calls a button, of an icon's size, with a picture on it and neither a text nor a sign."""
    for element in screen.elements:
        x1, y1, x2, y2 = element.box
        if element.role not in BUTTONS or min(x2 - x1, y2 - y1) < LEAST_SIDE or max(x2 - x1, y2 - y1) > MOST + 8:
            continue
        box = element.box_in(reading.size)
        inside = pixels[int(y1) + 3 : int(y2) - 3, int(x1) + 3 : int(x2) - 3].reshape(-1, 3)
        shows = len(inside) and int(np.ptp(inside, axis=0).max()) > FLAT
        if shows and not any(box.contains(each.box.center) for each in reading.elements):
            yield element, box


def _strangers(rng: random.Random, here: frozenset[int], screen: StoredScreen) -> list[str]:
    """Names of icons that nothing on the screen is called, nor anything that it says."""
    said = {word for element in screen.elements for word in element.name.casefold().split()}
    others = [name.name for place, name in enumerate(icon_names()) if place not in here and not said & set(name.name.split())]
    return rng.sample(others, ABSENT_PER_SCREEN)
