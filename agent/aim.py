"""Why a click misses: the model, the capture or the hands, each measured by itself on targets whose places are known.

A board of labelled buttons is put over the desktop. A mark on each is looked for in a screenshot (capture and scaling), the pointer is
sent to it (execution), and the model is asked for the button by its label (model).
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from agent.errors import DesktopError
from agent.protocols import Glance, Grounder
from agent.settings import Settings
from recordings.action import Move
from recordings.geometry import ScreenTransform
from vlm.answer import NotOnScreen

if TYPE_CHECKING:
    from agent.desktop import LiveDesktop

LABELS = ("Open", "Save", "Print", "Search", "Cancel", "Help", "Close", "Settings", "Delete")
COLUMNS = 3
BUTTON = (120, 36)
"""Width and height in pixels."""
MARK_ARM = 3
"""A mark is a square of so many pixels around its middle one."""
MOST_PIXELS = 1.0
"""Capture and execution that are off by more than this are broken."""


@dataclass(frozen=True, slots=True)
class Target:
    """A button on the board, in pixels of the board."""

    label: str
    left: int
    top: int
    colour: tuple[int, int, int]

    @property
    def mark(self) -> tuple[int, int]:
        """The pixel in the middle of its mark."""
        return self.left + 14, self.top + BUTTON[1] // 2

    @property
    def middle(self) -> tuple[float, float]:
        return self.left + BUTTON[0] / 2, self.top + BUTTON[1] / 2

    def contains(self, x: float, y: float) -> bool:
        return self.left <= x < self.left + BUTTON[0] and self.top <= y < self.top + BUTTON[1]


@dataclass(frozen=True, slots=True)
class Aim:
    """What was measured; distances in pixels of the screen, one for each target in the order of `LABELS`."""

    capture: tuple[float, ...]
    """Between where a mark was drawn and where the screenshot shows it."""
    scale: float
    """How far apart the screenshot shows the marks, for how far apart they are: 1 where nothing stretches it."""
    execution: tuple[float, ...]
    """Between where the pointer was sent and where it went."""
    model: tuple[float, ...]
    """Between the middle of a button and where the model sees it, infinite where it sees none; of these, `hits` lie on the button."""
    hits: int

    @property
    def sound(self) -> bool:
        """Whether a miss can only be the model's."""
        return max(*self.capture, *self.execution) <= MOST_PIXELS

    def lines(self) -> list[str]:
        def said(distances: Sequence[float]) -> str:
            return f"median {statistics.median(distances):.1f} px, worst {max(distances):.1f} px"

        return [
            f"aim: capture     {said(self.capture)} off, scale {self.scale:.4f} ({len(self.capture)} marks)",
            f"aim: execution   {said(self.execution)} off ({len(self.execution)} moves of the pointer)",
            f"aim: model       {said(self.model)} from the middle; {self.hits} of {len(self.model)} buttons hit",
        ]

    def to_dict(self) -> dict[str, Any]:
        away = [distance if math.isfinite(distance) else None for distance in self.model]
        return {"sound": self.sound, **asdict(self), "model": away}


def examine_aim(settings: Settings, model: Grounder) -> Aim:
    """Measure on the desktop that the settings name: the host's where they name a part of it, else a virtual one.

    Raises DesktopError as `measure_aim` does.
    """
    from agent.desktop import LiveDesktop
    from agent.virtual import VirtualDesktop

    with ExitStack() as cleanup:
        display = None
        if settings.desktop != "host" and not settings.only_host:
            display = cleanup.enter_context(VirtualDesktop(settings.width, settings.height, accessibility=False)).display
        desktop = LiveDesktop(display, region=settings.region, monitor=settings.monitor, window=settings.window)
        return measure_aim(cleanup.enter_context(desktop), model, display)


def measure_aim(desktop: LiveDesktop, model: Grounder, display: str | None) -> Aim:
    """Show the board, look at it, move over it, and ask the model about it; the pointer stays where it ends.

    Raises:
        DesktopError: there is no X11 display, or the screen shows no board or only a part of it.
    """
    if not sys.platform.startswith("linux"):
        raise DesktopError("aim is measured on X11 only: leave out --aim")
    area = desktop.screen.area()
    targets = place_targets(area.width, area.height)
    with _shown(draw_board(targets, area.width, area.height), area.left, area.top, display) as pointer:
        desktop.perform(Move(x=0.5, y=0.999))  # out of the way of what is looked for
        screenshot = desktop.settle().screenshot
        found = [find_mark(screenshot.image, target) for target in targets]
        went = [_send(desktop, target, screenshot.transform, pointer) for target in targets]
        guessed = [_ask(model.look(screenshot.image), target, area.width, area.height) for target in targets]
    width, height = screenshot.size
    seen = [((x + 0.5) * area.width / width - 0.5, (y + 0.5) * area.height / height - 0.5) for x, y in found]
    drawn = [target.mark for target in targets]
    return Aim(
        capture=tuple(math.dist(*pair) for pair in zip(drawn, seen, strict=True)),
        scale=math.dist(seen[0], seen[-1]) / math.dist(drawn[0], drawn[-1]),
        execution=tuple(math.dist(target.mark, (x - area.left, y - area.top)) for target, (x, y) in zip(targets, went, strict=True)),
        model=tuple(math.dist(target.middle, point) for target, point in zip(targets, guessed, strict=True)),
        hits=sum(target.contains(*point) for target, point in zip(targets, guessed, strict=True)),
    )


def place_targets(width: int, height: int) -> list[Target]:
    """One target for each label, spread over a board of this size. Raises DesktopError where it is too small."""
    rows = math.ceil(len(LABELS) / COLUMNS)
    step_x, step_y = width // COLUMNS, height // rows
    if step_x < BUTTON[0] + 20 or step_y < BUTTON[1] + 20:
        raise DesktopError(f"{width}×{height} pixels have no room for the targets: look at more of the screen")
    return [
        Target(
            label,
            # Not in rows and columns, or one right answer would hide an error along an axis.
            left=number % COLUMNS * step_x + 10 + (7 * number) % (step_x - BUTTON[0] - 10),
            top=number // COLUMNS * step_y + 10 + (5 * number) % (step_y - BUTTON[1] - 10),
            colour=(255, 0, 20 * number),
        )
        for number, label in enumerate(LABELS)
    ]


def draw_board(targets: Sequence[Target], width: int, height: int) -> Image.Image:
    """Grey buttons on a light ground, each with its label and its mark."""
    board = Image.new("RGB", (width, height), (246, 245, 244))
    canvas, font = ImageDraw.Draw(board), _font()
    for target in targets:
        corners = (target.left, target.top, target.left + BUTTON[0] - 1, target.top + BUTTON[1] - 1)
        canvas.rectangle(corners, (222, 221, 218), (160, 160, 160))
        canvas.text((target.middle[0] + 8, target.middle[1]), target.label, (30, 30, 30), font, anchor="mm")
        x, y = target.mark
        canvas.rectangle((x - MARK_ARM, y - MARK_ARM, x + MARK_ARM, y + MARK_ARM), target.colour)
    return board


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """What the applications of a virtual desktop use, where it is installed."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", 13)
    except OSError:
        return ImageFont.load_default(14)


def find_mark(image: Image.Image, target: Target) -> tuple[float, float]:
    """The middle of a target's mark in a screenshot, in its pixels. Raises DesktopError where it is not to be seen."""
    # What scales a picture blends colours at the edges only.
    rows, columns = np.nonzero(np.abs(np.asarray(image, dtype=np.int16) - target.colour).max(axis=2) <= 4)
    if not len(rows):
        raise DesktopError(f"the screenshot does not show the target {target.label!r}: something covers the screen, or changes its colours")
    return float(columns.mean()), float(rows.mean())


def _send(desktop: LiveDesktop, target: Target, transform: ScreenTransform, pointer: Any) -> tuple[int, int]:
    """Move to the middle of a mark, and say where the pointer went."""
    x, y = target.mark
    desktop.perform(Move(x=(x + 0.5) / transform.width, y=(y + 0.5) / transform.height))
    where = pointer()
    return int(where.root_x), int(where.root_y)


def _ask(sight: Glance, target: Target, width: int, height: int) -> tuple[float, float]:
    """Where the model sees a target, in pixels; infinitely far away where it sees none."""
    try:
        point = sight.ground(target.label).point
    except NotOnScreen:
        return math.inf, math.inf
    return point.x * width, point.y * height


@contextmanager
def _shown(board: Image.Image, left: int, top: int, display: str | None) -> Iterator[Any]:
    """The board above everything else; yields the function that tells where the pointer is."""
    from Xlib import X

    from agent.x11.connection import connect

    connection = connect(display)
    try:
        screen = connection.screen()
        picture = screen.root.create_pixmap(*board.size, screen.root_depth)
        picture.put_pil_image(picture.create_gc(), 0, 0, board)
        window = screen.root.create_window(
            left, top, *board.size, 0, screen.root_depth,
            override_redirect=True, background_pixmap=picture, event_mask=X.StructureNotifyMask,
        )  # fmt: skip
        window.map()
        while connection.next_event().type != X.MapNotify:
            pass
        connection.sync()
        yield screen.root.query_pointer
    finally:
        connection.close()
