"""What is written on the screen, for a policy that reads nothing itself: read while the model thinks. For approval, never for the model."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from PIL import Image

from agent.stop import Position, StopSwitch
from recordings.errors import DeskhandError

if TYPE_CHECKING:
    from agent.frame_reader import FrameReader
    from agent.protocols import Policy
    from recordings.geometry import Point
    from vlm.reading.icons.finder import IconFinder
    from vlm.reading.icons.icon import Icon
    from vlm.reading.reading import Reading

READING_SECONDS = 20.0
"""How long approval waits for a frame to be read, where the model was quicker; a whole screen takes one or two."""


class Sight(Protocol):
    """What approval knows of what is written on the screen."""

    @property
    def reading(self) -> Reading | None: ...

    def icons_at(self, point: Point) -> tuple[Icon, ...]: ...


class ReadingAhead:
    """A `Sight`. `begin` and the rest from the run's thread; a stop of the switch ends its waiting."""

    def __init__(self, reader: FrameReader, switch: StopSwitch | None = None) -> None:
        self._reader, self._switch = reader, switch or StopSwitch()
        self._image: Image.Image | None = None
        self._coming: Future[Reading | None] | None = None
        self._finder: IconFinder | None = None
        self._until: float | None = None
        """How long this frame is waited for: from the first question about it on, not that long again for each."""
        self._nameless = ""

    def begin(self, image: Image.Image) -> None:
        """Read this frame beside what else is done; the one that was read last is read again only where it changed."""
        if self._image is image:
            return
        coming: Future[Reading | None] = Future()
        self._image, self._coming, self._until = image, coming, None
        if self._reader.trouble:  # what the frame before says is nothing about this one
            coming.set_result(None)
            return

        def read() -> None:
            try:
                coming.set_result(self._reader.read(image))
            except Exception as error:  # noqa: BLE001 — raised where the answer is wanted
                coming.set_exception(error)

        # No daemon: a process that ends while a network computes is ended by its library, with an error after its last line.
        threading.Thread(target=read, name="reading ahead").start()

    @property
    def reading(self) -> Reading | None:
        """What the frame says, waited for; None where nothing was begun, or nothing can be read."""
        if self._coming is None:
            return None
        if not self._coming.done():
            self._wait_for(self._coming)
        return self._coming.result() if self._coming.done() else None

    def _wait_for(self, coming: Future[Reading | None]) -> None:
        self._until = self._until or time.monotonic() + READING_SECONDS
        over = threading.Event()
        coming.add_done_callback(lambda _: over.set())
        unsubscribe = self._switch.subscribe(lambda position, reason: over.set() if position is Position.STOPPED else None)
        try:
            if not self._switch.stopped:
                over.wait(max(self._until - time.monotonic(), 0.0))
        finally:
            unsubscribe()

    @property
    def trouble(self) -> str:
        """Why the frame is unread; empty where it was read, and where nobody wanted it read."""
        if self._coming is None:
            return self._reader.trouble
        if self.reading is not None:
            return ""
        late = "the run was stopped meanwhile" if self._switch.stopped else f"it took more than {READING_SECONDS:g} seconds"
        return self._reader.trouble or late

    def icons_at(self, point: Point) -> tuple[Icon, ...]:
        """The icons of that frame at a point; none where the package that names them is missing."""
        from vlm.reading.icons.finder import IconFinder

        reading = self.reading
        if reading is None or self._image is None or self._nameless:
            return ()
        if self._finder is None:
            self._finder = IconFinder()
        try:
            return self._finder.find_at(self._image, reading, point)
        except DeskhandError as error:
            self._nameless = str(error)
            return ()


def sight_of(policy: Policy, reader: FrameReader, switch: StopSwitch | None = None) -> Sight:
    """The policy's own eyes where it has some, else a reading beside it."""
    own: Sight | None = getattr(policy, "eyes", None)
    return own if own is not None else ReadingAhead(reader, switch)
