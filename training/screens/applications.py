"""Labelled screens from the distribution's own applications, driven on a virtual desktop and read from its accessibility tree.

One round is one fresh desktop: one to three applications with made-up contents, somewhere on the screen, and a visit of the topmost one
that stops at every state worth a picture. Applications in `HELD_OUT` are never trained on.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.errors import DesktopError
from agent.virtual import VirtualDesktop
from agent.x11 import Window
from recordings.errors import DeskhandError
from training.screens import words
from training.screens.driver import Driver
from training.screens.store import LabelledScreen

Visit = Callable[[Driver, random.Random], Iterator[None]]
DEFAULT_SIZE = (1024, 768)
SCREENS_PER_ROUND = 16
"""A visit is cut off here: the next round has other windows elsewhere."""
AVOID = (
    "quit", "exit", "close", "log out", "shut", "restart", "reboot", "delete", "trash", "kill", "stop", "print", "online", "website", "bug",
    "contents", "terminal", "help", "detach", "leave", "fullscreen", "full screen", "root",
)  # fmt: skip
"""Parts of menu items that end the application or leave it."""
MENU_ROLES = frozenset({"menu item", "menu", "check menu item", "radio menu item"})


@dataclass(frozen=True, slots=True)
class Application:
    """How to start one, what it opens, how to walk through it, and how often it is chosen."""

    command: tuple[str, ...]
    window: str
    visits: tuple[Visit, ...]
    opens: str = ""
    """What to give it as an argument: a "text" file, a "folder", a "dialog" to show, or nothing."""
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


def calculator_sum(driver: Driver, rng: random.Random) -> Iterator[None]:
    """Keys of sums, the window in another size and place every few of them: the keys move with it."""
    for _ in range(SCREENS_PER_ROUND // 2):
        yield None
        keys = {node.name: node for node in driver.nodes() if node.name}
        pressed = [key for key in rng.choices("0123456789+-*/=", k=rng.randint(1, 4)) if key in keys]
        for key in ["AC"] * (rng.random() < 0.3 and "AC" in keys) + pressed:
            driver.click(*keys[key].center)
        yield None
        move_window(driver, "galculator", rng)


def save_text(driver: Driver, rng: random.Random) -> Iterator[None]:
    """Type, open the File menu, name a file in the Save As dialog, save."""
    yield None
    for _ in range(2):
        driver.type(words.typable_text(rng, rng.choice((1, 1, 3))))
        yield None
        driver.click_named("File")
        yield None
        driver.click_named("Save As...")
        driver.desktop.windows.wait_for("^Save As$")
        if rng.random() < 0.3:
            move_window(driver, "^Save As$", rng)
        yield None
        if rng.random() < 0.5:
            driver.press("Control_L", "a")
        driver.type(words.typable_file_name(rng))
        yield None
        driver.click_named("Cancel" if rng.random() < 0.2 else "Save")
        driver.settle()
        if driver.desktop.windows.find("^Save As$"):
            yield None
            driver.press("Escape")
            driver.settle()
        yield None
        move_window(driver, "Mousepad", rng)


def tick_preferences(driver: Driver, rng: random.Random) -> Iterator[None]:
    """Open the Preferences dialog by the Edit menu, tick boxes, look at other tabs."""
    yield None
    if rng.random() < 0.5:
        driver.type(words.typable_text(rng, 5))
        yield None
    for _ in range(2):
        driver.click_named("Edit")
        yield None
        driver.click_named("Preferences...")
        driver.desktop.windows.wait_for("^Mousepad Preferences$")
        if rng.random() < 0.4:
            move_window(driver, "^Mousepad Preferences$", rng, resize=rng.random() < 0.3)
        yield None
        for _ in range(rng.randint(1, 4)):
            boxes = [node for node in driver.nodes() if node.role == "check box"]
            if boxes:
                driver.click(*rng.choice(boxes).center)
                yield None
            tabs = [node for node in driver.nodes() if node.role == "page tab"]
            if tabs and rng.random() < 0.3:
                driver.click(*rng.choice(tabs).center)
                yield None
        driver.press("Escape")
        yield None
        move_window(driver, "Mousepad", rng)


def search_text(driver: Driver, rng: random.Random) -> Iterator[None]:
    """The editor's find bar and its replace dialog."""
    driver.type(words.typable_text(rng))
    for item in rng.sample(("Find...", "Find and Replace...", "Go to..."), 3):
        driver.click_named("Search")
        yield None
        driver.click_named(item)
        driver.settle()
        yield None
        driver.type(rng.choice(words.WORDS) if item != "Go to..." else "1")
        yield None
        driver.press("Escape")
        driver.settle()


def explore(driver: Driver, rng: random.Random) -> Iterator[None]:
    """Any application: open menus, submenus, dialogs and tabs, and close them again."""
    yield None
    for _ in range(10):
        nodes = driver.nodes()
        menus = [node for node in nodes if (node.role == "menu" or (node.role == "menu item" and not node.popup)) and node.name.strip()]
        tabs = [node for node in nodes if node.role in ("page tab", "check box", "radio button")]
        if tabs and (not menus or rng.random() < 0.3):
            driver.click(*rng.choice(tabs).center)
            yield None
            continue
        if not menus:
            return
        driver.click(*rng.choice(menus).center)
        driver.settle()
        yield None
        items = [node for node in driver.nodes() if node.role in MENU_ROLES and node not in menus and "sensitive" in node.states]
        items = [node for node in items if not any(word in node.name.casefold() for word in AVOID)]
        if items:
            chosen = rng.choice(items)
            driver.move(*chosen.center)
            yield None
            if chosen.role != "menu" and (chosen.name.strip().endswith(("...", "…")) or rng.random() < 0.4):
                driver.click(*chosen.center)
                driver.settle()
                yield None
                boxes = [node for node in driver.nodes() if node.role in ("check box", "page tab", "radio button")]
                if boxes:
                    driver.click(*rng.choice(boxes).center)
                    yield None
        for _ in range(3):
            driver.press("Escape")
            driver.settle()


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


def keep_ticking(driver: Driver, rng: random.Random) -> Iterator[None]:
    """A dialog: click boxes, type into fields, move it about."""
    yield None
    for _ in range(rng.randint(2, 5)):
        nodes = [node for node in driver.nodes() if node.role in ("check box", "radio button", "page tab", "text", "toggle button")]
        if nodes and rng.random() < 0.7:
            chosen = rng.choice(nodes)
            driver.click(*chosen.center)
            if chosen.role == "text" and rng.random() < 0.6:
                driver.press("Control_L", "a")
                driver.type(words.datum(rng))
        else:
            move_window(driver, "yad", rng)
        yield None


TRAINED: Mapping[str, Application] = {
    "galculator": Application(("galculator",), "galculator", (calculator_sum, calculator_sum, calculator_sum, explore), weight=6),
    "mousepad": Application(
        ("mousepad", "--disable-server"), "mousepad",
        (save_text, save_text, save_text, tick_preferences, tick_preferences, tick_preferences, search_text, explore), "text", weight=12,
    ),
    "yad": Application(("yad",), "yad", (keep_ticking,), "dialog", weight=12),
    "thunar": Application(("thunar",), "thunar", (explore,), "folder"),
    "xfce4-terminal": Application(("xfce4-terminal", "--disable-server"), "terminal", (explore,)),
    "l3afpad": Application(("l3afpad",), "l3afpad", (explore,), "text"),
    "xarchiver": Application(("xarchiver",), "xarchiver", (explore,)),
    "qpdfview": Application(("qpdfview",), "qpdfview", (explore,)),
}  # fmt: skip
HELD_OUT: Mapping[str, Application] = {
    "featherpad": Application(("featherpad", "--standalone"), "featherpad", (explore,), "text"),
    "speedcrunch": Application(("speedcrunch",), "speedcrunch", (explore,)),
    "ristretto": Application(("ristretto",), "ristretto|image viewer", (explore,)),
    "qalculate-gtk": Application(("qalculate-gtk",), "qalculate", (explore,)),
    "engrampa": Application(("engrampa",), "engrampa|archive manager", (explore,)),
    "mate-calc": Application(("mate-calc",), "mate-calc|calculator", (explore,)),
    "gucharmap": Application(("gucharmap",), "gucharmap|character map", (explore,)),
}  # fmt: skip


def move_window(driver: Driver, pattern: str, rng: random.Random, resize: bool = True) -> Window | None:
    """Put a window somewhere else, at times in another size; None where there is none."""
    windows = driver.desktop.windows
    window = windows.find(pattern)
    if window is None:
        return None
    full_width, full_height = driver.desktop.width, driver.desktop.height
    width, height = min(window.width, full_width), min(window.height, full_height)
    if resize:
        width, height = rng.randint(min(320, full_width), full_width), rng.randint(min(240, full_height), full_height)
    try:
        return windows.place(window, rng.randint(0, full_width - width), rng.randint(0, full_height - height), width, height)
    except DesktopError:
        return None  # dialogs of a fixed size refuse


def generate_applications(
    seed: int,
    start: int = 0,
    size: tuple[int, int] | None = None,
    applications: Mapping[str, Application] | None = None,
) -> Iterator[LabelledScreen]:
    """Endless labelled screens of real applications.

    Args:
        seed: seeds draw different contents, places and walks.
        start: how many screens were made before; another start draws afresh from the same seed.
        size: (width, height) of the virtual desktop in pixels; None means 1024×768.
        applications: which to harvest; None means those that may be trained on.

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
            for screen in _round(rng, chosen, size or DEFAULT_SIZE):
                made += 1
                yield screen
        except DesktopError:
            pass  # an application that died or missed a window ends its round, not the harvest
        failures = 0 if made else failures + 1
    raise DeskhandError("twenty rounds in a row gave no screen: check that the applications start, with `deskhand doctor`")


def _round(rng: random.Random, applications: Mapping[str, Application], size: tuple[int, int]) -> Iterator[LabelledScreen]:
    names = rng.choices(list(applications), weights=[app.weight for app in applications.values()], k=rng.choice((1, 1, 1, 2, 3)))
    with VirtualDesktop(*size) as desktop, Driver(desktop) as driver:
        if rng.random() < 0.5:
            driver.paint_background(rng.randrange(1 << 24))
        driver.move(0, 0)
        fill_folder(desktop.home, rng)
        for name in dict.fromkeys(names[::-1]):
            _open(driver, applications[name], rng)
        visit = rng.choice(applications[names[0]].visits)(driver, rng)
        made = 0
        for _ in visit:
            if rng.random() < 0.1:
                driver.move(rng.randrange(size[0]), rng.randrange(size[1]))
            screen = driver.label(names[0], unseen=True)
            if screen is not None and screen.elements:
                yield screen
                made += 1
            if made >= SCREENS_PER_ROUND:
                return


def _open(driver: Driver, app: Application, rng: random.Random) -> None:
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
    driver.desktop.spawn([*app.command, *arguments])
    driver.desktop.windows.wait_for(app.window)
    driver.settle()
    move_window(driver, app.window, rng)
    driver.settle()
