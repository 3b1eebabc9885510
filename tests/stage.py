"""The terminal UI around a scripted policy and a painted desktop, for tests by keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fakes import FakeDesktop, ScriptedPolicy
from textual.pilot import Pilot

from agent.session import Session
from agent.settings import ApprovalMode, Settings
from agent.tui.messages import TaskEntry
from agent.tui.start import make_app
from agent.tui.steering import READING_TIME
from recordings.episode import Observation, Prediction, Step

CLICK = "click(x=0.2500, y=0.5000)"
TASKS = [TaskEntry("calculator-sum", "Work out 47 + 85."), TaskEntry("editor-save", 'Type "Grüße 日本語 🙂" and save it.')]
WIDE, SMALL = (140, 42), (80, 24)


class SlowPolicy(ScriptedPolicy):
    """Thinks until it is told to answer."""

    def __init__(self, *answers: str, thought: str = "") -> None:
        super().__init__(*answers, thought=thought)
        self.thinking, self.go_on = threading.Event(), threading.Event()

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        self.thinking.set()
        assert self.go_on.wait(20)
        return super().predict(instruction, history, observation).model_copy(update={"context_used": 812, "context_limit": 4096})


class Stage:
    """An app around a scripted policy and a painted desktop, and what to look at."""

    def __init__(self, policy: Any, approve: str = "none", desktop: Any = None, **options: Any) -> None:
        self.desktop = desktop or FakeDesktop((640, 480))
        settings = Settings(approve=ApprovalMode(approve), record=False)
        options = {"list_tasks": lambda: TASKS, **options}
        self.app = make_app(settings, open_session=partial(Session, policy=policy, desktop=self.desktop), **options)

    @property
    def words(self) -> str:
        return str(self.app.panel.words.content)

    @property
    def shown(self) -> str:
        """The text on the terminal."""
        size, compositor = self.app.size, self.app.screen._compositor
        return "\n".join("".join(segment.text for segment in strip) for strip in compositor.render_strips(size))


async def until(pilot: Pilot[int], condition: Callable[[], object], seconds: float = 10.0) -> None:
    for _ in range(round(seconds / 0.02)):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not happen")


async def type_line(pilot: Pilot[int], words: str) -> None:
    pilot.app.query_one("#input").value = words  # type: ignore[attr-defined]
    await pilot.press("enter")


async def proposal(pilot: Pilot[int], stage: Stage, index: int = 0) -> None:
    """Wait for a proposal, and until it may be answered."""
    await until(pilot, lambda: stage.app.panel.mode == "approving" and stage.app.board.steps.option_count == index)
    await until(pilot, lambda: time.monotonic() - stage.app._proposed_at > READING_TIME)
