"""Episodes on disk: a folder with `episode.json`, `steps.jsonl` and `frames/000007-before.png`, `frames/000007-after.png`.

A step is acknowledged when `EpisodeWriter.append` returns: its frames were synced before its line, and its line before the return, so a
process killed at any moment loses at most the step that it had not acknowledged.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from PIL import Image

from recordings import foreign, provenance
from recordings.durable import make_private, replace_synced, sync_folder, try_link, try_lock, write_all, write_synced
from recordings.episode import EpisodeHeader, Screenshot, Step, StopReason
from recordings.names import ADVICE, candidates, default_root, is_name, normal, unique_name
from recordings.reading import (
    FRAMES,
    HEADER,
    HEADER_BYTES,
    MOST_STEPS,
    STEPS,
    STEPS_BYTES,
    Episode,
    EpisodeError,
    Which,
    is_frame,
    read_episode,
    read_lines,
    reason_of,
)  # fmt: skip

__all__ = ["FAST_PNG", "FRAMES", "HEADER", "LOCK", "STEPS", "Episode", "EpisodeError", "EpisodeWriter", "Which", "default_root",
           "is_frame", "read_episode", "unique_name"]  # fmt: skip

LOCK = ".lock"
FAST_PNG = 1
"""zlib level of frames. Of a 1024×768 screen with three applications PNG takes 12 ms and 54 KiB, lossless WebP 27 ms and 18 KiB; of a
noisy picture of 1920×1080 PNG takes 0.23 s, WebP 0.6 s for a tenth fewer bytes. A loop waits for two frames a step, so PNG it is."""


class EpisodeWriter:
    """Appends steps to one episode. Not thread-safe; a second writer of the same episode, in any process, is refused.

    As a context manager it closes the episode: as `error` where an exception passes through and nothing was said before.

    Attributes:
        made_here: whether what it writes happened on this machine; the closed episode is then remembered as such.
    """

    def __init__(self, path: Path, header: EpisodeHeader, lock: int, made_here: bool) -> None:
        """Use `create`."""
        self.made_here = made_here
        self.path = path
        self.header = header
        self.steps = 0
        """Steps acknowledged so far; the next one's index."""
        self._lock: int | None = lock
        self._file = foreign.append_below(path, STEPS)
        self._size = 0
        self._broken: EpisodeError | None = None
        self._last: tuple[Image.Image, Path] | None = None

    @classmethod
    def create(cls, root: Path, header: EpisodeHeader, *, rename: bool = False, made_here: bool = True) -> EpisodeWriter:
        """Begin the episode `root / header.name`.

        Args:
            rename: where the name is taken, use the first free one of `name-2`, `name-3`, …; the writer's header tells which.
            made_here: whether its steps happen on this machine; not so for those of files from elsewhere.

        Raises:
            EpisodeError: the name is taken or cannot be a folder's name, or the folder cannot be written.
        """
        header = header.model_copy(update={"name": normal(header.name)})
        if not is_name(header.name):
            raise EpisodeError(f"an episode cannot be called {header.name!r}: {ADVICE}")
        if len(header_bytes(header)) > HEADER_BYTES // 2:  # it may grow
            raise EpisodeError(f"the episode {header.name} cannot be begun: what its header says is too long")
        try:
            make_private(root)
            path = _make_folder(root, header.name, rename)
        except OSError as error:
            raise EpisodeError(f"episodes cannot be written to {root}: {reason_of(error)}") from error
        try:
            lock = _locked(path)
            try:
                header = header.model_copy(update={"name": path.name})
                (path / FRAMES).mkdir(0o700)
                replace_synced(path / HEADER, header_bytes(header))
                writer = cls(path, header, lock, made_here)
                sync_folder(path)
                sync_folder(root)
            except BaseException:
                os.close(lock)
                raise
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            raise EpisodeError(f"the episode {path} cannot be begun: {reason_of(error)}") from error
        return writer

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
            if self.steps >= MOST_STEPS or self._size + len(line) > STEPS_BYTES:
                raise foreign.ForeignError("it is full: go on in another episode")
            write_all(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            self._undo(frames)
            self._broken = EpisodeError(
                f"step {step.index + 1} could not be saved in {self.path}: {reason_of(error)}; the {self.steps} steps before it are safe"
            )
            raise self._broken from error
        self._size += len(line)
        self.steps += 1
        return saved

    def rewrite(self, steps: Sequence[Step]) -> None:
        """Put these in the place of the steps that were saved, in one go, with their frames as they are. Raises EpisodeError."""
        if self._lock is None or len(steps) != self.steps:
            raise ValueError("the episode is closed, or has another number of steps")
        lines = b"".join(step.model_dump_json(exclude_none=True).encode() + b"\n" for step in steps)
        try:
            replace_synced(self.path / HEADER, header_bytes(self.header))
            replace_synced(self.path / STEPS, lines)
            os.close(self._file)
            self._file = foreign.append_below(self.path, STEPS)
        except OSError as error:
            self._broken = EpisodeError(f"the steps of {self.path} could not be saved again: {reason_of(error)}")
            raise self._broken from error
        self._size = len(lines)

    def rename(self, name: str) -> None:
        """Call the episode and its folder otherwise, or by the first free name of `name-2`, …. Raises EpisodeError."""
        for candidate in candidates(name):
            path = self.path.with_name(candidate)
            try:
                path.mkdir(0o700)  # nobody else takes it
                self.path.rename(path)
            except FileExistsError:
                continue
            except OSError as error:
                raise EpisodeError(f"{self.path} cannot be renamed: {reason_of(error)}") from error
            self.path, self._last = path, None
            self.header = self.header.model_copy(update={"name": candidate})
            return

    def undo(self) -> bool:
        """Take the last step back, with its frames; says whether there was one. Only what a person asks for is ever taken back.

        Raises:
            EpisodeError: its line could not be cut off.
        """
        if self._lock is None:
            raise ValueError("the episode is closed")
        lines, _ = read_lines(self.path)
        if not lines:
            return False
        try:
            os.ftruncate(self._file, self._size - len(lines[-1]) - 1)
            os.fsync(self._file)
        except OSError as error:
            raise EpisodeError(f"the last step of {self.path} could not be taken back: {reason_of(error)}") from error
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
            replace_synced(self.path / HEADER, header_bytes(self.header))
        except OSError as error:
            if self._broken is None:
                raise EpisodeError(
                    f"the end of the episode {self.path} could not be saved: {reason_of(error)}; its steps are safe"
                ) from error
        finally:
            os.close(self._file)
            os.close(self._lock)
            self._lock = self._last = None
        if self.made_here:
            provenance.made_here(self.path)

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
        path.unlink(missing_ok=True)  # left where a step that was taken back could not be removed
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


def header_bytes(header: EpisodeHeader) -> bytes:
    """The content of `episode.json`. Raises EpisodeError where it holds what is no text, halves of characters from a command line say."""
    try:
        return header.model_dump_json(indent=2).encode() + b"\n"
    except ValueError as error:
        raise EpisodeError(f"the header of {header.name} cannot be written: it holds what is no text") from error


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
