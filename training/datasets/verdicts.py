"""Verdicts on recorded steps and labelled screens: fit to learn from or not, kept beside them; a person's overrule those of the checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import TypeAdapter

from recordings.errors import DeskhandError
from recordings.provenance import is_shipped
from recordings.store import read_episode
from training.datasets.amendments import read_amendments
from training.datasets.folders import episodes_in, holds_screens
from training.datasets.notes import home_of, read_notes, write_notes
from training.datasets.records import Record
from training.screens.store import read_screens

Quality = Literal["good", "wrong answer", "bad image"]
"""A good question with a good answer; a good question with a wrong one, to be answered anew; a picture that teaches nothing."""
QUALITIES: tuple[str, ...] = get_args(Quality)
Part = Literal["step", "element"]
VERDICTS = "verdicts.jsonl"
NEAR_DUPLICATE = "near-duplicate"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about a step of an episode, or about an element of a screen.

    Attributes:
        episode: its name; of a screen, that of its picture.
        step: the step's or the element's number, from 0; None for all of them.
        by: `check` or `person`.
        part: what `step` counts.
    """

    episode: str
    step: int | None
    quality: Quality
    reason: str
    by: Literal["check", "person"] = "check"
    part: Part = "step"

    def __str__(self) -> str:
        where = self.episode if self.step is None else f"{self.episode}, {self.part} {self.step + 1}"
        return f"{where}: {self.quality}: {self.reason}"

    @property
    def kind(self) -> str:
        """The reason without what is particular to this one."""
        return NEAR_DUPLICATE if self.reason.startswith(NEAR_DUPLICATE) else self.reason.partition(":")[0].partition(" of step")[0]


_VERDICT = TypeAdapter(Verdict)
Unfit = dict[tuple[str, int | None], Verdict]
"""The verdict on what is not to be learned from, by name and number; None stands for all of an episode or a screen."""


def save_verdicts(folder: Path, verdicts: Iterable[Verdict]) -> Path | None:
    """Write what the checks found; what a person said stays, and what is known of episodes not checked now.

    Nothing is written beside what ships with Deskhand.
    """
    if is_shipped(home_of(folder)):
        return None
    checked = {screen.name for screen in read_screens(folder)} if holds_screens(folder) else {path.name for path in episodes_in(folder)}
    kept = [one for one in read_verdicts(folder) if one.by == "person" or one.episode not in checked]
    return write_notes(folder, VERDICTS, [*verdicts, *kept])


def classify(folder: Path, name: str, number: int, quality: str, reason: str = "") -> Path:
    """A person's verdict, which overrules the checks. Raises DeskhandError where there is no such step, element or class."""
    if quality not in QUALITIES:
        raise DeskhandError(f"there is no class {quality!r}: choose one of {', '.join(QUALITIES)}")
    part: Part = "element" if holds_screens(folder) else "step"
    if number not in _numbers(folder, name):
        raise DeskhandError(f"{folder} holds no {part} {number + 1} of {'a screen' if part == 'element' else 'an episode'} {name!r}")
    others = [one for one in read_verdicts(folder) if (one.episode, one.step, one.by) != (name, number, "person")]
    said = Verdict(name, number, quality, reason or "a person says so", "person", part)  # type: ignore[arg-type]
    return write_notes(folder, VERDICTS, [*others, said])


def _numbers(folder: Path, name: str) -> set[int]:
    if holds_screens(folder):
        return {number for screen in read_screens(folder) if screen.name == name for number in range(len(screen.elements))}
    return {step.index for path in episodes_in(folder) if path.name == name for step in read_episode(path).steps}


def read_verdicts(folder: Path) -> list[Verdict]:
    """The verdicts beside what a folder holds; none where nothing was checked. Raises DeskhandError that names a wrong line."""
    return read_notes(folder, VERDICTS, _VERDICT.validate_python, "a verdict")


def unfit(folder: Path, near_duplicates: bool = True, verdicts: Iterable[Verdict] | None = None) -> Unfit:
    """What is not to be learned from; a person's word counts before the checks'.

    A wrong answer that was amended is wrong no more.

    Args:
        near_duplicates: whether what looks nearly as something else is kept.
        verdicts: instead of those that lie in the folder.
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
    return verdict.quality != "good" or (not near_duplicates and verdict.kind == NEAR_DUPLICATE)


def why_unfit(record: Record, left_out: Unfit) -> Verdict | None:
    """The verdict that keeps a record from being learned, or None. A record about several steps falls with any of them."""
    name = record.extra.get("screen", record.episode)
    steps = record.extra.get("steps", record.extra.get("step", "")).split()
    keys: list[tuple[str, int | None]] = [(name, int(step)) for step in steps]
    return next((left_out[key] for key in [*keys, (name, None)] if key in left_out), None)
