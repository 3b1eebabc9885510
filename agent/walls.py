"""Which walls stand around the programs of a virtual desktop: each is tried, from inside or as a stranger would."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
from pathlib import Path

from agent.virtual import VirtualDesktop

FILES, PROCESSES, NETWORK, ENVIRONMENT, DISPLAY = "files", "processes", "network", "environment", "display"
SETUP = struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0)
"""How a client of X11 that has no cookie introduces itself."""
_SECONDS = 20.0
# What a shell sets by itself is no leak.
_SHELLS_OWN = {"PWD", "OLDPWD", "SHLVL", "_"}
_LOOK = 'test -e "$0"; echo $?; readlink /proc/self/ns/pid /proc/self/ns/net; env -0'


def standing(desktop: VirtualDesktop) -> dict[str, bool]:
    """Whether each stands: around the user's files, processes, network and environment, and around the display for who has no cookie."""
    hidden = desktop.home.parent / "xvfb.log"  # is there, and is none of theirs
    look = desktop.spawn(["sh", "-c", _LOOK, str(hidden)], stdout=subprocess.PIPE)
    absent, pids, network, *seen = look.communicate(timeout=_SECONDS)[0].decode(errors="replace").split("\n", 3)
    names = {entry.partition("=")[0] for entry in "".join(seen).split("\0") if entry}
    return {
        FILES: hidden.exists() and absent == "1",
        PROCESSES: pids != os.readlink("/proc/self/ns/pid"),
        NETWORK: network != os.readlink("/proc/self/ns/net"),
        ENVIRONMENT: bool(names) and names <= set(desktop.env) | _SHELLS_OWN,
        DISPLAY: not admits_strangers(desktop.display),
    }


def admits_strangers(display: str) -> bool:
    """Whether a display lets somebody in who has no cookie."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_SECONDS)
        connection.connect(str(Path("/tmp/.X11-unix") / f"X{display.removeprefix(':')}"))
        connection.sendall(SETUP)
        return connection.recv(1) == b"\1"
