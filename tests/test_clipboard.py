"""Pasting: the text, or a failed step, never what was on the clipboard; and all of that is there again afterwards."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from keyboard_matrix import sink
from probe import start_mousepad
from Xlib import X, Xatom
from Xlib.error import XError
from Xlib.protocol.event import SelectionNotify

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.virtual import VirtualDesktop
from agent.x11 import clipboard, selection
from agent.x11.connection import connect
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


def test_what_is_lent_is_marked_as_a_secret_for_whoever_keeps_what_was_copied(virtual_desktop: VirtualDesktop, owner: Holder) -> None:
    lender, seen = clipboard.Clipboard(virtual_desktop.display), dict[str, tuple[str, int, bytes]]()
    lender.paste("é", ("clipboard",), lambda: seen.update(read(virtual_desktop.display) or {}), None, time.sleep)
    assert seen["UTF8_STRING"][2] == "é".encode() and seen[selection.SECRET_HINT][2] == b"secret"
    assert read(virtual_desktop.display) == RICH
    lender.close()


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
def liar(virtual_desktop: VirtualDesktop, how: str) -> Iterator[None]:
    """A program that owns the clipboard and says of it what is not so."""
    display = connect(virtual_desktop.display)
    atom = {name: display.intern_atom(name) for name in ("CLIPBOARD", "TARGETS", "UTF8_STRING", "INCR")}
    window = display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    window.set_selection_owner(atom["CLIPBOARD"], X.CurrentTime)
    display.sync()
    over = threading.Event()

    def answer(event: Any) -> None:
        requestor, place, given = event.requestor, event.property, True
        if event.target == atom["TARGETS"]:
            many = [display.intern_atom(f"x/{number}") for number in range(40)] if how == "slow" else []
            names = [0, 99_999_999, *many, atom["UTF8_STRING"]]
            if how == "names without end":
                names = [atom["UTF8_STRING"], *range(1_000_000, 1_060_000)]
            requestor.change_property(place, Xatom.ATOM if how != "bytes" else Xatom.STRING, 32, names)
        elif how == "endless":
            requestor.change_attributes(event_mask=X.PropertyChangeMask)
            requestor.change_property(place, atom["INCR"], 32, [1])
        elif how == "slow":
            time.sleep(0.05)
            given = False
        else:
            requestor.change_property(place, atom["UTF8_STRING"], 8, b"kept")
        told = {"time": event.time, "requestor": requestor, "selection": event.selection, "target": event.target}
        requestor.send_event(SelectionNotify(**told, property=place if given else X.NONE))
        display.flush()

    def run() -> None:
        while not over.is_set():
            if not display.pending_events():
                select.select([display.fileno()], [], [], 0.05)
                continue
            event = display.next_event()
            with suppress(XError):
                if event.type == X.SelectionRequest:
                    answer(event)
                elif event.type == X.PropertyNotify and event.state == X.PropertyDelete:
                    event.window.change_property(event.atom, atom["UTF8_STRING"], 8, b"x" * 1000)
                    display.flush()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        display.close()


@pytest.mark.parametrize("how", ["names", "bytes"])
def test_an_owner_that_names_formats_that_there_are_not_is_read_all_the_same(virtual_desktop: VirtualDesktop, how: str) -> None:
    with liar(virtual_desktop, how):
        assert read(virtual_desktop.display) == {"UTF8_STRING": ("UTF8_STRING", 8, b"kept")}


@pytest.mark.parametrize(
    ("how", "limit", "words"),
    [("endless", ("_ALL_SECONDS", 0.5), "does not answer"), ("endless", ("_MOST_BYTES", 5000), "more on the clipboard than can be kept"),
     ("slow", ("_ALL_SECONDS", 0.5), "does not answer"), ("names without end", ("_ALL_SECONDS", 0.5), "does not answer")],
)  # fmt: skip
def test_an_owner_that_never_ends_is_waited_for_no_longer_than_is_said(
    virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, how: str, limit: tuple[str, float], words: str
) -> None:
    monkeypatch.setattr(selection, *limit)
    with liar(virtual_desktop, how):
        began = time.monotonic()
        with pytest.raises(DesktopError, match=words):
            read(virtual_desktop.display)
        assert time.monotonic() - began < 5


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
