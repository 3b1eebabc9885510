"""What the recorder's frames show and do not show: the chosen part of a desktop, never its own terminal, and nothing secret to a reader."""

from __future__ import annotations

import os
import pty
import random
import re
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from test_recorder import ROOT, Recording, form, recording, top_field, written

from agent.desktop import LiveDesktop
from agent.recorder.listening import InputEvent
from agent.recorder.recorder import Recorder
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from recordings.action import Action, Click, Press, Type
from recordings.painting import PAINT
from recordings.secrets.rules import Rules
from recordings.store import Episode, read_episode
from tests.planted import SECRETS

__all__ = ["form"]


@pytest.fixture
def two_windows(virtual_desktop: VirtualDesktop) -> Iterator[None]:
    """A sign-in form on the left, a note on the right."""
    programs = []
    try:
        for title, left in (("Left", 40), ("Right", 560)):
            programs.append(virtual_desktop.spawn(["yad", "--form", f"--title={title}", "--field=Name", "--field=Town"]))
            virtual_desktop.place_window(title, left, 60, 400, 260)
        yield
    finally:
        for program in programs:
            program.terminate()
    virtual_desktop.windows.wait_gone("Left|Right")


def _part(virtual: VirtualDesktop, root: Path, **part: object) -> Recording:
    """As `Recording`, of a part of the desktop; its hands reach everywhere."""
    made = Recording(virtual, root)
    made.screen.close()
    made.screen = Screen(virtual.display, **part)  # type: ignore[arg-type]
    title = part.get("window")
    made.recorder = Recorder(
        made.screen, made.writer, Rules(), display=virtual.display, session_bus=made.bus, window=title if isinstance(title, str) else None
    )
    return made


def _act(one: Recording, *actions: Action) -> Episode:
    one.recorder.start()
    try:
        for action in actions:
            one.do(action)
        return one.end()
    finally:
        one.recorder.stop()


def test_a_region_is_recorded_and_nothing_beside_it(virtual_desktop: VirtualDesktop, two_windows: None, tmp_path: Path) -> None:
    one = _part(virtual_desktop, tmp_path, region=(20, 40, 480, 320))
    inside, beside = Click(x=(20 + 240.5) / 1024, y=(40 + 160.5) / 768), Click(x=760.5 / 1024, y=200.5 / 768)
    episode = _act(one, inside, beside, inside)
    assert one.recorder.left_out == 1 and len(episode.steps) == 2
    for step in episode.steps:
        assert isinstance(step.action, Click) and (step.action.x, step.action.y) == pytest.approx((240.5 / 480, 160.5 / 320), abs=0.0001)
        frame = episode.frame(step, "before")
        assert frame is not None and frame.size == (480, 320)


def test_a_window_is_followed_and_keys_meant_for_others_are_left_out(
    virtual_desktop: VirtualDesktop, two_windows: None, tmp_path: Path
) -> None:
    one = _part(virtual_desktop, tmp_path, window="^Right$")
    one.recorder.start()
    try:
        found = virtual_desktop.windows.find("^Right$")
        assert found is not None
        at = lambda x, y: Click(x=(x + 0.5) / 1024, y=(y + 0.5) / 768)  # noqa: E731
        one.do(at(found.left + 200, found.top + 200))
        one.do(at(200, 280))
        one.do(Type(text="not for it"))
        virtual_desktop.place_window("^Right$", 500, 400, 400, 260)
        moved = virtual_desktop.windows.find("^Right$")
        assert moved is not None and moved.top > found.top
        one.do(at(moved.left + 200, moved.top + 200))
        one.do(Press(keys=("f5",)))
        episode = one.end()
    finally:
        one.recorder.stop()
    assert [type(step.action).__name__ for step in episode.steps] == ["Click", "Click", "Press"]
    first, second = (step.action for step in episode.steps[:2])
    assert isinstance(first, Click) and isinstance(second, Click) and (first.x, first.y) == pytest.approx((second.x, second.y), abs=0.004)
    assert b"not for it" not in written(episode) and {step.window_title for step in episode.steps} == {"Right"}
    frame = episode.frame(episode.steps[1], "before")
    assert frame is not None and frame.size == (moved.width, moved.height)


def test_keys_belong_to_who_had_the_keyboard_then_however_late_they_are_heard(
    virtual_desktop: VirtualDesktop, two_windows: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved_on, hear = threading.Event(), Recorder._hear

    def late(recorder: Recorder, event: InputEvent) -> None:
        if event.kind == "key":
            assert moved_on.wait(20)
        hear(recorder, event)

    monkeypatch.setattr(Recorder, "_hear", late)
    one = _part(virtual_desktop, tmp_path, window="^Right$")
    virtual_desktop.place_window("^Left$", 20, 100, 400, 300)
    one.recorder.start()
    try:
        one.do(Type(text="not for it"))
        virtual_desktop.place_window("^Right$", 500, 400, 400, 260)
        moved_on.set()
        episode = one.end()
    finally:
        moved_on.set()
        one.recorder.stop()
    assert list(episode.steps) == [] and b"not for it" not in written(episode) and one.recorder.left_out == 1


class Terminal:
    """`deskhand record` in a terminal of its own, read line by line."""

    def __init__(self, virtual: VirtualDesktop, root: Path) -> None:
        self.fd, inner = pty.openpty()
        command = [sys.executable, "-m", "agent.cli", "record", "noted", "--task", "x", "--desktop", "host", "--episodes", str(root)]
        self.process = virtual._spawn(command, cwd=ROOT, stdin=inner, stdout=inner, stderr=inner, env={**os.environ, **virtual.env})
        os.close(inner)
        self.text = ""

    def wait_for(self, pattern: str, seconds: float = 30.0) -> re.Match[str]:
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < end, f"{pattern!r} is not in {self.text!r}"
            if select.select([self.fd], [], [], 0.2)[0]:
                self.text += os.read(self.fd, 4096).decode(errors="replace")
        return found


def test_a_note_is_asked_for_in_the_terminal_and_kept_with_the_next_step(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    terminal = Terminal(virtual_desktop, tmp_path)
    hands = LiveDesktop(virtual_desktop.display)
    try:
        terminal.wait_for("ctrl[+]alt[+]escape stops")
        hands.observe()
        hands.perform(Press(keys=("ctrl", "alt", "n")))
        terminal.wait_for("write what the next step is for")
        os.write(terminal.fd, b"to open it\n")
        hands.perform(Click(x=0.1, y=0.9))  # while the note is written nothing is recorded
        time.sleep(0.5)
        hands.perform(Press(keys=("ctrl", "alt", "p")))
        terminal.wait_for("recording\r?\n")
        hands.observe()
        hands.perform(Click(x=0.9, y=0.1))
        terminal.wait_for(r"click.x=0[.]8")
        hands.perform(Press(keys=("ctrl", "alt", "escape")))
        terminal.wait_for("1 steps? in ")
        assert terminal.process.wait(30) == 0
    finally:
        hands.close()
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.fd)
    (step,) = read_episode(tmp_path / "noted").steps
    assert step.prediction.thought == "to open it"


def test_the_recorders_own_terminal_is_in_no_frame(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    program = virtual_desktop._spawn(
        ["xterm", "-T", "recorder", "-bg", "#00ff00", "-e", sys.executable, "-m", "agent.cli", "record", "mine", "--task", "x",
         "--desktop", "host", "--episodes", str(tmp_path), "--plain"],
        cwd=ROOT, env={**os.environ, **virtual_desktop.env},
    )  # fmt: skip
    try:
        window = virtual_desktop.place_window("recorder", 300, 100, 500, 300)
        end = time.monotonic() + 30
        while not (tmp_path / "mine" / "episode.json").exists() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(2.0)
        with LiveDesktop(virtual_desktop.display) as hands:
            live = hands.observe().screenshot.image
            hands.perform(Click(x=0.1, y=0.9))
            time.sleep(1.0)
            hands.observe()
            hands.perform(Click(x=(window.left + 250) / 1024, y=(window.top + 150) / 768))  # into the terminal: no step
            time.sleep(1.0)
            hands.perform(Press(keys=("ctrl", "alt", "escape")))
        program.wait(20)
    finally:
        program.kill()
    virtual_desktop.windows.wait_gone("recorder")
    assert (0, 255, 0) in {colour for _, colour in live.getcolors(1 << 20) or []}
    episode = read_episode(tmp_path / "mine")
    assert [step.action for step in episode.steps if isinstance(step.action, Click) and step.action.y < 0.8] == [] and episode.steps
    for step in episode.steps:
        for which in ("before", "after"):
            frame = episode.frame(step, which)  # type: ignore[arg-type]
            assert frame is not None and (0, 255, 0) not in {colour for _, colour in frame.getcolors(1 << 20) or []}
            assert frame.getpixel((window.left + 250, window.top + 150)) == PAINT


def read_letters(picture: Image.Image, folder: Path) -> str:
    """What a reader of pictures finds in one, thrice enlarged; letters and digits only."""
    path = folder / "reading.png"
    picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.LANCZOS).save(path)
    found = subprocess.run(["tesseract", str(path), "-", "--psm", "11"], capture_output=True, text=True, check=True).stdout
    return re.sub(r"[^A-Za-z0-9]", "", found).lower()


def test_a_reader_finds_no_secret_in_any_frame(virtual_desktop: VirtualDesktop, form: None, tmp_path: Path) -> None:
    draw = random.Random(11)
    card = re.sub(r"\D", "", SECRETS["card"](draw))
    with recording(virtual_desktop, tmp_path) as one:
        x, y = top_field(one)
        for action in (Click(x=x, y=y), Type(text="Marmalade"), Press(keys=("tab",)), Press(keys=("tab",)), Type(text=card)):
            one.do(action)
        one.recorder.watch.settled_after(time.monotonic(), 10)
        live = one.hands.observe().screenshot.image  # a field that is left is selected, white on blue, which the reader does not read
        one.do(Press(keys=("shift", "tab")))
        episode = one.end()
    # What a person sees, the reader does: otherwise finding nothing would say nothing.
    seen = read_letters(live, tmp_path)
    assert "marmalade" in seen and card[:8] in seen and "exampleorg" in seen
    frames = {path.name: read_letters(Image.open(path).convert("RGB"), tmp_path) for path in (episode.path / "frames").iterdir()}
    assert any("marmalade" in text for text in frames.values())
    for text in frames.values():
        assert "exampleorg" not in text and not any(card[at : at + 5] in text for at in range(len(card) - 4))
