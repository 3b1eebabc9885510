"""What is typed, and shortcuts, on the keyboards of many countries into programs of four kinds, recorded at the same time.

    python -m tests.keyboard_matrix [LAYOUT ...]      all of it, or these layouts; needs yad, featherpad, chromium and xterm

A cell of the matrix is a layout and a program. It counts characters that arrive, that are recorded, and shortcuts that do what they mean.
What goes through the clipboard (emoji) is heard as the shortcut that pastes it, and counts as recorded where what was lent is the text.
"""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.desktop import LiveDesktop, Settling
from agent.recorder.gestures import Gesture, Reducer
from agent.recorder.listening import InputEvent, listen
from agent.virtual import VirtualDesktop
from recordings.action import Press, Type
from tests.probe import INTERPRETER

LAYOUTS = {
    "us": ("us", 0), "gb": ("gb", 0), "de": ("de", 0), "fr": ("fr", 0), "ch-fr": ("ch -variant fr", 0), "it": ("it", 0), "es": ("es", 0),
    "pt": ("pt", 0), "ru": ("ru", 0), "ua": ("ua", 0), "gr": ("gr", 0), "il": ("il", 0), "ara": ("ara", 0), "jp": ("jp", 0),
    "dvorak": ("us -variant dvorak", 0), "us+ru": ("us,ru", 1), "four": ("us,fr,de,ru", 3), "four-third": ("us,fr,de,ru", 2),
}  # fmt: skip
"""By name: what setxkbmap is told, and which of the layouts is active."""
PROGRAMS = ("gtk", "qt", "chromium", "xterm")
PARTS = (
    "The quick brown fox jumps over the lazy dog; THE FIVE BOXING WIZARDS: (a[b]{c}) <d> x=1+2*3/4-5 \"q\" 'r' `s` ~!@#$%^&|\\_?,. ",
    "съешь ещё этих булок ", "ωραία νύχτα ", "Grüße, Ærø, naïve café, señor ¿qué? 50 € – 日本 👍🙂 é.",
)  # fmt: skip
"""What is typed, one after the other: each goes in by keys where the layouts that are loaded have them all, else through the clipboard."""
TEXT = "".join(PARTS)
"""Two hundred characters, accents, other scripts and emoji among them."""
SHORTCUTS = (("ctrl", "a"), ("ctrl", "x"), ("ctrl", "v"), ("ctrl", "c"), ("ctrl", "end"))
SEQUENCE = (("ctrl", "a"), ("ctrl", "x"), ("ctrl", "v"), ("ctrl", "a"), ("ctrl", "c"), ("ctrl", "end"), ("ctrl", "v"))
"""All of them, so that the text stands there twice at the end if each does what it means."""
_BYTES = {("ctrl", "a"): b"\x01", ("ctrl", "x"): b"\x18", ("ctrl", "v"): b"\x16", ("ctrl", "c"): b"\x03", ("ctrl", "end"): b"\x1b[1;5F"}
_PAGE = """<!DOCTYPE html><meta charset=utf-8><title>Sink</title><textarea autofocus style="width:95%;height:90vh"></textarea>
<script>const field = document.querySelector('textarea');
field.addEventListener('input', () => fetch('/', {method: 'POST', body: field.value}));</script>"""
_RAW = """
import os, sys, termios, tty
tty.setraw(0)
with open(sys.argv[1], 'wb', 0) as out:
    while True:
        out.write(os.read(0, 4096))
"""


_SERVE = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(sys.argv[2].encode())

    def do_POST(self):
        with open(sys.argv[1], "wb") as out:
            out.write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
print(server.server_port, flush=True)
server.serve_forever()
"""
"""On the desktop itself: gives the browser its page, and writes down what it holds."""


@dataclass
class Cell:
    """What came of one layout and one program."""

    layout: str
    program: str
    arrived: int = 0
    """Characters of `TEXT` that the program got, in order."""
    recorded: int = 0
    """Characters of it that a recording has."""
    shortcuts: int = 0
    """Shortcuts of `SEQUENCE` that did what they mean and are recorded as what they are."""
    trouble: str = ""

    @property
    def whole(self) -> bool:
        return (self.arrived, self.recorded, self.shortcuts) == (len(TEXT), len(TEXT), len(SEQUENCE))

    def line(self) -> str:
        sign = "ok   " if self.whole else "FAILS"
        counts = f"{self.arrived} arrived, {self.recorded} recorded of {len(TEXT)}; {self.shortcuts} of {len(SEQUENCE)} shortcuts"
        return f"{sign} {self.layout:10} {self.program:9} {counts}{f'; {self.trouble}' if self.trouble else ''}"


@contextmanager
def sink(desktop: VirtualDesktop, program: str, folder: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A program that is ready to be typed into: its window, and what it holds."""
    path, title = folder / "sink.txt", "Sink"
    path.write_bytes(b"")
    if program == "gtk":
        process = desktop.spawn(["mousepad", str(path)])
        title = "Mousepad"
    elif program == "qt":
        process = desktop.spawn(["featherpad", "--standalone", str(path)])
        title = "sink.txt"
    elif program == "xterm":
        process = desktop.spawn(["xterm", "-u8", "-T", title, "-e", sys.executable, "-c", _RAW, str(path)])
    else:
        # The system's: this environment's own may lie where a desktop's walls hide it.
        server = desktop.spawn(["/usr/bin/python3", "-I", "-c", _SERVE, str(path), _PAGE], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        address = f"http://127.0.0.1:{int(server.stdout.readline())}/"
        profile = f"--user-data-dir={folder / 'profile'}"
        process = desktop.spawn(["chromium", "--no-sandbox", "--test-type", "--no-first-run", "--disable-gpu", profile, f"--app={address}"])
    try:
        desktop.wait_for_window(title, 30)
        time.sleep(2.0 if program == "chromium" else 0.7)
        yield title, path.read_bytes
    finally:
        import os
        import signal

        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        desktop.windows.wait_gone(title, 15)


def try_cell(desktop: VirtualDesktop, layout: str, program: str, parts: Sequence[str] = PARTS) -> Cell:
    """Type the text and press the shortcuts on this keyboard into this program, and record it."""
    cell, text = Cell(layout, program), "".join(parts)
    names, group = LAYOUTS[layout]
    subprocess.run(["setxkbmap", "-option", "", "-layout", *names.split()], env=desktop.env, check=True)
    with tempfile.TemporaryDirectory(dir=desktop.home) as folder, sink(desktop, program, Path(folder)) as (_, read):
        with LiveDesktop(desktop.display, settling=Settling(quiet=0.1, patience=0.2)) as hands:
            hands.hands._keyboard._xkb.lock(group=group)  # type: ignore[attr-defined]
            hands.settle()
            clipboard, lent = hands.hands._keyboard._clipboard, list[str]()  # type: ignore[attr-defined]
            paste = clipboard.paste
            clipboard.paste = lambda piece, *rest: (lent.append(piece), paste(piece, *rest))
            events: list[InputEvent] = []
            listening = listen(events.append, desktop.display)
            try:
                for part in parts:
                    hands.perform(Type(text=part))
                    hands.settle()
                cell.arrived = _same(_held(hands, read, program, text), text)
                hands.settle()
                for keys in SEQUENCE:
                    hands.perform(Press(keys=keys))
                    time.sleep(0.15)
                    hands.settle()
                if program == "xterm":
                    wanted = text.encode() + b"".join(_BYTES[keys] for keys in SEQUENCE)
                    end = time.monotonic() + 3
                    while (got := read()) != wanted and time.monotonic() < end:
                        time.sleep(0.05)
                    did = got == wanted
                else:
                    got = _held(hands, read, program, 2 * text).encode()
                    did = got.decode("utf-8", "replace") == 2 * text
                if not did:
                    twice = 2 * text if program != "xterm" else text
                    at = next(
                        (at for at, pair in enumerate(zip(got.decode("utf-8", "replace"), twice, strict=False)) if pair[0] != pair[1]), 0
                    )
                    cell.trouble = f"at {at} it holds {got.decode('utf-8', 'replace')[at - 5 : at + 20]!r}"
            finally:
                listening.stop()
        written, presses = "", []
        for one in _reduce(events):
            if one.keys in (("ctrl", "v"), ("shift", "insert")) and lent:
                written += lent.pop(0)
            elif one.text or one.keys == ("space",):
                written += one.text or " "
            elif one.keys != ("ctrl", "s"):
                presses.append(one.keys)
        cell.recorded = _same(written, text)
        cell.shortcuts = len(SEQUENCE) if did and presses == list(SEQUENCE) else 0
        if presses != list(SEQUENCE):
            cell.trouble += f"; recorded {' '.join('+'.join(keys) for keys in presses)}"
    return cell


def _held(hands: LiveDesktop, read: Callable[[], bytes], program: str, wanted: str) -> str:
    """What the program holds, once it is what is wanted or at last. Editors tell it when they save."""
    end = time.monotonic() + 4
    while True:
        if program in ("gtk", "qt"):
            hands.settle()
            hands.perform(Press(keys=("ctrl", "s")))
            time.sleep(0.3)
        found = read().decode("utf-8", "replace")
        found = found.replace("\n", "") if program in ("gtk", "qt") else found  # featherpad ends the last line as it saves
        if found == wanted or time.monotonic() > end:
            return found
        time.sleep(0.1)


def _reduce(events: Sequence[InputEvent]) -> list[Gesture]:
    reducer = Reducer()
    done = [one for event in list(events) for one in reducer.feed(event)] + reducer.flush()
    return [one for one in done if isinstance(one, Gesture)]


def _same(found: str, wanted: str) -> int:
    """How many characters of what was wanted are there in order."""
    if found == wanted:
        return len(wanted)
    return min(
        sum(block.size for block in difflib.SequenceMatcher(None, found, wanted, autojunk=False).get_matching_blocks()), len(wanted) - 1
    )


def main(layouts: Sequence[str]) -> int:
    cells = []
    for layout in layouts or LAYOUTS:
        with VirtualDesktop(1024, 768, share=INTERPRETER) as desktop:
            for program in PROGRAMS:
                try:
                    cells.append(try_cell(desktop, layout, program))
                except Exception as error:  # noqa: BLE001 — the other cells are tried all the same
                    cells.append(Cell(layout, program, trouble=f"{type(error).__name__}: {error}"))
                print(cells[-1].line(), flush=True)
    characters, presses = len(TEXT) * len(cells), len(SEQUENCE) * len(cells)
    arrived, recorded = sum(cell.arrived for cell in cells), sum(cell.recorded for cell in cells)
    shortcuts = sum(cell.shortcuts for cell in cells)
    print(f"{arrived / characters:.2%} of {characters} characters arrived, {recorded / characters:.2%} are recorded; "
          f"{shortcuts / presses:.2%} of {presses} shortcuts")  # fmt: skip
    print(json.dumps({"cells": len(cells), "characters": characters, "arrived": arrived, "recorded": recorded, "shortcuts": shortcuts}))
    return 0 if all(cell.whole for cell in cells) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
