"""Labelled screens from the distribution's own applications, driven on a virtual desktop and read from its accessibility tree.

One round is one fresh desktop: one to three applications with made-up contents, somewhere on the screen, and a visit of the topmost one.
Applications in `HELD_OUT` and `UNSEEN` are never trained on. Failures on those held out may be looked at, one by one, to mend what reads
and finds; of those unseen only the numbers are ever looked at.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import DesktopError
from agent.virtual import VirtualDesktop
from recordings.errors import DeskhandError
from training.beside import beside
from training.screens import words
from training.screens.driver import Driver
from training.screens.store import LabelledScreen
from training.screens.themes import dress
from training.screens.visits import SCREENS_PER_ROUND, WALKS, move_window, web_document

DEFAULT_SIZE = (1024, 768)


@dataclass(frozen=True, slots=True)
class Application:
    """How to start one, what it opens, how to walk through it, and how often it is chosen."""

    command: Sequence[str]
    window: str
    opens: str = ""
    """What to give it as an argument: a "text" file, a "folder", a "dialog" to show, a "document" of HTML, or nothing."""
    walk: str = "explore"
    weight: float = 1.0

    @property
    def installed(self) -> bool:
        return shutil.which(self.command[0]) is not None


def fill_folder(folder: Path, rng: random.Random) -> None:
    """Made-up files and folders."""
    for _ in range(rng.randint(0, 14)):
        path = folder / words.typable_file_name(rng)
        if path.exists():
            continue
        if rng.random() < 0.4:
            path.with_suffix("").mkdir(exist_ok=True)
        else:
            path.write_text(words.typable_text(rng))


def dialog_arguments(rng: random.Random) -> list[str]:
    """A made-up form for yad, which shows any dialog one describes: real GTK widgets with words of our own."""

    def text() -> str:
        return _plain(words.label(rng))

    arguments = [f"--title={text()}", f"--columns={rng.choice((1, 1, 2, 3))}", "--form"]
    if rng.random() < 0.5:
        arguments.append(f"--text={_plain(words.sentence(rng))}")
    for _ in range(rng.randint(3, 18)):
        match rng.choice(("entry", "entry", "CHK", "CHK", "CB", "NUM", "FBTN", "FBTN", "LBL", "SCL", "SW")):
            case "entry":
                arguments += [f"--field={text()}", _plain(words.datum(rng))]
            case "CB":
                arguments += [f"--field={text()}:CB", f"{text()}!{text()}!{text()}"]
            case "NUM" | "SCL" as kind:
                arguments += [f"--field={text()}:{kind}", str(rng.randrange(100))]
            case "CHK" | "SW" as kind:
                arguments += [f"--field={text()}:{kind}", rng.choice(("TRUE", "FALSE"))]
            case kind:
                arguments += [f"--field={text()}:{kind}", "true"]
    return arguments + [f"--button={text()}:{number}" for number in range(rng.randint(1, 4))]


def _plain(text: str) -> str:
    """Without what yad reads as markup, separators or mnemonics."""
    return "".join(character for character in text if character not in "&<>!:|_\\") or "x"


def _read(group: str) -> Mapping[str, Application]:
    return {name: Application(**{"command": [name], "window": name, **known}) for name, known in beside(__file__)[group].items()}


TRAINED, HELD_OUT, UNSEEN = (_read(group) for group in ("trained", "held-out", "unseen"))
GROUPS: Mapping[str, Mapping[str, Application]] = {"held-out": HELD_OUT, "unseen": UNSEEN}


def named(names: str | None) -> Mapping[str, Application] | None:
    """Applications by their names with commas, or a group (`held-out`, `unseen`); None for None. Raises DeskhandError for others."""
    if names is None or names in GROUPS:
        return GROUPS[names] if names else None
    known = {**TRAINED, **HELD_OUT, **UNSEEN}
    if unknown := [name for name in names.split(",") if name not in known]:
        raise DeskhandError(f"there is no application {unknown[0]!r}: choose of {', '.join(known)}, or {' or '.join(GROUPS)}")
    return {name: known[name] for name in names.split(",")}


def generate_applications(
    seed: int,
    start: int = 0,
    size: tuple[int, int] | None = None,
    applications: Mapping[str, Application] | None = None,
    themed: bool = False,
) -> Iterator[LabelledScreen]:
    """Endless labelled screens of real applications.

    Args:
        seed: seeds draw different contents, places and walks.
        start: how many screens were made before; another start draws afresh from the same seed.
        size: (width, height) of the virtual desktop in pixels; None means 1024×768.
        applications: which to harvest; None means those that may be trained on.
        themed: each round in another theme and font; else all in the desktop's own.

    Raises:
        DeskhandError: none of the applications is installed.
    """
    chosen = {name: app for name, app in (applications or TRAINED).items() if app.installed}
    if not chosen:
        raise DeskhandError(f"none of {', '.join(applications or TRAINED)} is installed: install one with apt")
    number = 0
    failures = 0
    while failures < 20:
        rng = random.Random(f"{seed}/{start}/{number}")
        number += 1
        made = 0
        try:
            for screen in _round(rng, chosen, size or DEFAULT_SIZE, themed):
                made += 1
                yield screen
        except DesktopError:
            pass  # an application that died or missed a window ends its round, not the harvest
        failures = 0 if made else failures + 1
    raise DeskhandError("twenty rounds in a row gave no screen: check that the applications start, with `deskhand doctor`")


def _round(rng: random.Random, applications: Mapping[str, Application], size: tuple[int, int], themed: bool) -> Iterator[LabelledScreen]:
    names = rng.choices(list(applications), weights=[app.weight for app in applications.values()], k=rng.choice((1, 1, 1, 2, 3)))
    with VirtualDesktop(*size) as desktop, Driver(desktop) as driver:
        if rng.random() < 0.5:
            driver.paint_background(rng.randrange(1 << 24))
        driver.move(0, 0)
        fill_folder(desktop.home, rng)
        environment = dress(desktop.home, rng).environment if themed else {}
        for name in dict.fromkeys(names[::-1]):
            open_application(driver, applications[name], rng, environment)
        made = 0
        for _ in WALKS[applications[names[0]].walk](driver, rng):
            if rng.random() < 0.1:
                driver.move(rng.randrange(size[0]), rng.randrange(size[1]))
            screen = driver.label(names[0], unseen=True)
            if screen is not None and screen.elements:
                yield screen
                made += 1
            if made >= SCREENS_PER_ROUND:
                return


def open_application(driver: Driver, app: Application, rng: random.Random, environment: Mapping[str, str]) -> None:
    """Start one with something of what it opens, and put its window somewhere."""
    arguments: list[str] = []
    if app.opens == "text" and rng.random() < 0.5:
        path = driver.desktop.home / words.typable_file_name(rng)
        if not path.exists():
            path.write_text(words.typable_text(rng, 40))
        arguments = [str(path)] if path.is_file() else []
    elif app.opens == "folder":
        arguments = [str(driver.desktop.home)]
    elif app.opens == "dialog":
        arguments = dialog_arguments(rng)
    elif app.opens == "document":
        arguments = [web_document(rng)]
    driver.desktop.spawn([*app.command, *arguments], env=dict(environment))
    driver.desktop.windows.wait_for(app.window)
    driver.settle()
    move_window(driver, app.window, rng)
    driver.settle()
