"""The pieces of the terminal UI. They show what they are given and post what is chosen; none of them knows the agent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image
from rich.text import Text
from textual.app import ComposeResult, RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agent.correction import place_of
from agent.tui import picture
from agent.tui.messages import TaskEntry
from agent.tui.text import SPINNER, clock, duration, meter, shorten, step_row
from recordings.action import Action, target_of
from recordings.episode import Screenshot, Step
from recordings.geometry import Box, Point

SHARP_STROKES = 480
"""How many strokes of a mark fit beside each other on a sharp picture."""
THUMBNAIL = (640, 480)
"""Largest size in which frames of past steps are kept for browsing."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A frame and what is about to happen in it."""

    screenshot: Screenshot
    action: Action | None = None
    box: Box | None = None
    recorded: tuple[Point | None, Box | None] = (None, None)
    """Where a recording acted, and on what."""

    def small(self) -> Scene:
        """The same scene in a frame that is cheap to keep."""
        image = self.screenshot.image.copy()
        image.thumbnail(THUMBNAIL)
        return replace(self, screenshot=replace(self.screenshot, image=image))


class LiveScreen(Widget):
    """The frame in block characters, with the intended action drawn into it; `sharp` is a widget class to show it instead."""

    def __init__(self, placeholder: Content, id: str, sharp: type[Widget] | None = None) -> None:
        super().__init__(id=id)
        self._placeholder = placeholder
        self._sharp: Any = sharp(classes="sharp") if sharp else None
        self._scene: Scene | None = None
        self._strips: list[Strip] = []
        self._drawn_for: Size | None = None

    def compose(self) -> ComposeResult:
        if self._sharp is not None:
            yield self._sharp

    def show(self, scene: Scene | None) -> None:
        self._scene, self._drawn_for = scene, None
        if self._sharp is not None:
            stroke = scene.screenshot.size[0] / SHARP_STROKES if scene else 0.0
            self._sharp.image = _drawn(scene, stroke, 6 * stroke) if scene else None
        self.refresh()

    def placeholder(self, words: str) -> None:
        """What stands here while there is no frame; nothing in it is markup, which may be from elsewhere."""
        self._placeholder = Content(words)
        self.refresh()

    @property
    def scene(self) -> Scene | None:
        return self._scene

    def render(self) -> RenderResult:
        return self._placeholder if self._scene is None else Content("")

    def render_line(self, y: int) -> Strip:
        if self._scene is None or self._sharp is not None or not self.size:
            return super().render_line(y)
        if self._drawn_for != self.size:
            self._drawn_for = self.size
            self._strips = self._draw(self._scene, self.size)
        blank = self.rich_style
        top = (self.size.height - len(self._strips)) // 2
        if not top <= y < top + len(self._strips):
            return Strip.blank(self.size.width, blank)
        strip = self._strips[y - top]
        left = (self.size.width - strip.cell_length) // 2
        return Strip.join([Strip.blank(left, blank), strip]).adjust_cell_length(self.size.width, blank)

    @property
    def _in_colour(self) -> bool:
        return not self.app.no_color and self.app.console.color_system is not None

    def _draw(self, scene: Scene, room: Size) -> list[Strip]:
        columns, rows = picture.fit(scene.screenshot.size, room.width, room.height)
        if not self._in_colour:
            return picture.to_shades(scene.screenshot.image, columns, rows, target_of(scene.action) if scene.action is not None else None)
        stroke = scene.screenshot.size[0] / (2 * columns)
        image = _drawn(scene, stroke, 4 * stroke)
        return picture.to_strips(image, columns, rows)


def _drawn(scene: Scene, stroke: float, gap: float, window: tuple[int, int, int, int] | None = None) -> Image.Image:
    return picture.draw_intent(scene.screenshot, scene.action, scene.box, stroke, gap, window, scene.recorded)


class Loupe(LiveScreen):
    """The surroundings of the target, enlarged enough to read its label."""

    def _draw(self, scene: Scene, room: Size) -> list[Strip]:
        point = place_of(scene.action) or scene.recorded[0]
        if point is None:
            return []
        window = picture.window_around(point, scene.screenshot.size, room.width, room.height)
        image = _drawn(scene, 0.9, 14, window)
        render = picture.to_strips if self._in_colour else picture.to_shades
        return render(image, *picture.fit(image.size, room.width, room.height))


class StepList(OptionList):
    """The steps so far, newest last. Highlighting an earlier one shows its frame; the newest follows the run."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._scenes: list[Scene | None] = []

    def begin(self) -> None:
        self._scenes = []
        self.clear_options()

    def add(self, step: Step, scene: Scene | None) -> None:
        following = self.following
        self._scenes.append(scene.small() if scene else None)
        self.add_option(Option(step_row(step, self.app.theme_variables)))
        if following:
            self.follow()

    def follow(self) -> None:
        """Highlight the newest step and show all of it."""
        if self.option_count:
            self.highlighted = self.option_count - 1
            self.call_after_refresh(self.scroll_end, animate=False)

    def on_resize(self) -> None:
        if self.following:
            self.follow()

    @property
    def following(self) -> bool:
        return self.highlighted is None or self.highlighted >= self.option_count - 1

    @property
    def chosen_scene(self) -> Scene | None:
        """The scene of the highlighted step, or None while the newest is followed."""
        return None if self.following or self.highlighted is None else self._scenes[self.highlighted]


class TaskList(OptionList):
    """Tasks to pick from."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.entries: Sequence[TaskEntry] = ()

    def fill(self, tasks: Sequence[TaskEntry], problem: str) -> None:
        self.clear_options()
        self.entries = tasks
        quiet = self.app.theme_variables["quiet"]
        for task in tasks:
            self.add_option(Option(Text.assemble((task.name, "bold"), (f"\n{shorten(task.summary, 200)}\n", quiet))))
        self.highlighted = 0 if tasks else None
        if not tasks:
            self.add_option(Option(Text(problem or "No tasks found. Type an instruction below.", style=quiet), disabled=True))

    def summary_of(self, request: str) -> str:
        """What the task of this name is about, or the request itself."""
        return next((f"{task.name}: {task.summary}" for task in self.entries if task.name == request), request)


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of this sitting for the list of runs; `success` is None while it waits or runs."""

    request: str
    success: bool | None = None
    running: bool = False
    unchecked: bool = False
    """Whether it succeeded by the agent's own word alone."""
    detail: str = ""


class RunLog(Static):
    """What came of the runs of this sitting, and which are still to come; hidden while there are none."""

    SHOWN = 6

    def __init__(self, requests: Sequence[str], id: str) -> None:
        super().__init__(id=id)
        self._lines = [RunLine(request) for request in requests]

    def on_mount(self) -> None:
        self._show()

    def add(self, request: str) -> None:
        """One more to come."""
        self._lines.append(RunLine(request))
        self._show()

    def drop(self, request: str) -> None:
        """The newest of this request will not be run after all."""
        for position in reversed(range(len(self._lines))):
            if self._lines[position].request == request and self._lines[position].success is None:
                del self._lines[position]
                break
        self._show()

    def mark(self, line: RunLine) -> None:
        """Replace the first line of the same request that is not over yet."""
        for position, earlier in enumerate(self._lines):
            if earlier.request == line.request and earlier.success is None:
                self._lines[position] = line
                break
        self._show()

    def _show(self) -> None:
        colours = self.app.theme_variables
        text = Text(no_wrap=True, overflow="ellipsis")
        for line in self._lines[-self.SHOWN :]:
            waiting = line.success is None and not line.running
            unfinished = ("·", "quiet") if waiting else ("▸", "primary")
            done = ("?", "accent") if line.unchecked else ("✓", "success")
            symbol, colour = {True: done, False: ("✗", "error"), None: unfinished}[line.success]
            text.append(f"{symbol} ", style=f"bold {colours[colour]}")
            text.append(shorten(line.request, 34), style=colours["quiet"] if waiting else "bold")
            text.append(f"  {line.detail}\n", style=colours["quiet"])
        text.rstrip()
        self.update(text)
        self.set_class(bool(self._lines), "shown")


@dataclass(frozen=True, slots=True)
class Status:
    """What the status bar says."""

    state: str = "ready"
    colour: str = "success"
    since: float | None = None
    """When the state began, on the monotonic clock, where its age is worth showing."""
    began: float | None = None
    """When the run began."""
    elapsed: float = 0.0
    """Seconds of the run that ended last, shown while none runs."""
    steps: int = 0
    limit: int | None = None
    context_used: int | None = None
    context_limit: int | None = None


class StatusBar(Widget):
    """One line: state, time, steps, context; the least important parts go first when there is no room."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.status = Status()

    def on_mount(self) -> None:
        self.set_interval(0.1, self._tick)

    def _tick(self) -> None:
        if self.status.began is not None:
            self.refresh()

    def show(self, status: Status) -> None:
        self.status = status
        self.refresh()

    def render(self) -> RenderResult:
        return self.line(time.monotonic(), self.size.width)

    def line(self, now: float, width: int) -> Text:
        """The bar's text at a moment, fitted to `width` cells."""
        status, colours = self.status, self.app.theme_variables
        running = status.began is not None
        symbol = SPINNER[int(now * 10) % len(SPINNER)] if running else "●"
        age = f" {duration(now - status.since)}" if running and status.since is not None else ""
        parts = [Text(f" {symbol} {status.state}{age}", style=f"bold {colours[status.colour]}")]
        seconds = now - status.began if status.began is not None else status.elapsed
        parts.append(Text(clock(seconds)))
        parts.append(Text(f"step {status.steps}" + (f"/{status.limit}" if status.limit else "")))
        if status.context_used is not None:
            limit = status.context_limit or 0
            bar = meter(status.context_used, limit) + " " if width >= 100 else ""
            amount = f"{status.context_used:,}" + (f"/{limit:,}" if limit else "")
            parts.append(Text.assemble("context ", (bar, colours["primary"]), amount))
        else:
            parts.append(Text("context –", style=colours["quiet"]))
        line = Text(no_wrap=True, overflow="ellipsis")
        for part in parts:
            if line and line.cell_len + part.cell_len + 3 > width:
                break
            line.append(" │ " if line else "", style=colours["rule"])
            line.append_text(part)
        return line
