"""What was put right after the recording, kept beside the episodes, which stay as they are: new answers to steps, new words for tasks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from recordings.action import ActionSyntaxError, parse_action
from recordings.durable import replace_synced
from recordings.episode import Source, Step
from recordings.errors import DeskhandError
from recordings.foreign import read_below
from recordings.parsing import parse_json
from recordings.provenance import is_shipped
from recordings.store import HEADER, Episode
from vlm.writing import writing

AMENDMENTS = "amendments.jsonl"
NOTES_BYTES = 64 << 20
"""The most that is read of what lies beside the episodes."""


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


def home_of(folder: Path) -> Path:
    """Where notes about episodes lie: in the folder that holds them, also where one of them is named alone."""
    return folder.absolute().parent if os.path.isfile(folder / HEADER) else folder


def notes_file(folder: Path, name: str) -> Path:
    """Where notes are written. Raises DeskhandError for what ships with Deskhand, which stays as it is."""
    if is_shipped(home := home_of(folder)):
        raise DeskhandError(f"{home} ships with Deskhand and stays as it is: copy it, and name the copy")
    return home / name


def read_amendments(folder: Path) -> list[Amendment]:
    """The amendments to the episodes of a folder. Raises DeskhandError that names a wrong line."""
    path = home_of(folder) / AMENDMENTS
    if not os.path.isfile(path):
        return []
    found = []
    for number, line in enumerate(read_notes(path), 1):
        try:
            amendment = _AMENDMENT.validate_python(parse_json(line))
            if amendment.step is not None:
                parse_action(amendment.action)
        except (ValueError, TypeError, OSError, ActionSyntaxError) as error:
            raise DeskhandError(f"{path}, line {number}: not an amendment ({error})") from error
        found.append(amendment)
    return found


def read_notes(path: Path) -> list[bytes]:
    """The lines of a file beside the episodes. Raises DeskhandError where it cannot be read."""
    try:
        return read_below(path.parent, path.name, NOTES_BYTES).splitlines()
    except OSError as error:
        raise DeskhandError(f"{path} cannot be read: {error.strerror or error}") from error


def save_amendments(folder: Path, new: Iterable[Amendment]) -> Path:
    """Add amendments; a new one replaces what was said before about the same step, or about the same instruction.

    Raises:
        DeskhandError: a line of the amendments before is wrong, or the file cannot be written.
    """
    kept = {(one.episode, one.step): one for one in [*read_amendments(folder), *new]}
    path = notes_file(folder, AMENDMENTS)
    with writing(path, "free some space or open the folder; what it held before is kept"):
        replace_synced(path, "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in kept.values()).encode())
    return path


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
