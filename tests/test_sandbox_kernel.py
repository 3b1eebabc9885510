"""What the kernel itself shows a program on a virtual desktop, and lets it change."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent.virtual import VirtualDesktop
from tests.probe import INTERPRETER
from tests.test_sandbox import where_walls_stand

pytestmark = pytest.mark.desktop

KERNEL = """
import os
for folder, _, names in os.walk("/proc"):
    if not folder[6:7].isdigit():
        for path in (os.path.join(folder, name) for name in names):
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW))
                print(path)
            except OSError:
                pass
"""


@where_walls_stand
def test_the_kernel_is_set_up_by_no_program() -> None:
    """As root, `/proc/sys/kernel/core_pattern` would name a program to be run outside of the walls."""
    with VirtualDesktop(640, 480, accessibility=False, share=INTERPRETER) as desktop:
        program = desktop.spawn([sys.executable, "-c", KERNEL], stdout=subprocess.PIPE, text=True)
        assert program.communicate(timeout=30)[0] == ""


KEYS = """
import ctypes, os, subprocess, sys
ADD, KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
search = f"import ctypes; print(ctypes.CDLL(None).syscall({KEYCTL}, 10, -3, b'user', b'deskhand', 0) >= 0)"
added = ctypes.CDLL(None).syscall(ADD, b"user", b"deskhand", b"SECRET", 6, -3) >= 0
from agent.processes import start
for program in (subprocess.Popen, start):
    found = program([sys.executable, "-c", search], stdout=subprocess.PIPE, text=True).communicate(timeout=20)[0].strip()
    print(found == str(added), added)
"""


def test_programs_find_no_key_in_the_kernel_s_keyrings() -> None:
    told = subprocess.run([sys.executable, "-c", KEYS], capture_output=True, text=True, check=True).stdout.splitlines()
    # Where the kernel takes no keys, in some containers, there are none to find.
    assert told == (["True True", "False True"] if "True True" in told else ["True False"] * 2)
