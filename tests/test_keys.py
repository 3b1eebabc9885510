"""Real applications: the keys of calculators against the accessibility tree, and a session read step by step against whole readings."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from agent.virtual import VirtualDesktop
from training.screens.driver import Driver
from vlm.reading.reader import open_reader

CALCULATORS = {
    "galculator": ("galculator", ()),
    "galculator, scientific": ("galculator", ("View", "Scientific Mode")),
    "mate-calc": ("mate-calc|calculator", ()),
    "qalculate-gtk": ("qalculate", ()),
    "speedcrunch": ("speedcrunch", ("View", "Keypad")),
}
SPOKEN = {
    "add": "+", "subtract": "-", "multiply": "×", "divide": "÷", "result": "=", "numeric_point": ".", "percentage": "%",
    "start_group": "(", "end_group": ")", "square_root": "√", "x_squared": "x²", "clear": "Clear", "undo": "Undo",
}  # fmt: skip
"""What mate-calc calls its keys, and what it writes on them."""
ALIKE = str.maketrans({"−": "-", "–": "-", "∕": "/", "∑": "Σ", "➞": "→", "∗": "*", "✕": "×", "I": "l"})
"""What looks the same on a key."""


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.translate(ALIKE))
    return "".join(plain.split()).casefold()


@contextmanager
def started(driver: Driver, program: str, window: str, clicks: tuple[str, ...] = ()) -> Iterator[None]:
    process = driver.desktop.spawn([program])
    try:
        driver.desktop.windows.wait_for(window)
        driver.settle(3)
        driver.press("Escape")
        for name in clicks:
            driver.click_named(name)
            driver.settle(2)
        driver.move(1020, 764)
        time.sleep(2.5)  # a hint goes by itself
        driver.settle(2)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(5)


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    with VirtualDesktop(1024, 768) as desktop, Driver(desktop) as driver:
        yield driver


def grab(driver: Driver) -> Image.Image:
    return driver._screen.grab().to_screenshot().image


@pytest.mark.desktop
@pytest.mark.slow
def test_the_keys_of_real_calculators_are_read(driver: Driver) -> None:
    """≥ 97 % of ≥ 150 keys, for which at least three of the calculators must be there."""
    reader, told, missed = open_reader(), 0, []
    installed = {name: how for name, how in CALCULATORS.items() if shutil.which(name.partition(",")[0])}
    if len(installed) < 4:
        pytest.skip(f"too few calculators: {', '.join(installed)}")
    for name, (window, clicks) in installed.items():
        with started(driver, name.partition(",")[0], window, clicks):
            picture = grab(driver)
            reading = reader.read(picture)
            for node in driver.nodes():
                if node.role not in ("push button", "toggle button") or node.name.strip() in ("", "Menu"):
                    continue
                told += 1
                inside = [
                    each.text
                    for each in reading.elements
                    if 0 <= each.box.center.x * picture.width - node.left <= node.width
                    and 0 <= each.box.center.y * picture.height - node.top <= node.height
                ]
                if folded(SPOKEN.get(node.name, node.name)) not in map(folded, inside):
                    missed.append((name, node.name, inside))
    print(f"{told - len(missed)} of {told} keys; missed: {missed}")
    assert told >= 150 and len(missed) <= 0.03 * told, missed


@pytest.mark.desktop
def test_a_session_read_step_by_step_equals_whole_readings(driver: Driver) -> None:
    if shutil.which("mousepad") is None:
        pytest.skip("mousepad is not installed")
    frames = []
    with started(driver, "mousepad", "mousepad"):
        driver.click(512, 384)
        for action in ("", "text", "alt-f", "Down", "Escape", "Escape", "alt-e", "Escape"):
            if action == "text":
                driver.type("Dear all, the invoice is due.\n")
            elif action.startswith("alt-"):
                driver.press("Alt_L", action[-1])
            elif action:
                driver.press(action)
            driver.settle(2)
            frames.append(grab(driver))
    reader = open_reader()
    told = [reader.read(frame) for frame in frames]
    assert any(each.text.startswith("Dear all") for each in told[-1].elements)
    assert max(len(each.elements) for each in told) > len(told[0].elements) + 4, "no menu opened"
    for frame, reading in zip(frames, told, strict=True):
        whole = open_reader().read(frame)
        assert [(each.text, each.kind, each.box) for each in reading.elements] == [
            (each.text, each.kind, each.box) for each in whole.elements
        ]
