"""Episodes on disk: a folder with `episode.json`, `steps.jsonl` and `frames/000007-before.png`, `frames/000007-after.png`.

A step is acknowledged when `EpisodeWriter.append` returns: its frames were synced before its line, and its line before the return, so a
process killed at any moment loses at most the step that it had not acknowledged.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from PIL import Image
from pydantic import ValidationError

from recordings.durable import replace_synced, sync_folder, try_link, try_lock, write_all, write_synced
from recordings.episode import FORMAT_VERSION, EpisodeHeader, Screenshot, Step, StopReason
from recordings.errors import DeskhandError
from recordings.names import ADVICE, candidates, default_root, is_name, normal, unique_name

__all__ = ["FAST_PNG", "FRAMES", "HEADER", "LOCK", "STEPS", "Episode", "EpisodeError", "EpisodeWriter", "Which", "default_root",
           "read_episode", "unique_name"]  # fmt: skip

HEADER = "episode.json"
STEPS = "steps.jsonl"
FRAMES = "frames"
LOCK = ".lock"
FAST_PNG = 1
"""zlib level of frames. Of a 1024×768 screen with three applications PNG takes 12 ms and 54 KiB, lossless WebP 27 ms and 18 KiB; of a
noisy picture of 1920×1080 PNG takes 0.23 s, WebP 0.6 s for a tenth fewer bytes. A loop waits for two frames a step, so PNG it is."""

Which = Literal["before", "after"]

_FRAME = re.compile(rf"{FRAMES}/[0-9]{{6,}}-(before|after)\.png")


class EpisodeError(DeskhandError):
    """An episode that cannot be written or read."""


class EpisodeWriter:
    """Appends steps to one episode. Not thread-safe; a second writer of the same episode, in any process, is refused.

    As a context manager it closes the episode: as `error` where an exception passes through and nothing was said before.
    """

    def __init__(self, path: Path, header: EpisodeHeader, steps: int, lock: int) -> None:
        """Use `create` or `reopen`."""
        self.path = path
        self.header = header
        self.steps = steps
        """Steps acknowledged so far; the next one's index."""
        self._lock: int | None = lock
        self._file = os.open(path / STEPS, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        self._size = os.fstat(self._file).st_size
        self._broken: EpisodeError | None = None
        self._last: tuple[Image.Image, Path] | None = None

    @classmethod
    def create(cls, root: Path, header: EpisodeHeader, *, rename: bool = False) -> EpisodeWriter:
        """Begin the episode `root / header.name`.

        Args:
            rename: where the name is taken, use the first free one of `name-2`, `name-3`, …; the writer's header tells which.

        Raises:
            EpisodeError: the name is taken or cannot be a folder's name, or the folder cannot be written.
        """
        header = header.model_copy(update={"name": normal(header.name)})
        if not is_name(header.name):
            raise EpisodeError(f"an episode cannot be called {header.name!r}: {ADVICE}")
        try:
            root.mkdir(parents=True, exist_ok=True)
            path = _make_folder(root, header.name, rename)
        except OSError as error:
            raise EpisodeError(f"episodes cannot be written to {root}: {_reason(error)}") from error
        try:
            lock = _locked(path)
            try:
                header = header.model_copy(update={"name": path.name})
                (path / FRAMES).mkdir()
                replace_synced(path / HEADER, _header_bytes(header))
                writer = cls(path, header, 0, lock)
                sync_folder(path)
                sync_folder(root)
            except BaseException:
                os.close(lock)
                raise
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            raise EpisodeError(f"the episode {path} cannot be begun: {_reason(error)}") from error
        return writer

    @classmethod
    def reopen(cls, path: Path) -> EpisodeWriter:
        """Go on with an episode whose writer ended or was killed; an incomplete last line is cut off.

        Raises:
            EpisodeError: it cannot be read or written, a whole line of it is damaged, or another process is writing it.
        """
        header = _read_header(path)
        try:
            lock = _locked(path)
            try:
                lines, torn = _read_lines(path)
                steps = [_parse_step(line) for line in lines]
                if torn:
                    os.truncate(path / STEPS, sum(len(line) + 1 for line in lines))
                return cls(path, header, steps[-1].index + 1 if steps else 0, lock)
            except BaseException:
                os.close(lock)
                raise
        except OSError as error:
            raise EpisodeError(f"the episode {path} cannot be written: {_reason(error)}") from error
        except ValidationError as error:
            raise EpisodeError(f"{path / STEPS} is damaged ({_first(error)}): begin a new episode") from error

    def append(self, step: Step) -> Step:
        """Save a step with its frames and return it with their names, once all of it is on the disk.

        Raises:
            EpisodeError: it could not be saved (a full disk); every step acknowledged before stays readable, and none can follow.
        """
        if self._broken is not None:
            raise self._broken
        if self._lock is None:
            raise ValueError("the episode is closed")
        if step.index != self.steps:
            raise ValueError(f"step {step.index} cannot follow {self.steps} saved ones")
        frames: list[Path] = []
        try:
            before = self._save_frame(step, "before", step.before, frames)
            after = self._save_frame(step, "after", step.after, frames)
            if frames:
                sync_folder(self.path / FRAMES)
            saved = step.model_copy(update={"before_frame": before, "after_frame": after})
            line = saved.model_dump_json(exclude_none=True).encode() + b"\n"
            write_all(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            self._undo(frames)
            self._broken = EpisodeError(
                f"step {step.index + 1} could not be saved in {self.path}: {_reason(error)}; the {self.steps} steps before it are safe"
            )
            raise self._broken from error
        self._size += len(line)
        self.steps += 1
        return saved

    def undo(self) -> bool:
        """Take the last step back, with its frames; says whether there was one. Only what a person asks for is ever taken back.

        Raises:
            EpisodeError: its line could not be cut off.
        """
        if self._lock is None:
            raise ValueError("the episode is closed")
        lines, _ = _read_lines(self.path)
        if not lines:
            return False
        try:
            os.ftruncate(self._file, self._size - len(lines[-1]) - 1)
            os.fsync(self._file)
        except OSError as error:
            raise EpisodeError(f"the last step of {self.path} could not be taken back: {_reason(error)}") from error
        self._size -= len(lines[-1]) + 1
        self.steps -= 1
        self._last = None
        for path in (self.path / FRAMES).glob(f"{self.steps:06}-*.png"):
            with contextlib.suppress(OSError):
                path.unlink()
        return True

    def close(self, stop_reason: StopReason, detail: str = "", verdict: bool | None = None) -> None:
        """Write how the episode ended and let it go. A second call does nothing.

        Raises:
            EpisodeError: the header could not be rewritten; not raised where `append` has already failed.
        """
        if self._lock is None:
            return
        ending = {"stop_reason": stop_reason, "stop_detail": detail, "verdict": verdict, "ended_at": time.time()}
        self.header = self.header.model_copy(update=ending)
        try:
            replace_synced(self.path / HEADER, _header_bytes(self.header))
        except OSError as error:
            if self._broken is None:
                raise EpisodeError(
                    f"the end of the episode {self.path} could not be saved: {_reason(error)}; its steps are safe"
                ) from error
        finally:
            os.close(self._file)
            os.close(self._lock)
            self._lock = self._last = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if error is None:
            self.close(StopReason.DONE)
        elif isinstance(error, KeyboardInterrupt):
            self.close(StopReason.STOPPED)
        else:
            self.close(StopReason.ERROR, f"{type(error).__name__}: {error}")

    def _save_frame(self, step: Step, which: Which, screenshot: Screenshot | None, made: list[Path]) -> str | None:
        if screenshot is None:
            return None
        path = self.path / FRAMES / f"{step.index:06}-{which}.png"
        made.append(path)
        path.unlink(missing_ok=True)  # left by a writer that was killed before its line
        if not (self._last and self._last[0] is screenshot.image and try_link(self._last[1], path)):
            buffer = io.BytesIO()
            screenshot.image.save(buffer, "PNG", compress_level=FAST_PNG)
            write_synced(path, buffer.getvalue())
            self._last = screenshot.image, path
        return f"{FRAMES}/{path.name}"

    def _undo(self, frames: list[Path]) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self._size)
        for path in frames:
            with contextlib.suppress(OSError):
                path.unlink()


@dataclass(frozen=True, slots=True)
class Episode:
    """A read episode. Frames are loaded when asked for; `problems` says in one line each what is missing or damaged."""

    path: Path
    header: EpisodeHeader
    steps: tuple[Step, ...]
    problems: tuple[str, ...]

    def frame(self, step: Step, which: Which) -> Image.Image | None:
        """The step's frame as an RGB image, or None for a step saved without one.

        Raises:
            EpisodeError: the file is missing or damaged.
        """
        name = step.before_frame if which == "before" else step.after_frame
        if name is None:
            return None
        if not _FRAME.fullmatch(name):
            raise EpisodeError(f"step {step.index} of {self.path} names a frame outside its folder: {name!r}")
        try:
            with Image.open(self.path / name) as image:
                return image.convert("RGB")
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise EpisodeError(f"{self.path / name} cannot be read: {_reason(error)}") from error


def read_episode(path: Path) -> Episode:
    """Read an episode's header and steps; what can be read of a damaged one, with its problems.

    Raises:
        EpisodeError: there is no readable header, or it has another format version.
    """
    header = _read_header(path)
    problems = [] if header.stop_reason else ["it has no end: it is still being written, or its writer was killed"]
    steps = []
    try:
        lines, torn = _read_lines(path)
    except OSError as error:
        lines, torn = [], False
        problems.append(f"{STEPS} cannot be read: {_reason(error)}")
    for number, line in enumerate(lines, 1):
        try:
            step = _parse_step(line)
        except ValidationError as error:
            problems.append(f"{STEPS} line {number} is damaged and left out: {_first(error)}")
            continue
        steps.append(step)
        for name in (step.before_frame, step.after_frame):
            if name is not None and not (_FRAME.fullmatch(name) and (path / name).is_file()):
                problems.append(f"{name} of step {step.index} is missing")
    if torn:
        problems.append(f"{STEPS} line {len(lines) + 1} is incomplete and left out")
    return Episode(path, header, tuple(steps), tuple(problems))


def _read_header(path: Path) -> EpisodeHeader:
    try:
        data = json.loads((path / HEADER).read_bytes())
        version = data.get("format_version") if isinstance(data, dict) else None
        if isinstance(version, int) and version != FORMAT_VERSION:
            fix = "update Deskhand" if version > FORMAT_VERSION else "read it with the Deskhand that wrote it, or record it again"
            raise EpisodeError(f"{path} has format version {version}, this Deskhand reads version {FORMAT_VERSION}: {fix}")
        return EpisodeHeader.model_validate(data)
    except FileNotFoundError as error:
        raise EpisodeError(f"{path} is not an episode: it has no {HEADER}") from error
    except OSError as error:
        raise EpisodeError(f"{path / HEADER} cannot be read: {_reason(error)}") from error
    except ValidationError as error:
        raise EpisodeError(f"{path / HEADER} is damaged: {_first(error)}") from error
    except (ValueError, RecursionError) as error:
        raise EpisodeError(f"{path / HEADER} is damaged: it is not JSON ({error})") from error


def _read_lines(path: Path) -> tuple[list[bytes], bool]:
    """The whole lines of the steps, and whether an incomplete one follows them."""
    *lines, rest = (path / STEPS).read_bytes().split(b"\n")
    return lines, bool(rest)


def _parse_step(line: bytes) -> Step:
    return Step.model_validate_json(line)


def _header_bytes(header: EpisodeHeader) -> bytes:
    return header.model_dump_json(indent=2).encode() + b"\n"


def _make_folder(root: Path, name: str, rename: bool) -> Path:
    for candidate in candidates(name):
        path = root / candidate
        try:
            path.mkdir(mode=0o700)  # screenshots are nobody else's business
        except FileExistsError as error:
            if not rename:
                raise EpisodeError(f"{path} exists already: choose another name, for instance {unique_name(root, name)}") from error
            continue
        return path
    raise AssertionError("names never run out")


def _locked(path: Path) -> int:
    lock = try_lock(path / LOCK)
    if lock is None:
        raise EpisodeError(f"another process is writing {path}: wait for it to end, or choose another name")
    return lock


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
