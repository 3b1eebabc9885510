"""What was put right after the recording, kept beside the episodes, which stay as they are: new answers to steps, new words for tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from recordings.action import parse_action
from recordings.episode import Source, Step
from recordings.store import Episode
from training.datasets.notes import read_notes, write_notes

AMENDMENTS = "amendments.jsonl"


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change to what is learned from an episode.

    Attributes:
        episode: the name of its folder.
        by: who made it: `repair`, `rewrite`, or the name of the model that was asked.
        step: whose answer it replaces; None where it is the instruction's words.
        action: the new action, in the one text form.
        instruction: the task in other words.
    """

    episode: str
    by: str
    step: int | None = None
    action: str = ""
    thought: str = ""
    instruction: str = ""


_AMENDMENT = TypeAdapter(Amendment)


def read_amendments(folder: Path) -> list[Amendment]:
    """The amendments to the episodes of a folder. Raises DeskhandError that names a wrong line."""
    return read_notes(folder, AMENDMENTS, _parsed, "an amendment")


def _parsed(line: Any) -> Amendment:
    amendment = _AMENDMENT.validate_python(line)
    if amendment.step is not None:
        parse_action(amendment.action)
    return amendment


def save_amendments(folder: Path, new: Iterable[Amendment]) -> Path:
    """Add amendments; a new one replaces what was said before about the same step, or about the same instruction.

    Raises:
        DeskhandError: a line of the amendments before is wrong, or the file cannot be written.
    """
    kept = {(one.episode, one.step): one for one in [*read_amendments(folder), *new]}
    return write_notes(folder, AMENDMENTS, kept.values())


def amended(episode: Episode, amendments: Sequence[Amendment]) -> Episode:
    """The episode as it is to be learned from. A step with a new answer counts as corrected."""
    own = {one.step: one for one in amendments if one.episode == episode.path.name}
    if not own:
        return episode
    header = episode.header
    if None in own:
        header = header.model_copy(update={"instruction": own[None].instruction})
    return replace(episode, header=header, steps=tuple(_amended(step, own.get(step.index)) for step in episode.steps))


def _amended(step: Step, amendment: Amendment | None) -> Step:
    if amendment is None:
        return step
    prediction = step.prediction.model_copy(update={"thought": amendment.thought, "mistake": None})
    return step.model_copy(update={"action": parse_action(amendment.action), "prediction": prediction, "source": Source.CORRECTED})
