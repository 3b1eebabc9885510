"""A person takes over for one action: where it counts is asked as it begins, not remembered."""

from __future__ import annotations

import threading
import time

import pytest

from agent import takeover
from agent.errors import DesktopError
from agent.recorder.listening import InputEvent
from agent.takeover import Takeover
from recordings.action import Action, Click
from recordings.geometry import ScreenTransform


class Hand:
    """The listening of a takeover, by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **area: int) -> None:
        self.area: dict[str, int] | None = area
        self.actions: list[Action] = []
        self.told = threading.Event()
        monkeypatch.setattr(takeover, "QUIET_SECONDS", 0.05)
        monkeypatch.setattr(takeover, "listen", self._listen)
        self.takeover = Takeover(self._ask, self._act)

    def _listen(self, tell: object, display: str | None) -> Hand:
        self.tell = tell
        return self

    def stop(self) -> None: ...

    def _ask(self) -> ScreenTransform:
        if self.area is None:
            raise DesktopError("the window is gone")
        return ScreenTransform(**self.area)

    def _act(self, action: Action) -> None:
        self.actions.append(action)
        self.told.set()

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
