"""What both terminal apps know of corrections: an action's crosshair is moved by keys, or its text is changed."""

from __future__ import annotations

from textual.app import App

from agent.correction import editable_text, edited, place_of, shifted
from agent.tui.help import HelpScreen, ListScreen
from agent.tui.panel import CommandPanel
from recordings.action import Action, ActionSyntaxError

CORRECTING = ("moving", "editing", "taking")
"""The panel's modes in which an action is being changed."""


class CorrectingApp(App[int], inherit_bindings=False):
    """Keeps the draft of a correction; what it is for, and what becomes of it, is the subclass's."""

    panel: CommandPanel
    draft: Action | None = None

    def subject(self) -> tuple[Action, tuple[int, int]] | None:
        """The action that can be corrected now, and the size of the image that it acts in."""
        raise NotImplementedError

    def show_draft(self, action: Action | None) -> None:
        """Draw the crosshair where the draft has it; None: as it was."""
        raise NotImplementedError

    def accept(self, action: Action) -> None:
        """The correction is done."""
        raise NotImplementedError

    def enter_mode(self, mode: str, keys: str = "") -> None:
        """Change the panel's mode; `keys`: what its border says of the keys, where that is not as usual."""
        raise NotImplementedError

    def leave_correcting(self) -> None:
        """Back to what was shown before; nothing is changed."""
        raise NotImplementedError

    def may_correct(self, action: str) -> bool | None:
        """For `check_action`: whether a key of corrections means something now; None for other keys."""
        match action:
            case "move":
                found = self.subject() if self.panel.mode not in CORRECTING else None
                return found is not None and place_of(found[0]) is not None
            case "edit":
                return self.panel.mode not in CORRECTING and self.subject() is not None
            case "nudge":
                return self.panel.mode == "moving"
        return None

    def action_move(self) -> None:
        if found := self.subject():
            self.draft = found[0]
            self.enter_mode("moving")

    def action_edit(self) -> None:
        if found := self.subject():
            self.draft = found[0]
            self.enter_mode("editing")
            self.panel.write(editable_text(found[0]))

    def action_nudge(self, right: int, down: int) -> None:
        if self.draft is not None and (found := self.subject()):
            self.draft = shifted(self.draft, right, down, found[1])
            self.show_draft(self.draft)

    def finish_moving(self) -> None:
        if self.draft is not None:
            self.accept(self.draft)

    def finish_editing(self, words: str) -> None:
        if self.draft is None:
            return
        try:
            self.accept(edited(self.draft, words))
        except ActionSyntaxError as error:
            self.panel.problem(str(error))

    @property
    def helping(self) -> bool:
        """Whether a list is shown over everything, and no other key means anything."""
        return isinstance(self.screen, ListScreen)

    def may_help(self) -> bool:
        """Where something is typed a question mark is one, unless nothing is typed yet."""
        return not self.panel.field.display or not self.panel.field.value

    def action_help(self) -> None:
        """Show all keys, or hide them again."""
        if self.helping:
            self.pop_screen()
        else:
            self.push_screen(HelpScreen(self.BINDINGS))

    def back(self) -> None:
        self.draft = None
        self.show_draft(None)
        self.leave_correcting()
