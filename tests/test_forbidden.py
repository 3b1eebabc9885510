"""On a real X server: what may not be seen is on no frame, and what may not be acted in gets no event."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from Xlib import X, Xatom

from agent.desktop import LiveDesktop
from agent.look import NotPermitted
from agent.permissions.effective import HIDDEN_TITLE, Permissions
from agent.permissions.sites import SiteReader, site_in
from agent.permissions.storing import parse_manifest
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from recordings.action import Click, Drag, Move, Press, Scroll, Type
from recordings.geometry import Box, Point
from tests.witnesses import HEIGHT, WIDTH, Witness, at, witnesses
from vlm.reading.reading import ScreenElement

RED, GREEN, BLUE = 0xFF0000, 0x00FF00, 0x0000FF
VAULT = "db.kdbx - KeePassXC"


def paint(window: Witness, colour: int) -> Witness:
    window.window.change_attributes(background_pixel=colour)
    window.window.clear_area()
    window.display.sync()
    return window


def count(pixels: np.ndarray, colour: int) -> int:
    wanted = [colour >> 16 & 255, colour >> 8 & 255, colour & 255]
    return int((pixels == wanted).all(axis=2).sum())


def seen(desktop: LiveDesktop | Screen) -> np.ndarray:
    shot = desktop.capture() if isinstance(desktop, Screen) else desktop.observe().screenshot
    return np.asarray(shot.image)


def test_what_may_not_be_seen_is_black_and_what_lies_on_it_stays(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, (VAULT, 100, 100), ("On top", 250, 150), ("Apart", 600, 400)) as (vault, top, apart):
        for window, colour in ((vault, RED), (top, GREEN), (apart, BLUE)):
            paint(window, colour)
        pixels = seen(desktop)
        assert count(pixels, RED) == 0 and count(pixels, GREEN) == 300 * 200 and count(pixels, BLUE) == 300 * 200
        with LiveDesktop(virtual.display, permissions=Permissions(never=False)) as unbound:
            assert count(seen(unbound), RED) > 20_000, "else this shows nothing"
        vault.focus()
        observation = desktop.observe()
        assert observation.window_title == HIDDEN_TITLE
        pixels = np.asarray(observation.screenshot.image)
        assert count(pixels, RED) == 0 and 0 < count(pixels, GREEN) < 300 * 200, "it lies over the other now, and hides it"
        for region in ((120, 120, 200, 100), (0, 0, 130, 130)):
            with LiveDesktop(virtual.display, region=region) as part:
                assert count(seen(part), RED) == 0


def test_a_window_that_comes_to_be_called_so_is_black_at_once(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("Page", 100, 100)) as (page,):
        paint(page, RED)
        assert count(seen(desktop), RED) == 60_000
        page.window.set_wm_name("My Bank - Accounts")
        page.display.sync()
        assert count(seen(desktop), RED) == 0
        page.window.set_wm_name("Page")
        page.display.sync()
        assert count(seen(desktop), RED) == 60_000
        virtual.windows.wait_for("^Page$")


@pytest.mark.parametrize("kind", ["of it", "of its program"])
def test_its_menus_and_dialogs_are_black_too(virtual: VirtualDesktop, desktop: LiveDesktop, kind: str) -> None:
    with witnesses(virtual, (VAULT, 100, 100), ("Other", 600, 400)) as (vault, other):
        paint(vault, RED)
        menus = []
        for owner, left, colour in ((vault, 450, RED), (other, 700, GREEN)):
            root = owner.display.screen().root
            menu = root.create_window(left, 250, 90, 60, 0, X.CopyFromParent, background_pixel=colour, override_redirect=True)
            if kind == "of it":
                menu.set_wm_transient_for(owner.window)
            menu.map()
            owner.display.sync()
            menus.append((owner, menu))
        dialog = Witness(virtual, "Unlock", 300, 420) if kind == "of it" else None
        if dialog is not None:
            dialog.window.set_wm_transient_for(vault.window)
            paint(dialog, RED)
        pixels = seen(desktop)
        assert count(pixels, RED) == 0 and count(pixels, GREEN) == 90 * 60
        with pytest.raises(NotPermitted, match="password managers"):
            desktop.perform(Click(x=470 / WIDTH, y=270 / HEIGHT))
        for owner, menu in menus:
            menu.destroy()
            owner.display.sync()
        if dialog is not None:
            dialog.close()


def test_a_window_that_never_rests_is_never_seen(virtual: VirtualDesktop) -> None:
    """It moves, comes and goes while frames are taken."""
    with witnesses(virtual, (VAULT, 100, 100)) as (vault,):
        paint(vault, RED)
        over = threading.Event()

        def roam() -> None:
            number = 0
            while not over.is_set():
                number += 1
                vault.window.configure(x=100 + number * 37 % 500, y=80 + number * 23 % 300)
                if number % 7 == 0:
                    (vault.window.unmap if number % 14 else vault.window.map)()
                vault.display.sync()
                time.sleep(0.004)

        screen = Screen(virtual.display)
        thread = threading.Thread(target=roam)
        thread.start()
        try:
            reds = [count(seen(screen), RED) for _ in range(12)]
        finally:
            over.set()
            thread.join()
            screen.close()
        vault.window.map()
        vault.display.sync()
        assert reds == [0] * 12


def test_nothing_is_clicked_typed_or_dropped_there(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("Editor", 600, 400), (VAULT, 100, 100)) as (editor, vault):
        desktop.observe()
        vault.got()
        x, y = at(vault)
        for action in (
            Click(x=x, y=y), Click(x=x, y=y, button="middle"), Scroll(x=x, y=y, dy=2), Move(x=x, y=y), Drag(path=((x, y), (x + 0.02, y))),
            Type(text="hello"), Press(keys=("enter",)), Press(keys=("ctrl", "c")),
        ):  # fmt: skip
            with pytest.raises(NotPermitted, match=r"not permitted: a window of .* is never"):
                desktop.perform(action)
        assert vault.got() == []
        editor.focus()
        desktop.observe()
        editor.got()
        desktop.perform(Type(text="a"))
        assert len(editor.got()) == 1
        x1, y1 = at(editor)
        with pytest.raises(NotPermitted):
            desktop.perform(Drag(path=((x1, y1), (x, y))))
        assert not [event for event in vault.got() if "button" in event], "what was dragged is let go of before it"


def test_it_is_asked_at_the_moment_of_the_event(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    """Between the look and the click the page became another."""
    with witnesses(virtual, ("Page", 100, 100)) as (page,):
        desktop.observe()
        page.got()
        page.window.set_wm_name("Online Banking - Log in")
        page.display.sync()
        x, y = at(page)
        for action in (Click(x=x, y=y), Type(text="x")):
            with pytest.raises(NotPermitted, match="banking"):
                desktop.perform(action)
        assert page.got() == []
        page.window.set_wm_name("Page")
        page.display.sync()
        virtual.windows.wait_for("^Page$")


def test_each_deed_has_its_own_rule(virtual: VirtualDesktop) -> None:
    said = parse_manifest("rules:\n  - {class: Form, type: deny, press: deny}\n  - {class: Board, click: deny}\n", Path("x"))
    with (
        LiveDesktop(virtual.display, permissions=Permissions(said)) as desktop,
        witnesses(virtual, ("Board", 600, 400), ("Form", 100, 100)) as (board, form),
    ):
        desktop.observe()
        form.got()
        x, y = at(form)
        desktop.perform(Click(x=x, y=y))
        assert form.got() == ["button 1"]
        with pytest.raises(NotPermitted, match="'Form' is not to be typed into"):
            desktop.perform(Type(text="x"))
        board.focus()
        desktop.observe()
        board.got()
        desktop.perform(Type(text="x"))
        assert len(board.got()) == 1
        with pytest.raises(NotPermitted, match="'Board' is not to be clicked"):
            desktop.perform(Click(x=at(board)[0], y=at(board)[1]))
        assert board.got() == [] and form.got() == []


def test_what_lies_at_a_point_is_known_with_its_owner(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("Under", 100, 100), ("Active", 600, 400)) as (under, active):
        observation = desktop.observe()
        assert observation.window is not None and observation.window.title == "Active"
        found = observation.window_at(Point(x=at(under)[0], y=at(under)[1]))
        assert found is not None and found.title == "Under" and found.wm_class == "Under Under"
        bare = observation.window_at(Point(x=0.01, y=0.99))
        assert bare is not None and (bare.title, bare.wm_class) == ("", "")
        assert active.place()[0] >= 600


# Sites ------------------------------------------------------------------------------------------------------------------------------


class Browser(Witness):
    """A window of a browser's class with its address written where an address bar is."""

    def __init__(self, virtual: VirtualDesktop, address: str, left: int = 100, top: int = 100) -> None:
        super().__init__(virtual, "Page", left, top, 500, 300)
        self.window.set_wm_class("chromium", "Chromium")
        self.write(address)

    def write(self, address: str) -> None:
        picture = Image.new("RGB", (500, 300), "white")
        ImageDraw.Draw(picture).text((80, 60), address, fill="black", font=ImageFont.truetype("DejaVuSans.ttf", 14))
        paint(self, RED)
        self.window.put_pil_image(self.window.create_gc(), 0, 0, picture.crop((0, 0, 500, 100)))
        self.display.sync()
        time.sleep(0.05)


def test_a_site_is_read_from_the_address_bar_and_its_rule_holds(virtual: VirtualDesktop) -> None:
    said = parse_manifest("rules:\n  - {site: shop.example.org, click: deny}\nnever:\n  - site: vault.example.net\n", Path("x"))
    read = SiteReader()
    with LiveDesktop(virtual.display, permissions=Permissions(said), read_site=read) as desktop:
        browser = Browser(virtual, "docs.example.org/start")
        try:
            observation = desktop.observe()
            assert observation.window is not None and observation.window.site == "docs.example.org"
            x, y = at(browser)
            desktop.perform(Click(x=x, y=y))
            assert browser.got() == ["button 1"]
            browser.write("shop.example.org/cart")  # the page changed, and its title did not
            assert count(seen(desktop), RED) == 100_000
            with pytest.raises(NotPermitted, match="is not to be clicked"):
                desktop.perform(Click(x=x, y=y))
            browser.write("https://vault.example.net/login")
            pixels = seen(desktop)
            assert count(pixels, RED) == 0 and (pixels[125:395, 105:595] == 0).all()
            with pytest.raises(NotPermitted, match="never"):
                desktop.perform(Type(text="x"))
            assert browser.got() == []
            browser.write("docs.example.org/start")
            assert count(seen(desktop), RED) == 100_000
        finally:
            browser.close()


def test_an_address_that_a_page_draws_over_the_whole_screen_is_none(virtual: VirtualDesktop) -> None:
    said = parse_manifest("rules:\n  - {site: shop.example.org, click: deny}\n", Path("x"))
    with LiveDesktop(virtual.display, permissions=Permissions(said), read_site=SiteReader()) as desktop:
        browser = Browser(virtual, "docs.example.org/start")
        try:
            assert site_of(desktop) == "docs.example.org"
            atoms = [browser.display.intern_atom(f"_NET_WM_STATE{end}") for end in ("", "_FULLSCREEN")]
            browser.window.change_property(atoms[0], Xatom.ATOM, 32, [atoms[1]])
            browser.window.configure(width=510)
            browser.write("shop.example.org/cart")
            assert site_of(desktop) == "docs.example.org"
        finally:
            browser.close()


def test_an_address_that_a_page_draws_in_a_window_without_an_address_bar_is_none(virtual: VirtualDesktop) -> None:
    said = parse_manifest("rules:\n  - {site: shop.example.org, click: deny}\n", Path("x"))
    browser = Browser(virtual, "shop.example.org/cart")
    browser.window.set_wm_class("evil.test__page", "Chromium")  # as Chromium calls what it opens as an application
    browser.display.sync()
    try:
        with LiveDesktop(virtual.display, permissions=Permissions(said), read_site=SiteReader()) as desktop:
            assert site_of(desktop) == ""
    finally:
        browser.close()


def site_of(desktop: LiveDesktop) -> str:
    observation = desktop.observe()
    assert observation.window is not None
    return observation.window.site


@pytest.mark.parametrize(
    ("texts", "site"),
    [
        (["Shop page", "Not secure", "shop.example.test:8765/index.html"], "shop.example.test:8765"),
        (["https://www.example.org/a?b=c", "+"], "www.example.org"),
        (["example.org", "evil.test/login"], ""),  # a page may call itself whatever it likes
        (["www.example.org", "example.org"], "example.org"),
        (["Search Google or type a URL"], ""),
        (["README.md - Notes"], ""),
        (["localhost:8000/x"], "localhost:8000"),
        (["127.0.0.1:5000"], "127.0.0.1:5000"),
        (["about:blank", "shop.example.org/cart"], ""),  # what a page draws where an address bar might be
        (["blob:https://evil.test/1f2e", "shop.example.org"], ""),
        (["file:///home/jane/page.html", "shop.example.org"], ""),
        (["mailto", "Time: 12:04", "shop.example.org"], "shop.example.org"),
        ([], ""),
    ],
)
def test_what_is_taken_for_an_address(texts: list[str], site: str) -> None:
    assert site_in([ScreenElement(text, Box(x1=0, y1=0, x2=1, y2=1), 0.99) for text in texts]) == site
    assert site_in([ScreenElement(text, Box(x1=0, y1=0, x2=1, y2=1), 0.5) for text in texts]) == ""


# What it costs ----------------------------------------------------------------------------------------------------------------------


def test_the_look_at_what_is_forbidden_costs_little(virtual: VirtualDesktop) -> None:
    with witnesses(virtual, (VAULT, 100, 100), ("Other", 300, 200)):
        costs = {}
        for name, permissions in (("bound", Permissions()), ("unbound", Permissions(never=False))):
            screen = Screen(virtual.display, permissions=permissions)
            screen.grab()
            costs[name] = []
            for _ in range(50):
                began = time.process_time()
                screen.grab()
                costs[name].append((time.process_time() - began) * 1000)
            screen.close()
        bound, unbound = (statistics.median(costs[name]) for name in ("bound", "unbound"))
        print(f"a capture: {bound:.2f} ms of this process's time, {unbound:.2f} without permissions; medians of 50")
        assert bound - unbound < 5
