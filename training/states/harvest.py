"""Screens that show states, from real applications in many themes: `python -m training.states.harvest trained|unseen DIR`.

One round is one application in one theme on a fresh desktop: its menus are opened, its settings visited tab by tab, boxes ticked on the
way. What accessibility says of each element is written down whole. Applications and themes of `unseen` are never trained on.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from signal import SIGKILL

from agent.accessibility import Node
from agent.errors import DesktopError
from agent.processes import signal_group
from agent.virtual import VirtualDesktop
from recordings.errors import DeskhandError
from training.command import command
from training.screens.applications import HELD_OUT, TRAINED, UNSEEN, Application, fill_folder, open_application
from training.screens.driver import Driver
from training.screens.store import LabelledScreen, ScreenElement, count_screens, write_screens
from training.screens.themes import Theme, write_font
from training.screens.visits import AVOID, MENU_ROLES
from training.states.gtk_styles import random_gtk_style

GALLERIES = ("gtk3", "qt6")
WORDS = (
    "wrap lines show toolbar hidden files use system font save session ask before closing dark theme check spelling "
    "numbers auto indent warn me keep backup left right centre large small always never high quality sync mail "
    "music yellow grid"
)
"""What is written beside the widgets of a gallery, by blanks."""
PYTHON = "/usr/bin/python3"
"""The distribution's own, which has the toolkits (Debian: python3-gi gir1.2-gtk-3.0 python3-pyqt6)."""
LAYOUT_SECONDS = 0.8
"""A toolkit may lay a window out anew after its first frame, and tell of it later."""
SCREENS_PER_ROUND = 14
ROUND_SECONDS = 45.0
SIZE = (1024, 768)
TRAINED_THEMES = (
    Theme("adwaita", "Adwaita", "Fusion"), Theme("adwaita-dark", "Adwaita:dark", "adwaita"),
    Theme("high-contrast", "HighContrast", "Fusion"), Theme("inverse", "HighContrastInverse", "adwaita"),
    Theme("greybird", "Greybird", "Fusion"),
    Theme("greybird-dark", "Greybird-dark", "adwaita-dark"), Theme("blackbird", "Blackbird", "Fusion"),
)  # fmt: skip
UNSEEN_THEMES = (Theme("arc", "Arc", "Windows"), Theme("arc-dark", "Arc-Dark", "Windows"), Theme("numix", "Numix", "Windows"))
SETTINGS = ("preferences", "settings", "options", "configure", "properties", "customi", "setup")
TICKABLE = frozenset({"check box", "radio button", "switch", "toggle button"})
MOST_NAME = 80


@dataclass(frozen=True, slots=True)
class Group:
    """Applications and themes that go together."""

    applications: Mapping[str, Application]
    themes: Sequence[Theme]
    own_styles: float
    """How many rounds draw GTK's widgets in a made-up style."""
    seed: int


_NO_DIALOG_OF_ITS_OWN = ("chromium", "speedcrunch")
GROUPS = {
    "trained": Group(TRAINED, TRAINED_THEMES, 0.4, 31),
    "unseen": Group(
        {name: app for name, app in {**HELD_OUT, **UNSEEN}.items() if name not in _NO_DIALOG_OF_ITS_OWN}, UNSEEN_THEMES, 0.0, 57
    ),
}


def harvest(group: Group, out: Path, rounds: int, seconds: float, only: str | None = None) -> int:
    """Go through the applications `rounds` times, or as far as the time lasts; returns how many screens there are."""
    end = time.monotonic() + seconds
    for turn in range(rounds):
        for name, application in group.applications.items():
            if time.monotonic() > end or not application.installed or (only is not None and name not in only.split(",")):
                continue
            rng = random.Random(f"{group.seed}/{turn}/{name}")
            theme = group.themes[(turn + len(name)) % len(group.themes)]
            folder = out / f"{name}-{theme.name}-{turn}"
            if count_screens(folder):
                continue
            try:
                made = write_screens(folder, _round(rng, name, application, theme, group.own_styles))
                print(f"{name} in {theme.name}: {made}", flush=True)
            except (DesktopError, DeskhandError) as error:
                print(f"{name} in {theme.name}: {error}", file=sys.stderr, flush=True)
            if not count_screens(folder):
                shutil.rmtree(folder, ignore_errors=True)
    return sum(count_screens(folder) for folder in out.iterdir())


def _round(rng: random.Random, name: str, application: Application, theme: Theme, own_styles: float) -> Iterator[LabelledScreen]:
    with VirtualDesktop(*SIZE) as desktop, Driver(desktop) as driver:
        driver.paint_background(rng.randrange(1 << 24))
        driver.move(0, 0)
        fill_folder(desktop.home, rng)
        _dress(desktop.home, rng, own_styles)
        open_application(driver, application, rng, {**theme.environment, **_scaled(rng)})
        end, made = time.monotonic() + ROUND_SECONDS, 0
        try:
            for _ in tour(driver, rng):
                driver.settle()
                nodes, screen = driver.nodes(), driver.label(name, unseen=True)
                if screen is not None:
                    made += 1
                    yield LabelledScreen(screen.image, "applications", f"{name}/{theme.name}", elements_of(nodes))
                if made >= SCREENS_PER_ROUND or time.monotonic() > end:
                    return
        except DesktopError:
            return  # what it made so far is good


def _dress(home: Path, rng: random.Random, own_styles: float) -> None:
    for folder in write_font(home, rng):
        if rng.random() < own_styles:
            (folder / "gtk.css").write_text(random_gtk_style(rng))


def _scaled(rng: random.Random) -> dict[str, str]:
    """How large both toolkits draw, as a program is told when it starts."""
    scale = rng.choice(("1", "1", "1", "1.25", "1.5"))
    return {"GDK_DPI_SCALE": scale, "QT_FONT_DPI": str(round(96 * float(scale)))}


def harvest_galleries(group: Group, out: Path, windows: int) -> int:
    """Windows full of widgets of real toolkits, in the themes of a group; each theme a folder."""
    made = 0
    for number, (toolkit, theme) in enumerate((toolkit, theme) for toolkit in GALLERIES for theme in group.themes):
        folder = out / f"gallery-{toolkit}-{theme.name}"
        if not count_screens(folder):
            made += write_screens(folder, _gallery(random.Random(f"{group.seed}/{toolkit}/{number}/0"), toolkit, theme, group, windows))
            print(f"{folder.name}: {count_screens(folder)}", flush=True)
    return made


def _gallery(rng: random.Random, toolkit: str, theme: Theme, group: Group, windows: int) -> Iterator[LabelledScreen]:
    source = files("training.states.galleries").joinpath(f"{toolkit}.py").read_text(encoding="utf-8")
    with VirtualDesktop(*SIZE) as desktop, Driver(desktop) as driver:
        for _ in range(windows):
            driver.move(0, 0)
            _dress(desktop.home, rng, group.own_styles)
            sizes = _scaled(rng)
            shown = desktop.spawn([PYTHON, "-c", source, str(rng.randrange(1 << 30)), WORDS], env={**theme.environment, **sizes})
            try:
                desktop.windows.wait_for("Gallery")
                time.sleep(LAYOUT_SECONDS)
                before, screen, nodes = driver.nodes(), driver.label(toolkit), driver.nodes()
                if screen is not None and before == nodes:
                    yield LabelledScreen(screen.image, "applications", f"gallery-{toolkit}/{theme.name}", elements_of(nodes))
            except DesktopError:
                pass  # one window less
            finally:
                signal_group(shown, SIGKILL)
                shown.wait()


def tour(driver: Driver, rng: random.Random) -> Iterator[None]:
    """Stops wherever states are to be seen: menus, settings tab by tab, boxes that were just turned over."""
    yield None
    yield from _turn_over(driver, rng)
    visited: set[str] = set()
    for turn in range(8):
        nodes = driver.nodes()
        menus = [node for node in nodes if (node.role == "menu" or (node.role == "menu item" and not node.popup)) and node.name.strip()]
        menus = [node for node in menus if node.name not in visited or turn > 5]
        if not menus:
            yield from _turn_over(driver, rng)
            continue
        chosen = rng.choice(menus)
        visited.add(chosen.name)
        driver.click(*chosen.center)
        driver.settle()
        yield None
        items = [node for node in driver.nodes() if node.role in MENU_ROLES and node.popup and "sensitive" in node.states]
        items = [node for node in items if not any(word in node.name.casefold() for word in AVOID)]
        wanted = [node for node in items if any(word in node.name.casefold() for word in SETTINGS) and node.name not in visited]
        ticks = [node for node in items if node.role != "menu item" and node.role != "menu"]
        dialogs = [node for node in items if node.name.strip().endswith(("...", "…"))]
        pick = wanted or (ticks if rng.random() < 0.6 else dialogs) or dialogs
        if pick:
            item = rng.choice(pick)
            visited.add(item.name)
            driver.click(*item.center)
            driver.settle()
            yield None
            if item in wanted or item in dialogs:
                yield from _through_tabs(driver, rng)
        for _ in range(3):
            driver.press("Escape")
            driver.settle()


def _through_tabs(driver: Driver, rng: random.Random) -> Iterator[None]:
    names = [node.name for node in driver.nodes() if node.role in ("page tab", "list item") and node.name.strip()]
    yield from _turn_over(driver, rng)
    for name in rng.sample(names, min(len(names), 4)):
        tab = next((node for node in driver.nodes() if node.name == name and node.role in ("page tab", "list item")), None)
        if tab is not None:
            driver.click(*tab.center)
            driver.settle()
            yield None
            yield from _turn_over(driver, rng)


def _turn_over(driver: Driver, rng: random.Random) -> Iterator[None]:
    boxes = [node for node in driver.nodes() if node.role in TICKABLE and "sensitive" in node.states]
    boxes = [node for node in boxes if not any(word in node.name.casefold() for word in AVOID)]
    for node in rng.sample(boxes, min(len(boxes), 3)):
        x = node.left + min(10, node.width / 2) if node.role != "switch" else node.center[0]
        driver.click(x, node.center[1])
    if boxes:
        if rng.random() < 0.7:
            driver.move(0, 0)
        driver.settle()
        yield None


def elements_of(nodes: Sequence[Node]) -> list[ScreenElement]:
    """What accessibility names, with all that it says of its state; `checked` also for a button that stays down."""
    return [
        ScreenElement(
            name=" ".join((node.name or node.text).split())[:MOST_NAME],
            role=_role(node),
            box=(node.left, node.top, node.left + node.width, node.top + node.height),
            checked=("checked" in node.states or "pressed" in node.states) if _checks(node) else None,
            selected="selected" in node.states if "selectable" in node.states or node.role == "page tab" else None,
            enabled="sensitive" in node.states or "enabled" in node.states,
            focused="focused" in node.states,
            expanded="expanded" in node.states if "expandable" in node.states else None,
        )
        for node in nodes
        if (node.name or node.text or node.role in TICKABLE) and min(node.width, node.height) >= 5
    ]  # fmt: skip


def _role(node: Node) -> str:
    """Accessibility's word, but for what GTK calls a toggle button though it is a switch or an expander, and for rows that fold out."""
    if "expandable" in node.states and node.role in ("toggle button", "table cell", "tree item", "list item"):
        return "expander"
    if node.role == "toggle button" and not node.name and node.width >= 1.5 * node.height:
        return "switch"
    return node.role


def _checks(node: Node) -> bool:
    return "indeterminate" not in node.states and (
        node.role in TICKABLE | {"check menu item", "radio menu item"} or "checkable" in node.states
    )


@command
def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.states.harvest", description=__doc__)
    parser.add_argument("group", choices=tuple(GROUPS))
    parser.add_argument("out", type=Path, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1800.0, help="when to stop at the latest")
    parser.add_argument("--galleries", type=int, default=0, metavar="N", help="no applications: N windows of each toolkit in each theme")
    parser.add_argument("--only", help="names of applications, with commas")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    if given.galleries:
        print(f"{harvest_galleries(GROUPS[given.group], given.out, given.galleries)} screens more in {given.out}")
    else:
        print(f"{harvest(GROUPS[given.group], given.out, given.rounds, given.seconds, given.only)} screens in {given.out}")


if __name__ == "__main__":
    raise SystemExit(main())
