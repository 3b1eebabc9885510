"""What approval adds to a step on a real screen, with the reader and the accessibility tree as a run has them.

`python -m tests.approval_cost 120` measures so many steps.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from agent.approval import Gatekeeper
from agent.protocols import Decision, Verdict
from agent.session import Session
from agent.settings import ApprovalMode, Settings
from recordings.action import Click, Press
from recordings.episode import Observation, Prediction, Step
from vlm.reading.match import TextLocator
from vlm.reading.reader import open_reader
from vlm.reading.view import Eyes


class Wanderer:
    """Clicks on what is written, and now and then presses Escape."""

    def __init__(self) -> None:
        self.eyes, self._draw = Eyes(open_reader("latin"), TextLocator()), random.Random(1)

    def refusal(self, instruction: str) -> None:
        """It does whatever it likes."""

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        view = self.eyes.look(observation)
        if len(history) % 3 == 2 or not view.reading.elements:
            return Prediction(action=Press(keys=("escape",)), thought="out of the menu")
        found = self._draw.choice(view.reading.elements)
        place = found.box.center
        return Prediction(action=Click(x=place.x, y=place.y), thought=f"now [{found.text}]", box=found.box)


class Careful:
    """Wants nothing that is risky, and says so at once."""

    def __init__(self) -> None:
        self.asked = 0

    def decide(self, observation: Observation, prediction: Prediction, concern: str) -> Decision:
        self.asked += 1
        return Decision(Verdict.SKIP)

    def answer(self, question: str) -> None:
        """It has no answers."""

    def agree(self, words: str) -> bool:
        return True


@dataclass
class Costs:
    """Milliseconds of each step's approval: as they passed, and as this process computed; and how often the person was asked."""

    passed: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    asked: int = 0


def measure(steps: int, folder: Path) -> Costs:
    """Let it wander for so many steps on a virtual desktop."""
    costs, review = Costs(), Gatekeeper.review

    def timed(self: Gatekeeper, observation: Observation, prediction: Prediction) -> Decision:
        began, computed = time.perf_counter(), time.thread_time()
        decision = review(self, observation, prediction)
        costs.passed.append((time.perf_counter() - began) * 1000)
        costs.computed.append((time.thread_time() - computed) * 1000)
        return decision

    settings = Settings(
        desktop="virtual", approve=ApprovalMode.RISKY, open=("galculator", "mousepad"), steps=steps, seconds=3600, repeats=1000,
        mistakes=1000,
        record=False, episodes=folder,
    )  # fmt: skip
    person = Careful()
    with mock.patch.object(Gatekeeper, "review", timed), Session(settings, policy=Wanderer(), person=person) as session:
        for _ in session.run("look around"):
            pass
    costs.asked = person.asked
    return costs


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        costs = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 120, Path(name))
    print(f"approval of {len(costs.passed)} steps, of which a person was asked about {costs.asked}:")
    for name, some in (("passed", costs.passed), ("computed", costs.computed)):
        ordered = sorted(some)
        last = ordered[len(ordered) * 95 // 100]
        print(f"  {name}: median {statistics.median(some):.1f} ms, 95 % within {last:.1f}, most {ordered[-1]:.1f}")
