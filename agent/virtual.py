"""A desktop of the agent's own: Xvfb, a window manager, a session bus with accessibility, and a home that is thrown away.

Nothing of the user's is touched: every program started here sees its own HOME, configuration and bus. However the owner ends (close,
exception, SIGTERM, SIGKILL), no process stays behind; the folder of one that was killed is removed by the next that starts.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from agent.bus import expect_inside
from agent.errors import DesktopError
from agent.folder import make_folder, remove_abandoned, remove_folder
from agent.guard import MARKER, adopt, disown
from agent.processes import kill_marked, read_line, signal_group, start, wait_or_kill
from agent.sandbox import START_SECONDS, Sandbox, why_no_walls, with_memory_of_its_own
from agent.throwaway import Throwaway
from agent.undisturbed import undisturbed
from agent.x11.cookie import offer, withdraw, write_cookie

if TYPE_CHECKING:
    from agent.x11.display import Window, Windows

_open: weakref.WeakSet[VirtualDesktop] = weakref.WeakSet()


class VirtualDesktop:
    """A context manager around one virtual display.

    Attributes:
        display: its name, such as ":99".
        env: the environment that programs on it need.
        home: their HOME; removed by `close`.
        unwalled: why no walls stand around its programs; empty where they do, see `agent.sandbox`.
    """

    def __init__(
        self, width: int = 1024, height: int = 768, *, accessibility: bool = True, network: bool = False, share: Sequence[Path] = ()
    ) -> None:
        """Start it; ready, with its window manager, when this returns.

        Args:
            network: whether its programs have this machine's network, or none but a loopback of their own.
            share: files and folders of the user's that its programs may read.

        Raises:
            DesktopError: a program is missing, or died while starting.
        """
        self.width, self.height = width, height
        self.display = ""
        self.unwalled = why_no_walls()
        self._share = [place for path in share for place in (path.expanduser().absolute(), path.expanduser().resolve())]
        self._processes: list[subprocess.Popen[Any]] = []
        self._sandbox: Sandbox | None = None
        self._windows: Windows | None = None
        self._lock = threading.Lock()
        self._closed = False
        if missing := [str(path) for path in self._share if not path.exists()]:
            raise DesktopError(f"there is no {missing[0]} to share: check its path")
        try:
            remove_abandoned()
            self._folder, self._folder_lock = make_folder()
            self._files = Throwaway(self._folder)
            self.home, self.env = self._files.home, self._files.environment()
        except OSError as error:
            raise DesktopError(f"a virtual desktop finds no room for its files ({error}): free some, or set TMPDIR") from error
        _open.add(self)
        _close_when_terminated()
        try:
            self._start_server()
            if not self.unwalled:
                files = self._files
                own, seen = [files.home, files.runtime], [files.cookie, files.window_manager, self._socket, *self._share]
                self._sandbox = Sandbox(self.env, own=own, seen=seen, network=network)
                self.env |= {name: self._sandbox.path(self.env[name]) for name in ("PATH", "XDG_DATA_DIRS", "SHELL") if name in self.env}
            if accessibility:
                self._start_bus()
            self._start_window_manager()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> VirtualDesktop:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def windows(self) -> Windows:
        """The display's windows: `find`, `wait_for`, `place` and so on."""
        from agent.x11.display import Windows

        if self._windows is None:
            self.check_alive()
            self._windows = Windows(self.display)
        return self._windows

    def wait_for_window(self, pattern: str, timeout: float = 10.0, meanwhile: Callable[[], None] = lambda: None) -> Window:
        """Wait for a window whose title or class matches a regular expression.

        Raises:
            DesktopError: it did not open within `timeout` seconds, or what `meanwhile` raises, which is called again and again.
        """
        return self.windows.wait_for(pattern, timeout, meanwhile)

    def place_window(self, pattern: str, left: int, top: int, width: int, height: int, timeout: float = 10.0) -> Window:
        """Wait for a window, then move and resize it (pixels, frame included) and give it the focus.

        Some applications replace their first window, so one that closes meanwhile is waited for again.
        """
        end = time.monotonic() + timeout
        while True:
            window = self.windows.wait_for(pattern, max(end - time.monotonic(), 0.1))
            try:
                return self.windows.place(window, left, top, width, height)
            except DesktopError:
                if self.windows.exists(window) or time.monotonic() > end:
                    raise

    def spawn(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a program on this desktop, behind its walls, in a process group of its own; it dies with the desktop.

        Args:
            argv: program and arguments; never a shell line.
            options: as for `subprocess.Popen`; `env` adds to the desktop's environment, output goes nowhere unless asked for.

        Raises:
            DesktopError: the program is not installed, or lies where the walls hide it.
        """
        self.check_alive()
        env = self.env | options.pop("env", {})
        self._require(argv[0], env)
        if self._sandbox is None:
            return self._spawn(argv, env=env, **options)
        command = self._sandbox.command(argv, options.pop("cwd", self.home))
        return self._spawn(command, env=env, cwd="/", **options)

    def _require(self, program: str, env: Mapping[str, str]) -> None:
        """Raise DesktopError where a program is not there, or not to be seen from inside."""
        found = _find(program, env)
        if self._sandbox is not None and not self._sandbox.sees(found):
            raise DesktopError(f"{found} cannot be seen from a virtual desktop: install it for all users, or --share what it needs")

    def check_alive(self) -> None:
        """Raise DesktopError where the display has gone."""
        server = self._processes[0] if self._processes else None
        if self._closed or server is None or server.poll() is not None:
            raise DesktopError(f"the virtual display {self.display} is gone: start the run again")

    def close(self) -> None:
        """End every process and remove the home, whatever signals come meanwhile. May be called twice, from any thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with undisturbed():
            self._end()

    def _end(self) -> None:
        _open.discard(self)
        if self._windows is not None:
            self._windows.close()
        # Programs first, the display last: a display that vanishes under them makes them complain, and dump.
        for process in self._processes[:0:-1]:
            signal_group(process, signal.SIGTERM)
        wait_or_kill(self._processes[1:])
        if self._sandbox is not None:
            self._sandbox.close()
        kill_marked(self.env.get(MARKER))
        for process in self._processes[:1]:
            signal_group(process, signal.SIGTERM)
        wait_or_kill(self._processes)
        if MARKER in self.env:
            disown(self.env[MARKER])
        withdraw(self.display)
        remove_folder(self._folder, self._folder_lock)

    @property
    def _socket(self) -> Path:
        return Path(f"/tmp/.X11-unix/X{self.display.removeprefix(':')}")

    def _start_server(self) -> None:
        reader, writer = os.pipe()
        log = self._folder / "xvfb.log"
        cookie = write_cookie(self._files.cookie)
        for program in ("setpriv", "Xvfb"):
            _find(program, self.env)
        try:
            with log.open("w") as errors:
                # -r: no key repeat, or a key would come twice whenever a busy machine holds us up between its press and its release.
                # It listens under its abstract name, too: nobody else can then take that, which clients try first, and ask for cookies.
                command = (
                    "Xvfb", "-displayfd", str(writer), "-screen", "0", f"{self.width}x{self.height}x24", "-auth", str(self._files.cookie),
                    "-nolisten", "tcp", "-noreset", "-dpi", "96", "-s", "0", "-r",
                )  # fmt: skip
                server = self._spawn(with_memory_of_its_own(command), pass_fds=(writer,), stderr=errors)
            os.close(writer)
            writer = -1
            number = read_line(reader, START_SECONDS)
        finally:
            os.close(reader)
            if writer >= 0:
                os.close(writer)
        if not number:
            detail = " ".join(log.read_text(errors="replace").split())[-200:] or "no reason given"
            raise DesktopError(f"Xvfb could not start a {self.width}×{self.height} display: {detail}")
        self.display = f":{number}"
        self.env["DISPLAY"] = self.display
        self.env[MARKER] = adopt(self.display, server.pid)
        offer(self.display, cookie)

    def _start_bus(self) -> None:
        from agent.bus import enable

        # Where it listens is known inside the walls and outside.
        bus = self.spawn(
            ("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1", f"--address={self._files.bus}"),
            stdout=subprocess.PIPE,
        )
        assert bus.stdout is not None
        address = read_line(bus.stdout.fileno(), START_SECONDS)
        if not address:
            raise DesktopError("dbus-daemon could not start a session bus: check that the package dbus is installed whole")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = address
        if self._sandbox is not None:
            expect_inside(address, self._sandbox.processes)
        enable(address)

    def _start_window_manager(self) -> None:
        manager = self.spawn(("openbox", "--config-file", str(self._files.window_manager)))
        end = time.monotonic() + START_SECONDS
        while not self.windows.managed:
            if manager.poll() is not None or time.monotonic() > end:
                raise DesktopError("the window manager openbox did not start on the virtual display: check that it is installed whole")
            time.sleep(0.01)

    def _spawn(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a program of ours, beside the walls."""
        env = self.env | options.pop("env", {})
        _find(argv[0], env)
        process = start(argv, env=env, **{"cwd": self.home, **options})
        self._processes.append(process)
        return process


def _find(program: str, env: Mapping[str, str]) -> str:
    """The path of a program. Raises DesktopError."""
    if found := shutil.which(program, path=env.get("PATH")) or shutil.which(program):
        return found
    if "/" in program or Path(program).suffix[1:].isalpha():
        raise DesktopError(f"there is no program {program}: give the whole path of a file that may be executed")
    packages = {"Xvfb": "xvfb", "dbus-daemon": "dbus", "setpriv": "util-linux"}
    raise DesktopError(f"{program} is not installed: apt install {packages.get(program, program)}")


def _close_all() -> None:
    for desktop in list(_open):
        desktop.close()


def _close_when_terminated() -> None:
    """SIGTERM ends a Python process without unwinding it, so close first, unless the program has its own handler."""
    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, frame: FrameType | None) -> None:
    _close_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


atexit.register(_close_all)
