"""Kill an episode's writer at random moments: `python -m tests.kills 200` prints how many acknowledged steps were lost."""

from __future__ import annotations

import os
import random
import signal
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


def main(kills: int) -> None:
    lost = steps = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(kills):
            acknowledged, readable = kill_once(Path(folder) / str(seed), seed)
            lost, steps = lost + max(acknowledged - readable, 0), steps + acknowledged
    print(f"{kills} kills, {steps} acknowledged steps, {lost} lost")


if __name__ == "__main__":
    main(int(sys.argv[1]))
