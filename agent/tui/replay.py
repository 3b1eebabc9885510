"""The terminal UI of a replay: an episode's frames, one step after the other, with what the model makes of each and room to correct it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from agent.replay.corrections import Corrections
from agent.replay.ground import AskFor, GroundedStep, Summary, ground_episode
from agent.replay.source import episodes_root
from agent.tui import look
from agent.tui.correcting import CORRECTING, CorrectingApp
from agent.tui.panel import CommandPanel
from agent.tui.sharp import find_sharp_widget
from agent.tui.text import grounded_text, replay_row, replay_title
from agent.tui.widgets import LiveScreen, Loupe, Scene
from recordings.action import Action, target_of
from recordings.errors import DeskhandError
from recordings.frames import Frames
from recordings.store import Episode

if TYPE_CHECKING:
    from agent.protocols import Grounder, Policy
    from agent.settings import Settings

Load = Callable[[threading.Event], "tuple[Grounder, Policy]"]
"""Gives the model and the policy to ask; they give up once the event is set."""


@dataclass
class Answered(Message):
    """The model has been asked about one step, or one step was left out."""

    grounded: GroundedStep


@dataclass
class Ended(Message):
    """Every step was asked about, or the model cannot be asked any more."""

    problem: str = ""


class ReplayApp(CorrectingApp, inherit_bindings=False):
    """Shows an episode; with `ask_for` it asks the model about each step in a thread of its own while a person looks and corrects."""

    CSS_PATH = "styles.tcss"
    TITLE = "Deskhand"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "move", "Move", priority=True, tooltip="move the crosshair, by arrows 10 pixels, by shift+arrows 1"),
        Binding("e", "edit", "Change", priority=True, tooltip="change the action"),
        Binding("r", "recorded", "As recorded", priority=True, tooltip="the model should have done what was recorded"),
        Binding("s", "skip", "Skip", priority=True, tooltip="skip the step: it is left out of the numbers; again: taken in"),
        Binding("enter", "take", "Do it", priority=True, tooltip="go ahead with what you wrote or placed"),
        *look.NUDGES,
        Binding("escape", "retreat", "Back", priority=True, tooltip="one level back: out of a change"),
        Binding("question_mark,f1", "help", "Keys", key_display="?", priority=True, tooltip="show these keys, or hide them"),
        Binding("q,ctrl+q,ctrl+c", "leave", "Quit", key_display="q", priority=True, tooltip="leave; corrections are kept"),
    ]

    def __init__(self, episode: Episode, ask_for: AskFor | None, load: Load, corrections: Corrections, sharp: type[Widget] | None) -> None:
        super().__init__()
        self.register_theme(look.THEME)
        self.theme = look.THEME.name
        self.episode, self.corrections = episode, corrections
        self._ask_for, self._load, self._sharp = ask_for, load, sharp
        self._frames = Frames(episode)
        self.answers: dict[int, GroundedStep] = {}
        """What the model made of each step, by its position."""
        self.corrected: dict[int, Action] = {}
        self.left_out: set[int] = set()
        self.problem = ""
        self._ended = False
        self._stop = threading.Event()

    def compose(self) -> ComposeResult:
        self.title_line, self.live = Static(id="title"), LiveScreen(Content("this step has no frame"), id="screen", sharp=self._sharp)
        self.steps, self.loupe, self.panel = OptionList(id="steps"), Loupe(Content("no place"), id="loupe"), CommandPanel(id="panel")
        yield from (self.title_line, Horizontal(self.live, Vertical(self.steps, self.loupe, id="side"), id="board"), self.panel, Footer())

    def on_mount(self) -> None:
        self.live.border_title, self.steps.border_title, self.loupe.border_title = "recorded frame", "steps", "target"
        self.loupe.add_class("shown")
        colours = self.theme_variables
        self.steps.add_options([Option(replay_row(step, None, None, False, colours)) for step in self.episode.steps])
        self.leave_correcting()
        self._show_title()
        if self.episode.steps:
            self.steps.highlighted = 0
        if self._ask_for is not None and self.episode.steps:
            self._ask()

    def on_unmount(self) -> None:
        self._stop.set()
        self.corrections.close()

    @property
    def summary(self) -> Summary:
        """Of what was asked so far, without what a person left out."""
        summary = Summary()
        for position, grounded in self.answers.items():
            if position not in self.left_out:
                summary.add(grounded)
        return summary

    # -- the model -----------------------------------------------------------------------------------------------------------------

    @work(thread=True, exit_on_error=False)
    def _ask(self) -> None:
        assert self._ask_for is not None
        try:
            grounder, policy = self._load(self._stop)
            for grounded in ground_episode(self.episode, grounder, policy, self._ask_for):
                if self._stop.is_set():
                    return
                self.post_message(Answered(grounded))
        except DeskhandError as error:
            self._tell_end(" ".join(str(error).split()))
            return
        self._tell_end("")

    def _tell_end(self, problem: str) -> None:
        if not self._stop.is_set():
            self.post_message(Ended(problem))

    @on(Worker.StateChanged)
    def _worker_failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._end(Ended(f"internal error: {type(event.worker.error).__name__}: {event.worker.error}"))

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        position = len(self.answers)
        self.answers[position] = message.grounded
        self._show_row(position)
        self._show_title()
        if position == self.steps.highlighted and self.panel.mode not in CORRECTING:
            self._show_step()

    @on(Ended)
    def _end(self, message: Ended) -> None:
        self._ended, self.problem = True, message.problem
        self._show_title()

    # -- the person ----------------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys mean something now; the others go to the focused widget, and leave the footer."""
        if action == "help":
            return self.helping or self.may_help()
        if self.helping:
            return action in ("retreat", "leave")
        if (correcting := self.may_correct(action)) is not None:
            return correcting
        match action:
            case "take":
                return self.panel.mode == "moving"
            case "recorded" | "skip":
                return self.panel.mode not in CORRECTING and self._position in self.answers
            case "leave":
                return self.panel.mode != "editing"
            case "retreat":
                return self.panel.mode in CORRECTING
        return True

    def action_take(self) -> None:
        self.finish_moving()

    def action_recorded(self) -> None:
        """The model should have done what was recorded."""
        grounded = self.answers.get(self._position)
        if grounded is not None and grounded.prediction is not None and grounded.step.action is not None:
            self.accept(grounded.step.action)

    def action_skip(self) -> None:
        """Leave this step out of the numbers, or take it in again."""
        self.left_out ^= {self._position}
        self._show_row(self._position)
        self._show_title()

    def action_retreat(self) -> None:
        if self.helping:
            self.action_help()
        else:
            self.back()

    def action_leave(self) -> None:
        self.exit(1 if self.problem else 0)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.finish_editing(event.value)

    @on(OptionList.OptionHighlighted, "#steps")
    def _highlighted(self) -> None:
        if self.panel.mode in CORRECTING:
            self.back()
        else:
            self._show_step()

    # -- corrections ---------------------------------------------------------------------------------------------------------------

    def subject(self) -> tuple[Action, tuple[int, int]] | None:
        grounded = self.answers.get(self._position)
        if grounded is None or grounded.prediction is None or grounded.step.before is None:
            return None
        action = self.corrected.get(self._position) or grounded.prediction.action or grounded.step.action
        return (action, grounded.step.before.size) if action is not None else None

    def show_draft(self, action: Action | None) -> None:
        self._show_step(action)

    def accept(self, action: Action) -> None:
        grounded = self.answers[self._position]
        try:
            self.corrections.add(grounded, action)
        except DeskhandError as error:
            self.panel.hint(str(error))
            return
        self.corrected[self._position] = action
        self.back()
        self._show_row(self._position)
        self._show_title()

    def enter_mode(self, mode: str, keys: str = "") -> None:
        self.panel.enter(mode, keys)
        if mode != "editing":
            self.steps.focus()
        self.refresh_bindings()

    def leave_correcting(self) -> None:
        self.enter_mode("watching" if self._ask_for is None else "grounding")

    # -- showing -------------------------------------------------------------------------------------------------------------------

    @property
    def _position(self) -> int:
        return self.steps.highlighted or 0

    def _show_row(self, position: int) -> None:
        step, grounded = self.episode.steps[position], self.answers.get(position)
        row = replay_row(step, grounded, self.corrected.get(position), position in self.left_out, self.theme_variables)
        self.steps.replace_option_prompt_at_index(position, row)

    def _show_title(self) -> None:
        line = f"{self.problem}" if self.problem else self.summary.line() if self.answers else "loading the model"
        words = line if self._ask_for is not None else self.episode.header.instruction
        progress = f"{len(self.answers)}/{len(self.episode.steps)}" if self._ask_for is not None and not self._ended else ""
        self.title_line.update(replay_title(self.episode.header.name, progress, words, self.corrections.count, self.theme_variables))

    def _show_step(self, draft: Action | None = None) -> None:
        if not self.episode.steps:
            self.panel.say("this episode has no steps")
            return
        step, grounded = self.episode.steps[self._position], self.answers.get(self._position)
        before = self._frames.get(step, "before")
        prediction = grounded.prediction if grounded is not None else None
        shown = draft or self.corrected.get(self._position) or (prediction.action if prediction is not None else None)
        recorded = (target_of(step.action) if step.action is not None else None, step.element.box if step.element is not None else None)
        if self._ask_for is None:
            shown, recorded = step.action, (None, recorded[1])
        scene = Scene(before, shown, prediction.box if prediction is not None else None, recorded) if before is not None else None
        self.live.show(scene)
        placed = scene is not None and (recorded[0] is not None or (shown is not None and target_of(shown) is not None))
        self.loupe.show(scene if placed else None)
        self.loupe.set_class(placed, "target")
        self.live.border_subtitle = "{}×{}".format(*before.size) if before is not None else "no frame"
        words: Text | str = grounded_text(step, grounded, draft or self.corrected.get(self._position), self.theme_variables)
        self.panel.say(words)


def make_replay_app(
    settings: Settings, episode: Episode, ask_for: AskFor | None, *, load: Load | None = None, sharp: type[Widget] | None = None
) -> ReplayApp:
    """The app, not yet running.

    Args:
        ask_for: what the model is asked for in each frame; None: only watch.
        load: the model and the policy to ask; those that the settings name by default.
    """
    corrections = Corrections(episode, episodes_root(settings), settings.model)
    return ReplayApp(episode, ask_for, load or partial(_load, settings), corrections, sharp)


def _load(settings: Settings, stop: threading.Event) -> Any:
    from agent.model import open_grounder
    from vlm.policy import policy_for

    model = open_grounder(settings, stop)
    return model, policy_for(model)


def main(settings: Settings, episode: Episode, ask_for: AskFor | None) -> int:
    """Run the replay's UI until it is left, then print what it added up to. Returns 1 where the model could not be asked.

    Raises:
        DeskhandError: there is no terminal to draw on.
    """
    app = make_replay_app(settings, episode, ask_for, sharp=find_sharp_widget())
    status = app.run()
    if ask_for is not None:
        print(app.problem or app.summary.line(), file=sys.stderr if app.problem else sys.stdout)
    if app.corrections.path is not None:
        print(f"{app.corrections.count} corrections in {app.corrections.path}")
    return 1 if status is None else status
