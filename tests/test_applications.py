"""Real applications on a real virtual desktop: harvested boxes are checked by clicking them."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from agent.cli.main import main
from agent.virtual import VirtualDesktop
from tests.probe import wait_until
from training.screens.applications import HELD_OUT, TRAINED, UNSEEN, Application, generate_applications, named
from training.screens.driver import Driver
from training.screens.visits import move_window


@pytest.fixture(scope="module")
def driver():
    with VirtualDesktop(width=1024, height=768) as desktop, Driver(desktop) as driver:
        desktop.spawn(["galculator"])
        desktop.place_window("galculator", 300, 120, 420, 460)
        yield driver


def box_of(screen, name):
    """Its box in the screen; None where the screen does not show it yet."""
    return next((element.box for element in screen.elements if element.name == name), None)


def middle(box):
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def display_of(driver):
    driver.settle()
    return next(node.text for node in driver.nodes() if node.role == "text")


def test_clicking_harvested_middles_computes_the_sum(driver):
    screen = driver.label("galculator")
    for key, shown in (("4", "4"), ("7", "47"), ("+", "47"), ("8", "8"), ("5", "85"), ("=", "132")):
        driver.click(*middle(box_of(screen, key)))
        wait_until(lambda shown=shown: display_of(driver) == shown, timeout=10)
    assert display_of(driver) == "132"


def test_keys_have_ink_where_their_boxes_say(driver):
    driver.click_named("AC")
    driver.move(0, 0)
    screen = driver.label("galculator")
    pixels = np.asarray(screen.picture().convert("L")).astype(int)
    keys = [element for element in screen.elements if element.name in "0123456789"]
    assert len(keys) == 10  # the display shows a 0 too, and is left out
    for element in keys:
        left, top, right, bottom = (round(value) for value in element.box)
        inner = pixels[top + 6 : bottom - 6, left + 6 : right - 6]
        assert np.ptp(inner) > 100, element.name
        rows, columns = np.nonzero(inner < 110)
        assert abs(columns.mean() - inner.shape[1] / 2) < 4 and abs(rows.mean() - inner.shape[0] / 2) < 6


def test_what_another_window_covers_is_left_out(driver):
    free = {element.name for element in driver.label("galculator").elements}
    assert {"7", "="} <= free
    form = driver.desktop.spawn(["mousepad", "--disable-server"])
    driver.desktop.place_window("mousepad", 280, 280, 400, 400)
    covered = driver.label("mousepad")
    names = {element.name for element in covered.elements}
    assert "7" not in names and "Search" in names and "Calculator" in names
    driver.click(*middle(box_of(covered, "Search")))
    opened = driver.label("mousepad")
    assert "Find and Replace..." in {element.name for element in opened.elements}
    driver.press("Escape")
    form.terminate()
    driver.desktop.windows.wait_gone("mousepad")


def test_a_menu_item_opens_its_dialog_and_boxes_tick(driver):
    editor = driver.desktop.spawn(["mousepad", "--disable-server"])
    driver.desktop.place_window("mousepad", 40, 40, 700, 500)
    driver.click(*middle(box_of(driver.label("mousepad"), "Edit")))
    driver.click(*middle(box_of(driver.label("mousepad"), "Preferences...")))
    driver.desktop.windows.wait_for("^Mousepad Preferences$")
    wait_until(lambda: box_of(driver.label("mousepad"), "Show line numbers"), timeout=10)
    element = next(element for element in driver.label("mousepad").elements if element.name == "Show line numbers")
    assert (element.role, element.checked, element.enabled) == ("check box", False, True)
    driver.click(*middle(element.box))
    after = next(element for element in driver.label("mousepad").elements if element.name == "Show line numbers")
    assert after.checked is True
    wait_until(lambda: driver.label("mousepad", unseen=True) is None, timeout=10)  # once nothing changes, there is no second picture of it
    driver.press("Escape")
    editor.terminate()
    driver.desktop.windows.wait_gone("mousepad")


def test_a_window_moves_within_the_screen(driver):
    window = move_window(driver, "galculator", random.Random(5))
    assert window is not None
    assert window.left >= 0 and window.top >= 0 and window.left + window.width <= 1024 + 2


def test_the_harvest_yields_distinct_labelled_states():
    calculator = {"galculator": Application(["galculator"], "galculator")}
    screens = list(islice(generate_applications(seed=1, applications=calculator), 4))
    assert len({screen.picture().tobytes() for screen in screens}) == 4
    for screen in screens:
        assert (screen.source, screen.app) == ("applications", "galculator")
        assert {"7", "+", "=", "File"} <= {element.name for element in screen.elements}


def test_held_out_applications_are_never_trained_on_and_unseen_ones_never_looked_at():
    assert not set(TRAINED) & set(HELD_OUT)
    assert not set(UNSEEN) & (set(TRAINED) | set(HELD_OUT))


def test_applications_are_chosen_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert named(None) is None and named("held-out") == HELD_OUT and named("unseen") == UNSEEN
    assert list(named("mousepad,featherpad") or ()) == ["mousepad", "featherpad"]
    assert main(["screens", "applications", "--only", "notepad", "--out", str(tmp_path)]) == 1
    assert "no application 'notepad'" in capsys.readouterr().err
    assert main(["screens", "drawn", "--only", "mousepad", "--out", str(tmp_path)]) == 2
    assert main(["screens", "drawn", "--themed", "--out", str(tmp_path)]) == 2
