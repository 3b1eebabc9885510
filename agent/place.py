"""Where a run happens: the host's desktop or a virtual one, with the stop switch wired to its hands."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import DesktopError
from agent.protocols import Desktop
from agent.settings import DesktopKind, Settings
from agent.stop import Position, StopSwitch
from agent.world import VirtualWorld

if TYPE_CHECKING:
    from agent.desktop import LiveDesktop
    from agent.virtual import VirtualDesktop


class Stage(VirtualWorld):
    """A virtual desktop's world that remembers which programs it started."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        super().__init__(desktop)
        self._programs: list[tuple[str, subprocess.Popen[bytes]]] = []

    def spawn(self, argv: Sequence[str], cwd: Path | None = None) -> object:
        process = super().spawn(argv, cwd)
        assert isinstance(process, subprocess.Popen)
        self._programs.append((argv[0], process))
        return process

    def deaths(self) -> list[str]:
        """One line for each program that ended other than by itself and in peace."""
        return [f"{name} died during the run: {_ending(process.returncode)}" for name, process in self._programs if process.poll()]


@dataclass(frozen=True, slots=True)
class Place:
    """A desktop that is ready, and the world behind it where it is one of our own."""

    desktop: Desktop
    kind: DesktopKind
    stage: Stage | None = None
    watch_people: Callable[[bool], None] = lambda wanted: None
    """Whether what a person does with mouse and keyboard pauses the run: not while a person is asked something."""


@contextmanager
def open_place(settings: Settings, kind: DesktopKind, switch: StopSwitch, notice: Callable[[str], None]) -> Iterator[Place]:
    """Open the desktop that the settings name, and close it with everything on it.

    Raises:
        DeskhandError: there is no display, a program is missing, or input is forbidden there.
    """
    from agent.desktop import LiveDesktop

    with ExitStack() as cleanup:
        if kind == "virtual":
            from agent.virtual import VirtualDesktop

            notice(f"starting a virtual desktop of {settings.width}×{settings.height} pixels")
            virtual = cleanup.enter_context(VirtualDesktop(settings.width, settings.height))
            stage = Stage(virtual)
            cleanup.callback(stage.close)
            desktop = cleanup.enter_context(LiveDesktop(virtual.display))
            cleanup.callback(_wire(switch, desktop))
            _open_programs(settings.open, stage, virtual)
            yield Place(desktop, kind, stage)
            return
        desktop = cleanup.enter_context(LiveDesktop(region=settings.region, monitor=settings.monitor, window=settings.window))
        cleanup.callback(_wire(switch, desktop))
        yield Place(desktop, kind)


def _wire(switch: StopSwitch, desktop: LiveDesktop) -> Callable[[], None]:
    """Close the gate whenever the switch leaves running; returns the function that undoes it."""

    def turn(position: Position, reason: str) -> None:
        if position is Position.RUNNING:
            desktop.gate.open()
        else:
            desktop.gate.close(reason)

    unsubscribe = switch.subscribe(turn)
    turn(switch.position, switch.reason)
    return unsubscribe


def _open_programs(lines: Sequence[str], stage: Stage, virtual: VirtualDesktop) -> None:
    for line in lines:
        try:
            argv = shlex.split(line)
        except ValueError as error:
            raise DesktopError(f"{line!r} is no command ({error}): write a program and its arguments") from error
        if not argv:
            raise DesktopError("an empty line is no command: write a program and its arguments")
        stage.spawn(argv)
        virtual.wait_for_window(".")


def _ending(status: int) -> str:
    return f"signal {-status}" if status < 0 and sys.platform != "win32" else f"exit status {status}"
