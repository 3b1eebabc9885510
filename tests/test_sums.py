"""A sum on a calculator whose keys are not shown is typed into its field, where it has one with the keyboard; else it is asked about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from paper import BAR, PaperDesktop, Screen, follow

from recordings.action import Press, Type, print_action
from recordings.episode import Element, Observation, StopReason
from recordings.geometry import Box
from vlm.planner.plan import parse_plan
from vlm.planner.sums import is_key_of_sum

SUM = "click 1\nclick 1\nclick .\nclick 5\nclick ×\nclick 1\nclick ="
EVERYWHERE = Box(x1=0, y1=0, x2=1, y2=1)


class Calculator(PaperDesktop):
    """Shows what is typed where its field is, as a word that could be taken for a key."""

    kind = "speedcrunch"

    def observe(self) -> Observation:
        return replace(super().observe(), window_class=self.kind)

    def perform(self, action: Any) -> None:
        self.performed.append(print_action(action))
        self.now = "second" if self.now == "first" and isinstance(action, Type) else self.now


def calculate(
    monkeypatch: pytest.MonkeyPatch, roles: frozenset[str], kind: str, screens: dict[str, Screen] | None = None
) -> tuple[Any, Any, list[Any]]:
    monkeypatch.setattr("paper.PaperDesktop", Calculator)
    monkeypatch.setattr(Calculator, "kind", kind)
    screens = screens or {
        "first": Screen({**BAR, "Type here": (20, 500)}, title="SpeedCrunch"),
        "second": Screen({**BAR, "1": (20, 500)}, title="SpeedCrunch", states={"1": Element(name="", role="text", box=EVERYWHERE)}),
    }
    return follow(SUM, screens, start="first", keyboard_roles=lambda: roles)


def test_the_keys_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    agent, _, steps = calculate(monkeypatch, frozenset({"text", "filler"}), "speedcrunch")
    assert agent.stop_reason is StopReason.DONE
    assert [step.action.text if isinstance(step.action, Type) else step.action.keys for step in steps[:-1]] == [*"11.5*1", ("enter",)]
    assert isinstance(steps[-2].action, Press) and steps[0].prediction.thought == "type “1”, for which there is no key"


@pytest.mark.parametrize(
    ("roles", "kind"), [(frozenset(), "speedcrunch"), (frozenset({"push button"}), "speedcrunch"), (frozenset({"text"}), "mousepad")]
)
def test_elsewhere_it_is_asked_about(roles: frozenset[str], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screens = {"first": Screen({**BAR, "Type here": (20, 500)}, title="Editor" if kind == "mousepad" else "SpeedCrunch")}
    agent, _, steps = calculate(monkeypatch, roles, kind, screens)
    assert agent.stop_reason is StopReason.FAILED and "I do not see “1”" in agent.detail
    assert not any(isinstance(step.action, Type | Press) for step in steps)


def test_what_is_a_key_of_a_sum() -> None:
    plan = parse_plan(f"click File\nclick 7\n{SUM}\nclick 8\nclick Save")
    assert [is_key_of_sum(plan, at) for at in range(len(plan))] == [False, True, *[True] * 7, False, False]
