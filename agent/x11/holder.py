"""Owns selections of an X11 display and answers for them: what was lent, or what another program had put there.

It knows which program takes what, and gives nothing to one that is late.
"""

from __future__ import annotations

import math
import os
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from Xlib import X, Xatom
from Xlib.error import ConnectionClosedError, XError
from Xlib.protocol.event import SelectionNotify

from agent.errors import DesktopError
from agent.x11.connection import connect
from agent.x11.ping import Ping
from agent.x11.rest import Rest
from agent.x11.selection import TEXT_TARGETS, Formats, items_of, number_of, set_owner

_REFUSED_SECONDS = 60.0
"""How long a program that did not take it gets nothing when it asks late: it is still to paste."""
_LATE_SECONDS = 0.5
"""A program that answers again has by then also asked for what it was told to paste."""
_CHUNK = 200_000
"""Bytes of one property: larger data goes in pieces (ICCCM's INCR)."""


@dataclass(slots=True)
class _Content:
    """What is given to whoever asks: formats; and what a program that asked too late is not given."""

    formats: Formats = field(default_factory=dict)
    lent: bool = False
    takers: list[int] = field(default_factory=list)
    """Clients that took a lent text."""
    asked: int = 0
    """How often anybody asked for anything."""


class _Refusal:
    """A program that did not take in time what it was told to paste: until it has dealt with that, it is given nothing."""

    def __init__(self, display: str | None, window: int) -> None:
        self.window = window
        self._until = time.monotonic() + _REFUSED_SECONDS
        self._ping, self._rest = Ping(display, window), Rest(display, window)
        self.note()

    def note(self) -> None:
        """It asks, so it is about it."""
        self._ping.ask()
        self._calm_since = math.inf

    def is_over(self) -> bool:
        """Whether it has answered, come to rest, and asked nothing since."""
        now = time.monotonic()
        if not self._ping.can_answer or self._ping.answered_at() is None:
            self._rest.begin()
        elif self._rest.came() and self._calm_since == math.inf:
            self._calm_since = now
            self._rest.begin()
        return now > self._until or (now - self._calm_since > _LATE_SECONDS and self._rest.came())

    def close(self) -> None:
        self._ping.close()


class Holder:
    """Owns selections and answers for them, in a thread of its own until another program takes them. Callable from any thread."""

    def __init__(self, display: str | None) -> None:
        self._display = connect(display)
        self._name = display
        self._window = self._display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        self._wake_reader, self._wake_writer = os.pipe()
        self._lock = threading.Condition()
        self._contents: dict[str, _Content] = {}
        self._incoming: list[Callable[[], None]] = []
        self._transfers: dict[tuple[int, int], tuple[Any, str, int, bytes]] = {}
        self._refused: _Refusal | None = None
        self._thread = threading.Thread(target=self._run, name="clipboard", daemon=True)
        self._over = False
        self._thread.start()

    @property
    def client_mask(self) -> int:
        return int(self._display.display.info.resource_id_mask)

    def held(self, selection: str) -> Formats | None:
        """What this one holds; None where another program owns the selection."""
        with self._lock:
            content = self._contents.get(selection)
            return content.formats if content is not None else None

    def hold(self, contents: Mapping[str, Formats], *, lent: bool = False) -> None:
        """Own these selections from now on. Returns once the server knows."""
        self._do(lambda: self._own(contents, lent))

    def give_up(self, selections: Sequence[str]) -> None:
        """Own them no more: nothing is on them then."""
        self._do(lambda: self._disown(selections))

    def was_taken(self, client: int | None, since: int) -> bool:
        """Whether a client (anybody, where it is None) has taken what is lent; `since`: how often it had been taken before."""
        with self._lock:
            if self._over:
                raise DesktopError("the clipboard cannot be used any more: the display is gone")
            return self._took(client, since)

    def taken(self) -> int:
        """How often what is lent has been taken."""
        with self._lock:
            return sum(len(content.takers) for content in self._contents.values())

    def asked(self) -> int:
        """How often anything of what is held was asked for up to now, be it only which formats there are."""
        self._do(self._display.sync)
        self._do(lambda: None)  # what had arrived by the first has been heard before the second
        with self._lock:
            return sum(content.asked for content in self._contents.values())

    def refuse(self, window: int) -> None:
        """Give nothing to the client of a window until it has done what it was told before: it would paste what it was not meant to."""
        refusal = _Refusal(self._name, window)
        with self._lock:
            self._refused = refusal
        os.write(self._wake_writer, b".")

    @property
    def refused(self) -> int:
        """The window whose client gets nothing for now; 0 for none."""
        with self._lock:
            return self._refused.window if self._refused is not None else 0

    def contents(self) -> dict[str, Formats]:
        """What is held, by selection."""
        with self._lock:
            return {selection: content.formats for selection, content in self._contents.items()}

    def join(self, seconds: float | None = None) -> bool:
        """Wait until another program owns everything; says whether it does."""
        with self._lock:
            return self._lock.wait_for(lambda: self._over or not self._contents, seconds)

    def stop(self) -> None:
        """Let go of the display."""
        self._over = True
        os.write(self._wake_writer, b".")
        self._thread.join(2.0)

    def _do(self, work: Callable[[], None]) -> None:
        done = threading.Event()

        def run() -> None:
            try:
                work()
            finally:
                done.set()

        with self._lock:
            self._incoming.append(run)
        os.write(self._wake_writer, b".")
        if not done.wait(5.0) or self._over:
            raise DesktopError("the clipboard cannot be used any more: the display is gone")

    def _took(self, client: int | None, since: int) -> bool:
        takers = [taker for content in self._contents.values() for taker in content.takers]
        mask = ~self.client_mask
        return any(client is None or taker & mask == client & mask for taker in takers[since:])

    def _own(self, contents: Mapping[str, Formats], lent: bool) -> None:
        for selection, formats in contents.items():
            with self._lock:
                owned = selection in self._contents
                self._contents[selection] = _Content(formats, lent)
            if not owned or lent:
                self._window.set_selection_owner(self._display.intern_atom(selection), X.CurrentTime)
        self._display.sync()

    def _disown(self, selections: Sequence[str]) -> None:
        for selection in selections:
            with self._lock:
                owned = self._contents.pop(selection, None)
            atom = self._display.intern_atom(selection)
            if owned is not None and number_of(self._display.get_selection_owner(atom)) == self._window.id:
                set_owner(self._display, atom, X.NONE)
        self._display.sync()

    def _run(self) -> None:
        try:
            while not self._over:
                if not self._display.pending_events():
                    select.select([self._display.fileno(), self._wake_reader], [], [], 0.05 if self._refused else None)
                if select.select([self._wake_reader], [], [], 0)[0]:
                    os.read(self._wake_reader, 64)
                    with self._lock:
                        todo, self._incoming = self._incoming, []
                    for work in todo:
                        work()
                while self._display.pending_events():
                    self._hear(self._display.next_event())
                self._forgive()
        except (ConnectionClosedError, OSError, DesktopError):
            pass  # the display is gone, and the clipboard with it
        finally:
            self._over = True
            with self._lock:
                self._contents = {}
                self._lock.notify_all()
            with suppress(Exception):
                self._display.close()

    def _forgive(self) -> None:
        if self._refused is not None and self._refused.is_over():
            self._display.sync()
            if not self._display.pending_events():  # else it asks just now
                self._refused.close()
                self._refused = None

    def _hear(self, event: Any) -> None:
        if event.type == X.SelectionClear:
            name = self._display.get_atom_name(event.atom)
            if number_of(self._display.get_selection_owner(event.atom)) == self._window.id:
                return  # it was taken, and taken back since
            with self._lock:
                self._contents.pop(name, None)
                self._lock.notify_all()
        elif event.type == X.SelectionRequest:
            with suppress(XError):
                self._answer(event)
        elif event.type == X.PropertyNotify and event.state == X.PropertyDelete:
            with suppress(XError):
                self._go_on(event.window, event.atom)

    def _answer(self, request: Any) -> None:
        name, target = self._display.get_atom_name(request.selection), self._display.get_atom_name(request.target)
        place = request.property or request.target
        with self._lock:
            content = self._contents.get(name)
            if content is not None:
                content.asked += 1
        mask = ~self.client_mask
        late = self._refused is not None and request.requestor.id & mask == self._refused.window & mask
        if late and self._refused is not None:
            self._refused.note()
        given = content is not None and not late and self._give(content, request.requestor, target, place)
        request.requestor.send_event(
            SelectionNotify(
                time=request.time, requestor=request.requestor, selection=request.selection, target=request.target,
                property=place if given else X.NONE,
            )
        )  # fmt: skip
        self._display.sync()
        if given and content is not None and content.lent and target in TEXT_TARGETS:
            with self._lock:
                content.takers.append(request.requestor.id)
                self._lock.notify_all()

    def _give(self, content: _Content, requestor: Any, target: str, place: int) -> bool:
        if target == "TARGETS":
            atoms = [self._display.intern_atom(name) for name in ("TARGETS", *content.formats)]
            requestor.change_property(place, Xatom.ATOM, 32, atoms)
            return True
        if target not in content.formats:
            return False
        kind, size, data = content.formats[target]
        if len(data) <= _CHUNK:
            requestor.change_property(place, self._display.intern_atom(kind), size, items_of(data, size))
        else:
            requestor.change_attributes(event_mask=X.PropertyChangeMask)
            requestor.change_property(place, self._display.intern_atom("INCR"), 32, [len(data)])
            self._transfers[requestor.id, place] = requestor, kind, size, data
        return True

    def _go_on(self, window: Any, place: int) -> None:
        """The next piece of something large, now that the last one was taken."""
        transfer = self._transfers.pop((window.id, place), None)
        if transfer is None:
            return
        requestor, kind, size, data = transfer
        requestor.change_property(place, self._display.intern_atom(kind), size, items_of(data[:_CHUNK], size))
        if data:
            self._transfers[window.id, place] = requestor, kind, size, data[_CHUNK:]
        self._display.flush()
