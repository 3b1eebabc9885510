"""Connections to a message bus, and to the one of accessibility; many calls at once."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

from agent.errors import DesktopError

SECONDS = 5.0
PROPERTIES = "org.freedesktop.DBus.Properties"
_AT_ONCE = 64
"""Calls that wait for their reply."""
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


def enable(session_bus: str) -> str:
    """Switch accessibility on for a session bus, which applications ask for as they start; returns the accessibility bus's address."""
    from jeepney import DBusAddress, new_method_call

    connection = open_bus(session_bus)
    try:
        bus = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        address = connection.send_and_get_reply(new_method_call(bus, "GetAddress"), timeout=10).body[0]
        properties = DBusAddress("/org/a11y/bus", "org.a11y.Bus", PROPERTIES)
        wish = ("org.a11y.Status", "IsEnabled", ("b", True))
        connection.send_and_get_reply(new_method_call(properties, "Set", "ssv", wish), timeout=10)
    except (OSError, TimeoutError) as error:
        raise DesktopError(f"accessibility could not be switched on ({error}): apt install at-spi2-core") from error
    finally:
        connection.close()
    if not str(address).startswith("unix:"):
        raise DesktopError(f"accessibility could not be switched on ({address}): apt install at-spi2-core")
    return str(address)


def ask_all(connection: Any, calls: Sequence[tuple[Any, ...]], end: float) -> list[Any]:
    """Call methods, many at once, and wait for what they reply.

    Args:
        connection: as `open_bus` gives it.
        calls: of each the bus name, the path, the interface, the method, its signature and its arguments.
        end: when nobody waits any longer, by `time.monotonic`.

    Returns:
        The bodies of the replies, in order; None for an error or for a reply that did not come in time: its late reply matches no serial.

    Raises:
        DesktopError: the bus is gone.
    """
    from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call

    bodies: list[Any] = [None] * len(calls)
    pending: dict[int, int] = {}
    sent = 0
    try:
        while sent < len(calls) or pending:
            letters = bytearray()  # sent as one: each sending wakes the bus
            while len(pending) < _AT_ONCE and sent < len(calls):
                bus, path, interface, method, signature, body = calls[sent]
                serial = next(connection.outgoing_serial)
                letters += new_method_call(DBusAddress(path, bus, interface), method, signature, body).serialise(serial)
                pending[serial] = sent
                sent += 1
            if letters:
                connection.sock.sendall(letters)
            for _ in range(1 + len(pending) // 2):
                message = connection.receive(timeout=max(end - time.monotonic(), 0.001))
                place = pending.pop(message.header.fields.get(HeaderFields.reply_serial, -1), None)
                if place is not None and message.header.message_type == MessageType.method_return:
                    bodies[place] = message.body
    except TimeoutError:
        pass  # an application that does not answer is left out
    except (OSError, EOFError) as error:
        raise DesktopError(f"the accessibility bus is gone ({error}): is the desktop still running?") from error
    return bodies


def _require_place(connection: socket.socket, place: str | None) -> None:
    """Raise OSError where who listens is not where it should be."""
    if place is None:
        return
    listener = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    if os.readlink(f"/proc/{listener}/ns/pid") != place:
        raise OSError("what listens there is not the desktop's own")
