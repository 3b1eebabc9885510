"""Reads the frames of a run for what the policy is not asked: secrets that must not be kept, and what an action is on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image

from recordings.errors import DeskhandError
from recordings.secrets.pixels import Written

if TYPE_CHECKING:
    from agent.protocols import Policy
    from vlm.reading.protocols import Reader
    from vlm.reading.reading import Reading

_log = logging.getLogger(__name__)


class FrameReader:
    """The reader is opened with the first frame; without one, frames are kept unread. From any thread, one frame at a time.

    Attributes:
        trouble: why nothing can be read; empty where it can.
    """

    def __init__(self, open_reader: Callable[[], Reader]) -> None:
        self._open = open_reader
        self._reader: Reader | None = None
        self._lock = threading.Lock()
        self.trouble = ""

    def read(self, image: Image.Image) -> Reading | None:
        """What is written on a frame; None where nothing can be read. Only what changed since the frame before is read again."""
        with self._lock:
            if self.trouble:
                return None
            try:
                if self._reader is None:
                    self._reader = self._open()
                return self._reader.read(image)
            except DeskhandError as error:
                self.trouble = str(error)
                _log.warning("frames are kept without a look for secrets in them: %s", error)
                return None

    def __call__(self, image: Image.Image) -> Sequence[Written] | None:
        """The same for `recordings.keeper`, with the words that a line was read in, too."""
        reading = self.read(image)
        return (*reading.elements, *reading.apart) if reading is not None else None


def frame_reader(policy: Policy | None, lang: str) -> FrameReader:
    """A reader of frames: the policy's own where it has one, for what it has read it need not read again."""
    own: Reader | None = getattr(getattr(policy, "eyes", None), "reader", None)
    return FrameReader(lambda: own if own is not None else _shared(lang))


@cache
def _shared(lang: str) -> Reader:
    from vlm.reading.reader import open_reader

    return open_reader(lang, threads=1)
