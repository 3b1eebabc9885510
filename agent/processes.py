"""Processes that die with their owner, and how they are ended."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from agent.guard import MARKER

GRACE_SECONDS = 1.0
# setpriv instead of preexec_fn, which may deadlock in a process with threads. The owner may have died before the signal was asked for,
# so the program is started only if the owner is still the parent afterwards.
_DIE_WITH_OWNER = ("setpriv", "--pdeathsig", "TERM", "--", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"')
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_JOIN_SESSION_KEYRING = 1


def _leave_keys() -> None:
    """Give this thread, and so what it starts, an empty keyring of the kernel's: tickets and keys lie in the one that it inherits."""
    if sys.platform.startswith("linux") and (number := _KEYCTL.get(platform.machine())) is not None:
        ctypes.CDLL(None).syscall(number, _JOIN_SESSION_KEYRING, None)


# The kernel sends the parent-death signal when the *thread* that started a child ends, so one thread that lives as long as the
# interpreter starts them all.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner", initializer=_leave_keys)


def start(argv: Sequence[str], alone: bool = False, **options: Any) -> subprocess.Popen[Any]:
    """Start a program in a process group of its own; it ends when this process does, or by itself where it is `alone`.

    Args:
        argv: program and arguments; never a shell line.
        options: as for `subprocess.Popen`; input and output go nowhere unless asked for.
    """
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    command = list(map(str, argv)) if alone else mortal(argv)
    return _spawner.submit(lambda: subprocess.Popen(command, start_new_session=True, **{**quiet, **options})).result()


def mortal(argv: Sequence[str]) -> list[str]:
    """What becomes this program and ends when this process does, unless it changes its rights on the way, as by a user name space."""
    return [*_DIE_WITH_OWNER, str(os.getpid()), *map(str, argv)]


def read_line(stream: int | IO[bytes], timeout: float) -> str | None:
    """One line from a pipe, without its end; None where the other side closed it or took too long."""
    line = b""
    end = time.monotonic() + timeout
    while not line.endswith(b"\n"):
        if not select.select([stream], [], [], max(end - time.monotonic(), 0.0))[0]:
            return None
        part = os.read(stream if isinstance(stream, int) else stream.fileno(), 256)
        if not part:
            return None
        line += part
    return line.decode(errors="replace").strip()


def signal_group(process: subprocess.Popen[Any], number: int) -> None:
    """Send a signal to a program and to what it started in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def wait_or_kill(processes: Sequence[subprocess.Popen[Any]]) -> None:
    """Wait for programs that were asked to end, and kill those that do not."""
    end = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(end - time.monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            signal_group(process, signal.SIGKILL)
            process.wait()


def kill_marked(marker: str | None) -> None:
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
