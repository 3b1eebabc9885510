"""No test reaches the network: the guard inside Python, and the name space around everything in continuous integration."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from egress import EgressBlocked

ISOLATED = Path(__file__).parents[1] / ".ci" / "isolated"
ELSEWHERE = "192.0.2.1"  # set aside for documentation: nobody has it
CONNECT = f"""
import ctypes, os, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
descriptor = libc.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", 9) + socket.inet_aton("{ELSEWHERE}") + bytes(8)
print("passed" if libc.connect(descriptor, address, 16) == 0 else os.strerror(ctypes.get_errno()))
"""
LOOPBACK = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname())
print("passed")
"""


def isolated(*command: str) -> str:
    environment = {**os.environ, "DESKHAND_ISOLATION": "required"}
    done = subprocess.run([sys.executable, ISOLATED, *command], capture_output=True, text=True, env=environment, timeout=60)
    if done.returncode == 77:  # the system allows none, and that is said: continuous integration then has the guard alone
        assert "no name space without a network here" in done.stderr
        return ""
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_guard_knows_the_c_librarys_own_calls() -> None:
    with pytest.raises(EgressBlocked):
        ctypes.CDLL(None).connect  # noqa: B018


def test_nothing_leaves_the_name_space_whatever_a_program_does() -> None:
    """Alone, with the guard nowhere near: in C, from an interpreter that heeds no variable."""
    told = isolated(sys.executable, "-I", "-c", CONNECT)
    assert "unreachable" in told or not told


def test_this_machine_itself_is_reached_in_it() -> None:
    assert isolated(sys.executable, "-I", "-c", LOOPBACK) in ("passed", "")


def test_continuous_integration_runs_in_it() -> None:
    assert ".ci/isolated" in (ISOLATED.parent / "run").read_text()
