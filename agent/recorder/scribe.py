"""Writes what was recorded, redacted first, in a thread of its own.

What is typed is held back until the field is left, because a secret may come in pieces, with typing errors put right in between; then it
is judged as a whole: it is a password where the accessibility tree says that a password field had the keyboard, where nothing of it
showed on the screen, and in doubt; or it holds what the rules find. A step whose text was hidden stands for all that was typed there.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from PIL import Image

from agent.accessibility import Node
from agent.recorder.gestures import Gesture
from agent.recorder.watching import Seen
from agent.recorder.witness import Secret, Survey, Witness
from agent.x11.display import Window
from recordings.action import Action, Type, target_of
from recordings.episode import Element, Hidden, Outcome, Prediction, Screenshot, Source, Step
from recordings.errors import DeskhandError
from recordings.geometry import Box, Point
from recordings.redaction import PASSWORD, PLACEHOLDERS, Rules, paint, redact_step
from recordings.store import EpisodeWriter, Which

SURVEY_SECONDS = 3.0
UNECHOED_CHARACTERS = 4
"""Text so short may be typed and sent between two captures; longer text that never shows is a password."""
_EDITING = frozenset({"backspace", "delete", "left", "right", "home", "end", "shift", "capslock"})


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


class Scribe:
    """Takes drafts from one thread and appends them as steps from its own."""

    def __init__(
        self, writer: EpisodeWriter, rules: Rules, witness: Witness, *, hide_unechoed: bool = True,
        on_step: Callable[[Step], None] = lambda step: None, on_undo: Callable[[int], None] = lambda steps: None,
        name_at: Callable[[Image.Image, Point], Element | None] = lambda image, point: None,
    ) -> None:  # fmt: skip
        """
        Args:
            name_at: names what the pointer was on in a frame, where accessibility does not; called from the writing thread.
            hide_unechoed: treat text that changes nothing on the screen as a password.
            on_step: called with each step once it is on the disk, from the writing thread.
            on_undo: called with the number of steps that are left.
        """
        self._writer, self._rules, self._witness, self._hide_unechoed = writer, rules, witness, hide_unechoed
        self._on_step, self._on_undo, self._name_at = on_step, on_undo, name_at
        self._todo: queue.SimpleQueue[Draft | Literal["undo", "end"]] = queue.SimpleQueue()
        self._typed: list[Draft] = []
        self._blind: set[int] = set()
        self._shots: dict[tuple[int, tuple[Box, ...]], tuple[Seen, Screenshot]] = {}
        self.failure: DeskhandError | None = None
        """Why no step can be written any more."""
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)

    def start(self) -> Scribe:
        self._thread.start()
        return self

    def put(self, draft: Draft) -> None:
        """Have a draft written. Returns at once."""
        self._todo.put(draft)

    def undo(self) -> None:
        """Have the last step taken back."""
        self._todo.put("undo")

    def finish(self) -> None:
        """Write what is left and end. May be called twice."""
        if self._thread.is_alive():
            self._todo.put("end")
            self._thread.join()

    def _run(self) -> None:
        while (todo := self._todo.get()) != "end":
            self._guarded(self._undo if todo == "undo" else partial(self._take, todo))
        self._guarded(self._settle_typed)

    def _guarded(self, work: Callable[[], None]) -> None:
        if self.failure is None:
            try:
                work()
            except DeskhandError as error:
                self.failure = error

    def _undo(self) -> None:
        if self._typed:
            self._typed.pop()
        else:
            self._writer.undo()
        self._on_undo(self._writer.steps + len(self._typed))

    def _take(self, draft: Draft) -> None:
        gesture = draft.gesture
        if gesture.kind == "type" or (self._typed and gesture.kind == "press" and set(gesture.keys) <= _EDITING):
            self._typed.append(draft)
            return
        self._settle_typed()
        self._write(draft, draft.gesture.to_action(draft.before.frame.to_transform()))

    def _settle_typed(self) -> None:
        """Judge what was typed in one place, and write it."""
        drafts, self._typed = self._typed, []
        if not drafts:
            return
        text = _fold(drafts)
        clean, kinds = self._rules.redact(text)
        if not kinds:  # with arrow keys in between the folded text may be wrong, so what was typed is looked at as it came, too
            clean, kinds = self._rules.redact("".join(draft.gesture.text for draft in drafts))
        whole = replace(drafts[0], after=drafts[-1].after, gesture=replace(drafts[0].gesture, ended_at=drafts[-1].gesture.ended_at))
        if text and self._is_password(whole, text):
            self._write(whole, Type(text=PLACEHOLDERS[PASSWORD]), (Hidden(place="action", kind=PASSWORD),))
        elif kinds:
            self._cover_blind(whole)
            self._write(whole, Type(text=clean), tuple(Hidden(place="action", kind=kind) for kind in dict.fromkeys(kinds)))
        else:
            for draft in drafts:
                self._write(draft, draft.gesture.to_action(draft.before.frame.to_transform()))

    def _is_password(self, typed: Draft, text: str) -> bool:
        if self._hide_unechoed and len(text) >= UNECHOED_CHARACTERS and typed.before.difference(typed.after) is None:
            return True
        start, end = typed.gesture.started_at, typed.gesture.ended_at
        surveys = self._witness.around(start, end, SURVEY_SECONDS)
        # The draft's own survey counts too: it is only there where nothing has happened since.
        telling = [*([typed.survey] if typed.survey else []), *(survey for survey in surveys if start <= survey.started_at <= end)]
        known = [survey.types_password for survey in telling]
        if any(known):
            return True
        if False in known:
            return False
        # Typed faster than anything could be asked: hidden if a password field was there to take it.
        return any(survey.asks_for_password for survey in surveys)

    def _cover_blind(self, typed: Draft) -> None:
        """Where the accessibility tree does not tell where a secret stands, its whole window is painted over from now on."""
        surveys = self._witness.around(typed.after.first, typed.after.last, SURVEY_SECONDS)
        if typed.window is not None and not any(secret.kind != PASSWORD for survey in surveys for secret in survey.secrets):
            self._blind.add(typed.window.id)

    def _write(self, draft: Draft, action: Action, hidden: tuple[Hidden, ...] = ()) -> None:
        gesture = draft.gesture
        transform = draft.before.frame.to_transform()
        node = draft.node
        if draft.survey is not None:
            node = draft.survey.node_at(*gesture.path[0]) if gesture.path else draft.survey.focus
        element = node.to_element(transform) if node is not None else None
        before, painted_before = self._shot(draft.before, "before")
        if gesture.path and (element is None or not element.name.strip()) and (read := self._read(draft, action, before, element)):
            element = read
            before, painted_before = self._shot(draft.before, "before")
        after, painted_after = self._shot(draft.after, "after")
        hidden = (*hidden, *painted_before, *painted_after)
        step = Step(
            index=self._writer.steps,
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
            before=before,
            after=after,
        )
        self._on_step(self._writer.append(redact_step(step, self._rules)))

    def _read(self, draft: Draft, action: Action, before: Screenshot, unnamed: Element | None) -> Element | None:
        """What is written where the pointer was, on the unnamed element if there is one.

        It is read from the frame as it is kept: what is painted over cannot be read.

        A secret that only reading finds stands where nothing tells its place for certain: its whole window is painted from now on.
        """
        place = target_of(action)
        read = self._name_at(before.image, place) if place is not None else None
        if read is None or (unnamed is not None and not unnamed.box.contains(read.box.center)):
            return None
        if self._rules.find(read.name) and draft.window is not None:
            self._blind.add(draft.window.id)
        return read

    def _shot(self, seen: Seen, which: Which) -> tuple[Screenshot, tuple[Hidden, ...]]:
        """The capture with everything secret painted over; the same object for the same picture, so that it is stored once."""
        transform = seen.frame.to_transform()
        secrets = self._secrets(seen)
        found = {(secret.kind, box): None for secret in secrets if (box := secret.to_box(transform)) is not None}
        covered = [Box.from_pixels(left, top, right - left, bottom - top, seen.frame.size) for left, top, right, bottom in seen.covered]
        boxes = (*(box for _, box in found), *covered)
        key = (id(seen), boxes)
        if key not in self._shots:
            shot = seen.frame.to_screenshot()
            self._shots = dict(list(self._shots.items())[-3:])
            self._shots[key] = seen, replace(shot, image=paint(shot.image, boxes)) if boxes else shot
        return self._shots[key][1], tuple(Hidden(place=which, kind=kind, box=box) for kind, box in found)

    def _secrets(self, seen: Seen) -> Sequence[Secret]:
        """What must not be seen of a capture: as read while it was shown; where nothing was, as read before and after."""
        surveys = self._witness.around(seen.first, seen.last, SURVEY_SECONDS)
        within = [survey for survey in surveys if survey.started_at >= seen.first and survey.ended_at <= seen.last]
        relevant = within or surveys
        covered = [
            Secret("hidden", window.left, window.top, window.width, window.height)
            for survey in relevant
            for window in survey.windows
            if window.id in self._blind
        ]
        return [*(secret for survey in relevant for secret in survey.secrets), *covered]


def _fold(drafts: Sequence[Draft]) -> str:
    """What stands in a field after it was typed with corrections by the backspace key."""
    text = ""
    for draft in drafts:
        text = text[:-1] if draft.gesture.keys == ("backspace",) else text + draft.gesture.text
    return text
