"""Observing, acting and settling on a real display."""

from __future__ import annotations

import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator

import pytest
from Xlib import X

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop, Settling
from agent.errors import DesktopError
from agent.protocols import Desktop
from agent.virtual import VirtualDesktop
from agent.world import VirtualWorld
from recordings.action import Click, Move, Press, Type, Wait
from recordings.geometry import Box
from tasks.world import Stage
from tests.probe import Probe, start_mousepad


@pytest.fixture
def desktop(virtual_desktop: VirtualDesktop) -> Iterator[LiveDesktop]:
    with LiveDesktop(virtual_desktop.display) as desktop:
        yield desktop


class Painter:
    """Paints a new stripe every few milliseconds, in a thread, until its context ends."""

    def __init__(self, probe: Probe, seconds: float, height: int = 40) -> None:
        self._probe, self._seconds, self._height = probe, seconds, height
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._paint)
        self.ended_at = 0.0

    def __enter__(self) -> Painter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _paint(self) -> None:
        end = time.monotonic() + self._seconds
        colour = 0
        while time.monotonic() < end and not self._over.wait(0.03):
            colour += 0x10305
            self._probe.fill(colour & 0xFFFFFF, 100, 100, 40, self._height)
        self.ended_at = time.monotonic()


def test_it_satisfies_the_protocols(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    one: Desktop = desktop
    stage: Stage = VirtualWorld(virtual_desktop)
    assert one.observe().screenshot.size == (1024, 768)
    assert stage.home == virtual_desktop.home


def test_an_observation_knows_the_active_window(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    process = start_mousepad(virtual_desktop, "Grüße 日本.txt")
    try:
        virtual_desktop.place_window("Grüße", 100, 100, 400, 300)
        assert "Grüße 日本.txt - Mousepad" in (desktop.observe().window_title or "")
    finally:
        process.terminate()
        virtual_desktop.windows.wait_gone("Grüße")
    assert "Grüße" not in (desktop.observe().window_title or "")


def test_keys_go_only_to_the_captured_window_and_its_dialogs(virtual_desktop: VirtualDesktop) -> None:
    editor, terminal = start_mousepad(virtual_desktop), virtual_desktop.spawn(["xterm", "-T", "other", "-e", "cat"])
    windows = virtual_desktop.windows
    try:
        virtual_desktop.place_window("Mousepad", 20, 20, 500, 400)
        virtual_desktop.place_window("^other$", 540, 20, 400, 300)  # and so has the keyboard
        with LiveDesktop(virtual_desktop.display, window="Mousepad") as desktop:
            before = desktop.settle()
            for action in (Type(text="abc def"), Press(keys=("ctrl", "a"))):
                with pytest.raises(DesktopError, match="the keyboard belongs to 'other', not to 'Untitled 1 - Mousepad'"):
                    desktop.perform(action)
            assert windows.find("Mousepad").title == "Untitled 1 - Mousepad"
            desktop.perform(Click(x=0.5, y=0.5))
            desktop.settle()
            desktop.perform(Type(text="abc def"))
            assert desktop.settle().window_title == "*Untitled 1 - Mousepad"
            assert before.window_title == "other" and "xterm" in (before.window_class or "")
            desktop.perform(Press(keys=("ctrl", "shift", "s")))
            virtual_desktop.wait_for_window("Save As")
            desktop.settle()
            desktop.perform(Press(keys=("escape",)))
            windows.wait_gone("Save As")
    finally:
        editor.kill()
        terminal.kill()
        windows.wait_gone("Mousepad|other")


def test_it_settles_after_the_last_change_and_not_before(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    with Probe(virtual_desktop.display) as probe, Painter(probe, 0.8) as painter:
        desktop.perform(Click(x=0.9, y=0.9))
        settled = desktop.settle()
        assert painter.ended_at and time.monotonic() - painter.ended_at < 1.0
        probe.display.sync()
        assert settled.screenshot.image.tobytes() == desktop.observe().screenshot.image.tobytes()


def test_a_screen_that_never_rests_is_taken_as_it_is(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    desktop.settling = Settling(most=0.5)
    with Probe(virtual_desktop.display) as probe, Painter(probe, 10.0):
        desktop.observe()
        start = time.monotonic()
        desktop.settle()
        assert 0.5 <= time.monotonic() - start < 1.5


def test_a_blinking_caret_counts_as_rest(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    desktop.settling = Settling(most=5.0)
    with Probe(virtual_desktop.display) as probe, Painter(probe, 10.0, height=1):
        start = time.monotonic()
        desktop.settle()
        assert time.monotonic() - start < 2.5


def test_an_effect_that_comes_late_is_waited_for(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    desktop.settling = Settling(patience=1.5)
    with Probe(virtual_desktop.display) as probe:
        desktop.observe()
        desktop.perform(Click(x=0.9, y=0.9))
        timer = threading.Timer(0.5, lambda: probe.fill(0xFF0000, 0, 0, 50, 50))
        timer.start()
        assert desktop.settle().screenshot.image.getpixel((10, 10)) == (255, 0, 0)
        timer.join()


def test_an_application_that_is_still_busy_is_waited_for(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    """Its window stands still all the time: only its silence tells that the key has not been dealt with."""
    process = start_mousepad(virtual_desktop)
    try:
        virtual_desktop.place_window("Mousepad", 100, 100, 400, 300)
        desktop.settling = Settling(quiet=0.1, patience=0.1, most=20.0)
        before = desktop.settle()
        os.killpg(process.pid, signal.SIGSTOP)
        timer = threading.Timer(1.5, lambda: os.killpg(process.pid, signal.SIGCONT))
        timer.start()
        start = time.monotonic()
        desktop.perform(Type(text="x"))
        after = desktop.settle()
        assert 1.4 < time.monotonic() - start < 15
        assert before.screenshot.image.tobytes() != after.screenshot.image.tobytes()
        assert (after.window_title or "").startswith("*")
        timer.join()
        os.killpg(process.pid, signal.SIGSTOP)
        desktop.settling = Settling(most=0.6)
        start = time.monotonic()
        desktop.settle()
        assert 0.6 <= time.monotonic() - start < 5
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        virtual_desktop.windows.wait_gone("Mousepad")


def test_what_changes_nothing_needs_no_patience(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    desktop.settling = Settling(patience=5.0, most=6.0)
    with Probe(virtual_desktop.display):
        desktop.observe()
        for action in (Move(x=0.5, y=0.5), Wait(seconds=0)):
            desktop.perform(action)
            start = time.monotonic()
            desktop.settle()
            assert time.monotonic() - start < 2.0


def test_a_tooltip_is_got_out_of_the_way_unless_it_was_asked_for(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    program = virtual_desktop.spawn(["galculator"])
    try:
        virtual_desktop.place_window("galculator", 100, 100, 420, 460)
        with Accessibility(virtual_desktop.env["DBUS_SESSION_BUS_ADDRESS"]) as accessibility:
            x, y = next(node.center for node in accessibility.nodes("galculator") if node.name == "4")
        key = Click(x=x / virtual_desktop.width, y=y / virtual_desktop.height)
        desktop.settle()
        desktop.perform(Move(x=key.x, y=key.y))
        assert _tooltip_appears(virtual_desktop)
        desktop.settle()
        assert virtual_desktop.windows.has_tooltip()
        for _ in range(2):  # toolkits explain the next thing sooner where they have just explained one
            desktop.perform(key)
            time.sleep(0.2)
            explained = desktop.settle().tooltip
        assert explained and not virtual_desktop.windows.has_tooltip()
        desktop.perform(key)
        assert _tooltip_appears(virtual_desktop)  # after the screen had settled, as far as anyone could tell
        assert desktop.observe().tooltip
        assert not desktop.observe().tooltip and not virtual_desktop.windows.has_tooltip()
    finally:
        program.terminate()
    virtual_desktop.windows.wait_gone("galculator")


def test_an_application_of_another_toolkit_says_that_it_is_done(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    """Qt 5 sends its answers elsewhere than GTK: unheard, every look at its windows took the longest that settling may."""
    program = virtual_desktop.spawn(["featherpad", "--standalone"])
    try:
        virtual_desktop.place_window("Untitled", 100, 100, 640, 480)
        desktop.settle()
        desktop.perform(Type(text="words"))
        start = time.monotonic()
        after = desktop.settle()
        assert time.monotonic() - start < desktop.settling.most - 0.5
        assert after.window_title is not None and "Untitled" in after.window_title
    finally:
        program.terminate()
    virtual_desktop.windows.wait_gone("Untitled")


def _tooltip_appears(virtual_desktop: VirtualDesktop) -> bool:
    end = time.monotonic() + 5
    while not virtual_desktop.windows.has_tooltip() and time.monotonic() < end:
        time.sleep(0.05)
    return virtual_desktop.windows.has_tooltip()


def test_a_closed_gate_ends_settling(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    desktop.settling = Settling(most=30.0)
    with Probe(virtual_desktop.display) as probe, Painter(probe, 30.0):
        timer = threading.Timer(0.2, desktop.gate.close)
        timer.start()
        start = time.monotonic()
        assert desktop.settle().screenshot.size == (1024, 768)
        assert time.monotonic() - start < 5.0
        timer.join()


def test_a_step_costs_at_most_sixty_milliseconds() -> None:
    """Observing and acting, at 1280×720: the median of many, for other programs use this machine too."""
    with VirtualDesktop(1280, 720, accessibility=False) as virtual, LiveDesktop(virtual.display) as desktop:
        seconds = []
        for _ in range(100):
            start = time.perf_counter()
            desktop.observe()
            desktop.perform(Click(x=0.5, y=0.5))
            seconds.append(time.perf_counter() - start)
        median = statistics.median(seconds)
        print(f"a step at 1280×720: {median * 1000:.1f} ms, median of {len(seconds)}")
        assert median < 0.06


def test_a_display_that_dies_is_an_error() -> None:
    with VirtualDesktop(320, 240, accessibility=False) as virtual, LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        virtual._processes[0].kill()
        virtual._processes[0].wait(5)
        for fails in (desktop.observe, desktop.settle, lambda: desktop.perform(Click(x=0.5, y=0.5))):
            with pytest.raises(DesktopError):
                fails()
        desktop.release()


def test_the_world_reads_files_windows_clipboard_and_texts(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    world = VirtualWorld(virtual_desktop)
    process = start_mousepad(virtual_desktop)
    try:
        world.place_window("Mousepad", Box(x1=0.1, y1=0.1, x2=0.7, y2=0.8))
        virtual_desktop.wait_for_window("^Untitled 1 - Mousepad$")
        before = desktop.settle()
        assert "Untitled 1 - Mousepad" in world.window_titles()
        desktop.perform(Type(text="read me: é"))
        desktop.perform(Press(keys=("ctrl", "a")))
        desktop.perform(Press(keys=("ctrl", "c")))
        shown = desktop.settle()
        assert before.screenshot.image.tobytes() != shown.screenshot.image.tobytes()
        assert world.clipboard_text() == "read me: é"
        assert any(element.role == "text" and element.text == "read me: é" for element in world.element_texts())
        assert any(element.role == "menu" and element.name == "File" for element in world.element_texts())
        assert desktop.observe().screenshot.image.tobytes() == shown.screenshot.image.tobytes()
        assert world.spawn(["true"]).wait(5) == 0
    finally:
        process.kill()
        virtual_desktop.windows.wait_gone("Mousepad")
        world.close()


def test_two_clicks_that_are_two_steps_are_no_double_click(virtual_desktop: VirtualDesktop) -> None:
    """As a fast model gives them, or a replay. Two that nothing was looked at between are left to whoever asks for them."""
    with Probe(virtual_desktop.display) as probe, LiveDesktop(virtual_desktop.display) as desktop:
        desktop.settle()
        for _ in range(2):
            desktop.perform(Click(x=0.5, y=0.5))
            desktop.settling = Settling(quiet=0.01, patience=0.01)
            desktop.settle()
        desktop.perform(Click(x=0.9, y=0.5))
        probe.buttons()
        times = [event.time for event in probe.events if getattr(event, "type", None) == X.ButtonPress]
        assert 500 <= times[1] - times[0] < 5000 and times[2] - times[1] < 450
