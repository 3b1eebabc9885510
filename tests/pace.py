"""What a recording costs and whether it hears everything: `python -m tests.pace 10000` sends so many events at 200 a second."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.recorder.listening import InputEvent, listen
from agent.recorder.recorder import Recorder
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from recordings.episode import EpisodeHeader, StopReason
from recordings.secrets.rules import Rules
from recordings.store import EpisodeWriter

RATE = 200


def _cost(seconds: float) -> float:
    """What this process uses of a core while it does nothing but record, in per cent."""
    used, began = time.process_time(), time.monotonic()
    time.sleep(seconds)
    return 100 * (time.process_time() - used) / (time.monotonic() - began)


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as root, VirtualDesktop(1280, 720) as virtual:
        virtual.spawn(["mousepad"])
        virtual.place_window("Mousepad", 100, 100, 800, 500)
        writer = EpisodeWriter.create(Path(root), EpisodeHeader(name="pace", instruction="anything"))
        bus = virtual.env["DBUS_SESSION_BUS_ADDRESS"]
        recorder = Recorder(Screen(virtual.display), writer, Rules(), display=virtual.display, session_bus=bus).start()
        time.sleep(1)
        print(f"watching at 10 frames/s, nothing happens: {_cost(10):.1f} % of a core")
        busy = virtual.spawn(["xterm", "-T", "busy", "-geometry", "160x45", "-e", "while :; do date +%N; sleep 0.02; done"])
        virtual.place_window("busy", 0, 0, 1280, 720)
        print(f"the same while a terminal over the whole screen scrolls: {_cost(10):.1f} % of a core")
        busy.terminate()
        virtual.windows.wait_gone("busy")
        heard: list[InputEvent] = []
        listening = listen(heard.append, virtual.display)
        display = Display(virtual.display)
        before, started = recorder.heard, time.monotonic()
        used, began = time.process_time(), time.monotonic()
        for number in range(count):
            if number % 5 == 4:
                xtest.fake_input(display, X.KeyPress if number % 10 == 4 else X.KeyRelease, 38)
            else:
                xtest.fake_input(display, X.MotionNotify, x=number % 1280, y=number % 720)
            display.flush()
            time.sleep(max(started + (number + 1) / RATE - time.monotonic(), 0))
        spent, took = time.process_time() - used, time.monotonic() - began
        time.sleep(3)
        listening.stop()
        recorder.stop()
        writer.close(StopReason.DONE)
        moves = [event.x for event in heard if event.kind == "move"]
        in_order = moves == [number % 1280 for number in range(count) if number % 5 != 4]
        print(
            f"{count} events in {took:.1f} s: the recorder heard {recorder.heard - before}, a listener {len(heard)}, in order: {in_order}"
        )
        print(f"with the sending and the second listener: {100 * spent / took:.1f} % of a core")


if __name__ == "__main__":
    main(int(sys.argv[1]))
