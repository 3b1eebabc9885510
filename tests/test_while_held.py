"""Windows that move, go and cover each other while something is dragged, a button is held, or a modifier is."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from Xlib import X

from agent.desktop import LiveDesktop
from agent.look import DecisionStale
from agent.virtual import VirtualDesktop
from agent.x11.rest import Rest
from recordings.action import Click, Drag, Press
from tests.witnesses import HEIGHT, WIDTH, Witness, witnesses


def test_a_drag_begins_where_the_window_is_and_goes_as_far(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("Target", 100, 100)) as (target,):
        desktop.observe()
        x, y = target.centre()
        target.move(500, 300)
        desktop.perform(Drag(path=((x, y), (x + 0.05, y))))
        pointer = target.display.screen().root.query_pointer()
        assert abs(pointer.root_x - (x + 0.05) * WIDTH - 400) <= 1 and abs(pointer.root_y - y * HEIGHT - 200) <= 1


def test_both_ends_of_a_drag_are_followed_each_by_itself(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("There", 600, 400), ("Here", 100, 100)) as (there, here):
        desktop.observe()
        (x, y), end = here.centre(), there.centre()
        here.move(50, 300)
        desktop.perform(Drag(path=((x, y), end)))
        pointer = here.display.screen().root.query_pointer()
        assert (pointer.root_x, pointer.root_y) == (int(end[0] * WIDTH), int(end[1] * HEIGHT)), "where it is dropped has not moved"
        desktop.observe()
        x, y = here.centre()
        there.move(500, 350)
        desktop.perform(Drag(path=((x, y), end)))
        pointer = here.display.screen().root.query_pointer()
        assert (pointer.root_x, pointer.root_y) == (int(end[0] * WIDTH) - 100, int(end[1] * HEIGHT) - 50)


@pytest.mark.parametrize("change", ["closed", "minimised", "covered"])
def test_a_drag_whose_end_is_gone_does_not_begin(virtual: VirtualDesktop, desktop: LiveDesktop, change: str) -> None:
    with witnesses(virtual, ("There", 600, 400), ("Here", 100, 100)) as (there, here):
        desktop.observe()
        (x, y), end = here.centre(), there.centre()
        over = Witness(virtual, "Over", 620, 420) if change == "covered" else there.close() if change == "closed" else there.minimise()
        with pytest.raises(DecisionStale, match=r"'Over' is now where|gone or minimised|another size"):
            desktop.perform(Drag(path=((x, y), end)))
        assert here.got() == []
        if over is not None:
            assert over.got() == []
            over.close()


def test_what_is_dragged_is_not_dropped_on_a_window_that_came_meanwhile(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("There", 600, 400), ("Here", 100, 100)) as (there, here):
        for window in (here, there):
            window.window.change_attributes(event_mask=X.ButtonPressMask | X.ButtonReleaseMask | X.StructureNotifyMask)
        desktop.observe()
        x, y = here.centre()
        came: list[Witness] = []
        timer = threading.Timer(0.15, lambda: came.append(Witness(virtual, "Came", 590, 390)))
        timer.start()
        with pytest.raises(DecisionStale, match="'Came' has come to lie where it was to be dropped: it was taken back"):
            desktop.perform(Drag(path=((x, y), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9), (0.1, 0.1), (0.9, 0.1), there.centre())))
        timer.join()
        pointer = here.display.screen().root.query_pointer()
        assert (pointer.root_x, pointer.root_y, pointer.mask) == (int(x * WIDTH), int(y * HEIGHT), 0)
        assert came[0].got() == []
        came[0].close()


def test_a_window_is_dragged_over_another_one(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    """By its title: what lies where it is let go of is itself."""
    with witnesses(virtual, ("There", 600, 400), ("Here", 100, 100)) as (there, here):
        desktop.observe()
        left, top = here.place()
        x, y = (left + 100.5) / WIDTH, (top - 8.5) / HEIGHT
        desktop.perform(Drag(path=((x, y), (0.5, 0.6), there.centre())))
        assert here.place() != (left, top) and there.got() == []


@pytest.mark.parametrize("change", ["closed", "minimised"])
def test_a_window_that_goes_under_a_long_press_fails_it(virtual: VirtualDesktop, desktop: LiveDesktop, change: str) -> None:
    with witnesses(virtual, ("Under", 80, 80), ("Target", 100, 100)) as (_, target):
        desktop.observe()
        x, y = target.centre()
        timer = threading.Timer(0.3, target.close if change == "closed" else target.minimise)
        timer.start()
        with pytest.raises(DecisionStale, match=r"gone while a button was held down in it.*\(a part of it was done\): look again"):
            desktop.perform(Click(x=x, y=y, seconds=0.6))
        timer.join()
        assert target.display.screen().root.query_pointer().mask == 0


def test_a_shortcut_in_several_presses_stays_in_its_window(
    virtual: VirtualDesktop, desktop: LiveDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with witnesses(virtual, ("Other", 600, 100), ("Target", 100, 100)) as (other, target):
        desktop.observe()
        other.got()
        monkeypatch.setattr(desktop.hands._keyboard, "let_switch", lambda wait: other.focus())
        with pytest.raises(DecisionStale, match="the keyboard belongs to the window 'Other'"):
            desktop.perform(Press(keys=("alt", "x"), then=(("y",), ("z",))))
        assert other.got() == [] and target.got()[:2] == ["key 64", "key 53"]


def test_a_slow_window_manager_is_waited_for_between_presses(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    """Two windows on, by Alt held over two presses of Tab: one that heard Alt go up before it had dealt with them switched otherwise."""
    manager = virtual.windows._property(virtual.windows._root, "_NET_SUPPORTING_WM_CHECK")[0]
    (process,) = Rest(virtual.display, manager).processes
    with witnesses(virtual, ("One", 100, 100), ("Two", 130, 130), ("Three", 160, 160)):
        desktop.observe()
        os.kill(process, signal.SIGSTOP)
        timer = threading.Timer(0.7, os.kill, (process, signal.SIGCONT))
        timer.start()
        desktop.perform(Press(keys=("alt", "tab"), then=(("tab",),)))
        timer.join()
        time.sleep(0.2)
        active = virtual.windows.active()
        assert active is not None and active.title == "One"
