"""Walks through an application that stop at every state worth a picture."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from agent.errors import DesktopError
from agent.x11.display import Window
from training.screens.driver import Driver

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


WALKS = {"explore": explore, "browse": browse}


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
