"""The panel at the bottom: where instructions are typed, proposals are judged and results are read."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from agent.tui import look
from agent.tui.text import shorten

WORDS_SHOWN = 400
"""Characters of an instruction, question or error that are shown."""


class CommandLine(Input):
    """An input line that leaves a question mark to the app while nothing is typed."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return super().check_consume_key(key, character) and not (character == "?" and not self.value)


class CommandPanel(Vertical):
    """Words, and an input line while there is something to type. Its `mode` is a key of `look.PANELS`."""

    TYPING = frozenset({"ready", "asked", "editing", "step", "naming"})

    mode = ""
    keys = ""
    """What the border says of the keys while it says nothing else."""

    def compose(self) -> ComposeResult:
        self.words = Static(id="words", markup=False)
        self.field = CommandLine(id="input", select_on_focus=False)
        self.note = Static(id="note", markup=False)
        yield self.words
        yield self.note
        yield self.field

    def enter(self, mode: str, keys: str = "") -> None:
        """Change the look; where there is something to type the input line takes the focus. `keys` differ from those of the mode."""
        if self.mode in look.EXAMPLES:
            self.field.clear()
        self.mode, self.keys = mode, keys or look.PANELS[mode][1]
        self.set_classes(mode)
        self.border_title, self.border_subtitle = look.PANELS[mode][0], self.keys
        examples = look.EXAMPLES.get(mode, ())
        self.field.suggester = SuggestFromList(examples, case_sensitive=False) if examples else None
        self._show_note(Text(" · ".join(examples), style=self.app.theme_variables["quiet"]))
        self.field.placeholder = look.PLACEHOLDERS.get(mode, "")
        self.field.display = mode in self.TYPING
        if self.field.display:
            self.field.focus()

    def say(self, words: Text | str) -> None:
        """Show text, a plain string shortened."""
        text = words if isinstance(words, Text) else Text(shorten(words, WORDS_SHOWN))
        self.words.update(text)
        self.words.display = bool(text)

    def write(self, words: str) -> None:
        """Put words into the input line, to be changed."""
        self.field.value = words
        self.field.cursor_position = len(words)

    def problem(self, words: str) -> None:
        """Show what is wrong with what was typed, whole, over the input line."""
        self._show_note(Text(words, style=self.app.theme_variables["error"]))

    def tell(self, words: str) -> None:
        """Show a line that stays until the next mode, whole."""
        self._show_note(Text(words, style=self.app.theme_variables["success"]))

    def warn(self, words: str) -> None:
        """Show what to heed, whole, until the next mode."""
        self._show_note(Text(words, style=self.app.theme_variables["warning"]))

    def _show_note(self, words: Text) -> None:
        self.note.update(words)
        self.note.display = bool(words)

    def conclude(self, words: Text | str, success: bool, unchecked: bool = False) -> None:
        """Show what came of a run; one that only the agent calls done is not shown as a success."""
        self.say(words)
        self.add_class("unchecked" if unchecked else "done" if success else "failed")

    def hint(self, line: str) -> None:
        """One line of progress in the border; an empty one brings the keys back."""
        self.border_subtitle = Text(shorten(line, max(20, self.size.width - 24)) or self.keys)  # a string would be markup
