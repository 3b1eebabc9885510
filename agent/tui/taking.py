"""Taking over: the person's next gesture on the real screen is the step's action."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from agent.tui import messages
from agent.tui.correcting import CorrectingApp
from recordings.errors import DeskhandError
from recordings.geometry import ScreenTransform

if TYPE_CHECKING:
    from agent.takeover import Takeover


class TakingApp(CorrectingApp, inherit_bindings=False):
    """Watches the mouse while the panel says that it is the person's turn."""

    _takeover: Takeover | None = None

    def taking_area(self) -> Callable[[], ScreenTransform] | None:
        """What says where a gesture counts, at the moment; None where nobody's mouse reaches."""
        raise NotImplementedError

    def post_from_thread(self, message: Message) -> None:
        """From any thread: hand a message to the app, unless it has gone."""
        if self.is_running:
            self.post_message(message)

    def action_take_over(self) -> None:
        """Watch for the next gesture."""
        from agent.takeover import Takeover

        area = self.taking_area()
        if area is None:
            return
        try:
            self._takeover = Takeover(area, lambda action: self.post_from_thread(messages.TakenOver(action)))
        except DeskhandError as problem:
            self.panel.hint(str(problem))
            return
        self.enter_mode("taking")

    def end_takeover(self) -> None:
        """Watch no more."""
        if self._takeover is not None:
            self._takeover.stop()
            self._takeover = None
