"""A sample of what `python -m tests.fuzz_foreign` tries by the hundred thousand, and that its guard sees what it is there to see."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE = 250

DEEDS = {
    "reads the user's file": "open(outside / 'key').read()",
    "reads another file of the machine": "open('/etc/passwd').read()",
    "writes beside its folder": "open(inside.parent / 'made', 'w')",
    "writes through a link": "(inside / 'l').symlink_to(outside / 'key'); open(inside / 'l', 'a')",
    "writes through a second name": "(inside / 'l').hardlink_to(outside / 'key'); open(inside / 'l', 'a').write('x')",
    "writes where it stands": "os.open('made', os.O_CREAT | os.O_WRONLY); os.unlink('made')",
    "deletes": "(outside / 'key').unlink()",
    "renames": "(outside / 'key').rename(inside / 'key')",
    "reads beneath Python": "ctypes.CDLL(None).open(os.fsencode(outside / 'key'), 0)",
    "runs a program": "subprocess.Popen(['true'])",
    "connects": "socket.socket().connect(('127.0.0.1', 1))",
    "unpickles": "pickle.loads(pickle.dumps(os.getcwd))",
    "takes too long": "[None for _ in range(40) if sum(range(2_000_000))]",
    "takes too much": "b'x' * (450 << 20)",
}
GUARDED = """
import contextlib, ctypes, os, pickle, socket, subprocess, sys
sys.path.insert(0, "tests")
import fuzz_guard
from fuzz_guard import Bench, Broken, Run
fuzz_guard.MEGABYTES, fuzz_guard.SECONDS = 400, 0.5
def quietly(words):
    with contextlib.suppress(OSError):
        exec(words, globals())
with Bench() as bench:
    outside = bench.outside.folder
    for name, words in eval(sys.argv[1]).items():
        with bench.case() as inside:
            run = Run(bench.outside)
            run.call(lambda: (inside / "a").write_text("what may be done"))
            try:
                run.call(lambda: quietly(words))
                print(name, "was not seen")
            except Broken as error:
                print("seen:", name)
        if not (outside / "key").exists():
            (outside / "key").write_text("again")
"""


def python(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=110)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def test_fuzzed_files_keep_the_promises() -> None:
    """In a process of its own, whose memory is measured."""
    told = python("-m", "tests.fuzz_foreign", str(SAMPLE))
    assert f"episode: {SAMPLE // 5} tried" in told and "; 0 broken" in told


def test_the_guard_sees_what_breaks_a_promise() -> None:
    assert python("-c", GUARDED, repr(DEEDS)).splitlines() == [f"seen: {name}" for name in DEEDS]
