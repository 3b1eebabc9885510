"""Connections to a display survive what interrupts a command."""

from __future__ import annotations

import os
import random
import signal
import threading
import time

import pytest

from agent.virtual import VirtualDesktop
from agent.x11.connection import connect


class _Interrupted(Exception):
    pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_middle_of_a_request_leaves_the_connection_whole(virtual_desktop: VirtualDesktop, number: int) -> None:
    def interrupt(number: int, frame: object) -> None:
        raise _Interrupted

    connection, chance, caught = connect(virtual_desktop.display), random.Random(7), 0
    root = connection.screen().root
    before = signal.signal(number, interrupt)
    try:
        for _ in range(40):
            sender = threading.Timer(chance.uniform(0.002, 0.01), os.kill, (os.getpid(), number))
            try:
                sender.start()
                end = time.monotonic() + 2
                while time.monotonic() < end:
                    root.get_geometry()
            except _Interrupted:
                caught += 1
            sender.join()
    finally:
        signal.signal(number, before)
    assert caught == 40
    assert root.get_geometry().width == 1024 and signal.getsignal(number) is before
    connection.close()
