"""The accessibility tree of real applications: names, boxes that are true, and no hang whatever they do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent.accessibility import PASSWORD_ROLE, Accessibility, Application, Node
from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.innermost import innermost
from agent.occlusion import without_hidden
from agent.virtual import VirtualDesktop
from agent.x11.display import Window
from recordings.action import Click, Press
from recordings.episode import Element
from recordings.geometry import Point, ScreenTransform
from tests.probe import start_mousepad, wait_until

WHOLE = ScreenTransform(left=0, top=0, width=1024, height=768)


@pytest.fixture(scope="module")
def tree(virtual_desktop: VirtualDesktop) -> Iterator[Accessibility]:
    with Accessibility(virtual_desktop.env["DBUS_SESSION_BUS_ADDRESS"], display=virtual_desktop.display) as tree:
        yield tree


@pytest.fixture(scope="module")
def desktop(virtual_desktop: VirtualDesktop) -> Iterator[LiveDesktop]:
    with LiveDesktop(virtual_desktop.display) as desktop:
        yield desktop


@pytest.fixture(scope="module")
def calculator(virtual_desktop: VirtualDesktop, tree: Accessibility) -> Iterator[Accessibility]:
    process = virtual_desktop.spawn(["galculator"])
    virtual_desktop.place_window("galculator", 600, 100, 380, 420)
    wait_until(lambda: named(tree.elements(WHOLE), "7"), timeout=8)
    yield tree
    process.kill()
    virtual_desktop.windows.wait_gone("galculator")


def named(elements: list[Element], name: str) -> list[Element]:
    return [element for element in elements if element.name == name]


def shown(tree: Accessibility) -> str:
    return next(node.text for node in tree.nodes("galculator", texts=True) if node.role == "text")


def test_clicking_the_boxes_works_out_a_product(calculator: Accessibility, desktop: LiveDesktop) -> None:
    observation = desktop.observe()
    elements = calculator.elements(observation.screenshot.transform)
    for key in ("AC", "4", "7", "*", "8", "9", "="):
        (element,) = named(elements, key)
        assert element.enabled and element.box.area > 0
        desktop.perform(Click(x=element.box.center.x, y=element.box.center.y))
        desktop.settle()
    wait_until(lambda: shown(calculator).strip() == str(47 * 89), timeout=8)


def test_the_element_under_a_point(calculator: Accessibility) -> None:
    (seven,) = named(calculator.elements(WHOLE), "7")
    found = innermost(calculator.elements(WHOLE), seven.box.center)
    assert found == seven
    assert innermost(calculator.elements(WHOLE), Point(x=0.02, y=0.95)) is None


def test_boxes_belong_to_the_captured_part(calculator: Accessibility) -> None:
    (whole,) = named(calculator.elements(WHOLE), "7")
    part = ScreenTransform(left=600, top=100, width=380, height=420)
    (cut,) = named(calculator.elements(part), "7")
    assert cut.box.x1 * 380 + 600 == pytest.approx(whole.box.x1 * 1024, abs=0.2)
    assert cut.box.y2 * 420 + 100 == pytest.approx(whole.box.y2 * 768, abs=0.2)
    assert named(calculator.elements(ScreenTransform(left=0, top=0, width=300, height=300)), "7") == []


def test_a_menu_is_there_only_while_it_is_open(calculator: Accessibility, desktop: LiveDesktop) -> None:
    assert not named(calculator.elements(WHOLE), "Quit")
    (menu,) = named(calculator.elements(WHOLE), "File")
    desktop.observe()
    desktop.perform(Click(x=menu.box.center.x, y=menu.box.center.y))
    wait_until(lambda: named(calculator.elements(WHOLE), "Quit"), timeout=8)
    (item,) = named(calculator.elements(WHOLE), "Quit")
    assert item.box.y1 >= menu.box.y2 - 0.01
    desktop.perform(Press(keys=("escape",)))
    wait_until(lambda: not named(calculator.elements(WHOLE), "Quit"), timeout=8)


def test_states_of_what_can_be_checked(calculator: Accessibility, desktop: LiveDesktop) -> None:
    (menu,) = named(calculator.elements(WHOLE), "View")
    desktop.observe()
    desktop.perform(Click(x=menu.box.center.x, y=menu.box.center.y))
    wait_until(lambda: named(calculator.elements(WHOLE), "Basic Mode"), timeout=8)
    elements = calculator.elements(WHOLE)
    states = {name: named(elements, name)[0].checked for name in ("Basic Mode", "Paper Mode", "Show menu bar", "7")}
    desktop.perform(Press(keys=("escape",)))
    wait_until(lambda: not named(calculator.elements(WHOLE), "Basic Mode"), timeout=8)
    assert states == {"Basic Mode": True, "Paper Mode": False, "Show menu bar": True, "7": False}
    assert [named(elements, name)[0].enabled for name in ("MS", "MR")] == [True, False]


def test_what_another_window_covers_is_left_out(virtual_desktop: VirtualDesktop, calculator: Accessibility) -> None:
    assert named(calculator.elements(WHOLE), "7")
    process = virtual_desktop.spawn(["xterm", "-T", "cover"])
    try:
        virtual_desktop.place_window("^cover$", 590, 90, 420, 470)
        wait_until(lambda: not named(calculator.elements(WHOLE), "7"), timeout=8)
        virtual_desktop.place_window("galculator", 600, 100, 380, 420)
        wait_until(lambda: named(calculator.elements(WHOLE), "7"), timeout=8)
    finally:
        process.kill()
        virtual_desktop.windows.wait_gone("^cover$")


def test_an_application_that_hangs_costs_its_patience_and_no_more(virtual_desktop: VirtualDesktop, calculator: Accessibility) -> None:
    process = start_mousepad(virtual_desktop)
    virtual_desktop.place_window("Mousepad", 20, 20, 500, 400)
    with Accessibility(virtual_desktop.env["DBUS_SESSION_BUS_ADDRESS"], patience=0.7) as tree:
        wait_until(lambda: any("mousepad" in app.name for app in tree.applications()), timeout=8)
        os.killpg(process.pid, signal.SIGSTOP)
        try:
            start = time.monotonic()
            assert named(tree.elements(WHOLE), "7")
            assert time.monotonic() - start < 6
        finally:
            os.killpg(process.pid, signal.SIGCONT)
        process.kill()
        process.wait()
        wait_until(lambda: not any("mousepad" in app.name for app in tree.applications()), timeout=8)
    virtual_desktop.windows.wait_gone("Mousepad")


def test_chromium_tells_its_page(virtual_desktop: VirtualDesktop, tree: Accessibility) -> None:
    page = virtual_desktop.home / "page.html"
    page.write_text(
        "<!doctype html><title>A page</title><body style='margin:0'>"
        "<button style='position:absolute;left:100px;top:50px;width:120px;height:40px'>Press here</button>"
        "<label style='position:absolute;left:100px;top:120px'><input type=checkbox checked>Agree</label>"
        "<button style='display:none'>Hidden</button><div style='height:5000px'></div><button>Far below</button>"
    )
    flags = ["--no-sandbox", "--test-type", "--no-first-run", "--disable-gpu", "--force-renderer-accessibility", "--user-data-dir=profile"]
    process = virtual_desktop.spawn(["chromium", *flags, f"--app=file://{page}", "--window-position=50,40", "--window-size=600,400"])
    try:
        virtual_desktop.wait_for_window("A page", timeout=30)
        wait_until(lambda: named(tree.elements(WHOLE, "chrom"), "Press here"), timeout=30)
        elements = tree.elements(WHOLE, "chrom")
        (button,) = named(elements, "Press here")
        assert (button.box.x2 - button.box.x1) * 1024 == pytest.approx(120, abs=2)
        assert (button.box.y2 - button.box.y1) * 768 == pytest.approx(40, abs=2)
        (box,) = (element for element in elements if element.role == "check box")
        assert box.checked and box.name == "Agree"
        assert not named(elements, "Hidden") and not named(elements, "Far below")
    finally:
        process.terminate()
        virtual_desktop.windows.wait_gone("A page", timeout=20)


def test_no_bus_is_one_line() -> None:
    with pytest.raises(DesktopError, match="cannot be reached"):
        Accessibility("unix:path=/nowhere/bus")
    with pytest.raises(DesktopError, match="there is no session bus"):
        Accessibility()


def _node(x: int, y: int, window: str = "Main", popup: bool = False, pid: int = 7) -> Node:
    app = Application("app", ":1.5", "/root", pid)
    return Node(app, f"/{x}/{y}", "push button", f"{x},{y}", frozenset({"showing"}), x - 5, y - 5, 10, 10, 3, window, popup)


def test_only_what_lies_on_top_is_kept() -> None:
    main = Window(1, "Main", "app", 7, 0, 0, 100, 100)
    dialog = Window(2, "Dialog", "app", 7, 50, 50, 40, 40)
    menu = Window(3, "", "", None, 0, 10, 20, 40, managed=False)
    stranger = Window(4, "Main", "other", 8, 80, 0, 20, 20)
    stack = [main, stranger, dialog, menu]
    kept = [
        _node(30, 30),  # main window, nothing above
        _node(70, 70, "Dialog"),
        _node(10, 20, popup=True),  # in the menu
        _node(200, 200),  # outside of all windows
    ]
    gone = [
        _node(70, 70),  # main window, behind the dialog
        _node(10, 20),  # main window, behind the menu
        _node(90, 10),  # behind another program's window of the same title
    ]
    assert without_hidden(kept + gone, stack) == kept


def test_an_element_is_never_named_by_a_password() -> None:
    area = ScreenTransform(0, 0, 100, 100)
    node = Node(Application("app", "/", "app"), "/1", "entry", "", frozenset(), 10, 10, 20, 10, 1, text=" hunter2 \nmore")
    assert node.to_element(area).name == "hunter2"
    assert replace(node, role=PASSWORD_ROLE).to_element(area).name == ""
    assert replace(node, role=PASSWORD_ROLE, name="PIN ").to_element(area).name == "PIN"


@pytest.mark.parametrize(
    ("states", "selected"),
    [
        ({"focused", "showing"}, True), ({"showing"}, False),  # Qt
        ({"selectable", "selected", "showing"}, True), ({"selectable", "focused", "showing"}, False),  # GTK and the web
    ],
)  # fmt: skip
def test_each_toolkits_way_to_say_which_tab_is_open_is_understood(states: set[str], selected: bool) -> None:
    node = Node(Application("app", "/", "app"), "/1", "page tab", "Files", frozenset(states), 10, 10, 20, 10, 1)
    assert node.to_element(WHOLE).selected is selected
    assert replace(node, role="list item", states=frozenset({"focused"})).to_element(WHOLE).selected is False
