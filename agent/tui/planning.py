"""What the app knows of plans: one is shown first, can be changed step by step, begun with one key, and kept as a task file."""

from __future__ import annotations

from agent.planning import doubt_about, is_sure, unheeded, unsaid
from agent.settings import Settings
from agent.tui.board import Board
from agent.tui.taking import TakingApp
from recordings.errors import DeskhandError
from tasks.saving import save_plan, suggest_name
from tasks.task import Limits
from vlm.planner.instruction import check_length
from vlm.planner.plan import PlannedStep, PlanSyntaxError, parse_step

PLANNING = ("plan", "step", "naming")
"""The panel's modes in which a plan waits for its reader."""
SPARE_STEPS = 20
"""That a run of a saved plan may take beyond those planned: waiting, scrolling, asking."""


class PlanningApp(TakingApp, inherit_bindings=False):
    """Keeps a plan's draft in the board's list; what is done with it once it is good is the subclass's."""

    board: Board
    settings: Settings
    _instruction: str | None = None
    """What the plan is for, where it can be kept: the plan of a task is made anew from that."""
    _place: int = 0
    """Where in the list the step belongs that is being written."""
    _changing = False
    """Whether it takes the place of another."""
    _before_naming = "plan"

    def begin_plan(self, steps: tuple[PlannedStep, ...]) -> None:
        """Carry these steps out."""
        raise NotImplementedError

    def drop_plan(self) -> None:
        """Do nothing, and let the instruction be said otherwise."""
        raise NotImplementedError

    def may_plan(self, action: str) -> bool | None:
        """For `check_action`: whether a key of plans means something now; None for other keys."""
        match action:
            case "begin" | "insert_step":
                return self.panel.mode == "plan"
            case "change_step" | "delete_step" | "shift_step":
                return self.panel.mode == "plan" and self.board.plan.chosen is not None
            case "save_plan":
                return self.panel.mode in ("plan", "ready") and self._instruction is not None and bool(self.board.plan.steps)
        return None

    def review(self, steps: tuple[PlannedStep, ...], instruction: str, savable: bool) -> None:
        """Show a plan that was just made."""
        self._instruction = instruction if savable else None
        self.board.plan.propose(steps)
        self.panel.say(instruction)
        self.enter_mode("plan")
        if added := unsaid(steps):
            self.panel.warn(f"the planner added what you did not ask for: {'; '.join(map(str, added))}")
        elif not is_sure(steps):
            why = f": {doubt_about(steps)}. Read" if unheeded(steps) else ": read"
            self.panel.warn(f"I am not sure that I understood{why} the plan before you begin it")

    def action_begin(self) -> None:
        try:
            steps = check_length(self.board.plan.steps)
        except DeskhandError as error:
            self.panel.problem(str(error))
            return
        if steps:
            self.begin_plan(steps)
        else:
            self.panel.problem("the plan is empty: i writes a step, esc goes back to the instruction")

    def action_change_step(self) -> None:
        at = self.board.plan.chosen
        if at is not None:
            self._write(at, True, str(self.board.plan.steps[at]))

    def action_insert_step(self) -> None:
        at = self.board.plan.chosen
        self._write(0 if at is None else at + 1, False, "")

    def action_delete_step(self) -> None:
        if (at := self.board.plan.chosen) is not None:
            self.board.plan.delete(at)
            self.refresh_bindings()

    def action_shift_step(self, by: int) -> None:
        if (at := self.board.plan.chosen) is not None:
            self.board.plan.shift(at, by)

    def action_save_plan(self) -> None:
        self._before_naming = self.panel.mode
        self.enter_mode("naming")
        self.panel.write(suggest_name(self._instruction or ""))

    def finish_step(self, words: str) -> None:
        """The step is written; one that is none stays, with what is wrong with it."""
        try:
            step = parse_step(words.strip())
            if step.do == "done":
                raise PlanSyntaxError("a plan is done after its last step: leave it out")
        except PlanSyntaxError as error:
            self.panel.problem(str(error))
            return
        if self._changing:
            self.board.plan.change(self._place, step)
        else:
            self.board.plan.insert(self._place, step)
        self.enter_mode("plan")

    def finish_naming(self, name: str) -> None:
        """The name is written; one that cannot be taken stays, with the reason."""
        steps = [str(step) for step in self.board.plan.steps]
        limits = Limits(steps=self.settings.steps or max(50, len(steps) + SPARE_STEPS), seconds=self.settings.seconds or 600.0)
        try:
            path = save_plan(name.strip(), self._instruction or "", steps, limits)
        except DeskhandError as error:
            self.panel.problem(str(error))
            return
        self.enter_mode(self._before_naming)
        self.panel.tell(f"saved: deskhand run {path.stem} ({path})")

    def leave_planning(self) -> None:
        """One level back."""
        match self.panel.mode:
            case "naming":
                self.enter_mode(self._before_naming)
            case "step":
                self.enter_mode("plan")
            case _:
                self.drop_plan()

    def _write(self, at: int, changing: bool, words: str) -> None:
        self._place, self._changing = at, changing
        self.enter_mode("step")
        self.panel.write(words)
