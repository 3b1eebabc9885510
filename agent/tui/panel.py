"""The panel at the bottom: where instructions are typed, proposals are judged and results are read."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from agent.tui import look
from agent.tui.text import shorten

WORDS_SHOWN = 400
"""Characters of an instruction, question or error that are shown."""


class CommandPanel(Vertical):
    """Words, and an input line while there is something to type. Its `mode` is a key of `look.PANELS`."""

    TYPING = frozenset({"ready", "asked", "editing"})

    mode = ""

    def compose(self) -> ComposeResult:
        self.words = Static(id="words", markup=False)
        self.field = Input(placeholder="What shall I do?", id="input", select_on_focus=False)
        yield self.words
        yield self.field

    def enter(self, mode: str) -> None:
        """Change the look; where there is something to type the input line takes the focus."""
        if self.mode == "editing":
            self.field.clear()
        self.mode = mode
        self.set_classes(mode)
        self.border_title, self.border_subtitle = look.PANELS[mode]
        self.field.display = mode in self.TYPING
        if self.field.display:
            self.field.focus()

    def say(self, words: Text | str) -> None:
        """Show text, a plain string shortened."""
        text = words if isinstance(words, Text) else Text(shorten(words, WORDS_SHOWN))
        self.words.update(text)
        self.words.display = bool(text)

    def conclude(self, words: Text | str, success: bool) -> None:
        """Show what came of a run."""
        self.say(words)
        self.add_class("done" if success else "failed")

    def hint(self, line: str) -> None:
        """One line of progress in the border; an empty one brings the keys back."""
        self.border_subtitle = shorten(line, max(20, self.size.width - 24)) or look.PANELS[self.mode][1]
