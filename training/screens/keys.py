"""How many keys of real calculators the reader reads: `python -m training.screens.keys`.

Each calculator is started on a virtual desktop, read from its pixels, and held against what its accessibility tree says is there.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from agent.permissions.effective import Permissions
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from training.beside import beside
from training.command import command
from training.screens.driver import Driver
from vlm.reading.reader import ScreenReader, open_reader


@dataclass(frozen=True, slots=True)
class Calculator:
    """What to start, its window, and what to click to see its keys."""

    program: str
    window: str
    clicks: Sequence[str] = ()


CALCULATORS = {name: Calculator(**known) for name, known in beside(__file__)["calculators"].items()}
SPOKEN: Mapping[str, str] = beside(__file__)["spoken"]
"""What mate-calc calls its keys, and what it writes on them."""
ALIKE = str.maketrans({"−": "-", "–": "-", "∕": "/", "∑": "Σ", "➞": "→", "∗": "*", "✕": "×", "I": "l"})
"""What looks the same on a key."""


@contextmanager
def started(driver: Driver, program: str, window: str, clicks: Sequence[str] = ()) -> Iterator[None]:
    """The program, settled, with the pointer out of the way; ended afterwards."""
    process = driver.desktop.spawn([program])
    try:
        driver.desktop.windows.wait_for(window)
        driver.settle(3)
        driver.press("Escape")
        for name in clicks:
            driver.click_named(name)
            driver.settle(2)
        driver.move(driver.desktop.width - 4, driver.desktop.height - 4)
        time.sleep(2.5)  # a hint goes by itself
        driver.settle(2)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(5)


def read_keys(driver: Driver, calculator: Calculator, reader: ScreenReader) -> list[tuple[str, list[str]]]:
    """The name of each key, and what was read inside it."""
    with started(driver, calculator.program, calculator.window, calculator.clicks):
        screen = Screen(driver.desktop.display, permissions=Permissions(never=False))
        picture = screen.grab().to_screenshot().image
        screen.close()
        reading = reader.read(picture)
        return [
            (
                SPOKEN.get(node.name, node.name),
                [
                    each.text
                    for each in reading.elements
                    if 0 <= each.box.center.x * picture.width - node.left <= node.width
                    and 0 <= each.box.center.y * picture.height - node.top <= node.height
                ],
            )
            for node in driver.nodes()
            if node.role in ("push button", "toggle button") and node.name.strip() not in ("", "Menu")
        ]


def is_read(name: str, texts: Sequence[str]) -> bool:
    """Whether the name is one of the texts, but for what looks the same."""
    return _folded(name) in map(_folded, texts)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text.translate(ALIKE)).split()).casefold()


@command
def main() -> None:
    argparse.ArgumentParser(description="How many keys of the installed calculators are read, on a virtual desktop.").parse_args()
    reader, right, told = open_reader(), 0, 0
    with VirtualDesktop(1024, 768) as desktop, Driver(desktop) as driver:
        for name, calculator in CALCULATORS.items():
            if shutil.which(calculator.program) is None:
                print(f"{name}: not installed")
                continue
            keys = read_keys(driver, calculator, reader)
            missed = [(key, texts) for key, texts in keys if not is_read(key, texts)]
            right, told = right + len(keys) - len(missed), told + len(keys)
            print(f"{name}: {len(keys) - len(missed)} of {len(keys)}{'; missed ' if missed else ''}{missed or ''}", flush=True)
    print(f"{right} of {told} keys")


if __name__ == "__main__":
    raise SystemExit(main())
