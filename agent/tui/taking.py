"""Taking over: what the person does on the real screen are the steps, until they hand back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from agent.tui import messages
from agent.tui.correcting import CorrectingApp
from recordings.errors import DeskhandError

if TYPE_CHECKING:
    from agent.takeover import Glance, Takeover


class TakingApp(CorrectingApp, inherit_bindings=False):
    """Watches the mouse while the panel says that it is the person's turn."""

    taking: Takeover | None = None

    def taking_from(self) -> Glance | None:
        """What says what a gesture begins on; None where nobody's mouse reaches."""
        raise NotImplementedError

    def post_from_thread(self, message: Message) -> None:
        """From any thread: hand a message to the app, unless it has gone."""
        if self.is_running:
            self.post_message(message)

    def action_take_over(self) -> None:
        """Watch what the person does."""
        from agent.takeover import Takeover

        glance = self.taking_from()
        if glance is None:
            return
        try:
            self.taking = Takeover(
                glance,
                lambda action, seen: self.post_from_thread(messages.TakenOver(action, seen)),
                lambda: self.post_from_thread(messages.HandedBack()),
            )
        except DeskhandError as problem:
            self.panel.hint(str(problem))
            return
        self.enter_mode("taking")

    def end_takeover(self) -> None:
        """Watch no more."""
        if self.taking is not None:
            self.taking.stop()
            self.taking = None
