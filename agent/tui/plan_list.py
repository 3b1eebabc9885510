"""The plan as a list: read and changed before it is carried out, ticked off while it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rich.table import Table
from rich.text import Text
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agent.tui.text import NOTE_LENGTH, shorten
from vlm.planner.plan import PlannedStep
from vlm.planner.position import PlanLine, Status

SIGNS: Mapping[Status, tuple[str, str]] = {
    "pending": ("·", "quiet"),
    "active": ("▸", "primary"),
    "done": ("✓", "success"),
    "skipped": ("↷", "warning"),
    "asked": ("?", "warning"),
}
"""Symbol and colour of what became of a step."""


class PlanList(OptionList):
    """The steps of the present plan. As a draft it can be changed; `follow` shows what became of each step."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._plan: list[PlanLine] = []

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        return tuple(line.step for line in self._plan)

    def propose(self, steps: Sequence[PlannedStep]) -> None:
        """A new draft; what a planner elsewhere added to the person's words is told where it stands."""
        added = getattr(steps, "unsaid", ())
        self._plan = [PlanLine(step, "pending", "you did not ask for it" if at in added else "") for at, step in enumerate(steps)]
        self._show(0)
        self._title()

    def follow(self, lines: Sequence[PlanLine]) -> None:
        """What became of each step so far; the one at work is highlighted."""
        self._plan = list(lines)
        at = next((position for position, line in enumerate(lines) if line.status in ("active", "asked", "pending")), len(lines) - 1)
        self._show(at)
        self._title()

    def ask(self) -> None:
        """The step at work waits for a person's answer."""
        self.follow([replace(line, status="asked") if line.status == "active" else line for line in self._plan])

    @property
    def chosen(self) -> int | None:
        """The place of the highlighted step; None where there is none."""
        return self.highlighted if self._plan else None

    def change(self, at: int, step: PlannedStep) -> None:
        """Put another step in the place of one."""
        self._plan[at] = PlanLine(step, "pending")
        self._show(at)

    def insert(self, at: int, step: PlannedStep) -> None:
        """One more step, which then stands at this place."""
        self._plan.insert(at, PlanLine(step, "pending"))
        self._show(at)
        self._title()

    def delete(self, at: int) -> None:
        del self._plan[at]
        self._show(min(at, len(self._plan) - 1))
        self._title()

    def shift(self, at: int, by: int) -> None:
        """Move a step up or down; at either end it stays."""
        to = at + by
        if 0 <= to < len(self._plan):
            self._plan.insert(to, self._plan.pop(at))
            self._show(to)

    def on_resize(self) -> None:
        self.scroll_to_highlight()

    def _show(self, highlighted: int) -> None:
        colours = self.app.theme_variables
        self.clear_options()
        self.add_options([Option(_row(number, line, colours)) for number, line in enumerate(self._plan, 1)])
        self.highlighted = highlighted if self._plan and highlighted >= 0 else None
        self.call_after_refresh(self.scroll_to_highlight)

    def _title(self) -> None:
        over = sum(line.status in ("done", "skipped") for line in self._plan)
        self.border_subtitle = f"{over}/{len(self._plan)}" if over else f"{len(self._plan)} step{'s' * (len(self._plan) != 1)}"
        self.set_class(bool(self._plan), "shown")


def _row(number: int, line: PlanLine, colours: Mapping[str, str]) -> Table:
    sign, colour = SIGNS[line.status]
    verb, _, rest = shorten(str(line.step), 400).partition(" ")
    words = Text.assemble((verb, f"bold {colours['quiet' if line.status == 'done' else 'primary']}"), f" {rest}")
    if line.note and line.status != "asked":  # a question is shown where it is answered
        words.append(f"  {shorten(line.note, NOTE_LENGTH)}", style=f"italic {colours['quiet']}")
    row = Table.grid(padding=(0, 1, 0, 0), expand=True)
    row.add_column(width=2, justify="right")
    row.add_column(width=1)
    row.add_column(ratio=1, overflow="fold")
    row.add_row(Text(str(number), style=colours["quiet"]), Text(sign, style=colours[colour]), words)
    return row
