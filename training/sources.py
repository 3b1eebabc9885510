"""Where screens come from during training: drawn on the spot, read from a folder of labelled screens, or seen in demonstrations."""

from __future__ import annotations

import io
import random
import sys
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from recordings.action import Click, Finish, Press, Type
from recordings.episode import Outcome, Step
from recordings.errors import DeskhandError
from recordings.foreign import picture_size
from recordings.store import Episode, read_episode
from training.episode_records import episodes_in, lost_steps, whole_until
from training.screens.drawn import draw_screen
from training.screens.sheets import draw_sheet
from training.screens.store import LabelledScreen, ScreenElement, read_screens
from vlm.configuration import PATCH
from vlm.grammar import written_sums
from vlm.prompts import PlanItem, key_run


class ScreenSource(Protocol):
    """Gives one labelled screen a call, all of one size."""

    def draw(self, rng: random.Random) -> LabelledScreen: ...


class DrawnSource:
    """Freshly drawn screens, never the same twice."""

    def __init__(self, size: tuple[int, int], wide: float, sheet: bool = False) -> None:
        self.size, self.wide, self.sheet = size, wide, sheet

    def draw(self, rng: random.Random) -> LabelledScreen:
        return (draw_sheet if self.sheet else draw_screen)(rng, self.size, self.wide)


class FolderSource:
    """Stored screens of one size, moved each time, so that no letter keeps its place in its patch and no label its place on the screen.

    Args:
        roam: share of the screens that are moved as far as their elements stay in view; the others move by up to half a patch.
    """

    def __init__(self, folder: Path, size: tuple[int, int], roam: float = 0.0) -> None:
        self.roam = roam
        self.screens = [screen for screen in read_screens(folder) if _image_size(screen.folder, screen.name) == size]
        if not self.screens:
            raise DeskhandError(f"no screen of {size[0]}×{size[1]} pixels in {folder}: make some with `deskhand screens`")

    def draw(self, rng: random.Random) -> LabelledScreen:
        stored = rng.choice(self.screens)
        screen = LabelledScreen(stored.picture(), stored.source, stored.app, stored.elements, stored.glyphs)
        if not (screen.elements and rng.random() < self.roam):
            return shifted(screen, rng.randint(-PATCH // 2, PATCH // 2), rng.randint(-PATCH // 2, PATCH // 2))
        boxes = [element.box for element in screen.elements]
        width, height = screen.picture().size
        dx = _anywhere(rng, min(box[0] for box in boxes), max(box[2] for box in boxes), width)
        return shifted(screen, dx, _anywhere(rng, min(box[1] for box in boxes), max(box[3] for box in boxes), height))


def _anywhere(rng: random.Random, low: float, high: float, limit: int) -> int:
    """How far what reaches from `low` to `high` may move so that it stays between 0 and `limit`, by chance."""
    return rng.randint(min(-int(low), 0), max(int(limit - high), 0))


class EpisodeSource:
    """The steps of demonstrations: each shows what it acted on, and which step of the instruction it was.

    The frames roam as those of `FolderSource` do, so that a few demonstrations are seen in many places.
    """

    def __init__(self, folder: Path, size: tuple[int, int], roam: float = 0.0) -> None:
        self.roam = roam
        shown = [shown_steps(read_episode(path), size) for path in episodes_in(folder)]
        self.screens = [screen for screens in shown for screen in screens]
        if not self.screens:
            raise DeskhandError(f"no step of a demonstration of {size[0]}×{size[1]} pixels in {folder}: record some with `deskhand record`")
        if unused := sum(not screens for screens in shown):
            print(
                f"{folder}: {unused} of {len(shown)} episodes are of no use: failed, damaged, of another size, or not as told",
                file=sys.stderr,
            )

    def draw(self, rng: random.Random) -> LabelledScreen:
        screen = rng.choice(self.screens)
        reach = PATCH // 2
        if rng.random() < self.roam and screen.elements:
            x1, y1, x2, y2 = screen.elements[0].box
            width, height = screen.picture().size
            return shifted(screen, _anywhere(rng, x1, x2, width), _anywhere(rng, y1, y2, height))
        return shifted(screen, rng.randint(-reach, reach), rng.randint(-reach, reach))


def shown_steps(episode: Episode, size: tuple[int, int]) -> list[LabelledScreen]:
    """Screens of a demonstration that succeeded, each with the one element that was clicked and its place in the instruction.

    Only steps that the instruction writes out can be shown so: an instruction that quotes what to click, type and press, or has a sum
    whose keys are clicked. After the last one comes the screen where all is done. Episodes of another size, or that failed, or that have
    lost a step, give none.
    """
    if lost_steps(episode) or whole_until(episode) < len(episode.steps):
        return []
    done = (Outcome.PERFORMED, Outcome.DRY_RUN)
    steps = [step for step in episode.steps if step.outcome in done and step.action is not None and not isinstance(step.action, Finish)]
    instruction = episode.header.instruction
    plan = [item for step in steps if (item := _item_of(step)) is not None]
    if len(plan) == len(steps) and not _written_in_order(instruction, plan):
        plan = _sum_of(instruction, plan)
    if episode.header.verdict is False or len(plan) != len(steps):
        return []
    screens = []
    for index, step in enumerate(steps):
        frame = episode.frame(step, "before")
        if frame is None or frame.size != size:
            return []
        elements = []
        if isinstance(step.action, Click) and step.element is not None:
            box = step.element.box
            x1, y1, x2, y2 = box.x1 * size[0], box.y1 * size[1], box.x2 * size[0], box.y2 * size[1]
            elements = [ScreenElement(step.element.name.strip(), step.element.role, (x1, y1, x2, y2))]
        screens.append(LabelledScreen(_packed(frame), "episodes", step.window_title or "", elements, told=(instruction, plan, index)))
    last = episode.frame(steps[-1], "after") if steps else None
    if last is not None and last.size == size:
        screens.append(LabelledScreen(_packed(last), "episodes", "", [], told=(instruction, plan, len(plan))))
    return screens


def _item_of(step: Step) -> PlanItem | None:
    match step.action:
        case Click() if step.element is not None and step.element.name.strip():
            return PlanItem("click", step.element.name.strip())
        case Type(text=text):
            return PlanItem("type", text)
        case Press(keys=keys, then=()):
            return PlanItem("press", "+".join(keys))
        case _:
            return None


def _written_in_order(instruction: str, plan: list[PlanItem]) -> bool:
    at = 0
    for item in plan:
        at = instruction.find(f'"{item.text}"', at) + 1
        if not at:
            return False
    return True


def _sum_of(instruction: str, plan: list[PlanItem]) -> list[PlanItem]:
    """The plan as keys of the sum that an instruction has; nothing where the keys are not those."""
    for written in written_sums(instruction):
        told = [*(PlanItem("click", key, rest) for key, rest in key_run(written)), PlanItem("click", "=")]
        if [(item.verb, item.text) for item in plan] == [(item.verb, item.text) for item in told]:
            return told
    return []


def _packed(image: Image.Image) -> bytes:
    """As PNG: a hundred frames as pixels would fill the memory."""
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=1)
    return data.getvalue()


@lru_cache(maxsize=100_000)
def _image_size(folder: Path, name: str) -> tuple[int, int]:
    return picture_size(folder, name)


def shifted(screen: LabelledScreen, dx: int, dy: int) -> LabelledScreen:
    """The screen moved by (dx, dy) pixels, its edge repeated; what leaves the picture is forgotten."""
    width, height = screen.picture().size
    pixels = np.asarray(screen.picture())
    rows = np.clip(np.arange(height) - dy, 0, height - 1)
    columns = np.clip(np.arange(width) - dx, 0, width - 1)

    def inside(x1: float, y1: float, x2: float, y2: float) -> bool:
        return x1 >= 0 and y1 >= 0 and x2 <= width and y2 <= height

    elements = []
    for element in screen.elements:
        x1, y1, x2, y2 = element.box
        box = (x1 + dx, y1 + dy, x2 + dx, y2 + dy)
        if inside(*box):
            elements.append(ScreenElement(element.name, element.role, box, element.checked, element.selected, element.enabled))
    glyphs = None
    if screen.glyphs is not None:
        glyphs = [(c, x1 + dx, y1 + dy, x2 + dx, y2 + dy) for c, x1, y1, x2, y2 in screen.glyphs]
    return LabelledScreen(Image.fromarray(pixels[rows][:, columns]), screen.source, screen.app, elements, glyphs, screen.told)
