"""A desktop of the agent's own: Xvfb, a window manager, a session bus with accessibility, and a home that is thrown away.

Nothing of the user's is touched: every program started here sees its own HOME, configuration and bus. However the owner ends (close,
exception, SIGTERM, SIGKILL), no process stays behind; the folder of one that was killed is removed by the next that starts.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, TYPE_CHECKING, Any

from agent.errors import DesktopError
from agent.folder import make_folder, remove_abandoned
from agent.guard import MARKER, adopt, disown
from vlm.endpoint import KEY_VARIABLE

if TYPE_CHECKING:
    from agent.x11.display import Window, Windows

START_SECONDS = 15.0
GRACE_SECONDS = 1.0
_FOREIGN = re.compile(
    r"(DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_\w+|AT_SPI_\w+|NO_AT_BRIDGE|SESSION_MANAGER|DESKTOP_\w+|XDG_(?!DATA_DIRS)\w+"
    r"|GTK_\w+|GDK_\w+|QT_\w+|GSETTINGS_\w+|LANG|LANGUAGE|LC_\w+)$"
)
_GTK_SETTINGS = {
    "font-name": "DejaVu Sans 10",
    "theme-name": "Adwaita",
    "icon-theme-name": "Adwaita",
    "cursor-blink": "0",
    "enable-animations": "0",
    "xft-antialias": "1",
    "xft-hinting": "1",
    "xft-hintstyle": "hintslight",
    "xft-rgba": "none",
    "xft-dpi": str(96 * 1024),
    "recent-files-enabled": "0",
}
# setpriv instead of preexec_fn, which may deadlock in a process with threads. The owner may have died before the signal was asked for,
# so the program is started only if the owner is still the parent afterwards.
_DIE_WITH_OWNER = ("setpriv", "--pdeathsig", "TERM", "--", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"')
_open: weakref.WeakSet[VirtualDesktop] = weakref.WeakSet()
# The kernel sends the parent-death signal when the *thread* that started a child ends, so one thread that lives as long as the
# interpreter starts them all.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


class VirtualDesktop:
    """A context manager around one virtual display.

    Attributes:
        display: its name, such as ":99".
        env: the environment that programs on it need.
        home: their HOME; removed by `close`.
    """

    def __init__(self, width: int = 1024, height: int = 768, *, accessibility: bool = True) -> None:
        """Start it; ready, with its window manager, when this returns.

        Raises:
            DesktopError: a program is missing, or died while starting.
        """
        self.width, self.height = width, height
        self.display = ""
        self._processes: list[subprocess.Popen[Any]] = []
        self._windows: Windows | None = None
        self._lock = threading.Lock()
        self._closed = False
        try:
            remove_abandoned()
            self._folder, self._folder_lock = make_folder()
            self.home = self._folder / "home"
            self.env = self._environment()
        except OSError as error:
            raise DesktopError(f"a virtual desktop finds no room for its files ({error}): free some, or set TMPDIR") from error
        _open.add(self)
        _close_when_terminated()
        try:
            self._start_server()
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
        """Wait for a window, then move and resize it (pixels, frame included) and give it the focus."""
        return self.windows.place(self.windows.wait_for(pattern, timeout), left, top, width, height)

    def spawn(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a program on this desktop, in a process group of its own; it dies with the desktop.

        Args:
            argv: program and arguments; never a shell line.
            options: as for `subprocess.Popen`; `env` adds to the desktop's environment, output goes nowhere unless asked for.

        Raises:
            DesktopError: the program is not installed.
        """
        self.check_alive()
        return self._spawn(argv, **options)

    def check_alive(self) -> None:
        """Raise DesktopError where the display has gone."""
        server = self._processes[0] if self._processes else None
        if self._closed or server is None or server.poll() is not None:
            raise DesktopError(f"the virtual display {self.display} is gone: start the run again")

    def close(self) -> None:
        """End every process and remove the home. May be called twice, from any thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        _open.discard(self)
        if self._windows is not None:
            self._windows.close()
        # Programs first, the display last: a display that vanishes under them makes them complain, and dump.
        for process in self._processes[:0:-1]:
            _signal_group(process, signal.SIGTERM)
        _await(self._processes[1:])
        _kill_marked(self.env.get(MARKER))
        for process in self._processes[:1]:
            _signal_group(process, signal.SIGTERM)
        _await(self._processes)
        if MARKER in self.env:
            disown(self.env[MARKER])
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._folder_lock)

    def _environment(self) -> dict[str, str]:
        config, cache = self.home / ".config", self.home / ".cache"
        data, state = self.home / ".local" / "share", self.home / ".local" / "state"
        runtime = self._folder / "run"
        for folder in (config, cache, data, state, runtime):
            folder.mkdir(parents=True, mode=0o700)
        for version in ("3.0", "4.0"):
            (config / f"gtk-{version}").mkdir()
            lines = "".join(f"gtk-{key}={value}\n" for key, value in _GTK_SETTINGS.items())
            (config / f"gtk-{version}" / "settings.ini").write_text(f"[Settings]\n{lines}")
        (self.home / ".gtkrc-2.0").write_text('gtk-font-name="DejaVu Sans 10"\ngtk-cursor-blink=0\n')
        _write_openbox(config / "openbox")
        # What programs show, an episode records: the key of a server is not for them.
        kept = {key: value for key, value in os.environ.items() if not _FOREIGN.match(key) and key != KEY_VARIABLE}
        own = {
            "HOME": self.home,
            "XDG_CONFIG_HOME": config,
            "XDG_CACHE_HOME": cache,
            "XDG_DATA_HOME": data,
            "XDG_STATE_HOME": state,
            "XDG_RUNTIME_DIR": runtime,
            "XDG_SESSION_TYPE": "x11",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "GDK_BACKEND": "x11",
            "QT_QPA_PLATFORM": "xcb",
            "GSETTINGS_BACKEND": "keyfile",
        }
        return kept | {key: str(value) for key, value in own.items()}

    def _start_server(self) -> None:
        from agent.x11.connection import admit_only_this_user

        reader, writer = os.pipe()
        log = self._folder / "xvfb.log"
        try:
            with log.open("w") as errors:
                # -r: no key repeat, or a key would come twice whenever a busy machine holds us up between its press and its release
                server = self._spawn(
                    ("Xvfb", "-displayfd", str(writer), "-screen", "0", f"{self.width}x{self.height}x24",
                     "-nolisten", "tcp", "-noreset", "-dpi", "96", "-s", "0", "-r"),
                    pass_fds=(writer,), stderr=errors,
                )  # fmt: skip
            os.close(writer)
            writer = -1
            number = _read_line(reader, START_SECONDS)
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
        admit_only_this_user(self.display)

    def _start_bus(self) -> None:
        from agent.accessibility import enable

        bus = self._spawn(("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"), stdout=subprocess.PIPE)
        assert bus.stdout is not None
        address = _read_line(bus.stdout.fileno(), START_SECONDS)
        if not address:
            raise DesktopError("dbus-daemon could not start a session bus: check that the package dbus is installed whole")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = address
        enable(address)

    def _start_window_manager(self) -> None:
        manager = self._spawn(("openbox",))
        end = time.monotonic() + START_SECONDS
        while not self.windows.managed:
            if manager.poll() is not None or time.monotonic() > end:
                raise DesktopError("the window manager openbox did not start on the virtual display: check that it is installed whole")
            time.sleep(0.01)

    def _spawn(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        env = self.env | options.pop("env", {})
        for program in ("setpriv", argv[0]):
            if shutil.which(program, path=env.get("PATH")) is None:
                raise DesktopError(_tell_missing(program))
        quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        options = {**quiet, "cwd": self.home, **options}
        command = (*_DIE_WITH_OWNER, str(os.getpid()), *map(str, argv))
        process: subprocess.Popen[Any] = _spawner.submit(
            lambda: subprocess.Popen(command, env=env, start_new_session=True, **options)
        ).result()
        self._processes.append(process)
        return process


def _tell_missing(program: str) -> str:
    if "/" in program or Path(program).suffix[1:].isalpha():
        return f"there is no program {program}: give the whole path of a file that may be executed"
    packages = {"Xvfb": "xvfb", "dbus-daemon": "dbus", "setpriv": "util-linux"}
    return f"{program} is not installed: apt install {packages.get(program, program)}"


def _write_openbox(folder: Path) -> None:
    """The distribution's own configuration, but for what loses windows or opens unasked ones."""
    folder.mkdir()
    system = Path("/etc/xdg/openbox/rc.xml")
    if system.exists():
        # One workspace, for the wheel over the background changes it; no keys that start programs which are not there.
        text = re.sub(r"<number>\d+</number>", "<number>1</number>", system.read_text(), count=1)
        text = re.sub(r"<keybind (?:(?!</keybind>).)*\"Execute\".*?</keybind>", "", text, flags=re.DOTALL)
        (folder / "rc.xml").write_text(text)


def _read_line(stream: int | IO[bytes], timeout: float) -> str:
    """One line from a pipe, without its end; empty where the other side closed it or took too long."""
    line = b""
    end = time.monotonic() + timeout
    while not line.endswith(b"\n"):
        if not select.select([stream], [], [], max(end - time.monotonic(), 0.0))[0]:
            return ""
        part = os.read(stream if isinstance(stream, int) else stream.fileno(), 256)
        if not part:
            return ""
        line += part
    return line.decode().strip()


def _signal_group(process: subprocess.Popen[Any], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _await(processes: Sequence[subprocess.Popen[Any]]) -> None:
    end = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(end - time.monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _kill_marked(marker: str | None) -> None:
    """End what detached itself from its process group: whatever carries this desktop's mark in its environment."""
    if marker is None:
        return
    mark = f"{MARKER}={marker}\0".encode()
    server = int(marker.partition("/")[2])
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) not in (os.getpid(), server):
            try:
                if mark in (entry / "environ").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue


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
