"""What was decided on is looked for once more before each event: real windows move, go, hide and cover each other on a real server."""

from __future__ import annotations

import random
import threading
import time

import pytest
from Xlib import X

from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.look import DecisionStale
from agent.takeover import glancing
from agent.virtual import VirtualDesktop
from recordings.action import Action, Click, Drag, Press, Scroll, Type
from tests.witnesses import HEIGHT, WIDTH, Witness, popup, witnesses


def test_a_window_that_moved_is_followed_and_said_to_have_been(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("Under", 100, 100), ("Target", 100, 100)) as (under, target):
        desktop.observe()
        x, y = target.centre()
        target.move(600, 400)
        note = desktop.perform(Click(x=x, y=y))
        assert target.got() == ["button 1"] and under.got() == []
        assert "'Target' had moved by 500, 300 pixels and was followed" in note


def draw(page: Witness, *bars: int) -> None:
    """Upright bars in the middle of a window, each so many pixels from its centre."""
    screen = page.display.screen()
    white, black = (page.window.create_gc(foreground=colour) for colour in (screen.white_pixel, screen.black_pixel))
    page.window.fill_rectangle(white, 0, 0, 300, 200)
    for bar in bars:
        page.window.fill_rectangle(black, 150 + bar, 94, 5, 12)
    page.display.sync()


def test_what_a_window_draws_anew_is_not_clicked_unseen(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("Page", 100, 100)) as (page,):
        x, y = page.centre()
        draw(page, -20, -8, 4)
        desktop.observe()
        draw(page, -14, 0, 12)
        with pytest.raises(DecisionStale, match="not what it was"):
            desktop.perform(Click(x=x, y=y))
        assert page.got() == []
        desktop.observe()
        desktop.perform(Click(x=x, y=y))
        assert page.got() == ["button 1"], "what is decided anew is done"
        desktop.observe()
        page.move(400, 300)
        draw(page, -14, 0, 12)
        assert "followed" in desktop.perform(Click(x=x, y=y)) and page.got() == ["button 1"]


@pytest.mark.parametrize("action", ["click", "scroll", "drag", "double"])
@pytest.mark.parametrize("change", ["closed", "minimised", "covered", "resized"])
def test_what_is_not_there_any_more_gets_nothing(virtual: VirtualDesktop, desktop: LiveDesktop, change: str, action: str) -> None:
    with witnesses(virtual, ("Under", 80, 80), ("Target", 100, 100)) as (under, target):
        desktop.observe()
        x, y = target.centre()
        over = None
        match change:
            case "closed":
                target.close()
            case "minimised":
                target.minimise()
            case "covered":
                over = Witness(virtual, "Over", 120, 120)
            case "resized":
                target.resize(500, 350)
        actions: dict[str, Action] = {
            "click": Click(x=x, y=y), "scroll": Scroll(x=x, y=y, dy=2),
            "drag": Drag(path=((x, y), (x + 0.02, y))), "double": Click(x=x, y=y, count=2)
        }  # fmt: skip
        words = {
            "closed": "gone or minimised",
            "minimised": "minimised|another size",
            "covered": "'Over' is now where",
            "resized": "another size",
        }
        with pytest.raises(DecisionStale, match=words[change]):
            desktop.perform(actions[action])
        assert under.got() == [] and (change == "closed" or target.got() == [])
        if over is not None:
            assert over.got() == []
            over.close()
        desktop.observe()  # it looks again, and what it decides then is done
        if change == "resized":
            desktop.perform(Click(x=x, y=y))
            assert target.got() == ["button 1"]


def test_keys_go_nowhere_else_when_the_focus_is_lost(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("Other", 600, 100), ("Target", 100, 100)) as (other, target):
        desktop.observe()
        other.focus()
        other.got()
        for action in (Type(text="secret"), Press(keys=("ctrl", "s"))):
            with pytest.raises(DecisionStale, match="the keyboard belongs to the window 'Other' now, not to the window 'Target'"):
                desktop.perform(action)
        assert other.got() == [] and target.got() == []


def test_a_window_that_takes_the_focus_while_it_types_gets_nothing(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    """The first key makes another window come up, as a program that starts does."""
    with witnesses(virtual, ("Thief", 600, 100), ("Target", 100, 100)) as (thief, target):
        desktop.observe()
        thief.got()
        timer = threading.Timer(0.3, thief.focus)
        timer.start()
        with pytest.raises(DecisionStale, match="the keyboard belongs to the window 'Thief'"):
            desktop.perform(Type(text="0123456789" * 2000))
        timer.join()
        assert 0 < len(target.got()) < 20_000 and thief.got() == []


def test_what_lay_bare_and_is_covered_now_is_not_clicked(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    desktop.observe()
    with witnesses(virtual, ("New", 300, 300)) as (new,):
        x, y = new.centre()
        with pytest.raises(DecisionStale, match="'New' has come to lie where nothing was"):
            desktop.perform(Click(x=x, y=y))
        assert new.got() == []


def test_a_captured_window_is_clicked_only_where_it_is_to_be_seen(virtual: VirtualDesktop) -> None:
    with witnesses(virtual, ("Target", 100, 100), ("Over", 250, 100)) as (target, over):
        with LiveDesktop(virtual.display, window="^Target$") as desktop:
            desktop.observe()
            with pytest.raises(DecisionStale, match="'Over' lies over the window 'Target'"):
                desktop.perform(Click(x=0.9, y=0.5))
            assert over.got() == [] and target.got() == []
            desktop.perform(Click(x=0.2, y=0.5))
            assert target.got() == ["button 1"]
            target.minimise()
            with pytest.raises(DesktopError, match="the window 'Target' is minimised"):
                desktop.observe()


def test_a_region_is_no_excuse(virtual: VirtualDesktop) -> None:
    with LiveDesktop(virtual.display, region=(100, 100, 300, 200)) as desktop, witnesses(virtual, ("Target", 100, 100)) as (target,):
        desktop.observe()
        target.close()
        with pytest.raises(DecisionStale, match="gone"):
            desktop.perform(Click(x=0.5, y=0.5))


def test_a_window_that_lets_clicks_through_covers_nothing(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    """Compositors and drawing programs lay such windows over everything."""
    from Xlib.ext import shape

    with witnesses(virtual, ("Target", 100, 100)) as (target,):
        root = target.display.screen().root
        pane = root.create_window(0, 0, WIDTH, HEIGHT, 0, X.CopyFromParent, X.InputOutput, override_redirect=True)
        pane.shape_rectangles(shape.SO.Set, shape.SK.Input, 0, 0, 0, [])
        pane.map()
        target.display.sync()
        time.sleep(0.05)
        desktop.observe()
        x, y = target.centre()
        desktop.perform(Click(x=x, y=y))
        assert target.got() == ["button 1"]
        pane.destroy()


def test_deskhand_s_own_terminal_gives_the_keyboard_back_and_gets_nothing(virtual: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    with witnesses(virtual, ("Target", 100, 100), ("Terminal", 600, 400)) as (target, terminal):
        monkeypatch.setenv("DISPLAY", virtual.display)
        monkeypatch.setenv("WINDOWID", str(terminal.window.id))
        with LiveDesktop() as desktop:
            desktop.observe()
            with pytest.raises(DecisionStale, match="belongs to Deskhand's own terminal: click into the window that is meant first"):
                desktop.perform(Type(text="x"))
            target.focus()
            desktop.observe()
            terminal.focus()  # a person answers there
            note = desktop.perform(Type(text="ab"))
            assert len(target.got()) == 2 and terminal.got() == []
            assert note == "the keyboard was given back to 'Target'"
            desktop.observe()
            terminal.focus()
            desktop.observe()  # and if it looks while the terminal has the keyboard
            desktop.perform(Press(keys=("ctrl", "s")))
            assert len(target.got()) == 2 and terminal.got() == []
            target.close()
            terminal.focus()
            with pytest.raises(DecisionStale, match="own terminal"):
                desktop.perform(Type(text="x"))
            assert terminal.got() == []


def test_what_a_person_does_in_deskhand_s_own_terminal_is_no_step(virtual: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    with witnesses(virtual, ("Target", 100, 100), ("Terminal", 600, 400)) as (target, terminal):
        monkeypatch.setenv("WINDOWID", str(terminal.window.id))
        with LiveDesktop(virtual.display) as desktop, glancing(desktop, virtual.display) as glance:
            seen = glance(*target.place())
            assert seen.transform.covers(*target.place()) and seen.size == (WIDTH, HEIGHT)
            with pytest.raises(DesktopError, match="own terminal"):
                glance(*terminal.place())


def moments(virtual: VirtualDesktop, count: int, seed: int = 1) -> tuple[int, int, int]:
    """So many times something happens to windows between the decision and the event: how many events went elsewhere than was meant, how
    many went where they were meant, and how many actions were refused."""
    draw = random.Random(seed)
    wrong = right = refused = 0
    with LiveDesktop(virtual.display) as desktop:
        for _ in range(count):
            with witnesses(virtual, ("Under", 100, 100), ("Target", 100 + draw.randrange(40), 100 + draw.randrange(40))) as (under, target):
                others = [under]
                desktop.observe()
                under.got()
                target.got()
                x, y = target.centre()
                keys = draw.random() < 0.5
                what = draw.choice(["move", "cover", "minimise", "close", "focus", "menu", "nothing"])
                match what:
                    case "move":
                        target.move(draw.randrange(350, 600), draw.randrange(100, 400))
                    case "cover":
                        others.append(Witness(virtual, "Over", 90, 90))
                    case "minimise":
                        target.minimise()
                    case "close":
                        target.close()
                    case "focus":
                        under.focus()
                    case "menu":
                        menu = popup(under, "POPUP_MENU", 90, 90, 300, 250)
                try:
                    desktop.perform(Type(text="ab") if keys else Click(x=x, y=y))
                except DecisionStale:
                    refused += 1
                wrong += sum(len(other.got()) for other in others)
                if what == "menu":
                    menu.destroy()
                    wrong += len(target.got())
                elif what != "close":
                    right += len(target.got()) > 0
                for other in others[1:]:
                    other.close()
    return wrong, right, refused


def test_no_event_in_a_window_that_was_not_meant(virtual: VirtualDesktop) -> None:
    wrong, right, refused = moments(virtual, 25)
    print(f"25 moments: {wrong} events elsewhere, {right} actions done, {refused} refused")
    assert wrong == 0 and right > 0 and refused > 0


if __name__ == "__main__":
    import sys

    with VirtualDesktop(WIDTH, HEIGHT, accessibility=False) as display:
        number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
        print(f"{number} moments: %d events elsewhere, %d actions done, %d refused" % moments(display, number))
