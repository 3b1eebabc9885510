"""The start state of a task: files, a program, its window's place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recordings.errors import DeskhandError
from tasks.checks import HomePath
from tasks.world import Stage

if TYPE_CHECKING:
    from tasks.task import TaskInstance

WINDOW_SECONDS = 20.0
_INTERVAL_SECONDS = 0.02

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class PrepareError(DeskhandError):
    """A start state that cannot be reached."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StartFile(_Part):
    """A file that must be there before; UTF-8."""

    path: HomePath
    text: str = ""


class StartWindow(_Part):
    """Which window to wait for, and how large it may be, as fractions of the desktop; it is placed anywhere that it fits whole."""

    title: str
    width: tuple[Fraction, Fraction]
    height: tuple[Fraction, Fraction]

    @model_validator(mode="after")
    def _ordered(self) -> StartWindow:
        for low, high in (self.width, self.height):
            if not 0 < low <= high:
                raise ValueError(f"[{low}, {high}] is no range of sizes: give [smallest, largest]")
        return self


class Start(_Part):
    """What to set up, in this order."""

    folders: list[HomePath] = []
    files: list[StartFile] = []
    run: Annotated[list[str], Field(min_length=1)]
    """Program and arguments; never a shell line."""
    network: bool = False
    """Whether what runs needs more than a network of its own."""
    window: StartWindow


def prepare(instance: TaskInstance, stage: Stage, timeout: float = WINDOW_SECONDS) -> None:
    """Bring the stage to the task's start state and return when its window is in place.

    Files that exist are never overwritten.

    Raises:
        PrepareError: a file exists already or cannot be written, the program dies, or the window does not open within `timeout` seconds.
        DeskhandError: the program is not installed, or the desktop is gone.
    """
    start = instance.start
    if start is None or instance.window_box is None:
        return
    for folder in start.folders:
        try:
            (stage.home / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PrepareError(f"the task {instance.name} cannot make the folder {stage.home / folder}: {error.strerror}") from error
    for file in start.files:
        path = stage.home / file.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="") as out:
                out.write(file.text)
        except FileExistsError as error:
            raise PrepareError(f"the task {instance.name} would overwrite {path}: move it away") from error
        except OSError as error:
            raise PrepareError(f"the task {instance.name} cannot write {path}: {error.strerror}") from error
    program = stage.spawn(start.run, cwd=stage.home)
    end = time.monotonic() + timeout
    while not any(start.window.title in title for title in stage.window_titles()):
        if status := program.poll():  # one that ends in peace may have handed its work to another
            ending = f"exit status {status}" if status > 0 else f"signal {-status}"
            raise PrepareError(
                f"{start.run[0]} died before it opened a window called {start.window.title!r} ({ending}): try to start it by hand"
            )
        if time.monotonic() > end:
            raise PrepareError(
                f"{start.run[0]} opened no window called {start.window.title!r} within {timeout:.0f} s: try to start it by hand"
            )
        time.sleep(_INTERVAL_SECONDS)
    stage.place_window(start.window.title, instance.window_box)
