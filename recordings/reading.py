"""Reading episodes: what can be read of a damaged one, with its problems. See `recordings.store` for the format."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from pydantic import ValidationError

from recordings import foreign, parsing
from recordings.episode import FORMAT_VERSION, EpisodeHeader, Step
from recordings.errors import DeskhandError
from recordings.names import is_name

HEADER = "episode.json"
STEPS = "steps.jsonl"
FRAMES = "frames"
HEADER_BYTES, STEPS_BYTES, MOST_STEPS = 4 << 20, 32 << 20, 50_000
"""No episode is larger: what reads one holds all of its steps in memory, at some twenty times their bytes."""

Which = Literal["before", "after"]

_FRAME = re.compile(rf"{FRAMES}/[0-9]{{6,}}-(before|after)\.png")


class EpisodeError(DeskhandError):
    """An episode that cannot be written or read."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A read episode. Frames are loaded when asked for; `problems` says in one line each what is missing or damaged."""

    path: Path
    header: EpisodeHeader
    steps: tuple[Step, ...]
    problems: tuple[str, ...]
    digests: tuple[tuple[str, bytes], ...] = ()
    """SHA-256 of the header and of the steps as they were read, by name."""
    agreed: tuple[tuple[str, bytes], ...] | None = None
    """SHA-256 of all its files as they were agreed to; None where it is only looked at, or came with Deskhand."""

    def frame(self, step: Step, which: Which) -> Image.Image | None:
        """The step's frame as an RGB image, or None for a step saved without one.

        Raises:
            EpisodeError: the file is missing or damaged.
        """
        name = step.before_frame if which == "before" else step.after_frame
        return None if name is None else self.picture(name)[1]

    def picture(self, name: str) -> tuple[bytes, Image.Image]:
        """A frame of its steps: the PNG's bytes, and the RGB image.

        Raises:
            EpisodeError: the file is missing or damaged.
        """
        if not is_frame(name):
            raise EpisodeError(f"{self.path} names a frame outside its folder: {name[:200]!r}")
        try:
            data = foreign.read_below(self.path, name, foreign.PICTURE_BYTES)
            if self.agreed is not None and (was := dict(self.agreed).get(name)) != hashlib.sha256(data).digest():
                raise foreign.ForeignError(
                    "it was not there when it was agreed to" if was is None else "it has changed since it was agreed to"
                )
            return data, foreign.decode(data, ("PNG",))
        except OSError as error:
            raise EpisodeError(f"{self.path / name} cannot be read: {reason_of(error)}") from error

    def has(self, name: str | None) -> bool:
        """Whether a frame of its steps is there."""
        return name is not None and is_frame(name) and foreign.is_below(self.path, name)


def is_frame(name: str) -> bool:
    """Whether frames are called so."""
    return _FRAME.fullmatch(name) is not None


def read_episode(path: Path) -> Episode:
    """Read an episode's header and steps; what can be read of a damaged one, with its problems.

    Raises:
        EpisodeError: there is no readable header, or it has another format version.
    """
    header, digest = _read_header(path)
    digests = [(HEADER, digest)]
    problems = [] if header.stop_reason else ["it has no end: it is still being written, or its writer was killed"]
    steps = []
    try:
        data = _read_steps(path)
        lines, torn = _split(data)
        digests.append((STEPS, hashlib.sha256(data).digest()))
    except OSError as error:
        lines, torn = [], False
        problems.append(f"{STEPS} cannot be read: {reason_of(error)}")
    for number, line in enumerate(lines, 1):
        try:
            step = parse_step(line)
        except (ValidationError, foreign.ForeignError) as error:
            problems.append(f"{STEPS} line {number} is damaged and left out: {first_of(error)}")
            continue
        steps.append(step)
        for name in (step.before_frame, step.after_frame):
            if name is not None and not (is_frame(name) and foreign.is_below(path, name)):
                problems.append(f"{name[:200]} of step {step.index} is missing")
    if torn:
        problems.append(f"{STEPS} line {len(lines) + 1} is incomplete and left out")
    return Episode(path, header, tuple(steps), tuple(problems), tuple(digests))


def _read_header(path: Path) -> tuple[EpisodeHeader, bytes]:
    """An episode's header, and the digest of what was read. Raises EpisodeError."""
    try:
        written = foreign.read_below(path, HEADER, HEADER_BYTES)
        data = parsing.parse_json(written)
        version = data.get("format_version") if isinstance(data, dict) else None
        if isinstance(version, int) and version != FORMAT_VERSION:
            fix = "update Deskhand" if version > FORMAT_VERSION else "read it with the Deskhand that wrote it, or record it again"
            raise EpisodeError(f"{path} has format version {version}, this Deskhand reads version {FORMAT_VERSION}: {fix}")
        header = EpisodeHeader.model_validate(data)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise EpisodeError(f"{path} is not an episode: it has no {HEADER}") from error
    except foreign.ForeignError as error:
        raise EpisodeError(f"{path / HEADER} is damaged: {error}") from error
    except OSError as error:
        raise EpisodeError(f"{path / HEADER} cannot be read: {reason_of(error)}") from error
    except ValidationError as error:
        raise EpisodeError(f"{path / HEADER} is damaged: {first_of(error)}") from error
    if not is_name(header.name):
        raise EpisodeError(f"{path / HEADER} is damaged: {header.name[:200]!r} is no name of an episode")
    return header, hashlib.sha256(written).digest()


def read_lines(path: Path) -> tuple[list[bytes], bool]:
    """The whole lines of the steps, and whether an incomplete one follows them."""
    return _split(_read_steps(path))


def _read_steps(path: Path) -> bytes:
    data = foreign.read_below(path, STEPS, STEPS_BYTES)
    if data.count(b"\n") > MOST_STEPS:
        raise foreign.ForeignError(f"it has more than {MOST_STEPS:,} steps")
    return data


def _split(data: bytes) -> tuple[list[bytes], bool]:
    *lines, rest = data.split(b"\n")
    return lines, bool(rest)


def parse_step(line: bytes | str) -> Step:
    """A line of the steps. Raises ValidationError, and ForeignError where it is no JSON that is read."""
    return Step.model_validate(parsing.parse_json(line))


def reason_of(error: BaseException) -> str:
    """What an error says, in words."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def first_of(error: ValidationError | foreign.ForeignError) -> str:
    """The first thing that is wrong, and where."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
