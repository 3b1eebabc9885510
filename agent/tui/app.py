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
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Footer, Input, OptionList, Static
from textual.worker import Worker, WorkerState

from agent.stop import Position
from agent.tui import look, messages
from agent.tui.board import Board
from agent.tui.correcting import CORRECTING
from agent.tui.ending import on_ending_signals
from agent.tui.panel import CommandPanel
from agent.tui.planning import PLANNING
from agent.tui.runner import Job, Runner
from agent.tui.steering import SteeringApp
from agent.tui.text import APPROVED_LENGTH, duration, question_text, result_text, shorten, title_text
from agent.tui.widgets import RunLine, StatusBar
from recordings.episode import StopReason
from recordings.errors import DeskhandError
from recordings.printable import counted

if TYPE_CHECKING:
    from agent.result import RunResult
    from agent.session import Session
    from agent.settings import Settings
    from vlm.planner.plan import PlannedStep


class DeskhandApp(SteeringApp, inherit_bindings=False):
    """Watches runs and steers them. The session lives in one worker thread; everything it says arrives as a message."""

    CSS_PATH = "styles.tcss"
    TITLE = "Deskhand"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-short"), (32, "-tall")]
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
        on_ending_signals(self._ended)

    def _ended(self, number: int) -> None:
        self.runner.close()
        self.exit(128 + number)

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

    @on(messages.Permitted)
    def _permitted(self, message: messages.Permitted) -> None:
        self.permitted = [shorten(line, APPROVED_LENGTH) for line in message.lines]
        words = look.PLANNING if self.panel.mode in ("planning", *PLANNING) else look.STARTING
        self.board.live.placeholder("\n".join([words, "", *self.permitted]))

    @on(messages.Allowed)
    def _allowed(self, message: messages.Allowed) -> None:
        self.allowed += (message.line,)
        self.notify(shorten(message.line, APPROVED_LENGTH), timeout=8, markup=False)

    @on(messages.Planned)
    def _planned(self, message: messages.Planned) -> None:
        if self._leaving:
            self.exit_now()
        elif self.panel.mode != "planning":
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
        self._status(state="your turn", colour="warning", since=time.monotonic())
        self.panel.say(question)
        self.enter_mode("asked")
        self.board.plan.ask()

    @on(messages.Answered)
    def _answered(self) -> None:
        self._proposal = self.draft = None
        if self.taking is None and self.panel.mode in ("approving", "asked", *CORRECTING):
            self._enter_running()

    @on(messages.TakenOver)
    def _taken_over(self, message: messages.TakenOver) -> None:
        if self.taking is not None:
            self._proposal = None
            self.panel.say(look.BY_HAND)
            self.runner.person.take(message.action, message.seen)

    @on(messages.HandedBack)
    def _handed_back(self) -> None:
        self.end_takeover()
        if self._proposal is not None:  # nothing was done by hand
            self.back()
        elif self.panel.mode == "taking":
            self.runner.person.hand_back()
            self._enter_running()

    @on(messages.StepTaken)
    def _step_taken(self, message: messages.StepTaken) -> None:
        self.board.add_step(message.step)
        self._status(steps=message.step.index + 1)

    @on(messages.SwitchTurned)
    def _switch_turned(self, message: messages.SwitchTurned) -> None:
        if self.panel.mode in ("ready", *PLANNING) or (self.panel.mode == "planning" and message.position is not Position.STOPPED):
            return
        if message.position is Position.STOPPED:
            self.end_takeover()
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
        self.end_takeover()
        detail = f"{counted(bar.steps, 'step')}  {duration(elapsed)}" if result is not None else message.error
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
            self.exit_now()
        self._next_request()

    # -- what the person says ------------------------------------------------------------------------------------------------------

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

    def on_key(self, event: Key) -> None:
        """A letter that no list has a use for begins an instruction, or goes on with it."""
        field = self.panel.field
        if self.panel.mode == "ready" and not self.helping and event.is_printable and event.character and not field.has_focus:
            field.focus()
            field.insert_text_at_cursor(event.character)
            event.stop()

    @on(OptionList.OptionSelected, "#tasks")
    def _picked(self, event: OptionList.OptionSelected) -> None:
        if self.panel.mode == "ready":
            self._plan(self.board.tasks.entries[event.option_index].name)

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

    def exit_now(self) -> None:
        self.runner.close()
        busy = self.panel.mode != "ready"
        self.exit(1 if self.failures or busy else 0, message="Waiting for the model to finish its answer…" if busy else None)
