"""What the X server says has changed: windows of the root, the keyboard's map, and the screen's size or monitors."""

from __future__ import annotations

from typing import Any

from Xlib import X
from Xlib.error import ConnectionClosedError
from Xlib.ext import randr

from agent.errors import DesktopError

_WINDOWS = frozenset(
    (X.CreateNotify, X.DestroyNotify, X.MapNotify, X.UnmapNotify, X.ConfigureNotify, X.GravityNotify, X.ReparentNotify, X.CirculateNotify)
)

_TELLING = (
    "_NET_WM_NAME", "WM_NAME", "WM_CLASS", "WM_TRANSIENT_FOR", "WM_STATE", "_NET_CLIENT_LIST", "_NET_WM_WINDOW_TYPE",
    "_NET_WM_OPAQUE_REGION", "_NET_WM_WINDOW_OPACITY",
)  # fmt: skip
"""Properties that say what a window is."""


class Changes:
    """Counts changes on one connection, all of whose events it takes. Not thread-safe.

    Attributes:
        windows: how often a child of the root came, went, moved or changed its size or height in the stack.
        titles: how often a property changed, of the root or of a window whose properties somebody on this connection asked to be told of.
        keys: how often the keyboard's map was changed.
        screens: how often the screen changed its size, or its monitors theirs.
    """

    def __init__(self, display: Any) -> None:
        self._display, self._root = display, display.screen().root
        self.windows = self.titles = self.keys = self.screens = 0
        self._root.change_attributes(event_mask=X.StructureNotifyMask | X.SubstructureNotifyMask | X.PropertyChangeMask)
        self._telling = frozenset(display.intern_atom(name) for name in _TELLING)
        found = display.query_extension("XKEYBOARD")
        self._keyboard_event = int(found.first_event) if found is not None and found.present else -1
        if display.has_extension("RANDR"):
            self._root.xrandr_select_input(randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask)
        self.ask()

    def ask(self) -> Changes:
        """Count everything that has happened up to now. Raises DesktopError where the display is gone."""
        try:
            self._display.sync()
            while self._display.pending_events():
                self._count(self._display.next_event())
        except (ConnectionClosedError, OSError) as error:
            raise DesktopError("the display is gone: start again") from error
        return self

    def _count(self, event: Any) -> None:
        if event.type == X.MappingNotify:
            self.keys += event.request in (X.MappingKeyboard, X.MappingModifier)
        elif event.type == X.PropertyNotify:
            self.titles += event.atom in self._telling
        elif event.type in _WINDOWS:
            own = getattr(event, "window", None) == self._root
            self.screens += own and event.type == X.ConfigureNotify
            self.windows += 1
        elif event.type == self._keyboard_event:
            self.keys += 1
        elif event.type >= 64:
            self.screens += 1
