"""Which recorded steps are fit to learn from: automatic checks, and verdicts that a person can overrule, kept beside the episodes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import TypeAdapter

from recordings.action import target_of
from recordings.durable import replace_synced
from recordings.episode import Step
from recordings.errors import DeskhandError
from recordings.geometry import Box
from recordings.parsing import parse_json
from recordings.provenance import is_shipped
from recordings.store import Episode, EpisodeError, read_episode
from training.datasets.amendments import home_of, notes_file, read_amendments, read_notes
from training.datasets.episode_records import episodes_in, lost_steps, whole_until
from training.datasets.records import Record
from vlm.writing import writing

Quality = Literal["good", "wrong answer", "bad image"]
"""A good question with a good answer; a good question with a wrong one, to be answered anew; a picture that teaches nothing."""
QUALITIES: tuple[str, ...] = get_args(Quality)
VERDICTS = "verdicts.jsonl"
FLAT = 2.0
"""Standard deviation of the grey values below which a frame shows nothing."""
NEAR_DUPLICATE = "near-duplicate"
ALIKE = 2
"""Bits of 64 by which the hashes of near-duplicates may differ."""
CHANGED = 12
"""Grey values by which a pixel must differ to count as changed."""
LEAK_SHARE, LEAK_MOST = 0.9, 0.02
"""A highlight leaks where at least this share of all that changed lies on the target, and no more than this of the screen changed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about one step, or about a whole episode, whose `step` is None; `by` is `check` or `person`."""

    episode: str
    step: int | None
    quality: Quality
    reason: str
    by: Literal["check", "person"] = "check"

    def __str__(self) -> str:
        where = self.episode if self.step is None else f"{self.episode}, step {self.step + 1}"
        return f"{where}: {self.quality}: {self.reason}"


_VERDICT = TypeAdapter(Verdict)


def check_folder(folder: Path) -> Iterator[Verdict]:
    """Check every step of an episode, or of all episodes in a folder. A step may get several verdicts, one for each reason.

    An episode that cannot be read, or that holds no step, gets one verdict that says so.

    Raises:
        DeskhandError: there is no episode.
    """
    paths = episodes_in(folder)
    if not paths:
        raise DeskhandError(f"{folder} holds no episode: name an episode's folder, or the folder that holds them")
    seen: list[tuple[int, str, int]] = []
    for path in paths:
        try:
            episode = read_episode(path)
        except EpisodeError as error:
            yield Verdict(path.name, None, "bad image", f"unreadable episode: {error}")
            continue
        if not episode.steps:
            yield Verdict(path.name, None, "bad image", "an episode without a step: delete it, or record it again")
        yield from check_episode(episode, seen)


def check_episode(episode: Episode, seen: list[tuple[int, str, int]] | None = None) -> Iterator[Verdict]:
    """Check each step; `seen` collects frames' hashes with their episodes and steps, to find near-duplicates across episodes."""
    seen = [] if seen is None else seen
    before_it: Image.Image | None = None
    name, whole = episode.path.name, whole_until(episode)
    for place, why in lost_steps(episode).items():
        yield Verdict(name, place, "bad image", f"lost step: its line is {why}")
    for place, step in enumerate(episode.steps):
        if place >= whole:
            yield Verdict(name, step.index, "bad image", "its history is not whole: a step before it is lost")
        for quality, reason in _check_step(episode, step, before_it):
            yield Verdict(name, step.index, quality, reason)
        frame = _frame(episode, step, "before")
        if frame is not None:
            code = difference_hash(frame)
            # The frames of one episode follow from each other and are alike by nature.
            twin = next((one for one in seen if one[1] != name and (one[0] ^ code).bit_count() <= ALIKE), None)
            if twin is not None:
                yield Verdict(name, step.index, "good", f"{NEAR_DUPLICATE} of step {twin[2] + 1} of {twin[1]}")
            seen.append((code, name, step.index))
        before_it = _frame(episode, step, "after")


def _check_step(episode: Episode, step: Step, before_it: Image.Image | None) -> Iterator[tuple[Quality, str]]:
    if step.action is None:
        yield "wrong answer", f"unparsable action: {step.prediction.mistake or 'there is none'}"
    frame = _frame(episode, step, "before")
    if frame is None:
        yield "bad image", "the frame is missing or damaged"
        return
    grey = _grey(frame)
    if float(grey.std()) < FLAT:
        yield "bad image", "empty frame"
    point = target_of(step.action) if step.action is not None else None
    if point is not None and step.element is not None and not step.element.box.contains(point):
        yield "wrong answer", "the action lies outside the box of its element"
    after = _frame(episode, step, "after")
    if step.changed and after is not None and np.array_equal(grey, _grey(after)):
        yield "bad image", "duplicate frame: nothing differs before and after, though the step changed something"
    if step.element is not None and before_it is not None and leaks(before_it, frame, step.element.box):
        yield "bad image", "leaked highlight: what differs from the frame before is the target alone"


def _frame(episode: Episode, step: Step, which: Literal["before", "after"]) -> Image.Image | None:
    try:
        return episode.frame(step, which)
    except EpisodeError:
        return None


def _grey(image: Image.Image) -> NDArray[np.int16]:
    return np.asarray(image.convert("L")).astype(np.int16)


def difference_hash(image: Image.Image) -> int:
    """64 bits: whether each of 8 × 8 places is brighter than the one to its right."""
    small = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX)).astype(np.int16)
    bits = (small[:, 1:] > small[:, :-1]).reshape(-1)
    return int("".join("1" if bit else "0" for bit in bits), 2)


def leaks(earlier: Image.Image, frame: Image.Image, box: Box) -> bool:
    """Whether the frame betrays its target: since the earlier one almost nothing changed but what is in the box."""
    if earlier.size != frame.size:
        return False
    changed = np.abs(_grey(earlier) - _grey(frame)) > CHANGED
    total = int(changed.sum())
    if not 0 < total <= LEAK_MOST * changed.size:
        return False
    height, width = changed.shape
    inside = changed[int(box.y1 * height) : round(box.y2 * height) + 1, int(box.x1 * width) : round(box.x2 * width) + 1]
    return int(inside.sum()) >= LEAK_SHARE * total


def save_verdicts(folder: Path, verdicts: Iterable[Verdict]) -> Path | None:
    """Write what the checks found beside the episodes; what a person said stays, and what is known of episodes not checked now.

    Nothing is written beside what ships with Deskhand.
    """
    if is_shipped(home_of(folder)):
        return None
    checked = {path.name for path in episodes_in(folder)}
    kept = [one for one in read_verdicts(folder) if one.by == "person" or one.episode not in checked]
    return _write(folder, [*verdicts, *kept])


def classify(folder: Path, episode: str, step: int, quality: str, reason: str = "") -> Path:
    """A person's verdict, which overrules the checks. Raises DeskhandError where there is no such step or class."""
    if quality not in QUALITIES:
        raise DeskhandError(f"there is no class {quality!r}: choose one of {', '.join(QUALITIES)}")
    known = {path.name: path for path in episodes_in(folder)}
    if episode not in known or step not in {one.index for one in read_episode(known[episode]).steps}:
        raise DeskhandError(f"{folder} holds no step {step + 1} of an episode {episode!r}")
    others = [one for one in read_verdicts(folder) if (one.episode, one.step, one.by) != (episode, step, "person")]
    return _write(folder, [*others, Verdict(episode, step, quality, reason or "a person says so", "person")])  # type: ignore[arg-type]


def _write(folder: Path, verdicts: Iterable[Verdict]) -> Path:
    path = notes_file(folder, VERDICTS)
    with writing(path, "free some space or open the folder; what it held before is kept"):
        replace_synced(path, "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in verdicts).encode())
    return path


def read_verdicts(folder: Path) -> list[Verdict]:
    """The verdicts beside the episodes of a folder; none where nothing was checked. Raises DeskhandError that names a wrong line."""
    path = home_of(folder) / VERDICTS
    if not os.path.isfile(path):
        return []
    found = []
    for number, line in enumerate(read_notes(path), 1):
        try:
            verdict = _VERDICT.validate_python(parse_json(line))
        except (ValueError, TypeError, OSError) as error:
            raise DeskhandError(f"{path}, line {number}: not a verdict ({error})") from error
        found.append(verdict)
    return found


def unfit(folder: Path, near_duplicates: bool = True, verdicts: Iterable[Verdict] | None = None) -> dict[tuple[str, int | None], Verdict]:
    """What is not to be learned from, by episode and step, None for all of them; a person's word counts before the checks'.

    A wrong answer that was amended is wrong no more.

    Args:
        near_duplicates: whether steps with nearly the same frame as another's are kept.
        verdicts: instead of those that lie beside the episodes.
    """
    mended = {(one.episode, one.step) for one in read_amendments(folder)}
    said: dict[tuple[str, int | None], Verdict] = {}
    for verdict in sorted(
        read_verdicts(folder) if verdicts is None else verdicts, key=lambda one: (one.by == "person", _is_bad(one, near_duplicates))
    ):
        said[verdict.episode, verdict.step] = verdict
    return {
        key: verdict
        for key, verdict in said.items()
        if _is_bad(verdict, near_duplicates) and not (verdict.quality == "wrong answer" and key in mended)
    }


def _is_bad(verdict: Verdict, near_duplicates: bool) -> bool:
    return verdict.quality != "good" or (not near_duplicates and verdict.reason.startswith(NEAR_DUPLICATE))


def why_unfit(record: Record, left_out: dict[tuple[str, int | None], Verdict]) -> Verdict | None:
    """The verdict that keeps a record from being learned, or None. A record about several steps falls with any of them."""
    steps = record.extra.get("steps", record.extra.get("step", "")).split()
    return next((left_out[record.episode, int(step)] for step in steps if (record.episode, int(step)) in left_out), None)
