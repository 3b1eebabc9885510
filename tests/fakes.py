"""A scripted policy and a painted desktop: the smallest things that satisfy the loop's protocols."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from agent.errors import DesktopError
from agent.protocols import Decision, Verdict
from agent.settings import Settings
from recordings.action import Action, ActionSyntaxError, Click, parse_action
from recordings.episode import Observation, Prediction, Screenshot, Step
from recordings.geometry import ScreenTransform


class ScriptedPolicy:
    """Answers with the given texts one after the other, and with the last one for ever after."""

    def __init__(self, *answers: str, thought: str = "") -> None:
        self.answers, self.thought = answers, thought
        self.instructions: list[str] = []
        self.histories: list[Sequence[Step]] = []
        self.on_predict: Callable[[], None] = lambda: None

    def refusal(self, instruction: str) -> None:
        """It answers whatever is asked."""

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        self.on_predict()
        text = self.answers[min(len(self.histories), len(self.answers) - 1)]
        self.instructions.append(instruction)
        self.histories.append(history)
        try:
            return Prediction(action=parse_action(text), text=text, thought=self.thought)
        except ActionSyntaxError as error:
            return Prediction(text=text, mistake=str(error))


class FakeDesktop:
    """A canvas on which each click paints a pixel of its own colour; everything else leaves it as it is."""

    def __init__(self, size: tuple[int, int] = (64, 48), window_title: str | None = "Window") -> None:
        self.image = Image.new("RGB", size, "white")
        self.window_title = window_title
        self.performed: list[Action] = []
        self.releases = 0
        self.frozen = False
        self.tooltip = False
        self.error: Exception | None = None
        self.on_perform: Callable[[Action], None] = lambda action: None

    def observe(self) -> Observation:
        width, height = self.image.size
        screenshot = Screenshot(self.image.copy(), ScreenTransform(0, 0, width, height))
        return Observation(screenshot, self.window_title, tooltip=self.tooltip)

    def perform(self, action: Action) -> None:
        self.on_perform(action)
        if self.error is not None:
            raise self.error
        self.performed.append(action)
        if isinstance(action, Click) and not self.frozen:
            count = len(self.performed)
            self.image.putpixel((int(action.x * 63), int(action.y * 47)), (count % 256, count // 256, 7))

    def settle(self) -> Observation:
        return self.observe()

    def release(self) -> None:
        self.releases += 1


class DyingDesktop(FakeDesktop):
    """Shows nothing any more after its first action."""

    def observe(self) -> Observation:
        if self.performed:
            raise DesktopError("the display :99 is gone; start the run again")
        return super().observe()


class FixedApprover:
    """Gives the same decision each time and keeps what it was asked."""

    def __init__(self, decision: Decision | None = None) -> None:
        self.decision = decision or Decision(Verdict.APPROVE)
        self.asked: list[Action | None] = []

    def review(self, observation: Observation, prediction: Prediction) -> Decision:
        self.asked.append(prediction.action)
        return self.decision


def small_settings(tmp_path: Path, **changes: Any) -> Settings:
    """A small virtual desktop, and episodes that go nowhere else."""
    return Settings(**({"width": 800, "height": 600, "episodes": tmp_path / "episodes"} | changes))


def until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait for something that is about to happen."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
