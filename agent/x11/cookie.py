"""The cookie of a virtual display: who cannot read the file that holds it is refused, from the display's first moment on.

A display of X11 that has no cookie admits every process of its user, and one whose access is closed afterwards has been open before.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

from agent.folder import make_folder

SCHEME = b"MIT-MAGIC-COOKIE-1"
VARIABLE = "XAUTHORITY"
_LOCAL, _WILD = 256, 65535
_MOST_BYTES = 1 << 20


def write_cookie(path: Path) -> bytes:
    """Make a cookie and the file that its server and its clients read, for whatever number the server finds; returns the cookie."""
    cookie = secrets.token_bytes(16)
    _write(path, _entries("", cookie))
    return cookie


def _entries(number: str, cookie: bytes) -> bytes:
    """Xlib takes one for any host; its Python sister wants this host's name."""
    hosts = ((_LOCAL, socket.gethostname().encode()), (_WILD, b""))
    return b"".join(
        struct.pack(">H", family) + b"".join(struct.pack(">H", len(part)) + part for part in (host, number.encode(), SCHEME, cookie))
        for family, host in hosts
    )


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and readable for nobody else at any time."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
    new.replace(path)


def _others(data: bytes, numbers: set[bytes]) -> Iterator[bytes]:
    """The entries of a user's own file but those of these displays: a display long gone may have left one."""
    place = 0
    while place < len(data):
        begin, parts = place, []
        place += 2
        for _ in range(4):
            if len(data) < place + 2:
                return
            size = int.from_bytes(data[place : place + 2], "big")
            parts.append(data[place + 2 : place + 2 + size])
            place += 2 + size
        if place <= len(data) and parts[1] not in numbers:
            yield data[begin:place]


class _Offered:
    """The file in which this process's own clients find the cookies of its displays, beside those that they found before.

    There is one variable for all displays of a process and for every library in it, so the file holds them all.
    """

    def __init__(self) -> None:
        self._cookies: dict[str, bytes] = {}
        self._folder: tuple[Path, int] | None = None
        self._before: str | None = None
        self._own = b""
        self._lock = threading.Lock()

    def add(self, display: str, cookie: bytes) -> None:
        with self._lock:
            if self._folder is None:
                self._folder = make_folder()
                self._before = os.environ.get(VARIABLE)
                self._own = b""
                with contextlib.suppress(OSError), (Path(self._before) if self._before else Path.home() / ".Xauthority").open("rb") as file:
                    self._own = file.read(_MOST_BYTES)
            self._cookies[display.removeprefix(":")] = cookie
            self._save(self._folder[0])

    def remove(self, display: str) -> None:
        with self._lock:
            if self._cookies.pop(display.removeprefix(":"), None) is None or self._folder is None:
                return
            folder, lock = self._folder
            if self._cookies:
                self._save(folder)
                return
            if os.environ.get(VARIABLE) == str(folder / "cookies"):
                os.environ.pop(VARIABLE)
                if self._before is not None:
                    os.environ[VARIABLE] = self._before
            self._folder = None
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def _save(self, folder: Path) -> None:
        numbers = {number.encode() for number in self._cookies}
        ours = b"".join(_entries(number, cookie) for number, cookie in self._cookies.items())
        _write(folder / "cookies", ours + b"".join(_others(self._own, numbers)))
        os.environ[VARIABLE] = str(folder / "cookies")


_offered = _Offered()


def offer(display: str, cookie: bytes) -> None:
    """Let the X clients of this process, and of the processes that it starts, find a display's cookie."""
    _offered.add(display, cookie)


def withdraw(display: str) -> None:
    """Forget a display's cookie; after the last one everything is as it was."""
    _offered.remove(display)
