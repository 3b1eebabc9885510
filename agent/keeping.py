"""How a run is kept: an episode without its secrets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from agent.accessibility import PASSWORD_ROLE
from agent.approval import writes
from agent.frame_reader import FrameReader
from agent.place import Place
from agent.private import WINDOW, need_not_echo
from agent.recorder.echo import is_shown
from recordings.action import Action
from recordings.episode import INTERRUPTED, EpisodeHeader, Outcome, Screenshot, Step
from recordings.errors import DeskhandError
from recordings.geometry import Box, ScreenTransform
from recordings.keeper import StepKeeper
from recordings.names import slug
from recordings.redaction import redact_header
from recordings.secrets.memory import Redactor
from recordings.secrets.pieces import typed_text, without_spans
from recordings.secrets.rules import PASSWORD, Find, placeholders
from recordings.store import EpisodeWriter

_T = TypeVar("_T")
LOOKING_SECONDS = 1.0
"""How long the first event of an action waits for where terminals are: by then the model has mostly thought for longer than that takes.
And for whether a password field has the keyboard, where what is typed leaves it: who asks later is told of another field."""
_ALL: Sequence[Box] = (Box(x1=0, y1=0, x2=1, y2=1),)


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


class Unseen:
    """What a run typed that is not to be seen, and where terminals were inside other programs, asked beside what else is done."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._typed: tuple[Future[bool], Future[bool]] | None = None
        self._before: Sequence[Box] = ()
        self._looks: list[Future[Sequence[Box]]] = []
        self._area: ScreenTransform | None = None

    def look(self, screenshot: Screenshot) -> None:
        """Begin to ask where terminals are: what is done next may close one that this shows."""
        self._area = screenshot.transform
        self._looks.append(later(lambda: self._place.terminals(screenshot.transform), _ALL))

    def begin(self, action: Action | None) -> None:
        """Something is done from now on, once it is known where terminals are."""
        wait(self._looks, LOOKING_SECONDS)
        if writes(action):  # what nobody can tell is not kept
            text = typed_text(action) or ""
            self._typed = later(lambda: self._types_password(text), True), later(self._place.in_terminal, True)
            if {"\n", "\t"} & set(text):
                wait(self._typed, LOOKING_SECONDS)

    def _types_password(self, text: str) -> bool:
        """Whether a password field has the keyboard, or may get it by the way: by a tab in the midst of what is typed."""
        if self._place.password_seen() or self._place.types_password():
            return True
        shown = self._place.everything(self._area) if "\t" in text.strip() and self._area is not None else ()
        return any(element.role == PASSWORD_ROLE for element in shown)

    def without(self, step: Step, keeper: StepKeeper, secret: bool = False) -> Step:
        """A step as it may be kept: without what no terminal was seen to show, and told what of its frames is a terminal's.

        What went into a password field is a secret, whatever it looks like; so is what a person was asked about as one: `secret`.
        """
        (blindly, held), self._typed = self._typed or (None, None), None
        if (text := typed_text(step.action)) and (secret or (blindly is not None and blindly.result())):
            for part in (text, *text.split("\t")):
                keeper.redactor.learn(part)
        step = without_unseen(step, keeper, held=held is not None and held.result())
        looked = [box for look in self._looks for box in look.result()]
        before, self._looks = (*self._before, *looked), []
        if step.after is not None:
            self._before = self._place.terminals(step.after.transform)
        covered = dict.fromkeys((WINDOW, box) for box in (*before, *self._before))
        if not covered:
            return step

        def told(shot: Screenshot | None) -> Screenshot | None:
            return replace(shot, private=tuple(dict.fromkeys((*shot.private, *covered)))) if shot is not None else None

        return step.model_copy(update={"before": told(step.before), "after": told(step.after)})


def without_unseen(step: Step, keeper: StepKeeper, held: bool = False) -> Step:
    """A step without what it typed into a terminal that was not seen to show it: a program may have asked for a password.

    Args:
        held: whether a terminal inside another program's window had the keyboard.
    """
    text = typed_text(step.action) or ""
    if not text.strip() or not _is_begun(step) or not (held or need_not_echo(step.window_class, step.window_title)):
        return step
    before, after = (keeper.lines_of(shot.image) if shot is not None else None for shot in (step.before, step.after))
    if before is not None and after is not None and is_shown(text, before, after, None, whole=True):
        return step
    return without_spans(step, (Find(0, len(text), PASSWORD),))


def _is_begun(step: Step) -> bool:
    """Whether something of it was done: also of what failed, or was broken off, on the way."""
    return step.outcome in (Outcome.PERFORMED, Outcome.FAILED) or (step.outcome is Outcome.SKIPPED and step.note.startswith(INTERRUPTED))


def later(question: Callable[[], _T], otherwise: _T) -> Future[_T]:
    """Ask something that takes a moment beside what else is done; `otherwise` is the answer where it cannot be told."""
    answer = Future[_T]()

    def ask() -> None:
        try:
            answer.set_result(question())
        except Exception:  # noqa: BLE001 — a desktop that dies raises what it likes, and the run says so itself
            answer.set_result(otherwise)

    threading.Thread(target=ask, daemon=True).start()
    return answer
