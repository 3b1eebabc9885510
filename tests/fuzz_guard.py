"""What a fuzzed file must not bring about, and the guard that sees whether it did.

Python tells of every file that it opens, renames or deletes, of every program and connection, before it happens; what libraries open
beneath Python is told of by the kernel, for the user's own folder that lies beside the foreign one.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import re
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from agent import consent
from agent.cli import main as command_line
from recordings.errors import DeskhandError
from tasks.catalogue import DEFINITIONS

SECONDS, WALL_SECONDS, MEGABYTES = 2.0, 30, 1024
CANARY = b"canary of the user's own file"
_OPENED, _READ, _CHANGED = 0x20, 0x1, 0x2 | 0x4 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400
"""What inotify tells of a folder's files."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGING = {"os.rename": 2, "os.link": 2, "os.symlink": 2, "os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.truncate": 1, "os.chmod": 1,
             "os.chown": 1, "os.utime": 1, "os.setxattr": 1}  # fmt: skip
"""How many of their arguments are paths."""
_NEVER = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.", "socket.connect", "socket.bind",
          "socket.getaddrinfo", "socket.gethostbyname", "pickle.find_class", "webbrowser.")  # fmt: skip
_SYSTEM = [os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, Path(__file__).parents[1])]
_SYSTEM += ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/proc/self", f"/proc/{os.getpid()}",
            "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/sys", "/dev/null", "/dev/urandom"]  # fmt: skip
"""What any program reads."""


def peak_megabytes() -> int:
    """The most memory that this process has held. What `getrusage` tells begins at what the process had that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


class Broken(AssertionError):
    """One of the promises does not hold."""


class Outside:
    """A folder beside the foreign one, with files of the user's; says what happened to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        Image.new("RGB", (64, 48), (1, 2, 3)).save(folder / "photo.png")
        (folder / "000000-before.png").write_bytes((folder / "photo.png").read_bytes())
        (folder / "key").write_bytes(CANARY)
        (folder / "rows.jsonl").write_bytes(b'{"id": "a", "conversations": []}\n')
        (folder / "task.yaml").write_bytes((DEFINITIONS / "calculator-sum.yaml").read_bytes())
        self._held = self._now()
        self._watch = _LIBC.inotify_init1(os.O_NONBLOCK)
        _LIBC.inotify_add_watch(self._watch, os.fsencode(folder), _OPENED | _READ | _CHANGED)

    def _now(self) -> list[tuple[str, int, int]]:
        """Names, sizes and times: a second name of a file elsewhere is a way to change it unseen."""
        with os.scandir(self.folder) as found:
            return sorted((one.name, (at := one.stat(follow_symlinks=False)).st_size, at.st_mtime_ns) for one in found)

    def events(self) -> list[str]:
        """What happened since this was asked last."""
        held, self._held = self._held, self._now()
        found = [] if self._held == held else [f"changed: {sorted({*self._held} ^ {*held})}"]
        try:
            data = os.read(self._watch, 65536)
        except BlockingIOError:
            return found
        while data:
            _, mask, _, length = struct.unpack_from("iIII", data)
            name = data[16 : 16 + length].rstrip(b"\0").decode()
            if name:  # the folder itself is opened by whoever looks through its parent
                found.append(f"{name} ({mask:#x})")
            data = data[16 + length :]
        return found


_LIBC = ctypes.CDLL(None, use_errno=True)


class Guard:
    """Hears what Python is about to do, once `top` says in which folder it may. There can be only one: hooks are for ever."""

    def __init__(self) -> None:
        self.top: str | None = None
        self.found: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.top is None:
            return
        top, self.top = self.top, None  # what is looked up here is nobody's deed
        try:
            if event == "open":
                path, _, flags = arguments
                self._path(event, path, top, bool((flags or 0) & _WRITES), bool((flags or 0) & os.O_NOFOLLOW))
            elif event in _CHANGING:
                for path in arguments[: _CHANGING[event]] if event != "os.symlink" else arguments[1:2]:
                    self._path(event, path, top, True, True)
            elif event.startswith(_NEVER) and arguments[:1] != ("which",):  # what the input library looks for when it is imported
                self.found.append(f"{event} {arguments}"[:300])
        finally:
            self.top = top

    def _path(self, event: str, path: Any, top: str, writes: bool, nofollow: bool) -> None:
        if path is None or isinstance(path, int):
            return
        name = os.fsdecode(path)
        # A bare name belongs to a folder that is open already; where there is none, it would lie in the present one, which stays empty.
        if "/" not in name:
            if writes and not nofollow:
                self.found.append(f"{event} {name!r} to write, and links are followed")
            return
        folder, last = os.path.split(os.path.abspath(name))
        real = os.path.join(os.path.realpath(folder), last) if nofollow else os.path.realpath(name)
        allowed = [f"{top}/inside", f"{top}/home"] if writes else [top, *_SYSTEM]
        below = any(real == one or real.startswith(one + "/") for one in allowed)
        outside = real.startswith(f"{top}/outside/")
        if (not below or outside) and real != "/dev/null":
            self.found.append(f"{event} {real!r}{' to write' if writes else ''}")


GUARD = Guard()


class Run:
    """Does things with a foreign file, and sees that each keeps the promises."""

    def __init__(self, outside: Outside, full_disk: int | None = None) -> None:
        self.outside, self.full_disk = outside, full_disk
        self.deeds = 0

    def command(self, *argv: str) -> None:
        """One command of the command line."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.suppress(SystemExit):  # a name that is an option
            self._watched(argv, lambda: command_line.main([one.replace("\0", "") for one in argv]))
        told = out.getvalue() + err.getvalue()
        if "internal error" in told or "Traceback" in told:
            raise Broken(f"{argv}: {told[-600:]}")
        if any(mark in told for mark in "\x1b\x9b\x7f\u202e"):
            raise Broken(f"{argv}: prints what a terminal obeys: {told[-300:]!r}")

    def call(self, work: Callable[[], object]) -> None:
        """One call, which may say in words that it cannot."""

        def speaking() -> None:
            with contextlib.suppress(DeskhandError):
                work()

        self._watched(work, speaking)

    def _watched(self, what: object, work: Callable[[], object]) -> None:
        self.deeds += 1
        began = time.process_time()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.alarm(WALL_SECONDS)
        GUARD.top = str(self.outside.folder.parent)
        try:
            if self.full_disk is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (self.full_disk, before[1]))
            work()
        finally:
            GUARD.top = None
            signal.alarm(0)
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        found, GUARD.found = GUARD.found, []
        if (seconds := time.process_time() - began) > SECONDS:
            raise Broken(f"{what}: {seconds:.1f} s")
        if (used := peak_megabytes()) > MEGABYTES:
            raise Broken(f"{what}: {used} MiB")
        if events := found + self.outside.events():
            raise Broken(f"{what}: {events}")


class Bench:
    """The folder in which cases are tried, one after the other: `outside` is the user's, `inside` is what came from elsewhere."""

    def __init__(self) -> None:
        self.top = Path(tempfile.gettempdir()).resolve() / f"deskhand-fuzz-{os.getpid():07}"
        self.top.mkdir(0o700)
        (self.top / "here").mkdir()
        self.outside = Outside(self.top / "outside")
        os.environ["DESKHAND_HOME"] = str(self.top / "home")

    def __enter__(self) -> Bench:
        self._stack = ExitStack()
        self._stack.callback(shutil.rmtree, self.top, ignore_errors=True)
        self._stack.callback(os.chdir, os.getcwd())
        self._stack.callback(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, _hung))
        self._stack.callback(setattr, command_line, "build_parser", build := command_line.build_parser)
        command_line.build_parser = cache(build)  # which takes longer than all that is tried
        self._stack.callback(setattr, consent, "why_no_walls", consent.why_no_walls)
        consent.why_no_walls = lambda: "they are not tried here"  # which runs a program of our own
        self._stack.callback(setattr, sys, "stdin", sys.stdin)
        sys.stdin = self._stack.enter_context(open(os.devnull, encoding="utf-8"))  # nobody is there to agree
        os.chdir(self.top / "here")  # a name that is relative to nothing would lie here
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def case(self) -> Iterator[Path]:
        """An empty folder for one case. Raises Broken where something is left outside it."""
        (self.top / "inside").mkdir()
        try:
            self.outside.events()
            yield self.top / "inside"
            if left := os.listdir(self.top / "here"):
                raise Broken(f"{left} in the present folder")
        finally:
            for name in ("inside", "home"):
                shutil.rmtree(self.top / name, ignore_errors=True)


def _hung(*_: object) -> None:
    raise Broken(f"nothing happened for {WALL_SECONDS} s")
