"""The reader on real applications: a calculator's keys, and a session read step by step against whole readings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.screen import Screen
from agent.virtual import VirtualDesktop
from training.screens.driver import Driver
from training.screens.keys import CALCULATORS, is_read, read_keys, started
from vlm.reading.reader import open_reader


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    with VirtualDesktop(1024, 768) as desktop, Driver(desktop) as driver:
        yield driver


@pytest.mark.desktop
def test_the_keys_of_a_real_calculator_are_read(driver: Driver) -> None:
    reader = open_reader()
    keys = [key for name in ("galculator", "galculator, scientific") for key in read_keys(driver, CALCULATORS[name], reader)]
    missed = [key for key in keys if not is_read(*key)]
    assert len(keys) >= 70 and len(missed) <= 0.03 * len(keys), missed


def test_a_key_is_read_when_its_name_is_there() -> None:
    assert is_read("−", ["-"]) and is_read("ln", ["In"]) and is_read("x²", ["8", "x²"])
    assert not is_read("/", ["1"]) and not is_read("=", [])


@pytest.mark.desktop
def test_a_session_read_step_by_step_equals_whole_readings(driver: Driver) -> None:
    frames = []
    screen = Screen(driver.desktop.display)
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
            frames.append(screen.grab().to_screenshot().image)
    screen.close()
    reader = open_reader()
    told = [reader.read(frame) for frame in frames]
    assert any(each.text.startswith("Dear all") for each in told[-1].elements)
    assert max(len(each.elements) for each in told) > len(told[0].elements) + 4, "no menu opened"
    for frame, reading in zip(frames, told, strict=True):
        whole = open_reader().read(frame).elements
        assert [(each.text, each.kind, each.box) for each in reading.elements] == [(each.text, each.kind, each.box) for each in whole]
