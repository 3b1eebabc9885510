"""Connections to an X11 display. Imported only where X11 is in use."""

from __future__ import annotations

import importlib
import os
import signal
import threading
from types import FrameType
from typing import Any

from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError

from agent.errors import NO_DISPLAY, DesktopError
from agent.undisturbed import ENDING

_signals: Any = importlib.import_module("_signal")
"""What `signal` wraps in enumerations, which takes longer than a request itself."""


def connect(display: str | None) -> Display:
    """Open a connection to a display. Raises DesktopError where there is none."""
    name = display or os.environ.get("DISPLAY")
    if not name:
        raise DesktopError(NO_DISPLAY)
    try:
        connection = Display(name)
    except (DisplayError, ConnectionClosedError, OSError) as error:
        raise DesktopError(f"the display {name} cannot be opened ({error}): check DISPLAY, or use --desktop virtual") from error
    connection.set_error_handler(lambda *_: None)  # requests without a reply may hit a window that has just gone
    _keep_whole(connection.display)
    return connection


def _keep_whole(protocol: Any) -> None:
    """Have signals wait for the end of a request: an exception in its middle would leave the connection waiting for ever, with keys held
    and the server grabbed. A signal that comes twice does not wait: the server may hang.
    """
    exchange = protocol.send_and_recv

    def send_and_recv(*arguments: Any, **options: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            exchange(*arguments, **options)
            return
        late: list[int] = []

        def put_off(number: int, frame: FrameType | None) -> None:
            if number in late and callable(handler := before[number]):
                handler(number, frame)
            late.append(number)

        before = {number: handler for number in ENDING if callable(handler := _signals.getsignal(number))}
        for number in before:
            _signals.signal(number, put_off)
        try:
            exchange(*arguments, **options)
        finally:
            for number, handler in before.items():
                _signals.signal(number, handler)
            for number in dict.fromkeys(late):
                signal.raise_signal(number)

    protocol.send_and_recv = send_and_recv


def require_depth(connection: Any) -> None:
    """Raise DesktopError where the screen has another colour depth than can be captured."""
    depth = connection.screen().root_depth
    if depth not in (24, 32):
        raise DesktopError(f"this display has a colour depth of {depth} bits, and only 24 can be captured: choose 24 in its settings")
