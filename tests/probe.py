"""A window that writes down every event it gets: what the hands did, as the server saw it; and an editor to type into."""

from __future__ import annotations

import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.guard import MARKER
from agent.virtual import VirtualDesktop

_KEYSYMS = {number: name.removeprefix("XK_") for name, number in reversed(vars(XK).items()) if name.startswith("XK_")}
_MASK = X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask | X.KeyPressMask | X.KeyReleaseMask | X.StructureNotifyMask


INTERPRETER = (Path(sys.prefix), Path(sys.base_prefix))
"""What a virtual desktop must be shown so that our own interpreter runs on it."""


def wait_until(condition: Callable[[], object], timeout: float = 5.0) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"not within {timeout} s"
        time.sleep(0.005)


def start_mousepad(desktop: VirtualDesktop, *arguments: str) -> subprocess.Popen[bytes]:
    """An editor that does not ask whether to restore what an earlier test left in it."""
    (desktop.home / ".config/glib-2.0/settings/keyfile").unlink(missing_ok=True)
    return desktop.spawn(["mousepad", *arguments])


class Probe:
    """Covers a whole display, above everything and with the keyboard's focus, while its context lasts."""

    def __init__(self, display: str) -> None:
        self.display = Display(display)
        screen = self.display.screen()
        self.window = screen.root.create_window(
            0, 0, screen.width_in_pixels, screen.height_in_pixels, 0, X.CopyFromParent,
            override_redirect=True, background_pixel=screen.white_pixel, event_mask=_MASK,
        )  # fmt: skip
        self.events: list[Any] = []

    def __enter__(self) -> Probe:
        self.window.map()
        self.wait_for(lambda: any(event.type == X.MapNotify for event in self.events))
        self.window.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
        self.display.sync()
        self.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self.window.destroy()
        self.display.close()

    def clear(self) -> None:
        self.display.sync()
        self._read(0.02)
        self.events.clear()

    def fill(self, colour: int, *rectangle: int) -> None:
        """Paint a rectangle (left, top, width, height) in 0xRRGGBB."""
        self.window.fill_rectangle(self.window.create_gc(foreground=colour), *rectangle)
        self.display.sync()

    def send(self, kind: int, detail: int = 0, x: int = 0, y: int = 0) -> float:
        """Send an event as another program's hand would; returns when."""
        at = time.monotonic()
        xtest.fake_input(self.display, kind, detail, x=x, y=y)
        self.display.sync()
        return at

    def wait_for(self, condition: Callable[[], bool], timeout: float = 5.0) -> None:
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, f"not within {timeout} s; events: {self.events}"
            self._read(0.01)

    def buttons(self) -> list[tuple[str, int, int, int, int]]:
        """("down" or "up", button, x, y, modifier state) of each button event so far."""
        self._read(0.02)
        kinds = {X.ButtonPress: "down", X.ButtonRelease: "up"}
        return [(kinds[e.type], e.detail, e.root_x, e.root_y, e.state & 0xFF) for e in self.events if e.type in kinds]

    def strokes(self) -> list[tuple[str, str]]:
        """("down" or "up", keysym name without modifiers) of each key event so far."""
        self._read(0.02)
        kinds = {X.KeyPress: "down", X.KeyRelease: "up"}
        return [(kinds[e.type], self._name(e.detail)) for e in self.events if e.type in kinds]

    def path(self) -> list[tuple[int, int, int]]:
        """(x, y, modifier and button state) of each motion so far."""
        self._read(0.02)
        return [(e.root_x, e.root_y, e.state) for e in self.events if e.type == X.MotionNotify]

    def held(self) -> tuple[int, int]:
        """How many keys are down on the whole display, and which buttons."""
        keys = sum(bin(byte).count("1") for byte in self.display.query_keymap())
        return keys, int(self.display.screen().root.query_pointer().mask & 0x1F00)

    def _name(self, keycode: int) -> str:
        return _KEYSYMS[self.display.keycode_to_keysym(keycode, 0)]

    def _read(self, seconds: float) -> None:
        while self.display.pending_events() or select.select([self.display.fileno()], [], [], seconds)[0]:
            while self.display.pending_events():
                self.events.append(self.display.next_event())
            seconds = 0.0


def marked(mark: str) -> list[str]:
    """Command lines of the processes of one virtual desktop, which carry its mark; the server itself is named in it."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            own = entry.name == mark.partition("/")[2]
            if entry.name.isdigit() and (own or f"{MARKER}={mark}\0".encode() in (entry / "environ").read_bytes()):
                found += [line] if (line := (entry / "cmdline").read_text()) else []
        except OSError:
            continue
    return found
