"""Kill an episode's writer at random moments: `python -m tests.kills 200` prints how many acknowledged steps were lost. The owner of a
virtual desktop: `python -m tests.kills 100 desktops` prints how many left a process behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from test_store import assert_whole, header, step

from recordings.store import EpisodeWriter, read_episode


def kill_once(root: Path, seed: int) -> tuple[int, int]:
    """Acknowledged steps and readable ones after one kill at a moment that the seed draws."""
    reader, told = os.pipe()
    child = os.fork()
    if child == 0:
        writer = EpisodeWriter.create(root, header())
        for index in range(100_000):
            writer.append(step(index))
            os.write(told, b".")
    os.close(told)
    time.sleep(random.Random(seed).uniform(0.01, 0.4))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    acknowledged = 0
    while part := os.read(reader, 65536):
        acknowledged += len(part)
    os.close(reader)
    if not (root / "run" / "episode.json").exists():
        return acknowledged, 0
    episode = read_episode(root / "run")
    assert_whole(episode, len(episode.steps))
    return acknowledged, len(episode.steps)


OWNER = """
import sys
from agent.virtual import VirtualDesktop
sys.stdin.readline()
while True:
    with VirtualDesktop(320, 240) as desktop:
        desktop.spawn(["sh", "-c", "setsid sleep 600 & exec mousepad"])
        desktop.wait_for_window("Mousepad", 30)
"""


def kill_desktop_once(folder: Path, seed: int) -> list[str]:
    """Command lines of what is left of a virtual desktop whose owner is killed at a moment that the seed draws: while it starts or runs."""
    place = Path(tempfile.mkdtemp(dir=folder))
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], env={**os.environ, "TMPDIR": str(place)}, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert owner.stdin is not None
    owner.stdin.write("\n")
    owner.stdin.flush()
    time.sleep(random.Random(seed).uniform(0.1, 2.0))
    owner.kill()
    owner.wait()
    owner.stdin.close()
    end = time.monotonic() + 5
    while (left := _of(place)) and time.monotonic() < end:
        time.sleep(0.02)
    return left


def _of(place: Path) -> list[str]:
    """Command lines of the processes that have a folder in their environment or among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(place).encode() in (entry / "environ").read_bytes() + (
                line := (entry / "cmdline").read_bytes()
            ):
                found += [line.replace(b"\0", b" ").decode(errors="replace")] if line else []
        except OSError:
            continue
    return found


def kill_desktops(kills: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        left = [line for seed in range(kills) for line in kill_desktop_once(Path(folder), seed)]
    print(f"{kills} owners of a virtual desktop were killed, {len(left)} processes left", *left, sep="\n")


def main(kills: int) -> None:
    lost = steps = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(kills):
            acknowledged, readable = kill_once(Path(folder) / str(seed), seed)
            lost, steps = lost + max(acknowledged - readable, 0), steps + acknowledged
    print(f"{kills} kills, {steps} acknowledged steps, {lost} lost")


if __name__ == "__main__":
    (kill_desktops if sys.argv[2:] == ["desktops"] else main)(int(sys.argv[1]))
