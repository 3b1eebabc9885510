"""Record a demonstration of each task through the recorder itself: `python -m tests.demonstrate recordings/samples` makes the samples anew.

Scripted hands do on a virtual desktop what the instruction says, through real X events; the recorder hears and sees them as it would a
person's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from oracle import find, plan

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from agent.recorder import Recorder
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from agent.world import VirtualWorld
from recordings.action import Click, Move
from recordings.episode import Display, EpisodeHeader, Source, StopReason
from recordings.geometry import Point
from recordings.redaction import Rules
from recordings.store import LOCK, EpisodeWriter
from tasks.catalogue import list_tasks
from tasks.checks import run_checks
from tasks.prepare import prepare
from tasks.task import TaskInstance

LOOK_SECONDS = 0.3
"""How long the hands look before they act, as a person would."""


def demonstrate(instance: TaskInstance, root: Path) -> Path:
    """Record one task being done; returns the episode, whose verdict its checks gave."""
    with VirtualDesktop() as virtual, LiveDesktop(virtual.display) as desktop:
        bus = virtual.env["DBUS_SESSION_BUS_ADDRESS"]
        world, screen = VirtualWorld(virtual), Screen(virtual.display)
        prepare(instance, world)
        desktop.perform(Move(x=0.999, y=0.999))
        desktop.settle()
        header = EpisodeHeader(
            name=instance.name,
            instruction=instance.instruction,
            task=instance.name,
            source=Source.HUMAN,
            platform="Linux",
            displays=[Display(left=0, top=0, width=virtual.width, height=virtual.height)],
            extra={"desktop": "virtual", "seed": instance.seed},
        )
        writer = EpisodeWriter.create(root, header)
        recorder = Recorder(screen, writer, Rules(), display=virtual.display, session_bus=bus).start()
        try:
            with Accessibility(bus, display=virtual.display) as accessibility:
                for step in plan(instance.instruction):
                    recorder.watch.settled_after(time.monotonic(), 5.0)
                    recorder.witness.around(time.monotonic(), time.monotonic(), 5.0)
                    time.sleep(LOOK_SECONDS)
                    if hasattr(step, "kind"):
                        desktop.perform(step)
                        continue
                    point = _find(step.text, desktop, accessibility)
                    desktop.observe()
                    desktop.perform(Click(x=point.x, y=point.y))
                recorder.watch.settled_after(time.monotonic(), 5.0)
        finally:
            recorder.stop()
        passed = all(check.passed for check in run_checks(instance.checks, world))
        failure = recorder.failure
        writer.close(StopReason.ERROR if failure else StopReason.DONE, str(failure or ""), passed)
        world.close()
        screen.close()
    return writer.path


def _find(text: str, desktop: LiveDesktop, accessibility: Accessibility) -> Point:
    """On a busy machine an application may take longer to tell all of a dialog than one look waits."""
    for _ in range(3):
        with contextlib.suppress(AssertionError):
            return find(text, desktop, accessibility).box.center
    return find(text, desktop, accessibility).box.center


def main(folder: Path) -> None:
    for task in list_tasks():
        shutil.rmtree(folder / task.name, ignore_errors=True)
        path = demonstrate(task.instantiate(0), folder)
        os.unlink(path / LOCK)
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        print(f"{path}: {size // 1024} KiB", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
