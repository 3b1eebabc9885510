"""The clipboard of an X11 display: read it, lend a text to whoever pastes, and put back what was there.

While a text is lent this process owns the selection itself, so it knows when an application has taken it. What was there before is put
back through xclip, which stays behind as its owner when this process ends.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from Xlib import X, Xatom
from Xlib.error import XError
from Xlib.protocol.event import SelectionNotify

from agent.errors import DesktopError
from agent.x11.display import connect

TEXT_TARGETS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain;charset=UTF-8", "TEXT", "STRING")
_KEPT_TARGETS = ("x-special/gnome-copied-files", "text/uri-list", "UTF8_STRING", "text/plain;charset=utf-8", "STRING", "image/png",
                 "image/jpeg", "image/bmp")  # fmt: skip
_OWNER_SECONDS = 1.0
_QUIET_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Content:
    """What a selection held: one of its formats, the one that says most."""

    target: str
    data: bytes


def read(display: str | None, selection: str = "clipboard") -> Content | None:
    """What is on a selection (`clipboard` or `primary`); None where nothing is, or its owner does not answer."""
    listed = _xclip(display, selection, "-o", "-t", "TARGETS")
    targets = (listed or b"").decode("latin-1").split("\n")
    target = next((name for name in _KEPT_TARGETS if name in targets), None)
    data = _xclip(display, selection, "-o", "-t", target) if target else None
    return Content(target, data) if target and data is not None else None


def read_text(display: str | None) -> str:
    """The text on the clipboard; empty where there is none."""
    data = _xclip(display, "clipboard", "-o", "-t", "UTF8_STRING")
    return (data or b"").decode("utf-8", "replace")


def write(display: str | None, content: Content, selection: str = "clipboard") -> None:
    """Put something on a selection, to stay there until something else is."""
    _xclip(display, selection, "-i", "-t", content.target, data=content.data)


def _xclip(display: str | None, selection: str, *arguments: str, data: bytes | None = None) -> bytes | None:
    """What xclip prints, or None where it fails."""
    program = shutil.which("xclip")
    if program is None:
        raise DesktopError("xclip is not installed, so the clipboard cannot be read: apt install xclip")
    env = os.environ | ({"DISPLAY": display} if display else {})
    # The xclip that stays behind as the owner inherits every pipe, so a write must not have its output captured.
    output = subprocess.PIPE if data is None else subprocess.DEVNULL
    try:
        done = subprocess.run(
            [program, "-selection", selection, *arguments],
            input=data, stdin=None if data is not None else subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL,
            env=env, timeout=_OWNER_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


class Loan:
    """Owns selections and hands out a text while the context lasts; then restores what they held."""

    def __init__(self, display: str | None, text: str, selections: Sequence[str] = ("clipboard",)) -> None:
        self._display_name = display
        self._data = text.encode("utf-8")
        self._selections = selections
        self._before = {selection: read(display, selection) for selection in selections}
        self._display = connect(display)
        self._window = self._display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        self._texts = {self._atom(name) for name in TEXT_TARGETS}

    def __enter__(self) -> Loan:
        for selection in self._selections:
            self._window.set_selection_owner(self._atom(selection.upper()), X.CurrentTime)
        self._display.sync()
        return self

    def __exit__(self, *_: object) -> None:
        self._display.close()
        for selection, content in self._before.items():
            if content is not None:
                write(self._display_name, content, selection)

    def serve(self, seconds: float, *, until_taken: bool = False) -> bool:
        """Answer requests for some time; with `until_taken` return soon after the text was asked for. Says whether it was."""
        end = time.monotonic() + seconds
        taken = False
        while (left := end - time.monotonic()) > 0:
            if not self._display.pending_events() and not select.select([self._display.fileno()], [], [], left)[0]:
                break
            while self._display.pending_events():
                event = self._display.next_event()
                if event.type == X.SelectionRequest and self._answer(event):
                    taken = True
                    if until_taken:
                        # Some applications ask more than once before they insert it.
                        end = time.monotonic() + _QUIET_SECONDS
        return taken

    def _answer(self, request: Any) -> bool:
        place = request.property or request.target
        try:
            if request.target == self._atom("TARGETS"):
                request.requestor.change_property(place, Xatom.ATOM, 32, [self._atom("TARGETS"), *self._texts])
            elif request.target in self._texts:
                kind = self._atom("UTF8_STRING") if request.target == self._atom("TEXT") else request.target
                request.requestor.change_property(place, kind, 8, self._data)
            else:
                place = X.NONE
            answer = SelectionNotify(
                time=request.time, requestor=request.requestor, selection=request.selection, target=request.target, property=place
            )
            request.requestor.send_event(answer)
            self._display.sync()
        except XError:
            return False
        return bool(place) and request.target in self._texts

    def _atom(self, name: str) -> int:
        return int(self._display.intern_atom(name))
