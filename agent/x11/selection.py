"""What is on a selection of an X11 display, such as the clipboard: every format that its owner has."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from Xlib import X
from Xlib.error import ConnectionClosedError, XError

from agent.errors import DesktopError
from agent.x11.connection import connect

TEXT_TARGETS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain;charset=UTF-8", "TEXT", "STRING", "text/plain")
SECRET_HINT = "x-kde-passwordManagerHint"
"""The format by which password managers say that the rest is a secret: programs that keep what was on the clipboard do not keep that."""
_NO_FORMATS = frozenset(
    ("TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY", "CLIPBOARD_MANAGER", "OWNER_OS",
     "HOST_NAME", "USER", "CLIENT_WINDOW", "PIXMAP", "DRAWABLE", "BITMAP", "COLORMAP")
)  # fmt: skip
_OWNER_SECONDS = 1.0
_ALL_SECONDS = 10.0
"""So long may all formats together take."""
_MOST_BYTES = 256 << 20
_SILENT = "the program that holds the clipboard does not answer, so what is on it cannot be kept: nothing was pasted"

Formats = dict[str, tuple[str, int, bytes]]
"""By the name of the target: the property's type, its bits an item, and its bytes."""


_left_open: list[Any] = []


class _Unanswered(DesktopError):
    """The owner of a selection does not answer."""


def read(display: str | None, selection: str = "CLIPBOARD") -> Formats | None:
    """What is on a selection, in every format that its owner has; None where it has no owner.

    Raises:
        DesktopError: the owner does not answer, or there is too much.
    """
    connection = connect(display)
    try:
        if not number_of(connection.get_selection_owner(connection.intern_atom(selection))):
            return None
        reader = _Reader(connection, selection)
        listed = reader.ask("TARGETS")
        if listed is None:
            return {}
        atoms = [int.from_bytes(listed[2][at : at + 4], "little") for at in range(0, len(listed[2]), 4)]
        found: Formats = {}
        for atom in dict.fromkeys(atoms):
            reader.check_time()  # what a program lists may have no end
            try:
                name = connection.get_atom_name(atom)
            except XError:  # it says what is no name
                continue
            if name not in _NO_FORMATS and (data := reader.ask(name)) is not None:
                found[name] = data
        return found
    except _Unanswered:  # an owner that answers late would die of a window that is gone, and with it what it holds
        _left_open.append(connection)
        raise
    finally:
        if connection not in _left_open:
            with suppress(ConnectionClosedError, OSError):
                connection.close()


def read_text(display: str | None) -> str:
    """The text on the clipboard; empty where there is none."""
    connection = connect(display)
    try:
        for name in TEXT_TARGETS[:2]:
            with suppress(DesktopError):
                if (found := _Reader(connection, "CLIPBOARD").ask(name)) is not None:
                    return found[2].decode("utf-8", "replace")
        return ""
    finally:
        connection.close()


class _Reader:
    """Asks the owner of a selection for its formats."""

    def __init__(self, connection: Any, selection: str) -> None:
        self._display, self._selection = connection, connection.intern_atom(selection)
        self._window = connection.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask)
        self._until, self._size = time.monotonic() + _ALL_SECONDS, 0
        self._place, self._incr = connection.intern_atom("DESKHAND_SELECTION"), connection.intern_atom("INCR")

    def ask(self, target: str) -> tuple[str, int, bytes] | None:
        """One format; None where the owner has it not. Raises DesktopError where nothing answers."""
        self._window.delete_property(self._place)
        self._window.convert_selection(self._selection, self._display.intern_atom(target), self._place, X.CurrentTime)
        event = self._wait(lambda event: event.type == X.SelectionNotify and event.selection == self._selection)
        if not number_of(event.property):
            return None
        found = self._window.get_full_property(self._place, X.AnyPropertyType)
        if found is None:
            return None
        if found.property_type != self._incr:
            return self._display.get_atom_name(found.property_type), found.format, self._counted(found)
        pieces: list[bytes] = []
        kind, size = found.property_type, 8
        self._drain()
        self._window.delete_property(self._place)
        while True:
            self._wait(lambda event: event.type == X.PropertyNotify and event.state == X.PropertyNewValue and event.atom == self._place)
            piece = self._window.get_full_property(self._place, X.AnyPropertyType)
            self._window.delete_property(self._place)
            if piece is None or not len(piece.value):
                return self._display.get_atom_name(kind), size, b"".join(pieces)
            kind, size = piece.property_type, piece.format
            pieces.append(self._counted(piece))

    def check_time(self) -> None:
        """Raise DesktopError where all formats together have taken too long."""
        if time.monotonic() > self._until:
            raise _Unanswered(_SILENT)

    def _counted(self, found: Any) -> bytes:
        data = _bytes_of(found)
        self._size += len(data)
        if self._size > _MOST_BYTES:
            raise DesktopError("there is more on the clipboard than can be kept, so nothing was pasted: empty it")
        return data

    def _drain(self) -> None:
        self._display.sync()
        while self._display.pending_events():
            self._display.next_event()

    def _wait(self, wanted: Callable[[Any], bool]) -> Any:
        end = min(time.monotonic() + _OWNER_SECONDS, self._until)
        while (left := end - time.monotonic()) > 0:
            if self._display.pending_events() or select.select([self._display.fileno()], [], [], left)[0]:
                while self._display.pending_events():
                    if wanted(event := self._display.next_event()):
                        return event
        raise _Unanswered(_SILENT)


def number_of(found: Any) -> int:
    return int(getattr(found, "id", found) or 0)


def _bytes_of(found: Any) -> bytes:
    if found.format == 8:
        return bytes(found.value)
    width = found.format // 8
    return b"".join(int(item).to_bytes(width, "little", signed=int(item) < 0) for item in found.value)


def items_of(data: bytes, size: int) -> Any:
    width = size // 8
    return data if width == 1 else [int.from_bytes(data[at : at + width], "little") for at in range(0, len(data), width)]


def set_owner(display: Any, selection: int, owner: int) -> None:
    from Xlib.protocol import request

    request.SetSelectionOwner(display=display.display, window=owner, selection=selection, time=X.CurrentTime)
