"""What a person's keys do while a run is watched: approve, correct, pause, stop, take over, leave."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widgets import Static

from agent.adapters import FOLDER, find_adapters, next_adapter
from agent.approval import EVERY_ACTION
from agent.correction import place_of
from agent.protocols import Decision, Verdict
from agent.tui import look, messages
from agent.tui.correcting import CORRECTING
from agent.tui.help import HelpScreen, PermissionsScreen
from agent.tui.planning import PLANNING, PlanningApp
from agent.tui.runner import Runner
from agent.tui.text import proposal_text, title_text
from recordings.episode import Source
from recordings.store import default_root

if TYPE_CHECKING:
    from agent.takeover import Glance
    from recordings.action import Action

READING_TIME = 0.3
"""Seconds before a proposal takes a yes, or a pause its end: a key that was on its way already must not answer what nobody has read."""


class SteeringApp(PlanningApp, inherit_bindings=False):
    """Turns keys into decisions; which of them mean something depends on the panel's mode. What it decides about is the subclass's."""

    runner: Runner
    title_line: Static
    _queue: deque[str]
    _proposal: messages.Proposed | None = None
    _proposed_at: float = 0.0
    _paused_at: float = 0.0
    _leaving = False
    permitted: Sequence[str] = ()
    """What the present run, or the last, may see and do."""
    allowed: tuple[str, ...] = ()
    """What was allowed for good since this was started."""

    def exit_now(self) -> None:
        """Leave, whatever runs."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys mean something in the present mode; the others go to the focused widget, and leave the footer."""
        if action == "help":
            return isinstance(self.screen, HelpScreen) or (not self.helping and self.may_help())
        if action == "permissions":
            return isinstance(self.screen, PermissionsScreen) or not self.helping
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
            case "always" | "always_risky":
                return self.panel.mode == "approving" and self._is_offered and self._is_risky == (action == "always_risky")
            case "take_over":
                return self.panel.mode == "approving" and self.taking_from() is not None
            case "hand_back":
                return self.panel.mode == "taking"
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
            case "leave":  # where an instruction can be typed, a letter is the beginning of one
                return parameters != ("letter",) or self.panel.mode != "ready"
        return True

    def action_place(self) -> None:
        self.finish_moving()

    @property
    def _is_risky(self) -> bool:
        """Whether the proposal is asked about for what it is, not because everything is."""
        return self._proposal is not None and self._proposal.concern != EVERY_ACTION

    @property
    def _is_offered(self) -> bool:
        """Whether such a thing may be allowed here for good."""
        return self._proposal is not None and bool(self._proposal.concern.offer)

    def action_always(self) -> None:
        """Approve it, and never be asked about it in this application again."""
        if time.monotonic() - self._proposed_at >= READING_TIME:
            self.runner.person.reply(Decision(Verdict.APPROVE, always=True))

    def action_always_risky(self) -> None:
        self.action_always()

    def action_permissions(self) -> None:
        """Show what the run may see and do, or hide it again."""
        if self.helping:
            self.pop_screen()
        else:
            self.push_screen(PermissionsScreen(self.permitted or look.NO_RUN_YET, self.allowed))

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
            self.pop_screen()
        elif self.panel.mode == "taking":
            self.action_hand_back()
        elif self.panel.mode in CORRECTING:
            self.back()
        elif self.panel.mode in PLANNING:
            self.leave_planning()
        else:
            self.action_stop()

    def action_leave_run(self) -> None:
        self.action_stop()

    def taking_from(self) -> Glance | None:
        if self._proposal is None or self.runner.place_kind != "host":
            return None
        seen = self._proposal.observation.screenshot
        return self.runner.glance or (lambda x, y: seen)

    def action_hand_back(self) -> None:
        if self.taking is not None:
            self.taking.hand_back()

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

    def action_leave(self, key: str = "") -> None:
        """Leave once the run has ended cleanly; asked a second time, leave at once."""
        if self.panel.mode in ("ready", *PLANNING) or self._leaving:
            self.exit_now()
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
            width = max(self.panel.size.width - 2, 20)
            self.panel.say(proposal_text(shown, self._proposal.concern, self.theme_variables, self._proposal.concern.offer, width))
            self.board.show_frame(self._proposal.observation, shown, follow=True)

    def accept(self, action: Action) -> None:
        meant = self._proposal is not None and action == self._proposal.prediction.action
        if meant and self._is_risky:  # what was not changed after all is approved by its own key
            self.back()
            return
        self.runner.person.reply(Decision(Verdict.APPROVE) if meant else Decision(Verdict.APPROVE, action, Source.CORRECTED))

    def leave_correcting(self) -> None:
        action = self._proposal.prediction.action if self._proposal is not None else None
        movable = action is not None and place_of(action) is not None
        room = self.size.width - 4  # of the border, corners apart
        keys = look.approving_keys(self._is_risky, self.taking_from() is not None, self._is_offered, movable, room)
        self.enter_mode("approving", keys)
