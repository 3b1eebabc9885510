"""Whether a program has come to rest: none of its processes computes, or waits for a processor.

A browser answers a ping from the process that has the window, while the one that has the text field is still to deal with a key. Whoever
waits for input sleeps; so where all sleep at once, nothing is under way.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from Xlib.error import XError
from Xlib.ext import res

from agent.x11.connection import connect

RESTLESS_SECONDS = 1.0
"""A program that never rests, as one that plays a video, has dealt with a key once each of its processes waited for something since."""
_AT_REST = frozenset("SIZX")
"""States of a thread: it sleeps or has ended."""
_RENDERERS = "Web"
"""In the names of processes that draw pages for a program of another name."""


class Rest:
    """The processes of the program that a window is of, on this machine. Nothing is known of others: they count as at rest."""

    def __init__(self, display: str | None, window: int | None, *, answers: bool = True) -> None:
        """`answers`: whether a ping asks the process that has the window, so that only the others are looked at."""
        self._unasked = 1 if answers else 0
        owner = _process_of(display, window) if window is not None else None
        self.processes = _family(owner) if owner is not None else ()
        self.begin()

    def begin(self) -> None:
        """What was seen up to now counts no more."""
        self._awake = set(self.processes[self._unasked :])
        """Those that were not seen to wait for something yet."""
        self._began = time.monotonic()
        self._rested = not self._awake

    def came(self) -> bool:
        """Whether it has come to rest since the beginning; ask every few milliseconds."""
        if not self._rested:
            self._awake = {process for process in self._awake if not _sleeps(f"/proc/{process}/stat")}
            self._rested = all(_sleeps(thread) for process in self.processes for thread in _threads(process)) or (
                not self._awake and time.monotonic() - self._began > RESTLESS_SECONDS
            )
        return self._rested


def _process_of(display: str | None, window: int) -> int | None:
    """The process that opened the connection that a window is of, as the server knows it; None on another machine."""
    connection = connect(display)
    try:
        if not connection.has_extension("X-Resource"):
            return None
        found = connection.res_query_client_ids([{"client": window, "mask": res.LocalClientPIDMask}]).ids
        return next((int(each.value[0]) for each in found if len(each.value)), None)
    except XError:
        return None
    finally:
        connection.close()


def _family(owner: int) -> tuple[int, ...]:
    """A process, and those below it that are of the same program."""
    names, below = dict[int, str](), dict[int, list[int]]()
    for path in Path("/proc").glob("[0-9]*/stat"):
        if (found := _stat(str(path))) is not None:
            names[int(path.parent.name)] = found[0]
            below.setdefault(int(found[2]), []).append(int(path.parent.name))
    every = [owner]
    for process in every:
        every += below.get(process, [])
    mine = names.get(owner)
    return (owner, *(process for process in every[1:] if names[process] == mine or _RENDERERS in names[process]))


def _threads(process: int) -> Iterator[str]:
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            yield f"/proc/{process}/task/{thread}/stat"


def _sleeps(path: str) -> bool:
    found = _stat(path)
    return found is None or found[1] in _AT_REST


def _stat(path: str) -> tuple[str, str, str] | None:
    """A process's name, its state, and its parent; None where it has gone."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            name, _, rest = file.read().partition("(")[2].rpartition(")")
    except OSError:
        return None
    state, parent = rest.split(maxsplit=2)[:2]
    return name, state, parent
