"""A person's doings on a real desktop become the steps that they were, with nothing secret in any byte of them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from corpus import perform_and_record
from test_store import largest_file
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.place import refuse_wayland
from agent.recorder.listening import InputEvent, listen
from agent.recorder.recorder import Recorder
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from recordings.action import Action, Click, Press, Type
from recordings.episode import EpisodeHeader, Source, StopReason
from recordings.painting import PAINT
from recordings.secrets.rules import Rules
from recordings.store import Episode, EpisodeWriter, read_episode
from tests.planted import SECRETS
from tests.probe import start_mousepad, wait_until

ROOT = Path(__file__).parents[1]


class Recording:
    """A recorder at work, hands to be recorded, and what came of it."""

    def __init__(self, virtual: VirtualDesktop, root: Path) -> None:
        self.virtual = virtual
        self.writer = EpisodeWriter.create(root, EpisodeHeader(name="run", instruction="x", source=Source.HUMAN), rename=True)
        self.screen, self.hands = Screen(virtual.display), LiveDesktop(virtual.display)
        self.bus = virtual.env["DBUS_SESSION_BUS_ADDRESS"]
        self.recorder = Recorder(self.screen, self.writer, Rules(), display=virtual.display, session_bus=self.bus)

    def do(self, action: Action) -> None:
        """Act like a person: look until everything is still, then move."""
        self.recorder.watch.settled_after(time.monotonic(), 10)
        self.recorder.witness.around(time.monotonic(), time.monotonic(), 10)
        self.hands.observe()
        self.hands.perform(action)

    def end(self) -> Episode:
        self.recorder.watch.settled_after(time.monotonic(), 10)
        self.recorder.stop()
        self.hands.close()
        self.screen.close()
        self.writer.close(StopReason.DONE)
        return read_episode(self.writer.path)


@contextmanager
def recording(virtual: VirtualDesktop, root: Path) -> Iterator[Recording]:
    made = Recording(virtual, root)
    made.recorder.start()
    try:
        yield made
    finally:
        made.recorder.stop()


@pytest.fixture
def form(virtual_desktop: VirtualDesktop) -> Iterator[None]:
    program = virtual_desktop.spawn(
        [
            "yad",
            "--form",
            "--title=Sign in",
            "--field=Name",
            "--field=Secret:H",
            "--field=Number",
            "--field=Mail",
            "",
            "",
            "",
            "pa@example.org",
        ]
    )
    virtual_desktop.place_window("Sign in", 100, 100, 500, 300)
    yield
    program.terminate()
    virtual_desktop.windows.wait_gone("Sign in")


def written(episode: Episode) -> bytes:
    return b"".join(file.read_bytes() for file in episode.path.rglob("*") if file.is_file())


def top_field(recording: Recording) -> tuple[float, float]:
    with Accessibility(recording.bus) as accessibility:
        fields = [node for node in accessibility.nodes("yad") if node.role == "text"]
    x, y = min(fields, key=lambda node: node.top).center
    return x / 1024, y / 768


def test_a_form_with_secrets_is_recorded_without_them(virtual_desktop: VirtualDesktop, form: None, tmp_path: Path) -> None:
    card = SECRETS["card"](random.Random(4)).replace(" ", "").replace("-", "")
    with recording(virtual_desktop, tmp_path) as one:
        x, y = top_field(one)
        for action in (
            Click(x=x, y=y), Type(text="Jane"), Press(keys=("tab",)), Type(text="correct horse"), Press(keys=("tab",)),
            Type(text=card[:9] + "x"), Press(keys=("backspace",)), Type(text=card[9:]), Press(keys=("shift", "tab")),
        ):  # fmt: skip
            one.do(action)
        episode = one.end()
    assert one.recorder.failure is None and episode.problems == ()
    texts = [step.action.text for step in episode.steps if isinstance(step.action, Type)]
    assert texts == ["Jane", "[secret]", "[card]"]
    everything = written(episode)
    for secret in ("correct horse", card, card[:9], card[9:], "pa@example.org"):
        assert secret.encode() not in everything
    last = episode.steps[-1]
    frame = episode.frame(last, "after")
    boxes = [hidden.box for hidden in last.hidden or () if hidden.place == "after" and hidden.box]
    assert frame is not None and {hidden.kind for hidden in last.hidden or ()} >= {"password", "card", "mail"}
    for box in boxes:
        assert frame.getpixel((int(box.center.x * 1024), int(box.center.y * 768))) == PAINT
    assert episode.steps[0].element is not None and episode.steps[0].window_title == "Sign in"


def test_text_that_never_shows_is_a_password(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    program = virtual_desktop.spawn(["xterm", "-T", "quiet", "-e", "stty -echo; echo ready; cat > /dev/null"])
    try:
        virtual_desktop.place_window("quiet", 100, 100, 400, 300)
        with recording(virtual_desktop, tmp_path) as one:
            one.do(Click(x=0.2, y=0.3))
            one.do(Type(text="hunter2hunter"))
            one.do(Press(keys=("enter",)))
            episode = one.end()
    finally:
        program.terminate()
    virtual_desktop.windows.wait_gone("quiet")
    assert [str(step.action) for step in episode.steps][1:] == ['type(text="[secret]")', 'press(keys=["enter"])']
    assert b"hunter2" not in written(episode)


def test_frames_are_from_before_the_pointer_lit_anything_up(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    program = start_mousepad(virtual_desktop)
    try:
        virtual_desktop.place_window("Mousepad", 100, 100, 600, 400)
        with recording(virtual_desktop, tmp_path) as one:
            display = Display(virtual_desktop.display)
            with Accessibility(one.bus) as accessibility:
                menu = next(node for node in accessibility.nodes("mousepad") if node.role == "menu" and node.name == "Edit")
            still = one.recorder.watch.settled_after(time.monotonic(), 10)
            x, y = (int(value) for value in menu.center)
            for step in range(12):  # a hand that comes near, and rests before it clicks
                xtest.fake_input(display, X.MotionNotify, x=x, y=y + 220 - 20 * step)
                display.sync()
                time.sleep(0.02)
            one.recorder.watch.settled_after(time.monotonic(), 10)
            one.do(Click(x=(x + 0.5) / 1024, y=(y + 0.5) / 768))
            episode = one.end()
            display.close()
    finally:
        program.terminate()
    virtual_desktop.windows.wait_gone("Mousepad")
    (step,) = episode.steps
    before, after = episode.frame(step, "before"), episode.frame(step, "after")
    assert before is not None and before.tobytes() == still.frame.to_screenshot().image.tobytes()
    assert after is not None and after.tobytes() != before.tobytes() and step.changed
    assert step.element is not None and step.element.name == "Edit" and step.source is Source.HUMAN


def test_quick_clicks_know_what_they_were_on_too(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    """While the display of a calculator changes with each key, the keys stay as an older look at the elements found them."""
    program = virtual_desktop.spawn(["galculator"])
    try:
        virtual_desktop.place_window("galculator", 100, 100, 420, 460)
        with recording(virtual_desktop, tmp_path) as one:
            with Accessibility(one.bus) as accessibility:
                keys = {node.name: node.center for node in accessibility.nodes("galculator") if node.role == "toggle button"}
            one.recorder.watch.settled_after(time.monotonic(), 10)
            for key in "371973":  # no two below each other: a tooltip would cover the second
                x, y = keys[key]
                one.hands.perform(Click(x=x / 1024, y=y / 768))
                time.sleep(0.2)
            episode = one.end()
    finally:
        program.terminate()
    virtual_desktop.windows.wait_gone("galculator")
    assert "".join(step.element.name if step.element is not None else "?" for step in episode.steps) == "371973"


def test_a_tooltip_hides_nothing_from_whoever_clicks_where_it_was(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    """It covers the next key while the elements are looked at, and is gone before that one is clicked."""
    program = virtual_desktop.spawn(["galculator"])
    covered = 0
    try:
        virtual_desktop.place_window("galculator", 100, 100, 360, 390)
        with recording(virtual_desktop, tmp_path) as one:
            with Accessibility(one.bus) as accessibility:
                keys = {node.name: node.center for node in accessibility.nodes("galculator") if node.role == "toggle button"}
            # A first click before anything was looked at has no element, on a busy machine.
            one.recorder.watch.settled_after(time.monotonic(), 10)
            one.recorder.witness.around(time.monotonic(), time.monotonic(), 10)
            for key in "7410852":
                x, y = keys[key]
                tooltips = [window for window in virtual_desktop.windows.stack() if window.tooltip]
                covered += any(window.covers(x, y) for window in tooltips)
                one.hands.perform(Click(x=x / 1024, y=y / 768))
                end = time.monotonic() + 2
                while not virtual_desktop.windows.has_tooltip() and time.monotonic() < end:
                    time.sleep(0.05)
                now = time.monotonic()
                one.recorder.watch.settled_after(now, 5.0)
                one.recorder.witness.around(now, now, 5.0)
            episode = one.end()
    finally:
        program.terminate()
    virtual_desktop.windows.wait_gone("galculator")
    assert covered >= 3
    assert "".join(step.element.name if step.element is not None else "?" for step in episode.steps) == "7410852"


def test_hotkeys_pause_take_back_and_stop(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    with recording(virtual_desktop, tmp_path) as one:
        for action in (
            Click(x=0.2, y=0.2), Click(x=0.4, y=0.4), Press(keys=("ctrl", "alt", "z")), Press(keys=("ctrl", "alt", "p")),
            Click(x=0.6, y=0.6), Press(keys=("ctrl", "alt", "p")),
        ):  # fmt: skip
            one.do(action)
        one.recorder.note("to see what is there")
        one.do(Click(x=0.8, y=0.8))
        assert not one.recorder.wait(0)
        one.do(Press(keys=("ctrl", "alt", "escape")))
        assert one.recorder.wait(10)
        episode = one.end()
    assert [round(step.action.x, 1) for step in episode.steps if isinstance(step.action, Click)] == [0.2, 0.8]
    assert len(episode.steps) == 2 and episode.steps[1].prediction.thought == "to see what is there"
    assert len(list((episode.path / "frames").iterdir())) == 4


def test_random_doings_come_back(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    exact, wrong = perform_and_record(virtual_desktop, range(3), tmp_path)
    assert wrong == [] and exact >= 8


def test_no_event_is_lost_and_the_order_is_kept(virtual: VirtualDesktop) -> None:
    """As fast as the server takes them: a key between two buttons between two moves. On its own display: windows move pointers, too."""
    heard: list[InputEvent] = []
    listening = listen(heard.append, virtual.display)
    display = Display(virtual.display)
    count = 300
    for number in range(count):
        xtest.fake_input(display, X.MotionNotify, x=200 + number, y=300)
        for kind, detail in ((X.ButtonPress, 2), (X.KeyPress, 50), (X.KeyRelease, 50), (X.ButtonRelease, 2)):
            xtest.fake_input(display, kind, detail)
        display.sync()
    end = time.monotonic() + 20
    while len(heard) < 5 * count and time.monotonic() < end:
        time.sleep(0.01)
    listening.stop()
    display.close()
    told = [(e.kind, e.pressed) for e in heard]
    expected = [("move", False), ("button", True), ("key", True), ("key", False), ("button", False)] * count
    first = next((number for number, (one, other) in enumerate(zip(told, expected, strict=False)) if one != other), len(told))
    assert first == len(told) == len(expected), told[max(first - 6, 0) : first + 6]
    assert [e.x for e in heard if e.kind == "move"] == list(range(200, 200 + count))
    assert [e.at for e in heard] == sorted(e.at for e in heard)


def test_a_motion_that_the_server_withholds_is_told_by_what_comes_after_it(virtual_desktop: VirtualDesktop) -> None:
    heard: list[InputEvent] = []
    listening = listen(heard.append, virtual_desktop.display)
    (listener,) = listening._listeners
    seen = [(X.MotionNotify, 5), (X.ButtonPress, 5), (X.ButtonRelease, 5), (X.ButtonPress, 9), (X.ButtonRelease, 9), (X.MotionNotify, 9)]
    for kind, x in seen:
        listener._handle_message(None, SimpleNamespace(type=kind, time=0, root_x=x, root_y=3, detail=2), False)
    listening.stop()
    down, up = ("button", True), ("button", False)
    expected = [("move", False, 5), (*down, 5), (*up, 5), ("move", False, 9), (*down, 9), (*up, 9), ("move", False, 9)]
    assert [(e.kind, e.pressed, e.x) for e in heard] == expected


def test_a_display_that_goes_ends_the_recording_and_loses_nothing(tmp_path: Path) -> None:
    with VirtualDesktop(320, 240) as virtual:
        one = Recording(virtual, tmp_path)
        one.recorder.start()
        one.do(Click(x=0.5, y=0.5))
        one.do(Press(keys=("f5",)))
        one.recorder.watch.settled_after(time.monotonic(), 10)
        virtual.close()
        assert one.recorder.wait(20)
        one.recorder.stop()
        assert "cannot be captured any more" in str(one.recorder.failure)
        one.writer.close(StopReason.ERROR)
    assert len(read_episode(one.writer.path).steps) == 2


def test_a_full_disk_ends_the_recording_with_a_clear_line(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    with recording(virtual_desktop, tmp_path) as one:
        one.do(Click(x=0.2, y=0.2))
        one.do(Press(keys=("f5",)))
        one.recorder.watch.settled_after(time.monotonic(), 10)
        wait_until(lambda: one.writer.steps == 2, 20)
        with largest_file(500):
            one.do(Click(x=0.7, y=0.7))
            assert one.recorder.wait(20)
            one.recorder.stop()
        assert "step 3 could not be saved" in str(one.recorder.failure) and "the 2 steps before it are safe" in str(one.recorder.failure)
        assert len(one.end().steps) == 2


def test_a_wayland_session_is_refused_before_anything_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    with pytest.raises(DesktopError, match="Wayland session, which lets no program watch"):
        refuse_wayland()


def test_the_command_records_a_virtual_desktop_until_it_is_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "agent.cli", "record", "mine", "--task", "look at pa@example.org", "--desktop", "virtual",
               "--size", "320x240", "--episodes", str(tmp_path)]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    line = next(line for line in process.stdout if "starting a virtual desktop" not in line)
    assert "recording mine on the virtual display :" in line and "ctrl+alt+escape stops" in line
    process.send_signal(2)
    assert process.wait(30) == 0
    assert process.stdout.read().endswith(f"0 steps in {tmp_path / 'mine'}\n")
    episode = read_episode(tmp_path / "mine")
    assert episode.problems == () and episode.header.instruction == "look at [mail]" and episode.header.source is Source.HUMAN
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 1 and "exists already: choose another name" in again.stderr
