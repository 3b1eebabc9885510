"""All keys of an app and what each means, over whatever it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static


def meanings(bindings: Iterable[BindingType]) -> list[tuple[str, str]]:
    """The keys as people read them and what each means, in order; keys of one action on one line. A binding's tooltip is its meaning."""
    found: dict[str, list[str]] = {}
    for binding in bindings:
        if isinstance(binding, Binding) and binding.tooltip:
            keys = found.setdefault(binding.tooltip, [])
            shown = binding.key_display or ", ".join(binding.key.split(","))
            if shown not in keys:
                keys.append(shown)
    return [(", ".join(keys), meaning) for meaning, keys in found.items()]


class ListScreen(ModalScreen[None]):
    """Lists something in two columns until a key closes it."""

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.list_title, self._rows = title, rows

    def compose(self) -> ComposeResult:
        colours = self.app.theme_variables
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        for name, meaning in self._rows:
            table.add_row(Text(name, style=f"bold {colours['primary']}"), Text(meaning))
        box = VerticalScroll(Static(table), id="help")
        box.border_title, box.border_subtitle = self.list_title, " esc  back "
        yield box


class HelpScreen(ListScreen):
    """Lists keys."""

    def __init__(self, bindings: Iterable[BindingType]) -> None:
        super().__init__("keys", meanings(bindings))


class PermissionsScreen(ListScreen):
    """Lists what a run may see and do, and what was allowed while it ran."""

    def __init__(self, lines: Sequence[str], allowed: Sequence[str]) -> None:
        parts = [line.partition(": ") for line in lines]
        rows = [(name, rest) if rest else ("", name) for name, _, rest in parts]
        super().__init__("permissions", [*rows, *(("allowed by you", line.removeprefix("always allowed: ")) for line in allowed)])
