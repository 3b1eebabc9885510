"""Managed windows that remember what they got, on a display of their own size: see the fixtures `virtual` and `desktop` of the suite."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol.event import ClientMessage

from agent.virtual import VirtualDesktop

WIDTH, HEIGHT = 1000, 700


class Witness:
    """A managed window with a connection of its own that remembers every button and key that it got."""

    def __init__(self, virtual: VirtualDesktop, title: str, left: int, top: int, width: int = 300, height: int = 200) -> None:
        self.virtual, self.title = virtual, title
        self.display = Display(virtual.display)
        screen = self.display.screen()
        self.window = screen.root.create_window(
            left, top, width, height, 0, X.CopyFromParent, background_pixel=screen.white_pixel,
            event_mask=X.ButtonPressMask | X.KeyPressMask | X.StructureNotifyMask,
        )  # fmt: skip
        self.window.set_wm_name(title)
        self.window.set_wm_class(title, title)
        self.window.set_wm_normal_hints(flags=1 | 2)
        self.window.map()
        self.display.sync()
        self.focus()

    def focus(self) -> None:
        found = self.virtual.wait_for_window(f"^{self.title}$")
        assert self.virtual.windows.focus(found, 5)

    def got(self) -> list[str]:
        """What came in since the last time; a click passes through the window manager first."""
        time.sleep(0.05)
        self.display.sync()
        found = []
        while self.display.pending_events():
            event = self.display.next_event()
            if event.type in (X.ButtonPress, X.KeyPress):
                found.append(f"{'button' if event.type == X.ButtonPress else 'key'} {event.detail}")
        return found

    def move(self, left: int, top: int) -> None:
        """As a program moves its own window; done once the window manager has."""
        before = self.place()
        self.window.configure(x=left, y=top)
        self.display.sync()
        end = time.monotonic() + 5
        while self.place() == before and time.monotonic() < end:
            time.sleep(0.005)

    def place(self) -> tuple[int, int]:
        origin = self.window.translate_coords(self.display.screen().root, 0, 0)
        return -origin.x, -origin.y

    def minimise(self) -> None:
        event = ClientMessage(window=self.window, client_type=self.display.intern_atom("WM_CHANGE_STATE"), data=(32, (3, 0, 0, 0, 0)))
        self.display.screen().root.send_event(event, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self.display.sync()
        end = time.monotonic() + 5
        while self.window.get_attributes().map_state == X.IsViewable and time.monotonic() < end:
            time.sleep(0.005)

    def resize(self, width: int, height: int) -> None:
        self.window.configure(width=width, height=height)
        self.display.sync()
        time.sleep(0.1)

    def close(self) -> None:
        self.window.destroy()
        self.display.sync()
        self.virtual.windows.wait_gone(f"^{self.title}$")
        time.sleep(0.05)  # the frame goes a little later

    def centre(self) -> tuple[float, float]:
        x, y = self.place()
        return (x + 150.5) / WIDTH, (y + 100.5) / HEIGHT


@contextmanager
def witnesses(virtual: VirtualDesktop, *places: tuple[str, int, int]) -> Iterator[list[Witness]]:
    made = [Witness(virtual, *place) for place in places]
    try:
        yield made
    finally:
        for one in made:
            one.display.close()
        for one in made:
            virtual.windows.wait_gone(f"^{one.title}$")


def popup(owner: Witness, kind: str, left: int, top: int, width: int, height: int) -> Any:
    """A window that no manager keeps, such as a menu."""
    window = owner.display.screen().root.create_window(left, top, width, height, 0, X.CopyFromParent, override_redirect=True)
    if kind:
        atoms = [owner.display.intern_atom(f"_NET_WM_WINDOW_TYPE_{kind}")]
        window.change_property(owner.display.intern_atom("_NET_WM_WINDOW_TYPE"), Xatom.ATOM, 32, atoms)
    window.map()
    owner.display.sync()
    return window


def at(window: Witness, x: int = 150, y: int = 100) -> tuple[float, float]:
    """A place in a window, as fractions of the display."""
    left, top = window.place()
    return (left + x + 0.5) / WIDTH, (top + y + 0.5) / HEIGHT
