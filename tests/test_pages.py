"""Made-up pages in a real Chromium: labels are checked against the pixels and against real clicks."""

from __future__ import annotations

import json
import random
from itertools import islice

import pytest
from PIL import Image

from recordings.errors import DeskhandError
from training.beside import read_beside
from training.screens import browser as browser_module
from training.screens import generate, looks, words
from training.screens.browser import Browser, BrowserError
from training.screens.looks import find_sheets
from training.screens.pages import generate_pages
from training.screens.store import INDEX, LabelledScreen, ScreenElement, count_screens, read_screens, write_screens


@pytest.fixture(scope="module")
def pages():
    return list(islice(generate_pages(seed=3, size=(640, 480), sheets={}), 4))


@pytest.fixture(scope="module")
def page():
    with Browser(400, 300) as browser:
        yield browser


def labels_of(browser: Browser, body: str) -> list[dict]:
    style = (
        read_beside(looks.__file__, "base.css")
        + read_beside(looks.__file__, "own.css")
        + "body{background:#fff;color:#000;font:16px 'DejaVu Sans'}"
    )
    browser.show(f"<!doctype html><style>{style}</style><body>{body}</body>")
    return browser.evaluate(read_beside(looks.__file__, "labels.js"))


def test_elements_lie_on_the_picture_and_have_names(pages):
    for screen in pages:
        assert screen.picture().size == (640, 480) and screen.elements
        for element in screen.elements:
            x1, y1, x2, y2 = element.box
            assert 0 <= x1 < x2 <= 640 and 0 <= y1 < y2 <= 480
            assert element.name.strip() and element.role


def test_a_click_on_the_middle_hits_the_named_element(page):
    found = labels_of(page, "".join(f'<button onclick="window.hit={number}">Button {number}</button> ' for number in range(12)))
    assert len(found) == 12
    for element in found:
        x1, y1, x2, y2 = element["box"]
        for kind in ("mousePressed", "mouseReleased"):
            page.command("Input.dispatchMouseEvent", type=kind, x=(x1 + x2) / 2, y=(y1 + y2) / 2, button="left", clickCount=1)
        assert page.evaluate("window.hit") == int(element["name"].split()[1])


def test_covered_hidden_and_cut_things_are_left_out(page):
    found = labels_of(
        page,
        '<button>Below</button><button style="visibility:hidden">Hidden</button>'
        '<button style="position:absolute;left:390px;top:200px">Cut off</button>'
        '<div style="position:absolute;left:0;top:0;width:200px;height:60px;background:#fff"></div>'
        '<button style="position:absolute;top:100px">Free</button>',
    )
    assert [element["name"] for element in found] == ["Free"]


def test_states_and_field_contents(page):
    found = labels_of(
        page,
        '<label class="x-check"><input type="checkbox" checked><span>Ticked</span></label><button disabled>Grey</button>'
        '<div role="tab" aria-selected="true">Chosen</div><input type="text" value="typed"><input type="text" placeholder="hint">',
    )
    by_name = {element["name"]: element for element in found}
    assert by_name["Ticked"]["checked"] is True and by_name["Ticked"]["role"] == "check box"
    assert by_name["Grey"]["enabled"] is False
    assert by_name["Chosen"]["selected"] is True
    assert by_name["typed"]["role"] == by_name["hint"]["role"] == "text"


def test_a_page_depends_on_its_seed_and_number_alone(pages):
    again = next(generate_pages(seed=3, start=2, size=(640, 480), sheets={}))
    assert again.elements == pages[2].elements
    assert next(generate_pages(seed=4, size=(640, 480), sheets={})).elements != pages[0].elements


def test_a_script_that_fails_says_so(page):
    with pytest.raises(BrowserError, match="no_such_name"):
        page.evaluate("no_such_name()")


def test_without_chromium_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(browser_module, "EXECUTABLES", ("no-such-browser",))
    with pytest.raises(BrowserError, match="apt install chromium"):
        Browser()


def test_sheets_come_from_the_cache_without_npm(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert find_sheets(tmp_path) == {}
    (tmp_path / "milligram@1.4.1+milligram.min.css").write_text("body{}")
    assert find_sheets(tmp_path) == {"milligram": "body{}"}


def test_nothing_is_fetched_unasked(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    next(generate_pages(1))
    assert not (tmp_path / "asked").exists()
    assert find_sheets(fetch=True) == {} and (tmp_path / "asked").read_text() == "asked\n"


def test_a_folder_of_screens_survives_a_kill_and_reads_back(tmp_path):
    element = ScreenElement("OK", "button", (1.0, 2.0, 3.5, 4.0), enabled=True)
    screen = LabelledScreen(Image.new("RGB", (16, 16), "red"), "pages", "plain", [element], [("é", 1.0, 2.0, 3.0, 4.0)])
    assert write_screens(tmp_path, [screen]) == 1
    with (tmp_path / INDEX).open("a") as index:
        index.write('{"image": "000001.png", "sou')
    assert count_screens(tmp_path) == 1
    assert write_screens(tmp_path, [screen]) == 2
    first, second = read_screens(tmp_path)
    assert first.elements == second.elements == [element] and first.texts == [("é", 1.0, 2.0, 3.0, 4.0)]
    assert second.picture().getpixel((0, 0)) == (255, 0, 0)


def test_bad_labels_name_the_line(tmp_path):
    with pytest.raises(DeskhandError, match="holds no"):
        list(read_screens(tmp_path))
    (tmp_path / INDEX).write_text(json.dumps({"image": "0.png"}) + "\n")
    with pytest.raises(DeskhandError, match="line 1"):
        list(read_screens(tmp_path))


def test_an_unknown_kind_is_named(tmp_path):
    with pytest.raises(DeskhandError, match="'paintings'"):
        generate("paintings", 1, tmp_path, 0)


def test_words_are_varied_and_printable():
    rng = random.Random(0)
    for make in (words.label, words.nonsense, words.datum, words.sentence, words.file_name):
        made = {make(rng) for _ in range(200)}
        assert len(made) > 100 and all(text.strip() and text.isprintable() for text in made)
