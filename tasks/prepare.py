"""The start state of a task: files, a program, its window's place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recordings.errors import DeskhandError
from recordings.geometry import Box
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


class BesideWindow(_Part):
    """A window that stands beside the task's own, in the corner where it covers least of that."""

    title: str
    width: Fraction
    height: Fraction
    over: bool = False
    """It lies over the middle of the task's window and keeps the keyboard, as what pops up does."""


class Beside(_Part):
    """What else runs there: nothing that the task is about."""

    run: Annotated[list[str], Field(min_length=1)]
    window: BesideWindow | None = None
    """None: it has none that is waited for."""
    ready: HomePath | None = None
    """A file that it makes once it is ready, where it has no window."""


class Start(_Part):
    """What to set up, in this order; the task's window has the keyboard in the end."""

    folders: list[HomePath] = []
    files: list[StartFile] = []
    run: Annotated[list[str], Field(min_length=1)]
    """Program and arguments; never a shell line."""
    network: bool = False
    """Whether what runs needs more than a network of its own."""
    window: StartWindow
    beside: list[Beside] = []


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
    for one in start.beside:
        if one.window is None:
            _begin(one.run, None, one.ready, stage, timeout)
    _begin(start.run, start.window.title, None, stage, timeout)
    stage.place_window(start.window.title, instance.window_box)
    beside = [(one.run, one.window) for one in start.beside if one.window is not None]
    for run, window in beside:
        _begin(run, window.title, None, stage, timeout)
        stage.place_window(window.title, _place_beside(window, instance.window_box))
    if beside and not any(window.over for _, window in beside):
        stage.place_window(start.window.title, instance.window_box)


def _begin(run: list[str], title: str | None, ready: str | None, stage: Stage, timeout: float) -> None:
    """Start a program and wait for its window, or for the file that tells that it is ready."""
    what = f"window called {title!r}" if title is not None else f"file {ready!r}"
    program = stage.spawn(run, cwd=stage.home)
    end = time.monotonic() + timeout
    while not (
        any(title in shown for shown in stage.window_titles()) if title is not None else ready is None or (stage.home / ready).exists()
    ):
        if status := program.poll():  # one that ends in peace may have handed its work to another
            ending = f"exit status {status}" if status > 0 else f"signal {-status}"
            raise PrepareError(f"{run[0]} died before it opened a {what} ({ending}): try to start it by hand")
        if time.monotonic() > end:
            there = "; windows there: " + ", ".join(map(repr, stage.window_titles())) if title is not None and stage.window_titles() else ""
            raise PrepareError(f"{run[0]} opened no {what} within {timeout:.0f} s{there}: try to start it by hand")
        time.sleep(_INTERVAL_SECONDS)


def _place_beside(window: BesideWindow, box: Box) -> Box:
    """The corner where it covers least of the task's window, or the middle of that."""
    width, height = window.width, window.height
    if window.over:
        left, top = (box.x1 + box.x2 - width) / 2, (box.y1 + box.y2 - height) / 2
        left, top = min(max(left, 0.0), 1 - width), min(max(top, 0.0), 1 - height)
        return Box(x1=left, y1=top, x2=left + width, y2=top + height)
    corners = [Box(x1=x, y1=y, x2=x + width, y2=y + height) for x in (0.0, 1 - width) for y in (0.0, 1 - height)]

    def covered(corner: Box) -> float:
        across = min(corner.x2, box.x2) - max(corner.x1, box.x1)
        down = min(corner.y2, box.y2) - max(corner.y1, box.y1)
        return max(across, 0.0) * max(down, 0.0)

    return min(corners, key=covered)
