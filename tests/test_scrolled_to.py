"""What is scrolled to is brought into view by the way that the person says, and not scrolled past."""

from __future__ import annotations

import pytest
from paper import Screen, follow

from agent.result import StopReason


def test_after_a_step_that_scrolls_up_it_lies_further_up() -> None:
    screens = {
        "main": Screen({"Three": (10, 40)}, {"up": "middle", "scroll": "below"}),
        "middle": Screen({"Two": (10, 40)}, {"up": "top", "scroll": "main"}),
        "top": Screen({"Export CSV": (10, 40)}, {"click Export CSV": "main"}),
        "below": Screen({"Four": (10, 40)}, {"up": "main"}),
    }
    agent, desktop, _ = follow("scroll up\nclick Export CSV\ndone", screens)
    assert desktop.performed == ["up", "up", "click Export CSV"] and agent.stop_reason is StopReason.DONE
    agent, desktop, _ = follow("scroll up Export CSV\nclick Export CSV\ndone", screens, say="scroll up to Export CSV and click it")
    assert desktop.performed == ["up", "up", "click Export CSV"] and agent.stop_reason is StopReason.DONE


@pytest.mark.parametrize("said", ["scroll down to Export CSV and click it", "scroll till you see the Export CSV, then click it"])
def test_what_is_scrolled_to_and_in_view_is_not_scrolled_past(said: str) -> None:
    screens = {"main": Screen({"Export CSV": (10, 40)}, {"scroll": "past", "click Export CSV": "gone"}), "past": Screen({"Two": (10, 40)}),
               "gone": Screen({"Done": (9, 9)})}  # fmt: skip
    for plan in ("scroll down\nclick Export CSV\ndone", "scroll down Export CSV\nclick Export CSV\ndone"):
        assert follow(plan, screens, say=said)[1].performed == ["click Export CSV"]
    assert (
        follow("scroll down\nclick Export CSV\ndone", screens, say="scroll down to the end and click Export CSV")[1].performed[0]
        == "scroll"
    )
