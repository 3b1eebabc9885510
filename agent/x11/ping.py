"""Ask the active window's application whether it is done: one that still works on the last event does not answer.

The window manager's own way to find programs that hang (`_NET_WM_PING`). A screen that stands still while a dialog is being prepared is
told from one that is finished only so.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

from Xlib import X
from Xlib.error import ConnectionClosedError
from Xlib.protocol.event import ClientMessage

from agent.errors import DesktopError
from agent.x11.connection import connect
from agent.x11.properties import value_of


class Ping:
    """One question at a time to whichever window is active. Not thread-safe."""

    def __init__(self, display: str | None = None, window: int | None = None) -> None:
        """`window`: ask this one alone, whichever is active."""
        self._only = window
        self._display = connect(display)
        self._root = self._display.screen().root
        self._protocols, self._ping = self._atom("WM_PROTOCOLS"), self._atom("_NET_WM_PING")
        # Where the answers arrive: GTK sends them to those who watch the root's children, Qt 5 to those who watch the root itself.
        self._root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)
        self._number = 0
        self._asked: int | None = None
        self._answered_at: float | None = None

    def close(self) -> None:
        """Let go of the display. Never raises, for it may have gone first."""
        with contextlib.suppress(ConnectionClosedError, OSError):
            self._display.close()

    def ask(self) -> None:
        """Ask the active window. Every event that was sent before reaches its application before the question."""
        self._asked = self._active()
        self._answered_at = None if self._asked is not None and self._can_answer(self._asked) else time.monotonic()
        if self._answered_at is None and self._asked is not None:
            self._number = (self._number + 1) & 0x7FFFFFFF
            window = self._display.create_resource_object("window", self._asked)
            event = ClientMessage(window=window, client_type=self._protocols, data=(32, (self._ping, self._number, self._asked, 0, 0)))
            window.send_event(event)
            self._display.flush()

    def answered_at(self) -> float | None:
        """When the answer was noticed (`time.monotonic()`), or None while there is none. Windows that cannot answer count as done."""
        try:
            while self._display.pending_events():
                if self._is_answer(self._display.next_event()):
                    self._answered_at = time.monotonic()
            if self._answered_at is None and self._active() != self._asked:
                self.ask()  # that window is gone, or has opened another
        except ConnectionClosedError as error:
            raise DesktopError("the display is gone: start the run again") from error
        return self._answered_at

    def _is_answer(self, event: Any) -> bool:
        return (
            event.type == X.ClientMessage
            and event.client_type == self._protocols
            and tuple(event.data[1][:2]) == (self._ping, self._number)
        )

    @property
    def can_answer(self) -> bool:
        """Whether the window that was asked is one that answers."""
        return self._asked is not None and self._can_answer(self._asked)

    def _active(self) -> int | None:
        if self._only is not None:
            return self._only
        found = value_of(self._root, self._atom("_NET_ACTIVE_WINDOW"), "_NET_ACTIVE_WINDOW")
        return int(found[0]) or None if len(found) else None

    def _can_answer(self, window: int) -> bool:
        return self._ping in value_of(self._display.create_resource_object("window", window), self._protocols, "WM_PROTOCOLS")

    def _atom(self, name: str) -> int:
        return int(self._display.get_atom(name))  # asked once
