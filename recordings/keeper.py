"""Keeps the steps of an episode without their secrets: the one way in which recordings and runs are written.

    step ─► learn ─► texts redacted ─► frames read and painted over ─► EpisodeWriter

What is learned to be secret only now was perhaps kept before: then the steps and frames before are written again without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from recordings import foreign
from recordings.episode import LONGEST_PARTS, Hidden, Screenshot, Step, StopReason
from recordings.geometry import Box
from recordings.hiding import png_of
from recordings.painting import paint
from recordings.redaction import learn_from_step, redact_header, redact_step
from recordings.secrets.memory import Redactor
from recordings.secrets.pieces import TypedPieces, without_spans
from recordings.secrets.pixels import Read, Written, find_shown
from recordings.store import EpisodeWriter, Which

READINGS_KEPT = 4


@dataclass
class _Kept:
    """A step as it was before redaction, without its pictures, and what was painted over in them."""

    step: Step
    painted: tuple[Hidden, ...]


class StepKeeper:
    """Appends steps to an episode, redacted. From one thread."""

    def __init__(
        self, writer: EpisodeWriter, redactor: Redactor, read: Read = lambda image: None, named: Callable[[str], str] | None = None
    ) -> None:
        """
        Args:
            read: what is written in a picture.
            named: the episode's name by its instruction, where it is named so: what is taken out of one is taken out of the other.
        """
        self.writer, self.redactor, self._read, self._named = writer, redactor, read, named
        self._pieces = TypedPieces()
        self._state = self._known()
        self._kept: list[_Kept] = []
        self._lines: dict[int, tuple[Image.Image, Sequence[Written] | None]] = {}
        self._painted: dict[tuple[int, tuple[Box, ...]], tuple[Image.Image, Image.Image]] = {}
        self._written: dict[str, Sequence[Written]] = {}
        """What was read in the frames that are on the disk, by their names."""

    def append(self, step: Step) -> Step:
        """Save a step without its secrets, and return it so. Raises EpisodeError."""
        learn_from_step(step, self.redactor)
        self._pieces.add(step, self.redactor)
        shots = {which: shot for which, shot in (("before", step.before), ("after", step.after)) if shot is not None}
        painted = {which: self.cover(which, shot) for which, shot in shots.items()}  # type: ignore[arg-type]
        hidden = tuple(one for _, told in painted.values() for one in told)
        kept = _Kept(step.model_copy(update={"before": None, "after": None}), hidden)
        if self._state != self._known():
            self._write_again()
        frames = {which: shot for which, (shot, _) in painted.items()}
        saved = self.writer.append(self._clean(kept).model_copy(update=frames))
        kept.step = kept.step.model_copy(update={"before_frame": saved.before_frame, "after_frame": saved.after_frame})
        self._kept.append(kept)
        for which, name in (("before", saved.before_frame), ("after", saved.after_frame)):
            if name is not None:
                self._written[name] = self._lines.get(id(shots[which].image), (None, None))[1] or ()
        return saved

    def undo(self) -> bool:
        """Take the last step back; says whether there was one. Raises EpisodeError."""
        if self._kept:
            self._kept.pop()
            self._pieces.forget(len(self._kept))
        return self.writer.undo()

    def close(self, reason: StopReason, detail: str = "", verdict: bool | None = None, notes: Sequence[str] = ()) -> None:
        """Write how the episode ended, and notes that belong to no step. Raises EpisodeError."""
        if notes:
            extra = self.writer.header.extra | {"notes": [self.redactor.redact(note)[0] for note in notes]}
            self.writer.header = self.writer.header.model_copy(update={"extra": extra})
        if self._state != self._known():
            self._write_again()
        self.writer.close(reason, self.redactor.redact(detail)[0], verdict)

    @property
    def path(self) -> Any:
        """The episode's folder."""
        return self.writer.path

    @property
    def steps(self) -> int:
        """How many were saved."""
        return self.writer.steps

    def _known(self) -> tuple[int, int]:
        """Changes whenever something is learned."""
        return len(self.redactor.known), self._pieces.found

    def _clean(self, kept: _Kept) -> Step:
        step = kept.step
        spans = self._pieces.spans.get(step.index, ())
        if spans:
            step = without_spans(step, spans)
        step = redact_step(step, self.redactor)
        told = tuple(dict.fromkeys((*(step.hidden or ()), *kept.painted)))[:LONGEST_PARTS]
        return step.model_copy(update={"hidden": told}) if told else step

    def _write_again(self) -> None:
        """Put what is known now to be secret out of everything that is on the disk."""
        self._state = self._known()
        self.writer.header = header = redact_header(self.writer.header, self.redactor)
        name, called = self._named(header.instruction) if self._named is not None else header.name, self.writer.path.name
        if name != called and not called.startswith(f"{name}-"):
            self.writer.rename(name)
        for name, lines in self._written.items():
            if boxes := [shown.box for shown in find_shown(lines, self.redactor)]:
                image = foreign.read_picture(self.writer.path, name, ("PNG",))
                foreign.replace_below(self.writer.path, name, png_of(paint(image, boxes)))
        self.writer.rewrite([self._clean(kept) for kept in self._kept])

    def cover(self, which: Which, shot: Screenshot) -> tuple[Screenshot, tuple[Hidden, ...]]:
        """The picture with everything secret painted over; the same object for the same picture, so that it is stored once."""
        found = dict.fromkeys(shot.private)
        if not any(box.area > 0.999 for _, box in found):
            for shown in find_shown(self.lines_of(shot.image) or (), self.redactor):
                if not any(_within(shown.box, box) for _, box in shot.private):
                    found[shown.kind, shown.box] = None
        boxes = tuple(box for _, box in found)
        key = (id(shot.image), boxes)
        if boxes and key not in self._painted:
            self._painted = dict(list(self._painted.items())[-READINGS_KEPT:])
            self._painted[key] = shot.image, paint(shot.image, boxes)
        image = self._painted[key][1] if boxes else shot.image
        return replace(shot, image=image), tuple(Hidden(place=which, kind=kind, box=box) for kind, box in found)

    def lines_of(self, image: Image.Image) -> Sequence[Written] | None:
        """What is written in a picture, read once; None where nothing can be read."""
        if id(image) not in self._lines:
            lines = self._read(image)
            self._lines = dict(list(self._lines.items())[-READINGS_KEPT:])
            self._lines[id(image)] = image, lines
        return self._lines[id(image)][1]


def _within(inner: Box, outer: Box) -> bool:
    return outer.x1 <= inner.x1 and outer.y1 <= inner.y1 and inner.x2 <= outer.x2 and inner.y2 <= outer.y2
