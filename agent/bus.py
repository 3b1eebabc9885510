"""Connections to a message bus."""

from __future__ import annotations

import socket
from typing import Any

from agent.errors import DesktopError

SECONDS = 5.0
# Who we are is what the kernel says of the socket: a bus behind walls, where users have other numbers, would not know ours.
_GREETING = b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"


def open_bus(address: str) -> Any:
    """A connection to the bus at an address. Raises DesktopError where none answers."""
    from jeepney.bus import get_bus
    from jeepney.io.blocking import DBusConnection

    try:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(SECONDS)
            connection.connect(get_bus(address))
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
