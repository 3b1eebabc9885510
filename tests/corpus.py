"""Perform random actions through XTest on a virtual desktop, record them, and count the steps that come back exactly.

`python -m tests.corpus 500` performs as many sequences and prints what it found; the suite does a few of them.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


from agent.desktop import LiveDesktop
from agent.recorder.recorder import Recorder
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from recordings.action import Action
from recordings.episode import EpisodeHeader, StopReason
from recordings.geometry import ScreenTransform
from recordings.secrets.rules import Rules
from recordings.store import EpisodeWriter, read_episode
from tests.doings import draw_actions, writes
from tests.probe import Probe

LENGTH = 3
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,;!?()"
"""Without digits and @, of which chance makes card numbers and addresses."""


def perform_and_record(virtual: VirtualDesktop, seeds: range, root: Path) -> tuple[int, list[tuple[Action, Action | None]]]:
    """How many steps came back exactly, and those that did not with what came instead."""
    screen = Screen(virtual.display)
    area = ScreenTransform(0, 0, virtual.width, virtual.height)
    writer = EpisodeWriter.create(root, EpisodeHeader(name="corpus", instruction="anything"), rename=True)
    done: list[Action] = []
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        recorder = Recorder(
            screen, writer, Rules(), display=virtual.display, session_bus=virtual.env["DBUS_SESSION_BUS_ADDRESS"], hide_unechoed=False
        ).start()
        try:
            for seed in seeds:
                sequence = draw_actions(random.Random(seed), LENGTH, area, LETTERS)
                for action in sequence:
                    if done and writes(done[-1]) and writes(action):
                        continue
                    desktop.perform(action)
                    done.append(action)
                    probe.fill(random.Random(len(done)).randrange(1 << 24), 0, 0, 40, 40)
                probe.clear()
            time.sleep(0.5)
        finally:
            recorder.stop()
        assert recorder.failure is None, recorder.failure
    screen.close()
    writer.close(StopReason.DONE)
    found = [step.action for step in read_episode(writer.path).steps]
    wrong = _differences(done, found)
    return len(done) - len(wrong), wrong


def _differences(done: list[Action], found: list[Action | None]) -> list[tuple[Action, Action | None]]:
    """Steps without their equal in the recording, in order."""
    import difflib

    names, others = [str(action) for action in done], [str(action) for action in found]
    wrong: list[tuple[Action, Action | None]] = []
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, names, others, autojunk=False).get_opcodes():
        if tag != "equal":
            pairs = [(done[a], found[b1 + a - a1] if b1 + a - a1 < b2 else None) for a in range(a1, a2)]
            wrong += pairs or [(done[min(a1, len(done) - 1)], found[b1])]
    return wrong


def main(sequences: int) -> None:
    exact = total = 0
    with tempfile.TemporaryDirectory() as root, VirtualDesktop(640, 480) as virtual:
        for start in range(0, sequences, 25):
            good, wrong = perform_and_record(virtual, range(start, min(start + 25, sequences)), Path(root))
            exact, total = exact + good, total + good + len(wrong)
            for action, instead in wrong:
                print(f"  {action} came back as {instead}")
            print(f"{min(start + 25, sequences)} sequences: {exact} of {total} steps exact ({100 * exact / total:.2f} %)", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
