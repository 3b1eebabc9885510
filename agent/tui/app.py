"""The terminal UI: one app, made by one function for the command line and for tests."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Footer, Input, OptionList, Static
from textual.worker import Worker, WorkerState

from agent.adapters import FOLDER, find_adapters, next_adapter
from agent.approval import EVERY_ACTION
from agent.protocols import Decision, Verdict
from agent.stop import Position
from agent.tui import look, messages
from agent.tui.board import Board
from agent.tui.correcting import CORRECTING
from agent.tui.panel import CommandPanel
from agent.tui.planning import PLANNING, PlanningApp
from agent.tui.runner import Job, Runner
from agent.tui.text import duration, proposal_text, question_text, result_text, title_text
from agent.tui.widgets import RunLine, StatusBar
from recordings.episode import Source, StopReason
from recordings.errors import DeskhandError
from recordings.geometry import ScreenTransform
from recordings.store import default_root

if TYPE_CHECKING:
    from agent.result import RunResult
    from agent.session import Session
    from agent.settings import Settings
    from recordings.action import Action
    from vlm.planner.plan import PlannedStep

READING_TIME = 0.3
"""Seconds before a proposal takes a yes, or a pause its end: a key that was on its way already must not answer what nobody has read."""


class DeskhandApp(PlanningApp, inherit_bindings=False):
    """Watches runs and steers them. The session lives in one worker thread; everything it says arrives as a message."""

    CSS_PATH = "styles.tcss"
    TITLE = "Deskhand"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]
    BINDINGS = look.BINDINGS

    def __init__(
        self,
        settings: Settings,
        open_session: Callable[..., Session],
        list_tasks: Callable[[], Sequence[messages.TaskEntry]],
        requests: Sequence[str],
        leave_after: bool,
        sharp: type[Widget] | None,
    ) -> None:
        super().__init__()
        self.register_theme(look.THEME)
        self.theme = look.THEME.name
        self.settings = settings
        self.runner = Runner(open_session, settings, self.post_from_thread)
        self.results: list[RunResult] = []
        """What came of the runs, in order."""
        self.failures = 0
        """Runs that did not succeed or could not begin."""
        self._list_tasks = list_tasks
        self._queue = deque(requests)
        self._sharp = sharp
        self._leave_after = leave_after and bool(requests)
        self._request = ""
        self._proposal: messages.Proposed | None = None
        self._proposed_at = self._paused_at = 0.0
        self._leaving = False

    def compose(self) -> ComposeResult:
        self.title_line, self.board = Static(id="title"), Board(tuple(self._queue), self._sharp, id="board")
        self.panel, self.bar = CommandPanel(id="panel"), StatusBar(id="status")
        yield from (self.title_line, self.board, self.panel, self.bar, Footer())

    def on_mount(self) -> None:
        self.title_line.update(title_text(self.settings, self.theme_variables))
        self._serve()
        self._read_tasks()
        self.enter_mode("ready")
        self.panel.say("")

    def on_unmount(self) -> None:
        self.end_takeover()
        self.runner.close()

    # -- what the threads say ------------------------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="session", exit_on_error=False)
    def _serve(self) -> None:
        self.runner.work()

    @work(thread=True, group="tasks", exit_on_error=False)
    def _read_tasks(self) -> None:
        try:
            self.post_from_thread(messages.TasksListed(self._list_tasks()))
        except DeskhandError as problem:
            self.post_from_thread(messages.TasksListed((), str(problem)))

    @on(Worker.StateChanged)
    def _worker_failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.panel.conclude(f"internal error: {type(event.worker.error).__name__}: {event.worker.error}", success=False)

    @on(messages.TasksListed)
    def _tasks_listed(self, message: messages.TasksListed) -> None:
        self.board.tasks.fill(message.tasks, message.problem)
        self._next_request()

    @on(messages.RunBegan)
    def _run_began(self, message: messages.RunBegan) -> None:
        now = time.monotonic()
        self._status(state="starting", colour="primary", since=now, began=now, steps=0, context_used=None, limit=self.settings.steps)
        self.board.runs.mark(RunLine(message.request, running=True))
        self.board.live.placeholder(look.STARTING)
        if self.panel.mode == "planning":
            self._enter_running()

    @on(messages.Planned)
    def _planned(self, message: messages.Planned) -> None:
        if self._leaving or self.panel.mode != "planning":
            self.drop_plan()
            return
        self._status(state="your turn", colour="warning", since=None, began=None)
        self.review(message.steps, message.instruction, savable=message.instruction == message.request)

    @on(messages.PlanFollowed)
    def _plan_followed(self, message: messages.PlanFollowed) -> None:
        if message.instruction == self._request:
            self._instruction = self._request
        self.board.plan.follow(message.lines)
        if self.panel.mode == "asked":
            self.board.plan.ask()

    @on(messages.PhaseBegan)
    def _phase_began(self, message: messages.PhaseBegan) -> None:
        state, colour = look.PHASES[message.phase]
        self._status(state=state, colour=colour, since=time.monotonic())
        if message.prediction is not None and message.prediction.context_used is not None:
            self._status(context_used=message.prediction.context_used, context_limit=message.prediction.context_limit)
        if message.observation is not None:
            self.panel.hint("")
            self.board.show_frame(message.observation, message.prediction)

    @on(messages.Proposed)
    def _proposed(self, message: messages.Proposed) -> None:
        self._proposal, self._proposed_at = message, time.monotonic()
        self._status(state="your turn", colour="warning", since=self._proposed_at)
        self.show_draft(None)
        self.leave_correcting()

    @on(messages.Asked)
    def _asked(self, message: messages.Asked) -> None:
        question = Text(message.question) if message.whole else question_text(message.question, message.choices, self.theme_variables)
        self.panel.say(question)
        self.enter_mode("asked")
        self.board.plan.ask()

    @on(messages.Answered)
    def _answered(self) -> None:
        self._proposal = self.draft = None
        self.end_takeover()
        if self.panel.mode in ("approving", "asked", *CORRECTING):
            self._enter_running()

    @on(messages.TakenOver)
    def _taken_over(self, message: messages.TakenOver) -> None:
        self.end_takeover()
        self.runner.person.reply(Decision(Verdict.TAKEN, message.action, Source.CORRECTED, "the user did it"))

    @on(messages.StepTaken)
    def _step_taken(self, message: messages.StepTaken) -> None:
        self.board.add_step(message.step)
        self._status(steps=message.step.index + 1)

    @on(messages.SwitchTurned)
    def _switch_turned(self, message: messages.SwitchTurned) -> None:
        if self.panel.mode in ("ready", *PLANNING) or (self.panel.mode == "planning" and message.position is not Position.STOPPED):
            return
        if message.position is Position.STOPPED:
            self.panel.say(message.reason)
            self._status(state="stopping", colour="warning", since=time.monotonic())
            self.enter_mode("stopping")
        elif self.panel.mode != "asked":  # a question stays until it is answered
            self._enter_running()

    @on(messages.Noticed)
    def _noticed(self, message: messages.Noticed) -> None:
        self.panel.hint(message.line)

    @on(messages.RunEnded)
    def _run_ended(self, message: messages.RunEnded) -> None:
        result, bar = message.result, self.bar.status
        success = result is not None and result.success
        elapsed = time.monotonic() - bar.began if bar.began is not None else 0.0
        if result is not None:
            self.results.append(result)
        self.failures += not success
        detail = f"{bar.steps} steps  {duration(elapsed)}" if result is not None else message.error
        unchecked = result is not None and result.unchecked
        self.board.runs.mark(RunLine(message.request, success, unchecked=unchecked, detail=detail))
        failed = "failed" if result is None or result.stop_reason is StopReason.DONE else str(result.stop_reason)
        done = ("done, unchecked", "accent") if unchecked else ("done", "success")
        state, colour = done if success else (failed, "error")
        self._status(state=state, colour=colour, began=None, elapsed=elapsed)
        self.enter_mode("ready")
        self.panel.conclude(message.error if result is None else result_text(result, self.theme_variables), success, unchecked)
        if result is not None and result.stop_reason is StopReason.STOPPED:
            self._queue.clear()
        if self._leaving or (self._leave_after and not self._queue):
            self._exit_now()
        self._next_request()

    # -- what the person does ------------------------------------------------------------------------------------------------------

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        words = event.value.strip()
        if not words:
            return
        match self.panel.mode:
            case "editing":
                self.finish_editing(event.value)
            case "step":
                self.finish_step(event.value)
            case "naming":
                self.finish_naming(event.value)
            case "asked":
                event.input.clear()
                self.runner.person.reply(words)
            case "ready":
                event.input.clear()
                self._plan(words)

    @on(OptionList.OptionSelected, "#tasks")
    def _picked(self, event: OptionList.OptionSelected) -> None:
        if self.panel.mode == "ready":
            self._plan(self.board.tasks.entries[event.option_index].name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys mean something in the present mode; the others go to the focused widget, and leave the footer."""
        if action == "help":
            return self.helping or self.may_help()
        if self.helping:
            return action in ("retreat", "leave")
        for meant in (self.may_correct(action), self.may_plan(action)):
            if meant is not None:
                return meant
        match action:
            case "place":
                return self.panel.mode == "moving"
            case "decide":
                return self.panel.mode == "approving" and (parameters != ("approve",) or not self._is_risky)
            case "approve_risky":
                return self.panel.mode == "approving" and self._is_risky
            case "take_over":
                return self.panel.mode == "approving" and self.taking_area() is not None
            case "pause":
                return self.panel.mode in ("running", "approving")
            case "resume":
                return self.panel.mode == "paused"
            case "adapter":
                return self.panel.mode == "ready"
            case "stop":
                typing = self.panel.mode in self.panel.TYPING
                return self.panel.mode not in ("ready", *PLANNING) and (not typing or parameters == ("typing",))
            case "retreat":
                return self.panel.mode in (*CORRECTING, *PLANNING, "planning")
            case "leave_run":
                return self.panel.mode not in ("ready", *CORRECTING, *PLANNING)
            case "switch":
                return self.panel.mode not in PLANNING
        return True

    def action_place(self) -> None:
        self.finish_moving()

    @property
    def _is_risky(self) -> bool:
        """Whether the proposal is asked about for what it is, not because everything is."""
        return self._proposal is not None and self._proposal.concern != EVERY_ACTION

    def action_approve_risky(self) -> None:
        self.action_decide(Verdict.APPROVE.value)

    def action_decide(self, verdict: str) -> None:
        if time.monotonic() - self._proposed_at >= READING_TIME:
            self.runner.person.reply(Decision(Verdict(verdict), source=Source.AGENT))

    def action_pause(self) -> None:
        self.runner.pause()

    def action_resume(self) -> None:
        if time.monotonic() - self._paused_at >= READING_TIME:  # on the host desktop, the key that asks for a pause has caused one
            self.runner.resume()

    def action_retreat(self) -> None:
        """One level back: out of the list of keys, a correction, a plan, or the run."""
        if self.helping:
            self.action_help()
        elif self.panel.mode in CORRECTING:
            self.end_takeover()
            self.back()
        elif self.panel.mode in PLANNING:
            self.leave_planning()
        else:
            self.action_stop()

    def action_leave_run(self) -> None:
        self.action_stop()

    def taking_area(self) -> ScreenTransform | None:
        proposal = self._proposal
        return proposal.observation.screenshot.transform if proposal is not None and self.runner.place_kind == "host" else None

    def action_adapter(self) -> None:
        """Choose the next adapter, or none; the next run works with it."""
        found = find_adapters(self.settings)
        if not found:
            self.panel.hint(f"no adapters in {default_root().parent / FOLDER}: give `deskhand train` a folder there as --out")
            return
        self.settings = self.settings.model_copy(update={"adapter": next_adapter(found, self.settings.adapter)})
        self.runner.settings = self.settings
        self.title_line.update(title_text(self.settings, self.theme_variables))

    def action_stop(self, where: str = "") -> None:
        self._queue.clear()
        self.runner.stop()

    def action_switch(self) -> None:
        front = self.board.switch_lists()
        if self.panel.mode != "asked":
            front.focus()

    def action_leave(self) -> None:
        """Leave once the run has ended cleanly; asked a second time, leave at once."""
        if self.panel.mode in ("ready", *PLANNING) or self._leaving:
            self._exit_now()
            return
        self._leaving = True
        self.action_stop()

    def subject(self) -> tuple[Action, tuple[int, int]] | None:
        proposal = self._proposal
        if proposal is None or proposal.prediction.action is None or self.panel.mode not in ("approving", *CORRECTING):
            return None
        return proposal.prediction.action, proposal.observation.screenshot.size

    def show_draft(self, action: Action | None) -> None:
        if self._proposal is not None:
            prediction = self._proposal.prediction
            shown = prediction if action is None else prediction.model_copy(update={"action": action})
            self.panel.say(proposal_text(shown, self._proposal.concern, self.theme_variables))
            self.board.show_frame(self._proposal.observation, shown, follow=True)

    def accept(self, action: Action) -> None:
        meant = self._proposal is not None and action == self._proposal.prediction.action
        self.runner.person.reply(Decision(Verdict.APPROVE) if meant else Decision(Verdict.APPROVE, action, Source.CORRECTED))

    def leave_correcting(self) -> None:
        self.enter_mode("approving", look.approving_keys(self._is_risky, self.taking_area() is not None))

    def begin_plan(self, steps: tuple[PlannedStep, ...]) -> None:
        self._enter_running()
        self.runner.submit(Job(self._request, steps))

    def drop_plan(self) -> None:
        self.board.runs.drop(self._request)
        self.board.plan.follow(())
        self._status(state="ready", colour="success", since=None, began=None)
        self.enter_mode("ready")
        self.panel.say("")
        self.panel.write(self._request)

    # -- showing -------------------------------------------------------------------------------------------------------------------

    def _plan(self, request: str) -> None:
        """Have the plan made that is read first; a model that makes none begins at once."""
        now = time.monotonic()
        self.board.runs.add(request)
        self.board.begin(planning=True)
        self._request, self._instruction = request, None
        self._status(state="planning", colour="secondary", since=now, began=now, steps=0, context_used=None, limit=self.settings.steps)
        self.panel.say(self.board.tasks.summary_of(request))
        self.enter_mode("planning")
        self.runner.submit(Job(request, review=True))

    def _begin(self, request: str) -> None:
        self.board.begin()
        self._request, self._instruction = request, None
        self._enter_running()
        self.runner.submit(Job(request))

    def _next_request(self) -> None:
        if self._queue and not self._leaving:
            self._begin(self._queue.popleft())

    def enter_mode(self, mode: str, keys: str = "") -> None:
        """Change the mode: what the panel shows, who has the focus, which keys count."""
        self.panel.enter(mode, keys)
        self.board.read_plan(mode in PLANNING)
        if mode == "plan":
            self.board.plan.focus()
        elif mode not in self.panel.TYPING:
            self.board.steps.focus()
        self.refresh_bindings()

    def _enter_running(self) -> None:
        """Show what is worked on, or why it waits."""
        paused = self.runner.paused
        self._paused_at = time.monotonic()
        self.panel.say(self.runner.pause_reason if paused else self.board.tasks.summary_of(self._request))
        self.enter_mode("paused" if paused else "running")

    def _status(self, **changes: Any) -> None:
        self.bar.show(replace(self.bar.status, **changes))

    def _exit_now(self) -> None:
        self.runner.close()
        busy = self.panel.mode != "ready"
        self.exit(1 if self.failures or busy else 0, message="Waiting for the model to finish its answer…" if busy else None)
