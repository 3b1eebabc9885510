"""Writes what was recorded, redacted first, in threads of its own.

    drafts ─► gather: what was seen and said around each ─► judge what was typed ─► StepKeeper

What is typed is held back until the field is left, because a secret may come in pieces, with typing errors put right in between; then it
is judged as a whole (`agent.recorder.judging`). A step whose text was hidden stands for all that was typed there.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from PIL import Image

from agent.accessibility import Node
from agent.errors import DesktopError
from agent.private import WINDOW
from agent.recorder.field import fold, stays
from agent.recorder.gestures import Gesture
from agent.recorder.judging import Judge, runs_of
from agent.recorder.watching import Seen
from agent.recorder.witness import Secret, Survey, Witness
from agent.x11.display import Window
from recordings.action import Action, Type, target_of
from recordings.episode import Element, Hidden, Outcome, Prediction, Screenshot, Source, Step, StopReason
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from recordings.keeper import StepKeeper
from recordings.secrets.memory import Redactor
from recordings.secrets.pixels import Read
from recordings.secrets.rules import PASSWORD, PLACEHOLDERS
from recordings.store import EpisodeWriter

SURVEY_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Draft:
    """One gesture with all that was seen around it, not yet redacted."""

    gesture: Gesture
    before: Seen
    after: Seen
    at: float
    """`time.time()` when it began."""
    survey: Survey | None = None
    """What the accessibility tree said just before."""
    window: Window | None = None
    """The active window when it began."""
    note: str = ""
    node: Node | None = None
    """What the pointer was on, where the survey does not tell."""
    silent: bool | None = None
    """Whether a terminal said that it did not show what was typed; False where it said that it did."""
    pasted: Future[tuple[str, ...]] | None = None
    """What of what was pasted is secret."""
    around: tuple[tuple[Survey, ...], tuple[Survey, ...], tuple[Survey, ...]] = ((), (), ())
    """The surveys around the frame before, around the gesture, and around the frame after."""


class Scribe:
    """Takes drafts from one thread and appends them as steps from its own."""

    def __init__(
        self, writer: EpisodeWriter, redactor: Redactor, witness: Witness, *, hide_unechoed: bool = True,
        on_step: Callable[[Step], None] = lambda step: None,
        name_at: Callable[[Image.Image, Point], Element | None] = lambda image, point: None, read: Read | None = None,
    ) -> None:  # fmt: skip
        """
        Args:
            name_at: names what the pointer was on in a frame, where accessibility does not; called from the writing thread.
            read: what is written in a frame, to cover what is secret there; called from the writing thread.
            hide_unechoed: treat text that changes nothing on the screen as a password.
            on_step: called with each step once it is on the disk, from the writing thread.
        """
        self._redactor, self._witness = redactor, witness
        self._keeper = StepKeeper(writer, self._redactor, read or (lambda image: None))
        self._judge = Judge(self._keeper.lines_of, hide_unechoed=hide_unechoed)
        self._on_step, self._name_at = on_step, name_at
        self._todo: queue.SimpleQueue[Draft | Literal["undo", "end"]] = queue.SimpleQueue()
        self._gathered: queue.SimpleQueue[Draft | Literal["undo", "end"]] = queue.SimpleQueue()
        self._typed: list[Draft] = []
        self._blind: set[int] = set()
        self.failure: DeskhandError | None = None
        """Why no step can be written any more."""
        self._threads = [threading.Thread(target=work, name="scribe", daemon=True) for work in (self._gather, self._run)]

    def start(self) -> Scribe:
        for thread in self._threads:
            thread.start()
        return self

    def put(self, draft: Draft) -> None:
        """Have a draft written. Returns at once."""
        self._todo.put(draft)

    def undo(self) -> None:
        """Have the last step taken back."""
        self._todo.put("undo")

    def finish(self) -> None:
        """Write what is left and end. May be called twice."""
        if self._threads[0].is_alive():
            self._todo.put("end")
        for thread in self._threads:
            thread.join()

    def close(self, reason: StopReason, detail: str, verdict: bool | None, note: str) -> None:
        """End the episode, once all is written; `note`: one that no step followed. Raises EpisodeError."""
        self._keeper.close(reason, detail, verdict, [note] if note else [])

    def _gather(self) -> None:
        self._guarded(self._gather_all)
        self._gathered.put("end")  # also where it failed, or nobody would ever see the end

    def _gather_all(self) -> None:
        """Ask what the applications said around each draft while that is still known: reading frames may take longer."""
        while (todo := self._todo.get()) != "end":
            if isinstance(todo, Draft):
                spans = (
                    (todo.before.first, todo.before.last),
                    (todo.gesture.started_at, todo.gesture.ended_at),
                    (todo.after.first, todo.after.last),
                )
                before, during, after = (tuple(self._witness.around(*span, SURVEY_SECONDS)) for span in spans)
                todo = replace(todo, around=(before, during, after))
            self._gathered.put(todo)

    def _run(self) -> None:
        while (todo := self._gathered.get()) != "end":
            self._guarded(self._undo if todo == "undo" else partial(self._take, todo))
        self._guarded(self._settle_typed)

    def _guarded(self, work: Callable[[], None]) -> None:
        if self.failure is None:
            try:
                work()
            except DeskhandError as error:
                self.failure = error
            except Exception as error:  # noqa: BLE001 — a thread that ended without a word would leave out what comes after
                self.failure = DesktopError(f"the recording cannot go on: {type(error).__name__}")  # what it says may hold what was typed

    def _undo(self) -> None:
        if self._typed:
            self._typed.pop()
        else:
            self._keeper.undo()

    def _take(self, draft: Draft) -> None:
        gesture = draft.gesture
        for value in draft.pasted.result() if draft.pasted is not None else ():
            self._redactor.learn(value)
        if self._typed and _place(self._typed[-1]) != _place(draft):
            self._settle_typed(draft)
        if gesture.kind == "type" or (self._typed and gesture.kind == "press" and stays(gesture.keys)):
            self._typed.append(draft)
            return
        self._settle_typed(draft)
        self._write(draft, gesture.to_action(draft.before.frame.to_transform()))

    def _settle_typed(self, following: Draft | None = None) -> None:
        """Judge what was typed in one place, and write it."""
        drafts, self._typed = self._typed, []
        if not drafts:
            return
        # With keys in between the folded text may be wrong, so what was typed is looked at as it came, too.
        texts = dict.fromkeys((fold([draft.gesture for draft in drafts]), "".join(draft.gesture.text for draft in drafts)))
        for text in texts:
            self._redactor.learn_from(text)
        clean, kinds = next(((clean, kinds) for text in texts for clean, kinds in [self._redactor.redact_typed(text)] if kinds), ("", ()))
        sure, hidden = False, set[int]()
        for run in runs_of(drafts):
            verdict = self._judge.verdict(run, following)
            if verdict != "shown":
                hidden |= {id(draft) for draft in run}
                sure |= verdict == "password"
                if verdict == "password":
                    self._redactor.learn(fold([draft.gesture for draft in run]))
        if len(hidden) == len(drafts) and not kinds:
            self._write(_whole(drafts), Type(text=PLACEHOLDERS[PASSWORD]), (Hidden(place="action", kind=PASSWORD),))
        elif hidden:
            for run in runs_of(drafts):
                if id(run[0]) in hidden:
                    self._write(_whole(run), Type(text=PLACEHOLDERS[PASSWORD]), (Hidden(place="action", kind=PASSWORD),))
                else:
                    self._write_each(run)
        elif kinds:
            self._cover_blind(_whole(drafts))
            self._write(_whole(drafts), Type(text=clean), tuple(Hidden(place="action", kind=kind) for kind in dict.fromkeys(kinds)))
        else:
            self._write_each(drafts)

    def _write_each(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self._write(draft, draft.gesture.to_action(draft.before.frame.to_transform()))

    def _cover_blind(self, typed: Draft) -> None:
        """Where the accessibility tree does not tell where a secret stands, its whole window is painted over from now on."""
        told = any(secret.kind != PASSWORD for survey in typed.around[2] for secret in survey.secrets)
        if typed.window is not None and not told:
            self._blind.add(typed.window.id)

    def _write(self, draft: Draft, action: Action, hidden: tuple[Hidden, ...] = ()) -> None:
        gesture = draft.gesture
        transform = draft.before.frame.to_transform()
        node = draft.node
        if draft.survey is not None:
            node = draft.survey.node_at(*gesture.path[0]) if gesture.path else draft.survey.focus
        element = node.to_element(transform) if node is not None else None
        if gesture.path and (element is None or not element.name.strip()) and (read := self._read(draft, action, element)):
            element = read
        step = Step(
            index=self._keeper.steps,
            prediction=Prediction(action=action, thought=draft.note),
            action=action,
            source=Source.HUMAN,
            outcome=Outcome.PERFORMED,
            changed=draft.before.difference(draft.after) is not None,
            window_title=draft.window.title if draft.window is not None else None,
            window_class=draft.window.wm_class if draft.window is not None else None,
            element=element,
            hidden=hidden or None,
            started_at=draft.at,
            seconds={"act": round(gesture.ended_at - gesture.started_at, 4)},
            before=self._shot(draft.before, draft.around[0]),
            after=self._shot(draft.after, draft.around[2]),
        )
        self._on_step(self._keeper.append(step))

    def _read(self, draft: Draft, action: Action, unnamed: Element | None) -> Element | None:
        """What is written where the pointer was, on the unnamed element if there is one.

        It is read from the frame as it is kept, but that a terminal's words may be named whose pixels are not kept: what is painted over
        cannot be read. A secret that only reading finds stands where nothing tells its place for certain: its whole window is painted from
        now on.
        """
        place = target_of(action)
        if place is None:
            return None
        shot = self._shot(draft.before, draft.around[0])
        secret = tuple((kind, box) for kind, box in shot.private if kind != WINDOW)
        read = self._name_at(self._keeper.cover("before", replace(shot, private=secret))[0].image, place)
        if read is None or (unnamed is not None and not unnamed.box.contains(read.box.center)):
            return None
        if self._redactor.find(read.name) and draft.window is not None:
            self._blind.add(draft.window.id)
        return read

    def _shot(self, seen: Seen, surveys: Sequence[Survey]) -> Screenshot:
        """The capture with what must not be kept of it; the same picture for the same capture, so that it is stored once."""
        shot = seen.screenshot
        found = {(secret.kind, box): None for secret in self._secrets(seen, surveys) if (box := secret.to_box(shot.transform)) is not None}
        covered = [
            (WINDOW, Box.from_pixels(left, top, right - left, bottom - top, seen.frame.size))
            for left, top, right, bottom in (*seen.covered, *seen.private)
        ]
        return replace(shot, private=tuple(dict.fromkeys((*found, *covered))))

    def _secrets(self, seen: Seen, surveys: Sequence[Survey]) -> Sequence[Secret]:
        """What must not be seen of a capture: as read while it was shown; where nothing was, as read before and after."""
        within = [survey for survey in surveys if survey.started_at >= seen.first and survey.ended_at <= seen.last]
        relevant = within or surveys
        covered = [
            Secret("hidden", window.left, window.top, window.width, window.height)
            for survey in relevant
            for window in survey.windows
            if window.id in self._blind
        ]
        return [*(secret for survey in relevant for secret in survey.secrets), *covered]


def _place(draft: Draft) -> int | None:
    """Where something was typed: what is typed into two windows is two texts."""
    return draft.window.id if draft.window is not None else None


def _whole(drafts: Sequence[Draft]) -> Draft:
    """All that was typed in one place, as one."""
    first, last = drafts[0], drafts[-1]
    around = (first.around[0], tuple(survey for draft in drafts for survey in draft.around[1]), last.around[2])
    return replace(first, after=last.after, around=around, gesture=replace(first.gesture, ended_at=last.gesture.ended_at))
