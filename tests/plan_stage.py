"""The terminal UI around a planner that gives one plan, on a program of paper, for tests by keys."""

from __future__ import annotations

from typing import Any

from paper import BAR, PaperDesktop, Screen, WrittenPlanner
from stage import Stage, type_line, until
from textual.pilot import Pilot

from vlm.plan_policy import PlanPolicy
from vlm.planner.following import PlanFollower
from vlm.reading.match import TextLocator
from vlm.reading.view import Eyes

SCREENS = {
    "main": Screen(BAR, {"click Help": "help", "click Edit": "edit", "click File": "file", "type": "typed"}),
    "file": Screen({**BAR, "Quit": (10, 100)}, {"click Help": "help", "click Edit": "edit"}),
    "edit": Screen({**BAR, "Undo": (60, 100)}, {"click Help": "help"}),
    "help": Screen({**BAR, "Contents": (110, 100)}, {"click Edit": "edit", "type": "typed"}),
    "typed": Screen({**BAR, "hello": (20, 300)}, {}),
}


class PlanStage(Stage):
    """An app around a planner that gives one plan, on a program of paper."""

    def __init__(self, plan: str, screens: dict[str, Screen] = SCREENS, approve: str = "none", **options: Any) -> None:
        paper = PaperDesktop(screens, "main")
        self.planner = WrittenPlanner(plan)
        super().__init__(PlanPolicy(PlanFollower(lambda: self.planner), Eyes(paper, TextLocator())), approve, desktop=paper, **options)

    @property
    def plan(self) -> list[str]:
        return [str(step) for step in self.app.board.plan.steps]

    @property
    def statuses(self) -> list[str]:
        return [line.status for line in self.app.board.plan._plan]


async def planned(pilot: Pilot[int], stage: PlanStage, words: str = "look for help") -> None:
    await type_line(pilot, words)
    await until(pilot, lambda: stage.app.panel.mode == "plan")
