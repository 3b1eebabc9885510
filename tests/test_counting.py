"""What is meant by its number among its kind: found as accessibility or its looks tell, and asked about where neither is sure."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from locator_screens import SIZE, box, element
from paper import EDITOR, follow
from PIL import Image

from agent.desktop import LiveDesktop
from agent.named_elements import NamedElements
from agent.virtual import VirtualDesktop
from recordings.episode import Element, Observation, Screenshot
from recordings.geometry import Box, ScreenTransform
from vlm.planner.seeking import Seeking
from vlm.reading.icons.icon import Icon
from vlm.reading.match import TextLocator
from vlm.reading.numbered import Numbered, numbered
from vlm.reading.reader import open_reader
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.view import Eyes, ScreenView


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("second tab", Numbered("tab", 2)), ("the last button", Numbered("button", -1)),
        ("third item in the list", Numbered("row", 3, "list")),
        ("first row of the table", Numbered("row", 1, "table")), ("2nd check box", Numbered("check box", 2)), ("tab 3", Numbered("tab", 3)),
        ("second text field", Numbered("field", 2)), ("second tab from the right", Numbered("tab", -2)),
        ("third button in the toolbar", Numbered("button", 3, "toolbar")), ("fourth menu item", Numbered("row", 4, "menu")),
        ("second entry in the list", Numbered("row", 2, "list")), ("penultimate link", Numbered("link", -2)),
        ("second Edit button", None), ("last name field", None), ("second entry", None), ("first file", None),
        ("Tab", None), ("the tab", None),
        ("second tab in the Colours window", None), ("last tab from the right", None), ("row 0", None),
    ],
)  # fmt: skip
def test_what_has_a_number_and_no_name(target: str, meant: Numbered | None) -> None:
    assert numbered(target) == meant


def view(texts: Sequence[ScreenElement], tree: Sequence[Element] = (), title: str = "", icons: Sequence[Icon] = ()) -> ScreenView:
    shown = Screenshot(Image.fromarray(np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)), ScreenTransform(0, 0, *SIZE))
    observation = Observation(shown, window_title=title, elements=lambda: tree)
    return ScreenView(Reading(tuple(texts), SIZE), TextLocator(), observation, (), lambda: tuple(icons))


def named(role: str, name: str, left: int, top: int, width: int = 90, height: int = 24, selected: bool | None = None) -> Element:
    return Element(name=name, role=role, box=box(left, top, width, height), selected=selected)


def strip(*names: str, left: int = 0, top: int = 60) -> tuple[list[ScreenElement], list[Element]]:
    """Tabs, with their texts, in one list of tabs."""
    texts = [element(name, left + 10 + 100 * at, top + 4) for at, name in enumerate(names)]
    tabs = [named("page tab", name, left + 100 * at, top) for at, name in enumerate(names)]
    return texts, [named("page tab list", "", left, top, 100 * len(names), 460 - top), *tabs]


def picked(words: str, seen: ScreenView) -> str | None:
    best = seen.locate(words).best
    return best.element.text if best is not None else None


def test_a_tab_is_counted_among_its_strip() -> None:
    seen = view(*strip("Home", "Mail", "News"))
    assert [picked(f"{one} tab", seen) for one in ("first", "second", "last", "fourth")] == ["Home", "Mail", "News", None]
    assert picked("the second tab from the right", seen) == "Mail"


def test_of_two_strips_the_one_that_names_the_window_is_meant_unless_the_other_is_in_its_page() -> None:
    side, documents = strip("Symbols", "Documents"), strip("a.txt", "b.txt", left=400)
    assert picked("second tab", view([*side[0], *documents[0]], [*side[1], *documents[1]], "a.txt - Editor")) == "b.txt"
    assert picked("second tab", view([*side[0], *documents[0]], [*side[1], *documents[1]], "Editor")) is None
    inner = strip("Overview", "Details", left=400, top=200)
    assert picked("second tab", view([*documents[0], *inner[0]], [*documents[1], *inner[1]], "a.txt - Editor")) is None


def test_a_strip_that_is_scrolled_is_not_counted() -> None:
    texts, tree = strip("Mail", "News")
    scrolled = [tree[0].model_copy(update={"role": "scrolled page tab list"}), *tree[1:]]
    assert picked("first tab", view(texts, scrolled)) is None


def cross(left: int, top: int) -> Icon:
    return Icon(ScreenElement("close", box(left, top, 12, 12), 0.5, "icon"), ())


def test_without_accessibility_tabs_are_told_by_their_crosses_and_by_nothing_less() -> None:
    texts, _ = strip("Home", "Mail", "News")
    assert picked("second tab", view(texts)) is None, "names in a row may be a path"
    assert picked("second tab", view(texts, icons=[cross(80 + 100 * at, 66) for at in range(3)])) == "Mail"
    assert picked("second tab", view(texts, icons=[cross(280, 66)])) is None, "one cross for three names closes something else"
    arrow = replace(cross(2, 66), element=ScreenElement("left chevron", box(2, 66, 8, 12), 0.9, "icon"))
    assert picked("second tab", view(texts, icons=[arrow, *(cross(80 + 100 * at, 66) for at in range(3))])) is None, "there are more"
    crossed = [element(f"{name} X", 10 + 120 * at, 64) for at, name in enumerate(("Home", "Mail"))]
    assert picked("last tab", view(crossed)) == "Mail"


def test_a_thing_that_is_called_so_comes_first() -> None:
    texts, tree = strip("Home", "Mail")
    assert picked("second tab", view([*texts, element("Second tab", 10, 300)], tree)) == "Second tab"


def test_what_not_everybody_counts_makes_no_difference_or_a_question() -> None:
    buttons = [named("push button", "Open", 0, 60), named("push button", "", 100, 60), named("push button", "Quit", 200, 60)]
    seen = view([element("Open", 10, 64), element("Quit", 210, 64)], buttons)
    assert [picked(f"{one} button", seen) for one in ("first", "second", "last")] == ["Open", None, "Quit"]
    fields = [named("text", "Name", 0, 100), named("text", "Note", 0, 140, 90, 200), named("text", "Mail", 0, 400)]
    assert [picked(f"{one} field", view((), fields)) for one in ("first", "second", "last")] == ["Name", None, "Mail"]
    boxes = [named("check box", "Icon view", 0, 60), named("check box", "Wrap", 0, 100), named("check box", "Ruler", 0, 140)]
    shown = view([element("Wrap", 20, 104), element("Ruler", 20, 144)], boxes)
    assert picked("first check box", shown) is None and picked("last check box", shown) == "Ruler", "Qt calls pictures of a bar boxes"


def test_the_page_of_a_browser_is_meant_and_not_its_own_buttons() -> None:
    own = [named("push button", "Reload", 0, 0), named("push button", "Menu", 900, 0)]
    page = Element(name="Shop", role="document web", box=Box(x1=0, y1=0.1, x2=1, y2=1))
    buttons = [named("push button", "Buy", 10, 300), named("push button", "Leave", 110, 300)]
    assert picked("last button", view((), [*own, page, *buttons])) == "Leave"
    assert picked("first button", view((), [*own, page])) is None


def rows(*lines: tuple[str, ...], top: int = 100) -> list[ScreenElement]:
    return [element(text, 10 + 200 * column, top + 30 * at) for at, line in enumerate(lines) for column, text in enumerate(line)]


def test_rows_are_counted_without_the_heading_and_not_where_a_line_may_be_one() -> None:
    table = named("table", "", 0, 90, 600, 500)
    files = rows(("Name", "Size"), ("a.txt", "4 KiB"), ("b.txt", "9 KiB"))
    assert [picked(f"{one} row", view(files, [table])) for one in ("first", "second", "last")] == ["a.txt", "b.txt", "b.txt"]
    assert picked("first row", view(rows(("Meter", "Reading"), ("17", "4,100")), [table])) is None
    told = [table, named("table column header", "Meter", 0, 90), named("table column header", "Reading", 200, 90)]
    assert picked("first row", view(rows(("Meter", "Reading"), ("17", "4,100")), told)) == "17"
    assert picked("first item in the list", view(rows(("Pears",), ("Plums",)), [named("list", "", 0, 90, 600, 500)])) == "Pears"


def test_the_last_row_is_not_known_where_there_may_be_more_below_and_of_two_lists_none_is() -> None:
    full = named("list", "", 0, 90, 600, 100)
    fruits = rows(("Pears",), ("Plums",), ("Limes",))
    assert picked("last item in the list", view(fruits, [full])) is None
    assert picked("second item in the list", view(fruits, [full])) == "Plums"
    more = [named("list", "", 0, 90, 150, 500), named("tree", "", 200, 90, 300, 500)]
    assert picked("second row", view(rows(("Pears", "a"), ("Plums", "b")), more)) is None


def test_what_is_counted_is_asked_about_and_no_other_name_is_taken_for_it() -> None:
    """A model asked which name "second tab" means would find one."""
    texts, _ = strip("Home", "Second Table")
    seeking = Seeking(lambda step, names: [("Second Table", 0.99)])
    assert seeking.locate("second tab", (), view(texts), "tab").status == "missing"


def test_the_question_about_what_was_counted_says_no_name() -> None:
    agent, desktop, _ = follow("click second tab", EDITOR)
    assert "I do not see “second tab”" in agent.detail and "called “second tab”" not in agent.detail, agent.detail
    assert not [done for done in desktop.performed if done.startswith("click")]


@contextmanager
def editor(program: str, accessible: bool) -> Iterator[Callable[[str], ScreenView]]:
    """A real editor: presses keys and says what is seen then."""
    with VirtualDesktop(1024, 768, accessibility=accessible) as virtual:
        virtual.spawn([program])
        virtual.wait_for_window("Untitled")
        desktop, names = LiveDesktop(virtual.display), NamedElements(virtual.env.get("DBUS_SESSION_BUS_ADDRESS"), virtual.display)
        eyes = Eyes(open_reader(threads=1), TextLocator())

        def press(keys: str) -> ScreenView:
            desktop.settle()
            subprocess.run(["xdotool", "key", "--delay", "300", *keys.split()], env=os.environ | virtual.env, check=True)
            seen = desktop.settle()
            found = names.everything(seen.screenshot.transform)
            assert bool(found) is accessible
            return eyes.look(replace(seen, elements=lambda: found))

        try:
            yield press
        finally:
            desktop.close()
            names.close()


@pytest.mark.desktop
def test_tabs_of_a_real_editor_without_accessibility() -> None:
    with editor("mousepad", False) as press:
        shown = press("ctrl+n ctrl+n")
        assert [picked(f"{one} tab", shown) for one in ("first", "second", "last")] == ["Untitled 1", "Untitled 2", "Untitled 3"]
        assert picked("fourth tab", shown) is None


@pytest.mark.desktop
def test_tabs_of_a_real_editor_until_they_scroll() -> None:
    with editor("featherpad", True) as press:
        shown = press("ctrl+n ctrl+n")
        found = [shown.locate(f"{one} tab").best for one in ("first", "second", "last")]
        places = [one.box.center.x for one in found if one is not None]
        assert len(places) == 3 and places == sorted(places)
        assert picked("first tab", press("ctrl+n " * 8)) is None, "the first that is seen is not the first"
