"""Where a run happens: the host's desktop or a virtual one, with the stop switch wired to its hands."""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import DesktopError
from agent.named_elements import NamedElements
from agent.permissions.effective import Permissions
from agent.permissions.sites import SiteReader
from agent.protocols import Desktop, Phase
from agent.settings import DesktopKind, Settings
from agent.stop import Position, StopSwitch
from agent.world import VirtualWorld
from recordings.action import Action
from recordings.episode import Element, Observation, Screenshot
from recordings.geometry import Box, Point, ScreenTransform
from recordings.secrets.rules import load_rules
from tasks.world import ElementText

if TYPE_CHECKING:
    from agent.desktop import LiveDesktop
    from agent.screen import Screen
    from agent.virtual import VirtualDesktop


GRACE_SECONDS = 0.4
"""How long a person's hand may take to come to rest after a yes, or after a resume."""


@contextmanager
def _death_told(display: VirtualDesktop) -> Iterator[None]:
    """When a display dies, libraries raise what they like: it is told as what it is."""
    try:
        yield
    except Exception:
        display.check_alive()
        raise


class Stage(VirtualWorld):
    """A virtual desktop's world that remembers which programs it started."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        super().__init__(desktop)
        self._programs: list[tuple[str, subprocess.Popen[Any]]] = []

    def spawn(self, argv: Sequence[str], cwd: Path | None = None) -> subprocess.Popen[Any]:
        process = super().spawn(argv, cwd)
        self._programs.append((argv[0], process))
        return process

    def window_titles(self) -> list[str]:
        with _death_told(self._desktop):
            return super().window_titles()

    def element_texts(self) -> list[ElementText]:
        with _death_told(self._desktop):
            return super().element_texts()

    def deaths(self) -> list[str]:
        """One line for each program that ended other than by itself and in peace."""
        return [f"{name} died during the run: {_ending(process.returncode)}" for name, process in self._programs if process.poll()]

    def check_alive(self) -> None:
        """Raise DesktopError once a program has died: what is left on the screen is not what the task is about."""
        if deaths := self.deaths():
            raise DesktopError("; ".join(deaths))


class _Mortal:
    """A live desktop whose display and programs may die under its hands."""

    def __init__(self, desktop: LiveDesktop, display: VirtualDesktop, stage: Stage) -> None:
        self._desktop, self._display, self._stage = desktop, display, stage
        self.release = desktop.release

    def observe(self) -> Observation:
        with _death_told(self._display):
            self._stage.check_alive()
            return self._desktop.observe()

    def perform(self, action: Action) -> str:
        with _death_told(self._display):
            return self._desktop.perform(action)

    def settle(self) -> Observation:
        with _death_told(self._display):
            return self._desktop.settle()


@dataclass(frozen=True, slots=True)
class Place:
    """A desktop that is ready, and the world behind it where it is one of our own."""

    desktop: Desktop
    kind: DesktopKind
    stage: Stage | None = None
    begin: Callable[[Phase], None] = lambda phase: None
    """Told of each phase: what a person does pauses the run, but not while they are asked something, or work with their own hands."""
    glance: Callable[[int, int], Screenshot] | None = None
    """Says what a person's gesture begins on, see `agent.takeover`; None where nobody's mouse reaches."""
    find_elements: Callable[[ScreenTransform], Sequence[Element]] = lambda area: ()
    """What the accessibility tree names in a captured rectangle; nothing where there is no tree. For replays, for what a person corrects,
    and for the kind and the state of what a plan means."""
    everything: Callable[[ScreenTransform], Sequence[Element]] = lambda area: ()
    """The same with what only holds others: for what is meant by its number among its kind."""
    look_ahead: Callable[[Screenshot], None] = lambda screenshot: None
    """Begin to ask the tree what there is, beside what else is done: asking takes longer than approval may."""
    element_seen: Callable[[Point], Element | None] = lambda point: None
    """What `look_ahead` has found at a point. For approval, never for the model."""
    keyboard_roles: Callable[[], Set[str]] = frozenset
    """The roles of what has the keyboard, as the tree tells; empty where nobody can. For a text that may go there instead of clicks."""
    element_soon: Callable[[Point], Element | None] = lambda point: None
    """The same, as far as it was found by now. For approval, never for the model."""
    focused: Callable[[], Sequence[Element]] = tuple
    """What has the keyboard, as `look_ahead` has found it. For approval, never for the model."""
    names_in: Callable[[Box], Sequence[str]] = lambda box: ()
    """What the tree names in a part of the image, as `look_ahead` has found it. For approval, never for the model."""
    types_password: Callable[[], bool] = lambda: False
    """Whether a password field has the keyboard, or a terminal that does not show what is typed. For approval, never for the model."""
    in_terminal: Callable[[], bool] = lambda: False
    """Whether a terminal has the keyboard, whatever program it is in. For what is kept, never for the model."""
    terminals: Callable[[ScreenTransform], Sequence[Box]] = lambda area: ()
    """Where terminals are to be seen inside other programs, in parts of a captured rectangle. For what is kept, never for the model."""
    password_seen: Callable[[], bool] = lambda: False
    """The same, as `look_ahead` has found it."""


def start_virtual(settings: Settings, network: bool, notice: Callable[[str], None]) -> VirtualDesktop:
    """The virtual desktop of a run; whoever calls closes it. `network`: whether a task needs it. Raises DesktopError."""
    from agent.virtual import VirtualDesktop

    network = network or settings.network
    notice(f"starting a virtual desktop of {settings.width}×{settings.height} pixels, {'with' if network else 'without'} a network")
    virtual = VirtualDesktop(settings.width, settings.height, network=network, share=settings.share)
    if virtual.unwalled:
        notice(f"it has no walls: what runs on it can do what you can ({virtual.unwalled})")
    return virtual


@contextmanager
def open_place(
    settings: Settings, kind: DesktopKind, switch: StopSwitch, notice: Callable[[str], None], permissions: Permissions,
    network: bool = False,
) -> Iterator[Place]:  # fmt: skip
    """Open the desktop that the settings name, and close it with everything on it; what may not be seen there is not.

    Args:
        network: whether a task needs it.

    Raises:
        DeskhandError: there is no display, a program is missing, or input is forbidden there.
    """
    from agent.desktop import LiveDesktop

    shown = load_rules().shown
    read_site = SiteReader(settings.lang)
    with ExitStack() as cleanup:
        if kind == "virtual":
            virtual = cleanup.enter_context(start_virtual(settings, network, notice))
            stage = Stage(virtual)
            cleanup.callback(stage.close)
            desktop = LiveDesktop(virtual.display, permissions=permissions, read_site=read_site)
            desktop.shown = shown
            cleanup.callback(_close, desktop)
            cleanup.callback(_wire(switch, desktop))
            open_programs(settings.open, stage, virtual)
            names = NamedElements(virtual.env.get("DBUS_SESSION_BUS_ADDRESS"), virtual.display)
            cleanup.callback(names.close)
            yield Place(
                _Mortal(desktop, virtual, stage), kind, stage,
                find_elements=names.find, everything=names.everything, types_password=names.types_password,
                keyboard_roles=names.keyboard_roles, look_ahead=names.look_ahead, element_seen=names.seen, element_soon=names.seen_soon,
                password_seen=names.password_seen, focused=names.focused, names_in=names.names_in,
                in_terminal=names.in_terminal, terminals=names.terminals,
            )  # fmt: skip
            return
        refuse_wayland()
        desktop = LiveDesktop(
            region=settings.region, monitor=settings.monitor, window=settings.window, permissions=permissions, read_site=read_site
        )
        desktop.shown = shown
        cleanup.callback(_close, desktop)
        cleanup.callback(_wire(switch, desktop))
        from agent.takeover import glancing

        people = cleanup.enter_context(_watch_people(switch, desktop))
        names = NamedElements(None, os.environ.get("DISPLAY"))
        cleanup.callback(names.close)
        yield Place(
            desktop, kind, begin=people.begin, glance=cleanup.enter_context(glancing(desktop)),
            find_elements=names.find, everything=names.everything, types_password=names.types_password,
            keyboard_roles=names.keyboard_roles, look_ahead=names.look_ahead, element_seen=names.seen, element_soon=names.seen_soon,
            password_seen=names.password_seen, focused=names.focused, names_in=names.names_in,
            in_terminal=names.in_terminal, terminals=names.terminals,
        )  # fmt: skip


def refuse_wayland() -> None:
    """Say before anything begins that people could not be noticed here. Raises DesktopError."""
    if sys.platform.startswith("linux") and (os.environ.get("XDG_SESSION_TYPE") == "wayland" or os.environ.get("WAYLAND_DISPLAY")):
        raise DesktopError(
            "this is a Wayland session, which lets no program watch mouse and keyboard: log in to an X11 session, or use --desktop virtual"
        )


def _close(desktop: LiveDesktop) -> None:
    """Let go, whatever happens: a display that died refuses even to be closed, and the rest must be cleaned up all the same."""
    try:
        desktop.close()
    except Exception:
        logging.getLogger(__name__).debug("a desktop did not close cleanly", exc_info=True)


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


class _People:
    """Whose hands pause the run: everybody's, except while somebody is asked something, or has taken over, and just after."""

    def __init__(self, switch: StopSwitch, desktop: LiveDesktop) -> None:
        self._switch, self._desktop = switch, desktop
        self._wanted = False
        self._ignored_until = 0.0
        self.watched: Callable[[], bool] = lambda: True
        """Whether what people do is still told."""

    def begin(self, phase: Phase) -> None:
        """From now on heed or ignore what people do. Where nobody is told of it any more, nobody could stop the run: it ends."""
        if not self.watched():
            self._switch.stop("mouse and keyboard are not watched any more, so nobody could stop it: start it again")
        wanted = phase not in (Phase.APPROVING, Phase.PAUSED, Phase.BY_HAND)
        self._desktop.keep_off(phase is Phase.BY_HAND)
        if wanted and not self._wanted:
            self.forgive()
        self._wanted = wanted

    def forgive(self) -> None:
        """The key that started, approved or resumed the run is yet to be released."""
        self._ignored_until = time.monotonic() + GRACE_SECONDS

    def act(self, words: str) -> None:
        """Somebody did something, said in words."""
        if self._wanted and time.monotonic() >= self._ignored_until:
            self._switch.pause(f"you {words}")


@contextmanager
def _watch_people(switch: StopSwitch, desktop: LiveDesktop) -> Iterator[_People]:
    """Any human input pauses the run; the hotkey and a pointer pushed into a corner stop it, whatever the model is doing."""
    from agent.human import HOTKEY, HumanInput

    people = _People(switch, desktop)
    unsubscribe = switch.subscribe(lambda position, reason: people.forgive() if position is Position.RUNNING else None)
    watching = HumanInput(
        desktop.ledger,
        people.act,
        lambda: switch.stop(f"stopped by {'+'.join(HOTKEY)}"),
        lambda: switch.stop("the pointer was pushed into a corner of the screen"),
        corners=partial(_corners, desktop.screen),
    )
    try:
        with watching:
            people.watched = lambda: watching.watching
            yield people
    finally:
        unsubscribe()


def _corners(screen: Screen) -> Sequence[tuple[int, int]]:
    """Where the corners are now; none once the display is gone."""
    try:
        return screen.corners
    except DesktopError:
        return ()


def open_programs(lines: Sequence[str], stage: Stage, virtual: VirtualDesktop) -> None:
    """Start programs one after the other. Raises DesktopError where a line is no command, or no window opens."""
    for line in lines:
        try:
            argv = shlex.split(line)
        except ValueError as error:
            raise DesktopError(f"{line!r} is no command ({error}): write a program and its arguments") from error
        if not argv:
            raise DesktopError("an empty line is no command: write a program and its arguments")
        stage.spawn(argv)
        virtual.wait_for_window(".", meanwhile=stage.check_alive)


def _ending(status: int) -> str:
    return f"signal {-status}" if status < 0 and sys.platform != "win32" else f"exit status {status}"
