"""What a step costs without its model and without settling: the last look, and everything that is asked of the display.

python -m tests.test_step_cost         the clock's milliseconds beside plain XTEST, on a machine that does nothing else
"""

from __future__ import annotations

import statistics
import time

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.desktop import LiveDesktop
from agent.virtual import VirtualDesktop
from recordings.action import Action, Click, Press, Scroll, Type
from tests.witnesses import HEIGHT, WIDTH, witnesses


def test_the_last_look_costs_at_most_three_milliseconds(virtual: VirtualDesktop, desktop: LiveDesktop) -> None:
    with witnesses(virtual, ("Under", 80, 80), ("Target", 100, 100)) as (_, target):
        desktop.observe()
        x, y = target.centre()
        look = desktop.hands.look
        look.for_action(desktop._sight)  # type: ignore[attr-defined]
        costs = []
        for _ in range(100):
            start = time.perf_counter()
            with look.guard():
                look.place((round(x * WIDTH), round(y * HEIGHT)))
                look.keyboard()
            costs.append((time.perf_counter() - start) * 1000)
        print(f"a last look: {statistics.median(costs):.2f} ms, median of {len(costs)}, most {max(costs):.1f}")
        assert statistics.median(costs) < 3


@pytest.mark.parametrize("kind", ["click", "press", "type", "scroll"])
def test_a_step_asks_the_display_little(virtual: VirtualDesktop, desktop: LiveDesktop, kind: str) -> None:
    """Each question is a round trip, and an action asked 285 of them once. Processor time: the clock depends on what else runs."""
    with witnesses(virtual, ("Under", 80, 80), ("Target", 100, 100)) as (_, target):
        action = actions(*target.centre())[kind]
        desktop.observe()
        trips, costs = [], []
        for _ in range(20):
            before, began = requests(desktop), time.process_time()
            desktop.perform(action)
            trips.append(requests(desktop) - before)
            desktop.observe()
            costs.append((time.process_time() - began) * 1000)
        print(f"{kind}: {statistics.median(trips):.0f} requests, with the look {statistics.median(costs):.1f} ms of the processor")
        assert statistics.median(trips) < 80 and statistics.median(costs) < 12


def actions(x: float, y: float) -> dict[str, Action]:
    return {"click": Click(x=x, y=y), "press": Press(keys=("ctrl", "s")), "type": Type(text="a"), "scroll": Scroll(x=x, y=y, dy=1)}


def requests(desktop: LiveDesktop) -> int:
    """How many requests the connection that events are sent on has made."""
    return int(desktop.hands.look._display.display.request_serial)  # type: ignore[attr-defined]


def main(count: int = 220) -> None:
    with (
        VirtualDesktop(WIDTH, HEIGHT, accessibility=False) as virtual,
        LiveDesktop(virtual.display) as desktop,
        witnesses(virtual, ("Target", 100, 100)) as (target,),
    ):
        plain = Display(virtual.display)

        def click() -> None:
            for kind in (X.ButtonPress, X.ButtonRelease):
                xtest.fake_input(plain, kind, 1)
            plain.sync()

        tried = {name: (lambda action=action: desktop.perform(action)) for name, action in actions(*target.centre()).items()}
        seconds: dict[str, list[float]] = {}
        desktop.observe()
        for _ in range(count):
            for name, work in {"plain XTEST": click, **tried, "look": desktop.observe}.items():
                time.sleep(0.06)  # keys wait so long after a click: that is not the step's
                began = time.perf_counter()
                work()
                seconds.setdefault(name, []).append(time.perf_counter() - began)
                desktop.observe()
        for name, found in seconds.items():
            middle, times = statistics.median(found), statistics.median(found) / statistics.median(seconds["plain XTEST"])
            print(f"{name}: {middle * 1000:.2f} ms, median of {len(found)}; {times:.1f} times plain XTEST")


if __name__ == "__main__":
    main()
