"""New episodes out of old ones. The originals stay as they are; only `relabel` changes one, by replacing its header in one step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recordings import provenance
from recordings.durable import try_lock
from recordings.episode import EpisodeHeader, Step, StopReason
from recordings.foreign import replace_below
from recordings.frames import Frames
from recordings.names import ADVICE, is_name, normal
from recordings.printable import printable
from recordings.store import HEADER, LOCK, Episode, EpisodeError, EpisodeWriter, Which, header_bytes, read_episode

PROBLEMS, PROBLEM = 200, 500
"""How many problems a header keeps, and how many characters of each."""


def trim(episode: Episode, root: Path, name: str, first: int, last: int) -> Path:
    """The steps `first` to `last`, counted from 1 and both included, as a new episode.

    Raises:
        EpisodeError: there are no such steps, the name is taken, or it cannot be written.
    """
    count = len(episode.steps)
    if not 1 <= first <= last <= count:
        raise EpisodeError(f"{episode.path.name} has {count} steps: steps {first} to {last} are not among them")
    frames = Frames(episode)
    return _save(root, _part(episode, name, first, last), frames.steps(first - 1, last), [frames])


def split(episode: Episode, root: Path, names: Sequence[str], at: Sequence[int]) -> list[Path]:
    """Cut before each of the steps `at`, counted from 1, into `len(at) + 1` new episodes.

    Raises:
        EpisodeError: a cut leaves a part without steps, a name is taken (then nothing is written), or a part cannot be written.
    """
    cuts = [1, *sorted(at), len(episode.steps) + 1]
    if any(first >= last for first, last in pairwise(cuts)):
        raise EpisodeError(
            f"{episode.path.name} has {len(episode.steps)} steps: a cut before {', '.join(map(str, at))} leaves a part empty"
        )
    for name in names:
        if os.path.exists(root / name):
            raise EpisodeError(f"{root / name} exists already: choose another name")
    return [trim(episode, root, name, first, last - 1) for name, (first, last) in zip(names, pairwise(cuts), strict=True)]


def merge(episodes: Sequence[Episode], root: Path, name: str, instruction: str | None = None) -> Path:
    """All steps of several episodes, one after the other, as a new episode with the first one's start.

    Raises:
        EpisodeError: the pictures show different areas of a screen, the name is taken, or it cannot be written.
    """
    first, last = episodes[0], episodes[-1]
    areas = {tuple(display.model_dump().values()) for episode in episodes for display in episode.header.displays[:1]}
    if len(areas) > 1:
        raise EpisodeError("these episodes show screens of different sizes or places: merge only what was recorded in one place")
    joined = instruction or "; then ".join(dict.fromkeys(episode.header.instruction for episode in episodes))
    header = first.header.model_copy(
        update={
            "name": name,
            "instruction": joined,
            "task": first.header.task if len({(each.header.task, each.header.instruction) for each in episodes}) == 1 else None,
            "stop_reason": last.header.stop_reason,
            "stop_detail": last.header.stop_detail,
            "verdict": last.header.verdict,
            "extra": first.header.extra | {"made_from": [printable(episode.path.name) for episode in episodes]},
        }
    )
    frames = [Frames(episode) for episode in episodes]
    return _save(root, header, (step for each in frames for step in each.steps()), frames)


def relabel(path: Path, **changes: Any) -> EpisodeHeader:
    """Change an episode's `instruction`, `task` or `source`; what they were before is kept in its header's `extra["labels_before"]`.

    Raises:
        EpisodeError: it cannot be read or written, is being written, or a value is none.
    """

    def change(header: EpisodeHeader) -> EpisodeHeader:
        before = {name: getattr(header, name) for name in changes if getattr(header, name) != changes[name]}
        kept = header.extra.get("labels_before")
        earlier = kept if isinstance(kept, list) else []
        return header.model_copy(update={**changes, "extra": header.extra | {"labels_before": [*earlier, before]}} if before else {})

    return rewrite_header(path, change)


def rewrite_header(path: Path, change: Callable[[EpisodeHeader], EpisodeHeader]) -> EpisodeHeader:
    """Replace an episode's header by a changed one in one step, and return it.

    Raises:
        EpisodeError: it cannot be read or written, or another process is writing the episode.
    """
    before = read_episode(path).header
    try:
        lock = try_lock(path / LOCK)
        if lock is None:
            raise EpisodeError(f"another process is writing {path}: wait for it to end")
        try:
            header = EpisodeHeader.model_validate(change(before).model_dump(warnings=False))
            with provenance.kept(path):
                replace_below(path, HEADER, header_bytes(header))
        finally:
            os.close(lock)
    except ValidationError as error:
        first = error.errors()[0]
        raise EpisodeError(f"the header of {path} cannot be changed so: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except OSError as error:
        raise EpisodeError(f"{path / HEADER} cannot be written: {error.strerror or error}; it is as it was") from error
    return header


def rename(path: Path, name: str) -> Path:
    """Give an episode another name. Raises EpisodeError where that is taken, or where it is being written."""
    name = normal(name)
    if not is_name(name):
        raise EpisodeError(f"an episode cannot be called {name!r}: {ADVICE}")
    target = path.parent / name
    if os.path.exists(target):
        raise EpisodeError(f"{target} exists already: choose another name")
    rewrite_header(path, lambda header: header.model_copy(update={"name": name}))
    try:
        path.rename(target)
    except OSError as error:
        rewrite_header(path, lambda header: header.model_copy(update={"name": path.name}))
        raise EpisodeError(f"{path} cannot be renamed: {error.strerror}") from error
    return target


def verify(path: Path) -> tuple[Episode, list[str]]:
    """Read an episode and open every frame of it; what is missing or damaged, one line each.

    Raises:
        EpisodeError: there is no readable header, or it has another format version.
    """
    episode = read_episode(path)
    frames, problems = Frames(episode), list(episode.problems)
    for position, step in enumerate(episode.steps):
        if step.index != position:
            problems.append(f"step {step.index} stands where step {position} should")
        if step.action is not None and step.before_frame is None:
            problems.append(f"step {step.index} has no frame from before its action")
        named: tuple[tuple[Which, str | None], ...] = (("before", step.before_frame), ("after", step.after_frame))
        for which, name in named:
            if f"{name} of step {step.index} is missing" not in problems:
                frames.get(step, which)
    return episode, problems + frames.problems


def _part(episode: Episode, name: str, first: int, last: int) -> EpisodeHeader:
    """The header of some of an episode's steps. Less than the whole is no run of the task, and the verdict was the whole's."""
    header, count = episode.header, len(episode.steps)
    changes: dict[str, Any] = {
        "name": name,
        "extra": header.extra | {"made_from": [f"{printable(episode.path.name)} steps {first}-{last}"]},
    }
    if (first, last) != (1, count):
        changes |= {"task": None, "verdict": None}
    if last != count:
        changes |= {"stop_reason": StopReason.DONE, "stop_detail": ""}
    return header.model_copy(update=changes)


def _save(root: Path, header: EpisodeHeader, steps: Iterable[Step], frames: Sequence[Frames]) -> Path:
    """What is made of episodes that are trusted is trusted, too."""
    trusted = all(provenance.is_trusted(each.episode.path) for each in frames)
    return write_whole(root, header, steps, lambda: [problem for each in frames for problem in each.problems], made_here=trusted)


def write_whole(
    root: Path, header: EpisodeHeader, steps: Iterable[Step], problems: Callable[[], list[str]], *,
    rename: bool = False, made_here: bool = False,
) -> Path:  # fmt: skip
    """Write an episode that is over, numbering its steps anew; what `problems` names after the last step is kept in its header.

    Args:
        made_here: whether all of it happened on this machine.

    Raises:
        EpisodeError: the name is taken (unless `rename`), or it cannot be written.
    """
    with EpisodeWriter.create(
        root, header.model_copy(update={"stop_reason": None, "verdict": None, "ended_at": None}), rename=rename, made_here=made_here
    ) as writer:
        for index, step in enumerate(steps):
            writer.append(step.model_copy(update={"index": index}))
        if found := problems():
            told = [problem[:PROBLEM] for problem in found[:PROBLEMS]]
            writer.header = writer.header.model_copy(update={"extra": writer.header.extra | {"problems": told}})
        writer.close(header.stop_reason or StopReason.STOPPED, header.stop_detail, header.verdict)
    rewrite_header(writer.path, lambda written: written.model_copy(update={"ended_at": header.ended_at}))
    return writer.path
