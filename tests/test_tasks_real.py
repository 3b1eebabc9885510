"""Every shipped task, on the real application: its checks fail at the start and hold once the instruction was carried out as it says."""

from __future__ import annotations

import pytest

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from agent.virtual import VirtualDesktop
from agent.world import VirtualWorld
from tasks.catalogue import list_tasks
from tasks.checks import run_checks
from tasks.prepare import prepare
from training.oracle import carry_out

pytestmark = pytest.mark.desktop


@pytest.mark.parametrize("name", [task.name for task in list_tasks()])
def test_doing_what_the_instruction_says_makes_the_checks_hold(name: str) -> None:
    task = next(task for task in list_tasks() if task.name == name)
    for seed in (0, 1):
        instance = task.instantiate(seed)
        with VirtualDesktop() as virtual, LiveDesktop(virtual.display) as desktop:
            bus = virtual.env["DBUS_SESSION_BUS_ADDRESS"]
            with Accessibility(bus, display=virtual.display) as accessibility:
                world = VirtualWorld(virtual)
                prepare(instance, world)
                assert not all(result.passed for result in run_checks(instance.checks, world, patience=0))
                done = carry_out(instance.instruction, desktop, accessibility)
                results = run_checks(instance.checks, world)
                world.close()
        assert all(result.passed for result in results), [result.detail for result in results]
        assert len(done) < instance.limits.steps
