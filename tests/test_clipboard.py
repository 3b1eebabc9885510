"""Pasting: the text, or a failed step, never what was on the clipboard; and all of that is there again afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from keyboard_matrix import sink
from probe import start_mousepad

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.virtual import VirtualDesktop
from agent.x11 import clipboard
from agent.x11.holder import Holder
from agent.x11.rest import Rest
from agent.x11.selection import Formats, read, read_text
from recordings.action import Type

RICH: Formats = {
    "UTF8_STRING": ("UTF8_STRING", 8, b"PRIVATE"), "text/html": ("text/html", 8, b"<b>PRIVATE</b>"),
    "image/png": ("image/png", 8, bytes(range(256)) * 3000), "numbers": ("INTEGER", 32, bytes(range(40))),
}  # fmt: skip
TEXT = "日本語 👍 é"


@pytest.fixture
def owner(virtual_desktop: VirtualDesktop) -> Iterator[Holder]:
    """Another program that has copied something."""
    holder = Holder(virtual_desktop.display)
    holder.hold({"CLIPBOARD": RICH})
    yield holder
    holder.stop()


@pytest.fixture
def editor(virtual_desktop: VirtualDesktop) -> Iterator[subprocess.Popen[bytes]]:
    process = start_mousepad(virtual_desktop)
    virtual_desktop.place_window("Mousepad", 50, 50, 700, 500)
    yield process
    os.killpg(process.pid, signal.SIGCONT)
    os.killpg(process.pid, signal.SIGKILL)
    virtual_desktop.windows.wait_gone("Mousepad")


def content(virtual_desktop: VirtualDesktop) -> str:
    with Accessibility(virtual_desktop.env["DBUS_SESSION_BUS_ADDRESS"]) as accessibility:
        return next((node.text for node in accessibility.nodes("mousepad", texts=True) if node.role == "text"), "")


def test_every_format_is_there_again(virtual_desktop: VirtualDesktop, owner: Holder, editor: subprocess.Popen[bytes]) -> None:
    with LiveDesktop(virtual_desktop.display) as desktop:
        desktop.settle()
        desktop.perform(Type(text=TEXT))
        desktop.settle()
        assert content(virtual_desktop) == TEXT
        assert read(virtual_desktop.display) == RICH
    owner.stop()  # the program that had copied it may end, and so may this one
    assert read(virtual_desktop.display) == RICH
    Holder(virtual_desktop.display).hold({"CLIPBOARD": {}})


def test_a_busy_program_is_waited_for(virtual_desktop: VirtualDesktop, owner: Holder, editor: subprocess.Popen[bytes]) -> None:
    with LiveDesktop(virtual_desktop.display) as desktop:
        desktop.settle()
        os.killpg(editor.pid, signal.SIGSTOP)
        threading.Timer(2.5, lambda: os.killpg(editor.pid, signal.SIGCONT)).start()
        desktop.perform(Type(text=TEXT))
        desktop.settle()
        assert content(virtual_desktop) == TEXT


def test_what_is_not_taken_is_a_failed_step_and_nothing_else_is_pasted(
    virtual_desktop: VirtualDesktop, owner: Holder, editor: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "PATIENCE_SECONDS", 0.5)
    with LiveDesktop(virtual_desktop.display) as desktop:
        desktop.settle()
        os.killpg(editor.pid, signal.SIGSTOP)
        with pytest.raises(DesktopError, match="did not take it within"):
            desktop.perform(Type(text=TEXT))
        assert read(virtual_desktop.display) == RICH, "others get what was there before"
        os.killpg(editor.pid, signal.SIGCONT)
        time.sleep(0.3)
        assert content(virtual_desktop) == "", "the shortcut was still under way: somebody's clipboard must not come of it"
        end = time.monotonic() + 5
        while desktop.hands._keyboard._clipboard._holder.refused and time.monotonic() < end:  # type: ignore[attr-defined]
            time.sleep(0.05)
        subprocess.run(["xdotool", "key", "ctrl+v"], env=virtual_desktop.env, check=True)
        end = time.monotonic() + 5
        while content(virtual_desktop) != "PRIVATE" and time.monotonic() < end:
            time.sleep(0.05)
        assert content(virtual_desktop) == "PRIVATE", "what a person pastes afterwards is theirs"


def test_a_clipboard_whose_owner_does_not_answer_is_left_alone(virtual_desktop: VirtualDesktop, editor: subprocess.Popen[bytes]) -> None:
    stuck = subprocess.Popen(
        ["xclip", "-selection", "clipboard", "-i", "-loops", "0", "-quiet"], stdin=subprocess.PIPE, env=virtual_desktop.env, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert stuck.stdin is not None
    stuck.stdin.write("kept")
    stuck.stdin.close()
    time.sleep(0.3)
    with LiveDesktop(virtual_desktop.display) as desktop:
        desktop.settle()
        stuck.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(DesktopError, match="does not answer"):
                desktop.perform(Type(text=TEXT))
        finally:
            stuck.send_signal(signal.SIGCONT)
        assert read_text(virtual_desktop.display) == "kept" and content(virtual_desktop) == ""
    stuck.kill()
    stuck.wait()


@contextmanager
def browser(virtual_desktop: VirtualDesktop) -> Iterator[tuple[Callable[[], bytes], list[int]]]:
    """Chromium with a field that has the keyboard: what it holds, and the processes that draw pages."""
    with (
        tempfile.TemporaryDirectory(dir=virtual_desktop.home) as folder,
        sink(virtual_desktop, "chromium", Path(folder)) as (_, held),
    ):
        family = Rest(virtual_desktop.display, virtual_desktop.wait_for_window("Sink").id).processes
        yield held, [number for number in family if b"--type=renderer" in Path(f"/proc/{number}/cmdline").read_bytes()]


def freeze(processes: list[int], signal_number: int) -> None:
    for process in processes:
        os.kill(process, signal_number)


def test_a_browser_whose_page_is_busy_is_waited_for(virtual_desktop: VirtualDesktop, owner: Holder) -> None:
    """The process that has the window asks for the text with the key; the one that has the page, whenever it comes to it."""
    with browser(virtual_desktop) as (held, renderers), LiveDesktop(virtual_desktop.display) as desktop:
        desktop.settle()
        for number in range(3):
            freeze(renderers, signal.SIGSTOP)
            waking = threading.Timer(0.8, freeze, (renderers, signal.SIGCONT))
            waking.start()
            desktop.perform(Type(text=TEXT))
            waking.join()
            end = time.monotonic() + 5
            while held().decode() != TEXT * (number + 1) and time.monotonic() < end:
                time.sleep(0.02)
            assert held().decode() == TEXT * (number + 1)
        assert read(virtual_desktop.display) == RICH


def test_a_browser_whose_page_does_not_take_it_gets_nothing_else(
    virtual_desktop: VirtualDesktop, owner: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "PATIENCE_SECONDS", 1.0)
    with browser(virtual_desktop) as (held, renderers), LiveDesktop(virtual_desktop.display) as desktop:
        desktop.settle()
        freeze(renderers, signal.SIGSTOP)
        with pytest.raises(DesktopError, match="still busy 1 s after the text was to be pasted: look whether it is there"):
            desktop.perform(Type(text=TEXT))
        time.sleep(1.0)
        assert desktop.hands._keyboard._clipboard._holder.refused, "it has still to paste"  # type: ignore[attr-defined]
        freeze(renderers, signal.SIGCONT)
        time.sleep(1.5)
        assert held() == b"", "somebody's clipboard must not come of it"
