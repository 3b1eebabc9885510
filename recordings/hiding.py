"""Taking secrets out of an episode that is on disk: its texts by the rules, its frames where something is to be painted over.

Each file is changed in one step: a crash leaves every file readable, and the same call again finishes the work.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import Image

from recordings import foreign, provenance
from recordings.durable import try_lock
from recordings.episode import Hidden, Step
from recordings.geometry import Box
from recordings.painting import paint
from recordings.redaction import learn_from_step, redact_header, redact_step
from recordings.secrets.memory import Redactor
from recordings.secrets.pieces import TypedPieces, without_spans
from recordings.secrets.pixels import Read, Shown, find_shown
from recordings.secrets.rules import Rules, load_rules
from recordings.store import FAST_PNG, HEADER, LOCK, STEPS, Episode, EpisodeError, Which, is_frame, read_episode


def hide_boxes(path: Path, boxes: Mapping[tuple[int, Which], Sequence[Box]]) -> int:
    """Paint boxes over frames of a stored episode, and over every other frame of it that is the same picture.

    Args:
        path: the episode's folder.
        boxes: by step index and frame.

    Returns:
        How many frame files were rewritten.

    Raises:
        EpisodeError: the episode is being written, cannot be read or written, or has no such frame.
    """
    with _owned(path) as lines:
        steps = {step.index: step for step in lines}
        wanted: dict[bytes, list[Box]] = {}
        names = {name for step in lines for _, name in _frames(step) if is_frame(name) and foreign.is_below(path, name)}
        contents = {name: foreign.digest(path, name) for name in sorted(names)}
        for (index, which), some in boxes.items():
            name = dict(_frames(steps[index])).get(which) if index in steps else None
            if name is None or name not in contents:
                raise EpisodeError(f"{path} has no frame {which} of step {index} to hide anything in")
            wanted.setdefault(contents[name], []).extend(some)
        changed = [name for name, content in contents.items() if content in wanted]
        for name in changed:
            image = foreign.read_picture(path, name, ("PNG",))
            foreign.replace_below(path, name, png_of(paint(image, wanted[contents[name]])))
        told = [
            _tell(
                step,
                [
                    Hidden(place=which, kind="hidden", box=box)
                    for which, name in _frames(step)
                    for box in wanted.get(contents.get(name, b""), ())
                ],
            )
            for step in lines
        ]
        _write_steps(path, told)
    return len(changed)


def hide_by_rules(path: Path, rules: Rules, read: Read | None = None) -> tuple[int, int]:
    """Take what the rules find out of a stored episode: of every text, and, where somebody reads them, of every frame.

    What they find anywhere is hidden everywhere. An episode does not say where the windows of terminals stood: they stay.

    Args:
        read: what is written in a picture; None: the frames are left alone.

    Returns:
        In how many steps texts were changed, and how many frame files were rewritten.

    Raises:
        EpisodeError: the episode is being written, or cannot be read or written.
    """
    redactor, pieces = Redactor(rules), TypedPieces()
    with _owned(path) as lines:
        header = read_episode(path).header
        redactor.learn_from(header.instruction)
        for step in lines:
            learn_from_step(step, redactor)
            pieces.add(step, redactor)
        cleaned = [redact_step(_without(step, pieces), redactor) for step in lines]
        shown = {name: found for name, found in _shown_in(path, lines, read, redactor).items() if found} if read is not None else {}
        for name, found in shown.items():
            image = foreign.read_picture(path, name, ("PNG",))
            foreign.replace_below(path, name, png_of(paint(image, [one.box for one in found])))
        changed = sum(one is not other for one, other in zip(lines, cleaned, strict=True))
        cleaned = [
            _tell(step, [Hidden(place=which, kind=one.kind, box=one.box) for which, name in _frames(step) for one in shown.get(name, ())])
            for step in cleaned
        ]
        _write_steps(path, cleaned)
        foreign.replace_below(path, HEADER, redact_header(header, redactor).model_dump_json(indent=2).encode() + b"\n")
    return changed, len(shown)


def _without(step: Step, pieces: TypedPieces) -> Step:
    spans = pieces.spans.get(step.index, ())
    return without_spans(step, spans) if spans else step


def _shown_in(path: Path, steps: Sequence[Step], read: Read, redactor: Redactor) -> dict[str, list[Shown]]:
    """What is to be covered of each frame; one that is several times the same picture is read once. Damaged ones are left out."""
    found: dict[bytes, list[Shown]] = {}
    shown: dict[str, list[Shown]] = {}
    for name in dict.fromkeys(name for step in steps for _, name in _frames(step) if is_frame(name) and foreign.is_below(path, name)):
        content = foreign.digest(path, name)
        if content not in found:
            try:
                found[content] = find_shown(read(foreign.read_picture(path, name, ("PNG",))) or (), redactor)
            except foreign.ForeignError:
                found[content] = []
        shown[name] = found[content]
    return shown


def redacted(episode: Episode) -> Episode:
    """An episode made here as it is handed on: without what today's rules find in its texts. One from elsewhere stays as it came."""
    if not provenance.is_trusted(episode.path):
        return episode
    redactor = Redactor(load_rules())
    redactor.learn_from(episode.header.instruction)
    for step in episode.steps:
        learn_from_step(step, redactor)
    steps = tuple(redact_step(step, redactor) for step in episode.steps)
    return replace(episode, header=redact_header(episode.header, redactor), steps=steps)


def png_of(image: Image.Image) -> bytes:
    """A frame's file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=FAST_PNG)
    return buffer.getvalue()


@contextmanager
def _owned(path: Path) -> Iterator[list[Step]]:
    """The steps of an episode that nobody else writes meanwhile."""
    if not foreign.is_below(path, HEADER):
        raise EpisodeError(f"{path} is not an episode: it has no {HEADER}")
    try:
        lock = try_lock(path / LOCK)
    except OSError as error:
        raise EpisodeError(f"{path / LOCK} cannot be made: {error.strerror}") from error
    if lock is None:
        raise EpisodeError(f"another process is writing {path}: wait for it to end")
    try:
        episode = read_episode(path)
        damaged = [problem for problem in episode.problems if problem.startswith(STEPS) and "incomplete" not in problem]
        if damaged:
            raise EpisodeError(f"{path} cannot be rewritten: {damaged[0]}")
        with provenance.kept(path):
            yield list(episode.steps)
    except OSError as error:
        raise EpisodeError(f"{path} could not be rewritten: {error.strerror or error}; do it again") from error
    finally:
        os.close(lock)


def _frames(step: Step) -> list[tuple[Which, str]]:
    named: list[tuple[Which, str | None]] = [("before", step.before_frame), ("after", step.after_frame)]
    return [(which, name) for which, name in named if name is not None]


def _tell(step: Step, hidden: Sequence[Hidden]) -> Step:
    return step.model_copy(update={"hidden": (*(step.hidden or ()), *hidden)}) if hidden else step


def _write_steps(path: Path, steps: Sequence[Step]) -> None:
    foreign.replace_below(path, STEPS, b"".join(step.model_dump_json(exclude_none=True).encode() + b"\n" for step in steps))
