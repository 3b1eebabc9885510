"""Windows of an X11 display: list, find, wait for, place. Imported only where X11 is in use."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from Xlib import X
from Xlib.error import ConnectionClosedError, XError
from Xlib.ext import res
from Xlib.protocol.event import ClientMessage

from agent.errors import DesktopError
from agent.x11.connection import connect
from agent.x11.properties import as_text, class_words, frame_sides, value_of

POLL_SECONDS = 0.01
LEAST_MENU = 12
"""Pixels of the shorter side of a menu."""
SIZE_SECONDS = 0.5
"""A window that has kept another size than it was asked for so long has its reasons; on a busy machine it may just be slow."""


@dataclass(frozen=True, slots=True)
class Window:
    """A mapped top-level window; the rectangle is in screen pixels and includes the window manager's frame."""

    id: int
    title: str
    wm_class: str
    pid: int | None
    left: int
    top: int
    width: int
    height: int
    managed: bool = True
    """False for menus, tooltips and other windows that bypass the window manager."""
    title_height: int = 0
    """Pixels at the top that are the window manager's, the title among them."""
    tooltip: bool = False
    """Whether it only explains what the pointer rests on: it goes as soon as the pointer does."""
    dialog: bool = False
    """Whether it is a dialog of another window."""

    def covers(self, x: float, y: float) -> bool:
        return self.left <= x < self.left + self.width and self.top <= y < self.top + self.height


_NORTH_WEST = 1
"""A position means the corner of the frame, in the extended window manager hints."""


class Windows:
    """The windows of one display. Callable from any thread."""

    def __init__(self, display: str | None = None) -> None:
        self._use(connect(display))

    def _use(self, connection: Any) -> None:
        self._display = connection
        self._root = self._display.screen().root
        self._lock = threading.RLock()

    @classmethod
    def on(cls, connection: Any) -> Windows:
        """The windows as one connection sees them, which its owner closes."""
        made = cls.__new__(cls)
        made._use(connection)
        return made

    def close(self) -> None:
        """Let go of the display. Never raises, for it may have gone first."""
        with self._lock, contextlib.suppress(ConnectionClosedError, OSError):
            self._display.close()

    @property
    def managed(self) -> bool:
        """Whether a window manager runs and takes windows in: what is mapped before it lists any may never be shown."""
        with self._lock:
            listed = self._root.get_full_property(self._atom("_NET_CLIENT_LIST"), X.AnyPropertyType) is not None
            return listed and len(self._property(self._root, "_NET_SUPPORTING_WM_CHECK")) > 0

    def all(self) -> list[Window]:
        """The windows that the window manager lists, bottom to top."""
        with self._lock:
            ids = self._property(self._root, "_NET_CLIENT_LIST_STACKING")
            return [window for window in (self.describe(int(number)) for number in ids) if window is not None]

    def stack(self) -> list[Window]:
        """Everything that is drawn above the root window, menus and tooltips included, bottom to top."""
        with self._lock:
            managed = {self.outermost(window.id): window for window in self.all()}
            return [window for child in self._root.query_tree().children if (window := managed.get(child.id) or self._popup(child))]

    def active(self) -> Window | None:
        """The window with the focus, or None."""
        with self._lock:
            ids = self._property(self._root, "_NET_ACTIVE_WINDOW")
            return self.describe(int(ids[0])) if len(ids) and ids[0] else None

    def active_id(self) -> int | None:
        """The id alone, which costs one question."""
        with self._lock:
            ids = self._property(self._root, "_NET_ACTIVE_WINDOW")
            return int(ids[0]) if len(ids) and ids[0] else None

    def client_pid(self, window_id: int) -> int | None:
        """The process that made a window, as this machine numbers it: in a sandbox a window's own word is another number."""
        with self._lock, contextlib.suppress(XError, ConnectionClosedError, AttributeError, IndexError):
            if self._display.has_extension("X-Resource"):
                spec = {"client": window_id, "mask": res.LocalClientPIDMask}
                return int(self._display.res_query_client_ids([spec]).ids[0].value[0])
        return None

    def classes(self) -> dict[int, str]:
        """The classes of the windows that the window manager lists, by their ids: much less to ask than `all`."""
        with self._lock:
            found = {}
            for number in self._property(self._root, "_NET_CLIENT_LIST_STACKING"):
                resource = self._display.create_resource_object("window", int(number))
                found[int(number)] = " ".join(class_words(self._property(resource, "WM_CLASS")))
            return found

    def exists(self, window: Window) -> bool:
        """Whether a window is still there, minimised ones included."""
        with self._lock:
            return window.id in [int(number) for number in self._property(self._root, "_NET_CLIENT_LIST")]

    def popups(self) -> list[Window]:
        """Open menus and lists of choices, topmost first."""
        with self._lock:
            shown = [window for child in self._root.query_tree().children if (window := self._popup(child)) is not None]
            managed = {self.outermost(int(number)) for number in self._property(self._root, "_NET_CLIENT_LIST")}
            return [window for window in shown[::-1] if window.id not in managed and self._is_menu(window)]

    def _is_menu(self, window: Window) -> bool:
        """By its type; of windows that tell none, by a size that a menu may have."""
        types = self._property(self._display.create_resource_object("window", window.id), "_NET_WM_WINDOW_TYPE")
        if len(types):
            return any(self._atom(f"_NET_WM_WINDOW_TYPE_{name}") in types for name in ("MENU", "DROPDOWN_MENU", "POPUP_MENU", "COMBO"))
        root = self._root.get_geometry()
        return min(window.width, window.height) >= LEAST_MENU and (window.width < root.width or window.height < root.height)

    def belongs(self, window: Window, owner: Window) -> bool:
        """Whether a window is that one, a dialog of it, or a dialog of such a dialog."""
        with self._lock:
            number, seen = window.id, set[int]()
            while number not in (0, owner.id) and number not in seen:
                seen.add(number)
                above = self._property(self._display.create_resource_object("window", number), "WM_TRANSIENT_FOR")
                number = next((int(value) for value in above), 0)
            return number == owner.id

    def has_tooltip(self) -> bool:
        """Whether a tooltip is to be seen."""
        with self._lock:
            return any((shown := self._popup(child)) is not None and shown.tooltip for child in self._root.query_tree().children)

    def find(self, pattern: str) -> Window | None:
        """The topmost window whose title, or else whose class, matches a regular expression anywhere, case ignored.

        One that is not shown is found only where no other is.
        """
        expression = re.compile(pattern, re.IGNORECASE)
        windows = self.all()[::-1]
        found = [window for window in windows if expression.search(window.title)]
        found = found or [window for window in windows if expression.search(window.wm_class)]
        return next((window for window in found if self.is_shown(window)), found[0]) if found else None

    def wait_for(self, pattern: str, timeout: float = 10.0, meanwhile: Callable[[], None] = lambda: None) -> Window:
        """Wait until `find` finds a window. Raises DesktopError after `timeout` seconds, or what `meanwhile` raises."""
        for _ in _polls(timeout):
            window = self.find(pattern)
            if window is not None:
                return window
            meanwhile()
        titles = ", ".join(repr(window.title) for window in self.all()) or "none"
        raise DesktopError(f"no window matching {pattern!r} appeared within {timeout:g} s; open windows: {titles}")

    def wait_gone(self, pattern: str, timeout: float = 10.0) -> None:
        """Wait until no window matches. Raises DesktopError after `timeout` seconds."""
        for _ in _polls(timeout):
            if self.find(pattern) is None:
                return
        raise DesktopError(f"the window matching {pattern!r} was still there after {timeout:g} s")

    def place(self, window: Window, left: int, top: int, width: int, height: int) -> Window:
        """Move and resize a window so that, frame included, it fills the rectangle, raise it and give it the focus.

        Windows with a minimum size or size steps (terminals) come as close as they can. Returns the window as it then is.
        """
        resource = self._display.create_resource_object("window", window.id)
        with self._lock:
            maximized = (self._atom("_NET_WM_STATE_MAXIMIZED_HORZ"), self._atom("_NET_WM_STATE_MAXIMIZED_VERT"))
            self._ask_manager(resource, "_NET_WM_STATE", (0, *maximized, 2, 0))
            # The WM sets the frame's size only after mapping, so its extents are asked for now and not remembered.
            sides = frame_sides(self._property(resource, "_NET_FRAME_EXTENTS"))
            inner = max(width - sides[0] - sides[1], 1), max(height - sides[2] - sides[3], 1)
            # Toolkits differ in what a window's own position means, the frame's corner or the content's: the manager is told, north-west.
            self._ask_manager(resource, "_NET_MOVERESIZE_WINDOW", (_NORTH_WEST | 0xF << 8 | 2 << 12, left, top, *inner))
            self._focus(resource)
        return self._settled(window, (left, top, width, height))

    def _settled(self, window: Window, wanted: tuple[int, int, int, int]) -> Window:
        seen: tuple[int, ...] = ()
        since = asked = time.monotonic()
        for _ in _polls(2.0):
            now = self.describe(window.id)
            if now is None:
                raise DesktopError(f"the window {window.title!r} closed while it was being placed")
            rectangle = (now.left, now.top, now.width, now.height)
            if rectangle != seen:
                seen, since = rectangle, time.monotonic()
            active = self.active()
            focused = active is not None and active.id == window.id
            if focused and (rectangle == wanted or (rectangle[:2] == wanted[:2] and time.monotonic() - since > SIZE_SECONDS)):
                return now
            if not focused and time.monotonic() - asked > SIZE_SECONDS:  # another one that opened meanwhile took it
                self._focus(self._display.create_resource_object("window", window.id))
                asked = time.monotonic()
        raise DesktopError(f"the window {window.title!r} could not be placed at {wanted}: it stays at {seen}")

    def focus(self, window: Window, seconds: float = 1.0) -> bool:
        """Give a window the focus, and wait until it has it; says whether it has."""
        asked = 0.0
        for _ in _polls(seconds):
            active = self.active()
            if active is not None and active.id == window.id:
                return True
            if time.monotonic() - asked > SIZE_SECONDS:
                self._focus(self._display.create_resource_object("window", window.id))
                asked = time.monotonic()
        return False

    def is_shown(self, window: Window) -> bool:
        """Whether a window is to be seen at all: it is neither minimised nor on another workspace."""
        with self._lock:
            try:
                return self._display.create_resource_object("window", window.id).get_attributes().map_state == X.IsViewable
            except XError:
                return False

    def is_minimised(self, window: Window) -> bool:
        """Whether a window that is not shown is minimised."""
        with self._lock:
            resource = self._display.create_resource_object("window", window.id)
            state, iconic = self._property(resource, "WM_STATE"), 3
            hidden = self._atom("_NET_WM_STATE_HIDDEN") in self._property(resource, "_NET_WM_STATE")
            return hidden or bool(len(state) and state[0] == iconic)

    def _focus(self, resource: Any) -> None:
        with self._lock:
            self._ask_manager(resource, "_NET_ACTIVE_WINDOW", (2, X.CurrentTime, 0, 0, 0))
            self._display.flush()

    def _ask_manager(self, window: Any, message: str, data: tuple[int, ...]) -> None:
        event = ClientMessage(window=window, client_type=self._atom(message), data=(32, data))
        self._root.send_event(event, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)

    def _atom(self, name: str) -> int:
        return int(self._display.get_atom(name))  # asked once

    def _property(self, window: Any, name: str) -> Any:
        return value_of(window, self._atom(name), name)

    def _title(self, window: Any) -> str:
        return as_text(self._property(window, "_NET_WM_NAME")) or as_text(self._property(window, "WM_NAME"))

    def outermost(self, window_id: int) -> int:
        """The root's child that holds a window: its frame, or the window itself."""
        window = self._display.create_resource_object("window", window_id)
        try:
            while (parent := window.query_tree().parent) and parent.id != self._root.id:
                window = parent
        except XError:
            pass
        return int(window.id)

    def describe(self, window_id: int) -> Window | None:
        """A window by its id; None where it has gone."""
        with self._lock:
            window = self._display.create_resource_object("window", window_id)
            try:
                geometry = window.get_geometry()
                origin = window.translate_coords(self._root, 0, 0)  # of the root in the window: negative
            except XError:
                return None
            left_side, right_side, top_side, bottom_side = frame_sides(self._property(window, "_NET_FRAME_EXTENTS"))
            return Window(
                id=window_id,
                title=self._title(window),
                wm_class=" ".join(class_words(self._property(window, "WM_CLASS"))),
                pid=next(map(int, self._property(window, "_NET_WM_PID")), None),
                left=-origin.x - left_side, top=-origin.y - top_side,
                width=geometry.width + left_side + right_side, height=geometry.height + top_side + bottom_side,
                title_height=top_side, dialog=self._is_dialog(window),
            )  # fmt: skip

    def _popup(self, window: Any) -> Window | None:
        try:
            attributes, geometry = window.get_attributes(), window.get_geometry()
            if attributes.map_state != X.IsViewable or attributes.win_class != X.InputOutput:
                return None
        except XError:
            return None
        pids = self._property(window, "_NET_WM_PID")
        return Window(
            id=window.id,
            title=as_text(self._property(window, "WM_NAME")),
            wm_class="",
            pid=int(pids[0]) if len(pids) else None,
            left=geometry.x,
            top=geometry.y,
            width=geometry.width,
            height=geometry.height,
            managed=False,
            tooltip=self._is_tooltip(window),
        )

    def _is_dialog(self, window: Any) -> bool:
        if self._atom("_NET_WM_WINDOW_TYPE_DIALOG") in self._property(window, "_NET_WM_WINDOW_TYPE"):
            return True
        return any(int(owner) not in (0, self._root.id) for owner in self._property(window, "WM_TRANSIENT_FOR"))

    def is_tooltip(self, window_id: int) -> bool:
        """Whether a window only explains what the pointer rests on."""
        return self._is_tooltip(self._display.create_resource_object("window", window_id))

    def _is_tooltip(self, window: Any) -> bool:
        return self._atom("_NET_WM_WINDOW_TYPE_TOOLTIP") in self._property(window, "_NET_WM_WINDOW_TYPE")


def _polls(timeout: float) -> Iterator[None]:
    """Yield at once and then every few milliseconds until the time is up."""
    end = time.monotonic() + timeout
    while True:
        yield
        if time.monotonic() > end:
            return
        time.sleep(POLL_SECONDS)
