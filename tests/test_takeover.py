"""A person takes over: what they do with the mouse counts until they hand back, where it begins, asked as it begins and not remembered."""

from __future__ import annotations

import threading
import time

import pytest
from fakes import FakeDesktop, FixedApprover, ScriptedPolicy
from PIL import Image

from agent import takeover
from agent.errors import DesktopError
from agent.loop import Agent, Limits
from agent.protocols import Decision, Phase, Verdict
from agent.recorder.listening import InputEvent
from agent.takeover import HAND_BACK, Takeover
from recordings.action import Action, Click, Scroll
from recordings.episode import Screenshot, Source, StopReason
from recordings.geometry import ScreenTransform


class Hand:
    """The listening of a takeover, by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **area: int) -> None:
        self.area: dict[str, int] | None = area
        self.actions: list[Action] = []
        self.told = threading.Event()
        monkeypatch.setattr(takeover, "QUIET_SECONDS", 0.05)
        monkeypatch.setattr(takeover, "listen", self._listen)
        self.ended = threading.Event()
        self.takeover = Takeover(self._glance, self._act, self.ended.set)

    def _listen(self, tell: object) -> Hand:
        self.tell = tell
        return self

    def stop(self) -> None: ...

    def _glance(self, x: int, y: int) -> Screenshot:
        if self.area is None:
            raise DesktopError("the window is gone")
        return Screenshot(Image.new("RGB", (100, 100)), ScreenTransform(**self.area))

    def _act(self, action: Action, seen: Screenshot) -> None:
        self.actions.append(action)
        self.told.set()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tell(InputEvent("key", key, True, at=time.monotonic()))  # type: ignore[operator]

    def click(self, x: int, y: int) -> None:
        for pressed in (True, False):
            self.tell(InputEvent("button", "left", pressed, x, y, at=time.monotonic()))  # type: ignore[operator]


def test_a_window_that_moved_since_the_agent_looked_is_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Hand(monkeypatch, left=0, top=0, width=100, height=100)
    hand.area = {"left": 500, "top": 300, "width": 100, "height": 100}
    hand.click(549, 349)
    assert hand.told.wait(2) and hand.actions == [Click(x=0.495, y=0.495)]


def test_what_is_done_elsewhere_or_while_the_window_is_gone_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Hand(monkeypatch, left=0, top=0, width=100, height=100)
    hand.click(500, 500)
    assert not hand.told.wait(0.3)
    hand.area = None
    hand.click(20, 20)
    assert not hand.told.wait(0.3)
    hand.area = {"left": 0, "top": 0, "width": 100, "height": 100}
    hand.click(20, 20)
    assert hand.told.wait(2) and hand.actions == [Click(x=0.205, y=0.205)]


def test_one_gesture_after_another_counts_until_the_person_hands_back(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Hand(monkeypatch, left=0, top=0, width=100, height=100)
    hand.click(20, 20)
    assert hand.told.wait(2)
    hand.area = {"left": 50, "top": 0, "width": 100, "height": 100}  # the window moved in between
    for at in (0.0, 0.1):
        hand.tell(InputEvent("wheel", x=70, y=20, dy=-1, at=time.monotonic() + at))  # type: ignore[operator]
    hand.click(80, 20)
    assert not hand.ended.is_set()
    hand.press(*HAND_BACK)
    assert hand.ended.is_set()
    expected = [Click(x=0.205, y=0.205), Scroll(x=0.205, y=0.205, dy=2), Click(x=0.305, y=0.205)]
    assert hand.actions == expected, "also the one that was under way"
    hand.click(80, 20)
    time.sleep(0.2)
    assert hand.actions == expected, "what comes after it is nobody's"


def test_what_is_typed_meanwhile_is_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Hand(monkeypatch, left=0, top=0, width=100, height=100)
    for letter in "secret":
        hand.tell(InputEvent("key", letter, True, character=letter, symbol=letter, at=time.monotonic()))  # type: ignore[operator]
    hand.click(20, 20)
    hand.takeover.hand_back()
    assert hand.ended.is_set() and hand.actions == [Click(x=0.205, y=0.205)]


def test_what_a_person_does_by_hand_are_steps_and_no_circle() -> None:
    """The same again and again, in a run that ends where an agent does so."""
    seen = Screenshot(Image.new("RGB", (64, 48)), ScreenTransform(0, 0, 64, 48), taken_at=5.0)
    done = Click(x=0.5, y=0.5)
    left = [Decision(Verdict.TAKEN, done, Source.HUMAN, before=seen) for _ in range(6)]
    approver = FixedApprover(Decision(Verdict.TAKEN, done, Source.CORRECTED, before=seen, onward=lambda: left.pop() if left else None))
    phases: list[Phase] = []
    agent = Agent(
        ScriptedPolicy("click(x=0.1, y=0.1)", "finish()"), FakeDesktop(), approver, limits=Limits(steps=9, repeats=3),
        watcher=lambda phase, *_: phases.append(phase),
    )  # fmt: skip
    steps = []
    for step in agent.run("do it"):
        steps.append(step)
        if len(steps) == 7:
            approver.decision = Decision(Verdict.APPROVE)
    assert agent.stop_reason is StopReason.DONE and len(steps) == 8
    assert [step.source for step in steps[:7]] == [Source.CORRECTED, *[Source.HUMAN] * 6]
    assert all(step.before is seen for step in steps[:7]) and {step.started_at for step in steps[1:7]} == {5.0}
    by_hand = phases[phases.index(Phase.BY_HAND) :]
    assert set(by_hand[: by_hand.index(Phase.OBSERVING)]) == {Phase.BY_HAND}, "nothing of ours looks for a person meanwhile"
