"""Paste through the clipboard of an X11 display: lend a text to the program that is to paste it, and give back what was there.

While a text is lent this process owns the selection, so it knows which program takes it; and it stays the owner afterwards, of what was
there before. When it ends, `agent.x11.keeper` goes on holding that.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from agent.errors import DesktopError
from agent.keyboard import Wait
from agent.x11.display import Window
from agent.x11.holder import Holder
from agent.x11.ping import Ping
from agent.x11.rest import Rest
from agent.x11.selection import SECRET_HINT, TEXT_TARGETS, read

_OWNER_SECONDS = 1.0
_BEFORE_SHORTCUT_SECONDS = 0.05
_QUIET_SECONDS = 0.15
_INSERT_SECONDS = 3.0
PATIENCE_SECONDS = 10.0
"""A program may be busy: it has so long to take what is pasted."""


class Clipboard:
    """Pastes through the clipboard of one display."""

    def __init__(self, display: str | None) -> None:
        self._display = display
        self._holder: Holder | None = None

    def paste(self, text: str, selections: Sequence[str], press: Callable[[], None], target: Window | None, wait: Wait) -> None:
        """Lend a text while `press` presses the shortcut, wait until the window's program has taken it, and give back what was there.

        Raises:
            DesktopError: it was not taken, or what is on the clipboard cannot be kept; or what `press` and `wait` raise.
        """
        names = [selection.upper() for selection in selections]
        if self._holder is None or self._holder._over:
            self._holder = Holder(self._display)
        holder, client = self._holder, target.id if target is not None else None
        before = {name: held if (held := holder.held(name)) is not None else read(self._display, name) for name in names}
        data = text.encode("utf-8")
        lent = {target: ("UTF8_STRING" if target in ("TEXT", "UTF8_STRING") else target, 8, data) for target in TEXT_TARGETS}
        lent[SECRET_HINT] = (SECRET_HINT, 8, b"secret")  # whatever it is, it is only lent
        holder.hold(dict.fromkeys(names, lent), lent=True)
        taken = dealt_with = False
        pressed = 0.0
        try:
            # A busy program is waited for before anything is sent; and one that looks at every new clipboard has done so by then.
            self._await_ready(target, wait)
            wait(_BEFORE_SHORTCUT_SECONDS)  # clipboard managers ask at once; what they take is not the paste
            since = holder.taken()
            pressed = time.monotonic()
            press()
            end = pressed + PATIENCE_SECONDS
            while not (taken := holder.was_taken(client, since)) and time.monotonic() < end:
                wait(0.005)
            dealt_with = taken and self._await_quiet(holder, target, time.monotonic() - pressed, wait)
        finally:
            if pressed and not dealt_with and client is not None:
                holder.refuse(client)
            kept = {name: formats for name in names if (formats := before[name]) is not None and holder.held(name) is not None}
            if kept:
                holder.hold(kept)
            holder.give_up([name for name in names if before[name] is None])
        if not taken:
            raise DesktopError(f"the text was not pasted: the program did not take it within {PATIENCE_SECONDS:g} s")
        if not dealt_with:
            raise DesktopError(
                f"the program was still busy {PATIENCE_SECONDS:g} s after the text was to be pasted: look whether it is there"
            )

    def _await_ready(self, target: Window | None, wait: Wait) -> None:
        ping = Ping(self._display, target.id if target is not None else None)
        try:
            ping.ask()
            end = time.monotonic() + PATIENCE_SECONDS
            while ping.answered_at() is None:
                if time.monotonic() > end:
                    raise DesktopError(f"the text was not pasted: the program did not take it within {PATIENCE_SECONDS:g} s")
                wait(0.005)
        finally:
            ping.close()

    def _await_quiet(self, holder: Holder, target: Window | None, lag: float, wait: Wait) -> bool:
        """Some programs ask more than once before they insert it, and some in another process than the one that got the key: wait until
        all of it has dealt with its keys, and asks no more; says whether it has.

        Args:
            lag: seconds that it took to ask first; on a busy machine it takes as long again to ask once more.
        """
        quiet = min(max(_QUIET_SECONDS, 3 * lag), _INSERT_SECONDS)
        number = target.id if target is not None else None
        ping, rest = Ping(self._display, number), Rest(self._display, number)
        try:
            asked, end = -1, time.monotonic() + PATIENCE_SECONDS
            while True:
                ping.ask()
                while (unanswered := ping.answered_at() is None) or not rest.came():
                    if unanswered:
                        rest.begin()
                    if time.monotonic() > end:
                        return False
                    wait(0.005)
                if (now := holder.asked()) == asked or time.monotonic() > end:
                    return True
                asked = now
                wait(quiet)
                rest.begin()
        finally:
            ping.close()

    def close(self) -> None:
        """Leave what is held to a program that stays. Never raises."""
        from agent.x11.keeper import leave_to_keeper

        holder, self._holder = self._holder, None
        if holder is None:
            return
        with suppress(DesktopError, OSError, subprocess.SubprocessError):
            if contents := holder.contents():
                leave_to_keeper(self._display, contents, holder.refused)
                holder.join(_OWNER_SECONDS * 5)
            holder.stop()
