"""Every shipped task, on the real application: its checks fail at the start and hold once its words were carried out."""

from __future__ import annotations

import pytest
from fakes import FixedApprover

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from agent.innermost import innermost
from agent.loop import Agent, Limits
from agent.virtual import VirtualDesktop
from agent.world import VirtualWorld
from recordings.episode import StopReason
from tasks.catalogue import list_tasks
from tasks.checks import run_checks
from tasks.prepare import prepare
from vlm.planner.load import QuotedPlanner
from vlm.pocket_engine import PocketEngine
from vlm.reading.match import TextLocator
from vlm.reading.reader import open_reader

pytestmark = pytest.mark.desktop


@pytest.fixture(scope="module")
def engine() -> PocketEngine:
    return PocketEngine(lambda: QuotedPlanner("no base is needed here"), open_reader(), TextLocator())


@pytest.mark.parametrize("name", [task.name for task in list_tasks()])
def test_following_the_words_makes_the_checks_hold(name: str, engine: PocketEngine) -> None:
    task = next(task for task in list_tasks() if task.name == name)
    instance = task.instantiate(0)
    with VirtualDesktop() as virtual, LiveDesktop(virtual.display) as desktop:
        bus = virtual.env["DBUS_SESSION_BUS_ADDRESS"]
        with Accessibility(bus, display=virtual.display) as tree:
            world = VirtualWorld(virtual)
            prepare(instance, world)
            assert not all(result.passed for result in run_checks(instance.checks, world, patience=0))
            desktop.settle()
            agent = Agent(
                engine.policy(), desktop, FixedApprover(), limits=Limits(instance.limits.steps, instance.limits.seconds),
                name_at=lambda point, screenshot: innermost(tree.elements(screenshot.transform), point),
            )  # fmt: skip
            steps = list(agent.run(instance.quoted))
            results = run_checks(instance.checks, world)
            world.close()
    assert all(result.passed for result in results), [result.detail for result in results]
    assert agent.stop_reason is StopReason.DONE and len(steps) < instance.limits.steps
