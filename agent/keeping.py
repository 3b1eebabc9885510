"""How a run is kept: an episode without its secrets, read by the reader that the policy reads with, or by one of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from agent.private import is_terminal
from agent.recorder.echo import is_shown
from recordings.action import Type
from recordings.episode import EpisodeHeader, Outcome, Step
from recordings.errors import DeskhandError
from recordings.keeper import StepKeeper
from recordings.names import slug
from recordings.redaction import Redactor, placeholders, redact_header
from recordings.secrets.pieces import without_spans
from recordings.secrets.pixels import Written
from recordings.secrets.rules import PASSWORD, Find
from recordings.store import EpisodeWriter

if TYPE_CHECKING:
    from agent.protocols import Policy
    from vlm.reading.protocols import Reader

_log = logging.getLogger(__name__)


class FrameReader:
    """Reads frames for what must not be kept. The reader is opened with the first; without one, frames are kept unread.

    Attributes:
        trouble: why nothing can be read; empty where it can.
    """

    def __init__(self, open_reader: Callable[[], Reader]) -> None:
        self._open = open_reader
        self._reader: Reader | None = None
        self._lock = threading.Lock()
        self.trouble = ""

    def __call__(self, image: Image.Image) -> Sequence[Written] | None:
        with self._lock:
            if self.trouble:
                return None
            try:
                if self._reader is None:
                    self._reader = self._open()
                reading = self._reader.read(image)
                return (*reading.elements, *reading.apart)
            except DeskhandError as error:
                self.trouble = str(error)
                _log.warning("frames are kept without a look for secrets in them: %s", error)
                return None


def frame_reader(policy: Policy | None, lang: str) -> FrameReader:
    """A reader of frames: the policy's own where it has one, for what it has read it need not read again."""
    own: Reader | None = getattr(getattr(policy, "eyes", None), "reader", None)
    return FrameReader(lambda: own if own is not None else _shared(lang))


@cache
def _shared(lang: str) -> Reader:
    from vlm.reading.reader import open_reader

    return open_reader(lang, threads=1)


def begin_run(root: Path, header: EpisodeHeader, request: str, redactor: Redactor, read: FrameReader) -> StepKeeper:
    """Begin the episode of a run, which keeps no secret; it is named by the time and by the header's name, or else by the request.

    Raises EpisodeError.
    """
    began, task = time.strftime("%Y%m%d-%H%M%S"), header.name

    def named(instruction: str) -> str:
        return f"{began}-{task or slug(instruction)}"

    redactor.learn_from(header.instruction)
    header = header.model_copy(update={"name": named(redactor.redact(request)[0])})
    writer = EpisodeWriter.create(root, redact_header(header, redactor), rename=True)
    return StepKeeper(writer, redactor, read, named)


class NotKept(DeskhandError):
    """What is to be done names a secret that was hidden when it was kept, and nobody is there to say it."""

    exit_status = 2


def refuse_placeholders(plan: Sequence[object], instruction: str) -> None:
    """Say before anything moves that something is missing. Raises NotKept."""
    if missing := placeholders(" ".join(map(str, plan or [instruction]))):
        raise NotKept(f"this was kept without what {missing[0]} stands for, and nobody is there to say it: write it out")


def without_unseen(step: Step, keeper: StepKeeper) -> Step:
    """A step without what it typed into a terminal that was not seen to show it: a program may have asked for a password."""
    text = step.action.text if isinstance(step.action, Type) else ""
    if not text.strip() or step.outcome is not Outcome.PERFORMED or not is_terminal(step.window_class):
        return step
    before, after = (keeper.lines_of(shot.image) if shot is not None else None for shot in (step.before, step.after))
    if before is not None and after is not None and is_shown(text, before, after, None, whole=True):
        return step
    return without_spans(step, (Find(0, len(text), PASSWORD),))


def later(question: Callable[[], bool]) -> Future[bool]:
    """Ask something that takes a moment beside what else is done; what cannot be told is no."""
    answer = Future[bool]()

    def ask() -> None:
        try:
            answer.set_result(question())
        except Exception:  # noqa: BLE001 — a desktop that dies raises what it likes, and the run says so itself
            answer.set_result(False)

    threading.Thread(target=ask, daemon=True).start()
    return answer
