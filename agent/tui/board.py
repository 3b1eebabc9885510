"""The middle of the terminal: the screen on the left; tasks or steps, runs and the target's surroundings on the right."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import ContentSwitcher, OptionList

from agent.tui import look
from agent.tui.plan_list import PlanList
from agent.tui.text import shorten
from agent.tui.widgets import LiveScreen, Loupe, RunLog, Scene, StepList, TaskList
from recordings.action import target_of
from recordings.episode import Observation, Prediction, Step

TITLE_SHOWN = 60


class Board(Horizontal):
    """Shows the newest frame, or that of an earlier step while one is highlighted."""

    def __init__(self, requests: Sequence[str], sharp: type[Widget] | None, id: str) -> None:
        super().__init__(id=id)
        self._requests, self._sharp = requests, sharp
        self._newest: Scene | None = None

    def compose(self) -> ComposeResult:
        self.live = LiveScreen(Content.from_markup(look.WELCOME), id="screen", sharp=self._sharp)
        self.loupe = Loupe(Content(""), id="loupe")
        self.tasks, self.steps, self.runs = TaskList(id="tasks"), StepList(id="steps"), RunLog(self._requests, id="runs")
        self.lists = ContentSwitcher(self.tasks, self.steps, initial="tasks", id="lists")
        self.plan = PlanList(id="plan")
        for widget in (self.tasks, self.steps, self.runs, self.plan):
            widget.border_title = widget.id
        self.live.border_title, self.loupe.border_title = "screen", "target"
        yield self.live
        yield Vertical(self.plan, self.lists, self.runs, self.loupe, id="side")

    def begin(self, planning: bool = False) -> None:
        """A new run: an empty list of steps, and no plan yet."""
        self.steps.begin()
        self.plan.follow(())
        self.live.show(None)
        self.live.placeholder(look.PLANNING if planning else look.STARTING)
        self.lists.current = "steps"
        self.loupe.add_class("shown")

    def read_plan(self, reading: bool) -> None:
        """Give the plan the room of the lists while it is read, and take it back."""
        self.set_class(reading, "reading")

    def switch_lists(self) -> OptionList:
        """Bring the other of tasks and steps to the front, and return it."""
        front = self.tasks if self.lists.current == "steps" else self.steps
        self.lists.current = front.id
        return front

    def add_step(self, step: Step) -> None:
        """One more step for the list; the screen then shows what came of it."""
        before = Scene(step.before, step.action or step.prediction.action, step.prediction.box) if step.before else None
        self.steps.add(step, before)
        if step.after is not None:
            self.show_frame(Observation(step.after, step.window_title), None)

    def show_frame(self, observation: Observation, prediction: Prediction | None, follow: bool = False) -> None:
        """The newest frame, with what is about to happen in it; `follow` leaves any earlier step that was being looked at."""
        action, box = (prediction.action, prediction.box) if prediction else (None, None)
        self._newest = Scene(observation.screenshot, action, box)
        self.live.border_title = Text(shorten(observation.window_title or "screen", TITLE_SHOWN))  # a string would be markup
        self.live.border_subtitle = "{}×{}".format(*observation.screenshot.size)
        if follow:
            self.steps.follow()
        self._show_scene()

    @on(OptionList.OptionHighlighted, "#steps")
    def _show_scene(self) -> None:
        scene = self.steps.chosen_scene or self._newest
        has_target = scene is not None and scene.action is not None and target_of(scene.action) is not None
        self.live.show(scene)
        self.loupe.placeholder("nothing to click" if scene is not None and scene.action is not None else "")
        self.loupe.show(scene if has_target else None)
        self.loupe.set_class(has_target, "target")
