"""Reader and locator on labelled screens: `python -m training.evaluation.reading DIR...`.

How often an element is found by its visible name, and how often a name that is not on the screen is said to be missing; with Wilson's
95 % intervals, for each application, and whether a miss is the reader's or the locator's. Names on one screen hang together a little, so
at most six of each screen are asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageFont

from recordings.errors import DeskhandError
from tasks.statistics import by_group, rate_of
from training.command import command
from training.datasets.folders import screens_in
from training.screens.store import LONGEST_NAME, ScreenElement, StoredScreen, read_screens, unambiguous
from vlm.reading.folding import fold
from vlm.reading.match import TextLocator
from vlm.reading.protocols import Located, Locator, Reader
from vlm.reading.reading import Reading

QUESTIONS_PER_SCREEN = 6
ABSENT_PER_SCREEN = 3
TALLEST_CHECK_BOX = 26
"""Pixels: a taller one is a button of a toolbar that stays down."""
ICON_ROLES = frozenset({"button", "toggle button", "push button menu", "icon"})
"""Roles that often show a picture and no name, in a browser also links and cells."""
BROWSER_ROLES = ICON_ROLES | {"link", "table cell", "list item", "heading"}
Outcome = Literal["hit", "ambiguous", "missing", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One name that was asked for, and what came of it. `reader` says whether the name was read in the element's box."""

    screen: Path
    app: str
    name: str
    outcome: Outcome
    reader: bool
    answer: str
    size: tuple[int, int]


@dataclass
class Report:
    """What was measured."""

    asked: list[Asked] = field(default_factory=list)
    absent: list[Asked] = field(default_factory=list)
    read_seconds: list[float] = field(default_factory=list)
    locate_seconds: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Counts, rates and intervals; seconds are medians of process time on this machine."""
        missed = [asked for asked in self.asked if asked.outcome != "hit"]
        found: dict[str, Any] = rate_of(sum(asked.outcome == "hit" for asked in self.asked), len(self.asked))
        found["outcomes"] = dict(Counter(asked.outcome for asked in self.asked))
        found["misses"] = {"reader": sum(not asked.reader for asked in missed), "locator": sum(asked.reader for asked in missed)}
        found["by_app"] = by_group((asked.app, asked.outcome == "hit") for asked in self.asked)
        for size in sorted({asked.size for asked in self.asked}):
            sized = [asked.outcome == "hit" for asked in self.asked if asked.size == size]
            found.setdefault("by_size", {})[f"{size[0]}x{size[1]}"] = rate_of(sum(sized), len(sized))
        absent = rate_of(sum(asked.outcome in ("missing", "ambiguous") for asked in self.absent), len(self.absent))
        clicks = rate_of(sum(asked.outcome == "elsewhere" for asked in self.absent), len(self.absent))
        missing = rate_of(sum(asked.outcome == "missing" for asked in self.absent), len(self.absent))
        times = {
            "read_seconds": _median(self.read_seconds), "locate_milliseconds": _median([1000 * value for value in self.locate_seconds]),
            "locate_milliseconds_longest": round(1000 * max(self.locate_seconds, default=0.0), 2),
        }  # fmt: skip
        return {"found": found, "absent_missing": missing, "absent_not_clicked": absent, "absent_clicked": clicks, **times}


def measure(
    folders: Sequence[Path], reader: Reader, locator: Locator, *, each: int | None = None, absent: int = 0, seed: int = 0
) -> Report:
    """Ask for visible names, and for names of other applications, on the screens of some folders.

    Args:
        each: how many screens of each folder at most, the first of it; None: all.
        absent: how many names that are not there.

    Raises:
        DeskhandError: a folder holds no labelled screens.
    """
    rng = random.Random(seed)
    screens = [screen for folder in folders for screen in islice(read_screens(folder), each)]
    rng.shuffle(screens)
    strangers = _strangers(screens)
    report = Report()
    for number, screen in enumerate(screens):
        picture = screen.picture()
        reading = reader.read(picture)
        report.read_seconds.append(reading.seconds)
        named = [element for element in unambiguous(screen.elements) if shows_name(element, picture, screen.app == "chromium")]
        for element in rng.sample(named, min(QUESTIONS_PER_SCREEN, len(named))):
            report.asked.append(_ask(screen, element, reading, locator, report.locate_seconds))
        for _ in range(ABSENT_PER_SCREEN):
            if len(report.absent) < absent and (name := _stranger(rng, strangers, screen)):
                located = _locate(name, reading, locator, report.locate_seconds)
                outcome: Outcome = "elsewhere" if located.status == "found" else located.status
                report.absent.append(Asked(screen.path, screen.app, name, outcome, True, _told(located), picture.size))
        if number % 20 == 19:
            print(f"{number + 1} of {len(screens)} screens", file=sys.stderr, flush=True)
    return report


def shows_name(element: ScreenElement, picture: Image.Image, browser: bool = False) -> bool:
    """Whether the element shows its name: a line of it fits into the box, and what may be a picture with a hidden name is no such.

    Whether a button is one, another reader tells than the one that is measured: tesseract sees half of the name or more in it.
    """
    x1, y1, x2, y2 = element.box
    name = element.name.strip()
    if not name or len(name) > LONGEST_NAME or not any(character.isalnum() for character in name):
        return False
    wide = ImageFont.load_default(size=12).getlength(name.rstrip("….").replace("_", ""))
    if x2 - x1 < 0.8 * wide:
        return False
    tool = element.role == "check box" and y2 - y1 > TALLEST_CHECK_BOX
    return (element.role not in (BROWSER_ROLES if browser else ICON_ROLES) and not tool) or _glimpsed(
        name, picture.crop((int(x1), int(y1), int(x2) + 1, int(y2) + 1))
    )


def _glimpsed(name: str, part: Image.Image) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        part.convert("L").resize((part.width * 3, part.height * 3), Image.Resampling.BICUBIC).save(file.name)
        command = ["tesseract", file.name, "-", "--psm", "6"]
        try:
            seen = subprocess.run(command, capture_output=True, text=True, timeout=30, env={**os.environ, "OMP_THREAD_LIMIT": "1"}).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise DeskhandError(f"tesseract does not run ({error}): apt install tesseract-ocr") from error
    wanted, pairs = fold(name).pairs, fold(seen).pairs
    return len(wanted & pairs) >= 0.5 * len(wanted)


def _ask(screen: StoredScreen, element: ScreenElement, reading: Reading, locator: Locator, seconds: list[float]) -> Asked:
    located = _locate(element.name, reading, locator, seconds)
    box = element.box_in(reading.size)
    inside = tuple(each for each in reading.elements if box.contains(each.box.center) or each.box.contains(box.center))
    read = _locate(element.name, Reading(inside, reading.size), TextLocator(), []).status != "missing"
    if located.status != "found":
        outcome: Outcome = located.status
    else:
        assert located.best is not None
        outcome = "hit" if box.contains(located.best.box.center) else "elsewhere"
    answer = f"{_told(located)}; read there: {', '.join(repr(each.text) for each in inside[:4]) or 'nothing'}"
    return Asked(screen.path, screen.app, f"{element.name} ({element.role})", outcome, read, answer, reading.size)


def _locate(name: str, reading: Reading, locator: Locator, seconds: list[float]) -> Located:
    started = time.process_time()
    located = locator.locate(name, reading)
    seconds.append(time.process_time() - started)
    return located


def _told(located: Located) -> str:
    return ", ".join(f"{each.element.text!r} {each.how} {each.score:.2f}" for each in located.candidates[:3]) or "nothing"


def _strangers(screens: Iterable[StoredScreen]) -> list[tuple[str, str]]:
    """Names of two letters and more with the application they are of."""
    names = {(element.name.strip(), screen.app) for screen in screens for element in screen.elements if element.role != "text"}
    return sorted(
        (name, app) for name, app in names if len(fold(name).squeezed) > 2 and len(name) <= 40 and not fold(name).squeezed.isdigit()
    )


def _stranger(rng: random.Random, strangers: Sequence[tuple[str, str]], screen: StoredScreen) -> str | None:
    """A name of another application that is neither labelled here nor a part of anything labelled."""
    here = [fold(element.name).squeezed for element in screen.elements]
    for _ in range(50):
        if not strangers:
            break
        name, app = rng.choice(strangers)
        wanted = fold(name).squeezed
        if app != screen.app and not any(wanted in other for other in here):
            return name
    return None


def _median(values: Sequence[float]) -> float | None:
    return round(sorted(values)[len(values) // 2], 4) if values else None


def failures(report: Report) -> Iterator[str]:
    """A line for each name that was not found, or was found though it is not there."""
    for asked in report.asked:
        if asked.outcome != "hit":
            yield f"{asked.outcome:9} {'locator' if asked.reader else 'reader':7} {asked.screen} {asked.name!r}: {asked.answer}"
    for asked in report.absent:
        if asked.outcome != "missing":
            yield f"{asked.outcome:9} absent  {asked.screen} {asked.name!r}: {asked.answer}"


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.reading", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="folders of labelled screens, or folders of such folders")
    parser.add_argument("--each", type=int, metavar="N", help="at most so many screens of each folder")
    parser.add_argument("--absent", type=int, default=100, metavar="N", help="how many names that are not there (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="each failure; not for screens that are to stay unseen")
    given = parser.parse_args(arguments)
    from vlm.reading.reader import open_reader

    report = measure(screens_in(given.folders), open_reader(), TextLocator(), each=given.each, absent=given.absent, seed=given.seed)
    if given.show:
        print("\n".join(failures(report)))
    print(json.dumps(report.to_json(), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    raise SystemExit(main())
