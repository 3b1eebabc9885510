"""What is written on the screen, for a policy that reads nothing itself: read while the model thinks. For approval, never for the model."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from PIL import Image

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
    """A `Sight`. `begin` and the rest from the run's thread."""

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader
        self._image: Image.Image | None = None
        self._coming: Future[Reading | None] | None = None
        self._finder: IconFinder | None = None
        self._late = self._nameless = ""

    def begin(self, image: Image.Image) -> None:
        """Read this frame beside what else is done; the one that was read last is read again only where it changed."""
        if self._image is image or self._reader.trouble:
            return
        coming: Future[Reading | None] = Future()
        self._image, self._coming = image, coming

        def read() -> None:
            try:
                coming.set_result(self._reader.read(image))
            except Exception as error:  # noqa: BLE001 — raised where the answer is wanted
                coming.set_exception(error)

        threading.Thread(target=read, daemon=True).start()

    @property
    def reading(self) -> Reading | None:
        """What the frame says, waited for; None where nothing was begun, or nothing can be read."""
        self._late = ""
        if self._coming is None:
            return None
        try:
            return self._coming.result(READING_SECONDS)
        except TimeoutError:
            self._late = f"it took more than {READING_SECONDS:g} seconds"
            return None

    @property
    def trouble(self) -> str:
        """Why the frame is unread; empty where it was read, and where nobody wanted it read."""
        if self._coming is None:
            return self._reader.trouble
        return "" if self.reading is not None else self._reader.trouble or self._late

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


def sight_of(policy: Policy, reader: FrameReader) -> Sight:
    """The policy's own eyes where it has some, else a reading beside it."""
    own: Sight | None = getattr(policy, "eyes", None)
    return own if own is not None else ReadingAhead(reader)
