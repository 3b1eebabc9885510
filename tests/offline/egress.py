"""No socket leaves the machine: for the test process, and through `sitecustomize` for the Python processes it starts."""

from __future__ import annotations

import socket
import sys
from typing import Any

_NAMED = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_IN_C = {"connect", "sendto", "sendmsg", "sendmmsg", "getaddrinfo", "gethostbyname"}
_ADDRESSED = {"socket.connect", "socket.sendto", "socket.sendmsg"}


class EgressBlocked(RuntimeError):
    """A test reached for the network. Not an OSError, so that nothing mistakes it for being offline and carries on."""


def _is_loopback(host: Any) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return name is None or name in ("", "localhost", "::1") or (name.startswith("127.") and name.replace(".", "").isdigit())


def _is_local(family: int, address: Any) -> bool:
    return address is None or family not in (socket.AF_INET, socket.AF_INET6) or _is_loopback(address[0])


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _ADDRESSED and not _is_local(arguments[0].family, arguments[1]):
        raise EgressBlocked(f"{event} to {arguments[1]}")
    if event == "ctypes.dlsym" and arguments[1] in _IN_C:
        raise EgressBlocked(f"{arguments[1]} of the C library")
    if event in _NAMED and not _is_loopback(arguments[0]):
        raise EgressBlocked(f"{event} of {arguments[0]}")


def _guard(method: str) -> None:
    original = getattr(socket.socket, method)

    def guarded(connection: socket.socket, *arguments: Any) -> Any:
        if not _is_local(connection.family, arguments[-1]):
            raise EgressBlocked(f"socket.{method} to {arguments[-1]}")
        return original(connection, *arguments)

    setattr(socket.socket, method, guarded)


def install() -> None:
    """Block from now on, for the rest of the process. The audit hook also sees sockets made in C; the guards come before a name is
    looked up, which the hook does not."""
    if getattr(sys, "_deskhand_offline", False):
        return
    sys._deskhand_offline = True  # type: ignore[attr-defined]
    sys.addaudithook(_audit)
    for method in ("connect", "connect_ex", "sendto"):
        _guard(method)
