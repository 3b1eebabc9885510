"""Record demonstrations of tasks through the recorder itself.

`python -m training.generate.hands.demonstrate TASK --count 20 --seed 1 --to FOLDER` records one for each of 20 seeds; `--samples
recordings/samples` makes the samples of all tasks anew. Scripted hands do on a virtual desktop what the instruction says, through real X
events; the recorder hears and sees them as it would a person's.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from pathlib import Path

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from agent.recorder.recorder import Recorder
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from agent.world import VirtualWorld
from recordings.action import Click, Move
from recordings.episode import Display, EpisodeHeader, Source, StopReason
from recordings.errors import DeskhandError
from recordings.geometry import Point
from recordings.secrets.rules import Rules
from recordings.store import LOCK, EpisodeWriter, read_episode
from tasks.catalogue import list_tasks, load_task
from tasks.checks import run_checks
from tasks.prepare import prepare
from tasks.task import TaskInstance
from training.command import command
from training.generate.hands.oracle import Named, NotFound, find, plan

LOOK_SECONDS = 0.3
"""How long the hands look before they act, as a person would."""


def demonstrate(instance: TaskInstance, root: Path, name: str = "") -> Path:
    """Record one task being done as the episode `name`; returns its folder. Its verdict is what the task's checks gave."""
    with VirtualDesktop(network=instance.needs_network) as virtual, LiveDesktop(virtual.display) as desktop:
        bus = virtual.env["DBUS_SESSION_BUS_ADDRESS"]
        world, screen = VirtualWorld(virtual), Screen(virtual.display)
        prepare(instance, world)
        desktop.perform(Move(x=0.999, y=0.999))
        desktop.settle()
        header = EpisodeHeader(
            name=name or instance.name,
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
                for step in plan(instance.quoted):
                    recorder.watch.settled_after(time.monotonic(), 5.0)
                    recorder.witness.around(time.monotonic(), time.monotonic(), 5.0)
                    time.sleep(LOOK_SECONDS)
                    if not isinstance(step, Named):
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
        with contextlib.suppress(NotFound):
            return find(text, desktop, accessibility).box.center
    return find(text, desktop, accessibility).box.center


def make_samples(folder: Path) -> None:
    for task in list_tasks():
        shutil.rmtree(folder / task.name, ignore_errors=True)
        path = demonstrate(task.instantiate(0), folder)
        os.unlink(path / LOCK)
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        print(f"{path}: {size // 1024} KiB", flush=True)


def demonstrate_many(task: str, count: int, seed: int, to: Path) -> list[Path]:
    """One demonstration for each of `count` seeds; those that their checks did not pass are deleted and said."""
    made = []
    for number in range(seed, seed + count):
        instance = load_task(task).instantiate(number)
        path = to / f"{instance.name}-{number}"
        try:
            if not path.exists():
                demonstrate(instance, to, path.name)
            if read_episode(path).header.verdict:
                made.append(path)
                continue
            print(f"{path.name}: its checks did not pass", file=sys.stderr, flush=True)
        except DeskhandError as error:
            print(f"{path.name}: {error}", file=sys.stderr, flush=True)
        shutil.rmtree(path, ignore_errors=True)
    return made


@command
def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.generate.hands.demonstrate", description="Record demonstrations by scripted hands."
    )
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="names of tasks, or paths of their YAML files")
    parser.add_argument("--count", type=int, default=20, metavar="N", help="demonstrations of each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first seed (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=Path("demonstrations"), metavar="FOLDER")
    parser.add_argument("--samples", type=Path, metavar="FOLDER", help="make one sample of every task in this folder instead")
    arguments = parser.parse_args()
    if arguments.samples is not None:
        make_samples(arguments.samples)
    for task in arguments.tasks:
        made = demonstrate_many(task, arguments.count, arguments.seed, arguments.to)
        print(f"{task}: {len(made)} of {arguments.count} demonstrations in {arguments.to}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
