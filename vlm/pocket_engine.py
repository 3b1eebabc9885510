"""The default engine: a planner for words and a reader for the screen, without a GPU.

engine = load_pocket()
engine.policy()                             # what runs an instruction
engine.look(screenshot).ground("Save As")   # where a name is, or `NotOnScreen`
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from PIL import Image

from recordings.episode import Observation, Screenshot
from recordings.errors import DeskhandError
from recordings.geometry import ScreenTransform
from vlm.answer import Grounding, NotOnScreen
from vlm.plan_policy import PlanPolicy
from vlm.planner.following import PlanFollower
from vlm.planner.protocols import Planner
from vlm.planner.questions import MOST_CHOICES, quote
from vlm.reading.protocols import Located, Locator, Reader
from vlm.reading.view import Eyes, ScreenView


class PocketEngine:
    """Reads with a reader, plans with a planner."""

    name = "pocket"

    def __init__(self, planner: Planner, reader: Reader, locator: Locator) -> None:
        self.planner, self.eyes = planner, Eyes(reader, locator)

    @property
    def metadata(self) -> dict[str, Any]:
        """Nothing that a checkpoint would say."""
        return {}

    def policy(self) -> PlanPolicy:
        return PlanPolicy(PlanFollower(self.planner), self.eyes, self)

    def look(self, image: Image.Image) -> ReadSight:
        """Read one picture; what it shares with the one before is not read again."""
        began = time.perf_counter()
        width, height = image.size
        view = self.eyes.look(Observation(Screenshot(image, ScreenTransform(0, 0, width, height))))
        return ReadSight(view, time.perf_counter() - began)


class ReadSight:
    """One picture that was read, ready for questions; `seconds` is what reading it took."""

    def __init__(self, view: ScreenView, seconds: float) -> None:
        self.view, self.seconds = view, seconds

    def ground(self, instruction: str) -> Grounding:
        """Where the words are. Raises `NotOnScreen` where they are not, or where several elements fit alike."""
        began = time.perf_counter()
        located = self.view.locate(instruction)
        if located.best is None:
            raise _not_found(located)
        box = located.best.box
        return Grounding(box, box.center, located.best.score, self.seconds + time.perf_counter() - began)

    def ask(self, question: str, *_: Any, **__: Any) -> str:
        """It reads and plans, and has no words of its own. Raises DeskhandError."""
        raise DeskhandError("the pocket engine reads the screen and follows plans, it answers no questions: name a model with --model")


def _not_found(located: Located) -> NotOnScreen:
    nearest = tuple(dict.fromkeys(one.element.text for one in located.candidates))[:MOST_CHOICES]
    words = quote(located.target)
    if located.status == "ambiguous":
        return NotOnScreen(f"{words} is there {len(located.candidates)} times: say which, as in “the second {located.target}”", nearest)
    there = f"; there is {', '.join(map(quote, nearest))}" if nearest else ""
    return NotOnScreen(f"{words} is not on the screen{there}", nearest)


def load_pocket(
    lang: str = "latin",
    *,
    base: str | Path | None = None,
    adapter: Path | None = None,
    planner: Planner | None = None,
    stop_event: threading.Event | None = None,
) -> PocketEngine:
    """The engine with its parts loaded.

    Args:
        lang: scripts to read, as the reader names them.
        base, adapter: of the pocket planner, see `vlm.planner.load.load_planner`.
        planner: instead of the pocket planner: a text model behind a server.

    Raises:
        DeskhandError: a part is missing; the message says how to get it.
    """
    from vlm.planner.load import load_planner
    from vlm.reading.match import TextLocator
    from vlm.reading.reader import open_reader

    reader = open_reader(lang)
    return PocketEngine(planner or load_planner(base, adapter, stop_event=stop_event), reader, TextLocator())
