"""The walls around the programs of a virtual desktop: bubblewrap's name spaces, held open by one process and entered by each program.

All programs of a desktop share them, so that they find one another as on any desktop. They see the system's programs, read only, a home
and temporary files of their own, their display, and no process, socket or file of the user's; and no network unless they are given it.
The name spaces end with the process that holds them, and with them everything inside, however it tried to detach itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.errors import DesktopError
from agent.processes import mortal, read_line, signal_group, start, wait_or_kill

START_SECONDS = 15.0
_GO = 'cd "$0" && unset OLDPWD && exec "$@"'
PACKAGES = {"bwrap": "bubblewrap", "nsenter": "util-linux"}
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store", "/etc",
          "/var/cache/fontconfig", "/var/lib/dbus")  # fmt: skip
"""What is seen of the machine, where it is there. What its owner keeps from other users in there is not."""
_DEEP = {"/etc": 8, "/opt": 2, "/usr/local": 3}
"""How far down what is kept from other users is looked for."""
_NETWORK_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf")
_GET_PARENT = 0xB702
_MEND = "allow user name spaces, as agent/README.md says"
# Programs that find themselves to be root do what only root can, and fail: terminals, say.
_AS_ANYBODY = ("--uid", "65534", "--gid", "65534") if os.getuid() == 0 else ()


class Sandbox:
    """Name spaces that are open until `close`."""

    def __init__(self, env: Mapping[str, str], *, own: Sequence[Path] = (), seen: Sequence[Path] = (), network: bool = False) -> None:
        """
        Args:
            env: what the process that holds them sees of the environment: they all can look at it.
            own: folders that programs may write to; outside they are the same.
            seen: files and folders that they may read, beside the system's.
            network: whether they have this machine's network, or none but a loopback of their own.

        Raises:
            DesktopError: the system does not allow it, with its reason.
        """
        self.processes = ""
        """The name space that its processes live in, as `/proc` names it."""
        self._visible = [*(Path(path) for path in SYSTEM), *own, *seen]
        self._spaces: list[int] = []
        reader, writer = os.pipe()
        spaces = ["user", "pid", "ipc", *(() if network else ("net",))]
        # It ends by itself once its input does, which this process holds: killed while it starts, it would leave behind what it just made.
        command = [
            "sh", "-c", '"$@"; exit $?', "sh",
            "bwrap", *(f"--unshare-{space}" for space in spaces), *_AS_ANYBODY, "--die-with-parent", "--cap-drop", "ALL",
            *_mounts(own, seen, network), "--info-fd", str(writer), "--", "sh", "-c", "echo; exec cat",
        ]  # fmt: skip
        try:
            self._holder: subprocess.Popen[Any] = start(
                command,
                alone=True,
                env=dict(env),
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(writer,),
            )
            os.close(writer)
            writer = -1
            try:
                self._enter = self._open_door(reader, spaces)
            except BaseException:
                self.close()
                raise
        finally:
            os.close(reader)
            if writer >= 0:
                os.close(writer)

    def _open_door(self, told: int, spaces: Sequence[str]) -> list[str]:
        assert self._holder.stdout is not None and self._holder.stderr is not None
        if read_line(self._holder.stdout, START_SECONDS) is None:
            signal_group(self._holder, 9)
            reason = " ".join(self._holder.stderr.read(2000).decode(errors="replace").split())
            raise DesktopError(f"bubblewrap puts up no walls ({reason or 'no reason given'})")
        self._holder.stderr.close()
        inside = json.loads(os.read(told, 1 << 16))["child-pid"]
        self.processes = os.readlink(f"/proc/{inside}/ns/pid")
        # It maps users twice: the other name spaces belong to the outer of two, and programs live in the inner one.
        outer = self._keep(fcntl.ioctl(self._keep(os.open(f"/proc/{inside}/ns/user", os.O_RDONLY)), _GET_PARENT))
        door = ["nsenter", "--preserve-credentials", f"--target={inside}", f"--user=/proc/{os.getpid()}/fd/{outer}", "--mount"]
        door += [f"--{space}" for space in spaces if space != "user"]
        door += ["--", "nsenter", "--preserve-credentials", "--user=/proc/1/ns/user"]
        return [
            *door,
            "--",
            "setpriv",
            "--no-new-privs",
            "--pdeathsig",
            "TERM",
            "--",
            "sh",
            "-c",
            _GO,
        ]

    def _keep(self, space: int) -> int:
        self._spaces.append(space)
        return space

    def command(self, argv: Sequence[str], folder: str | Path) -> list[str]:
        """What starts a program inside, in this folder. It ends as the program ends: with its status, or by its signal."""
        return [*self._enter, str(folder), *map(str, argv)]

    def sees(self, path: str) -> bool:
        """Whether a file or folder is to be found inside."""
        return all(any(place.is_relative_to(one) for one in self._visible) for place in (Path(path), Path(path).resolve()))

    def path(self, path: str) -> str:
        """A search path without the folders that are not there inside."""
        return os.pathsep.join(folder for folder in path.split(os.pathsep) if self.sees(folder))

    def close(self) -> None:
        """End everything inside."""
        if self._holder.stdin is not None:
            self._holder.stdin.close()
        wait_or_kill([self._holder])
        for pipe in (self._holder.stdin, self._holder.stdout, self._holder.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        while self._spaces:
            os.close(self._spaces.pop())


@functools.cache
def why_no_walls() -> str:
    """What keeps walls from being put up on this machine, with what to do about it; empty where they can be. Tried once, for real."""
    if missing := [program for program in PACKAGES if shutil.which(program) is None]:
        return f"{', '.join(missing)} not installed: apt install {' '.join(PACKAGES[name] for name in missing)}"
    try:
        trial = Sandbox({"PATH": os.environ.get("PATH", os.defpath)})
    except (DesktopError, OSError) as error:
        return f"{error}: {_MEND}"
    try:
        inside = start(trial.command(["true"], Path("/")), stderr=subprocess.PIPE)
        try:
            reason = inside.communicate(timeout=START_SECONDS)[1].decode(errors="replace").strip()
        except subprocess.TimeoutExpired:
            wait_or_kill([inside])
            reason = "no answer"
        return f"bubblewrap's name spaces cannot be entered ({reason}): {_MEND}" if inside.returncode else ""
    finally:
        trial.close()


def with_memory_of_its_own(argv: Sequence[str]) -> list[str]:
    """What starts a display's server. It maps memory of System V that its clients number, and would map what is the user's."""
    if not _apart():
        return [*argv] if why_no_walls() else [*argv, "-extension", "MIT-SHM"]  # it maps none at all, and captures take ten times as long
    return [*_apart(), *argv] if os.getuid() == 0 else [*_apart(), *mortal(argv)]


@functools.cache
def _apart() -> tuple[str, ...]:
    """The command that leaves the memory of other programs behind; nothing where the system allows none."""
    command = ("unshare", *(() if os.getuid() == 0 else ("--user", "--map-current-user")), "--ipc", "--")
    try:
        return command if start([*command, "true"]).wait(START_SECONDS) == 0 else ()
    except (OSError, subprocess.TimeoutExpired):
        return ()


def _mounts(own: Sequence[Path], seen: Sequence[Path], network: bool) -> Iterator[str]:
    for path in SYSTEM:
        if os.path.islink(path):
            yield from ("--symlink", os.readlink(path), path)
        elif os.path.isdir(path):
            yield from ("--ro-bind", path, path)
    for root, depth in _DEEP.items():
        for folder, path in _private(root, depth):
            yield from ("--tmpfs", path) if folder else ("--ro-bind", "/dev/null", path)
    yield from ("--proc", "/proc", *_kernel_mounts(), "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp", "--dir", "/run")
    for path in _NETWORK_FILES if network else ():  # they often lie elsewhere
        real = os.path.realpath(path)
        if os.path.exists(real) and not real.startswith("/etc/"):
            yield from ("--ro-bind", real, real)
    for option, paths in (("--ro-bind", seen), ("--bind", own)):
        for each in paths:
            yield from (option, str(each), str(each))


def _kernel_mounts() -> Iterator[str]:
    """What the kernel shows beside processes, read only: to root's own number it lets itself be set up by programs of no rights at all.

    `/proc/sys/kernel/core_pattern`, say, names a program that runs outside of all walls.
    """
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit() or entry.is_symlink():  # processes come and go
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if not mode & 0o044:
                yield from ("--ro-bind", "/dev/null", entry.path)
            elif stat.S_ISDIR(mode) or mode & 0o222:
                yield from ("--ro-bind", entry.path, entry.path)


def _private(folder: str, depth: int) -> Iterator[tuple[bool, str]]:
    """What this user can read in a folder of the system's and others cannot: whether it is a folder, and its path."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                if mode & 0o005 == 0o005:
                    yield from _private(entry.path, depth - 1) if depth > 1 else ()
                elif os.access(entry.path, os.X_OK):
                    yield True, entry.path
            elif stat.S_ISREG(mode) and not mode & 0o004 and os.access(entry.path, os.R_OK):
                yield False, entry.path
