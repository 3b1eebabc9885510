"""Connections to a message bus."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any

from agent.errors import DesktopError

SECONDS = 5.0
# Who we are is what the kernel says of the socket: a bus behind walls, where users have other numbers, would not know ours.
_GREETING = b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"


_places: dict[str, str] = {}


def expect_inside(address: str, place: str) -> None:
    """From now on, who listens at this address lives behind a virtual desktop's walls: in this name space for processes.

    What lies behind walls could lay a link to the user's own bus there, and have the user's own windows read for those of the desktop.
    """
    _places[address] = place


def open_bus(address: str, of: str | None = None) -> Any:
    """A connection to the bus at an address.

    Args:
        of: the address of the bus that gave this one: they live in one place.

    Raises:
        DesktopError: none answers, or it lives elsewhere.
    """
    from jeepney.bus import get_bus
    from jeepney.io.blocking import DBusConnection

    try:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(SECONDS)
            connection.connect(get_bus(address))
            _require_place(connection, _places.get(of or address))
            connection.sendall(_GREETING)
            answer = b""
            while answer.count(b"\r\n") < 2 and not answer.startswith(b"REJECTED"):
                if not (part := connection.recv(1024)):
                    break
                answer += part
            if not answer.startswith(b"DATA\r\nOK "):
                raise OSError(f"it answers {answer[:80]!r}")
            connection.settimeout(None)
            return DBusConnection(connection)
        except BaseException:
            connection.close()
            raise
    except (OSError, ValueError, KeyError) as error:
        raise DesktopError(f"the message bus at {address} cannot be reached ({error}): is the desktop still running?") from error


def _require_place(connection: socket.socket, place: str | None) -> None:
    """Raise OSError where who listens is not where it should be."""
    if place is None:
        return
    listener = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    if os.readlink(f"/proc/{listener}/ns/pid") != place:
        raise OSError("what listens there is not the desktop's own")
