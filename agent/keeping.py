"""How a run is kept: an episode without its secrets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from agent.frame_reader import FrameReader
from agent.private import is_terminal
from agent.recorder.echo import is_shown
from recordings.action import Type
from recordings.episode import EpisodeHeader, Outcome, Step
from recordings.errors import DeskhandError
from recordings.keeper import StepKeeper
from recordings.names import slug
from recordings.redaction import Redactor, placeholders, redact_header
from recordings.secrets.pieces import without_spans
from recordings.secrets.rules import PASSWORD, Find
from recordings.store import EpisodeWriter


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
