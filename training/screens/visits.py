"""Walks through an application that stop at every state worth a picture."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.errors import DesktopError
from agent.x11.display import Window
from training.screens import words
from training.screens.driver import Driver

Visit = Callable[[Driver, random.Random], Iterator[None]]
SCREENS_PER_ROUND = 16
"""A visit is cut off here: the next round has other windows elsewhere."""
AVOID = (
    "quit", "exit", "close", "log out", "shut", "restart", "reboot", "delete", "trash", "kill", "stop", "print", "online", "website", "bug",
    "contents", "terminal", "help", "detach", "leave", "fullscreen", "full screen", "root",
)  # fmt: skip
"""Parts of menu items that end the application or leave it."""
BROWSER_PAGES = (
    "settings", "settings/appearance", "settings/privacy", "settings/languages", "settings/downloads", "settings/accessibility",
    "settings/system", "settings/reset", "settings/onStartup", "extensions", "flags", "history", "downloads", "version", "bookmarks",
    "accessibility", "chrome-urls", "gpu", "net-internals", "about",
)  # fmt: skip
DOCUMENTS = Path("/usr/share/doc")
PAGE_SECONDS = 1.5
"""A page's scripts and its accessibility tree come after its first frame."""
MENU_ROLES = frozenset({"menu item", "menu", "check menu item", "radio menu item"})


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


def web_document(rng: random.Random) -> str:
    """The address of a page of the browser's own, or of a package's documentation in HTML."""
    documents = sorted(path for path in DOCUMENTS.glob("*/**/*.html") if path.stat().st_size > 4000)
    if documents and rng.random() < 0.5:
        return rng.choice(documents).as_uri()
    return f"chrome://{rng.choice(BROWSER_PAGES)}"


def browse(driver: Driver, rng: random.Random) -> Iterator[None]:
    """A browser: pages one after the other, some of them scrolled."""
    yield None
    for _ in range(5):
        driver.press("Control_L", "l")
        driver.settle()
        driver.type(web_document(rng) + "\n")
        time.sleep(PAGE_SECONDS)
        driver.settle()
        yield None
        if rng.random() < 0.5:
            driver.press("Escape")
            driver.press("Next")
            time.sleep(PAGE_SECONDS / 2)
            driver.settle()
            yield None


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
