"""The default engine: a planner for words and a reader for the screen, without a GPU.

engine = PocketEngine(load_planner, open_reader(), TextLocator())
engine.policy()                             # what runs an instruction
engine.look(screenshot).ground("Save As")   # where a name is, or `NotOnScreen`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from PIL import Image

from recordings.episode import Observation, Screenshot
from recordings.errors import DeskhandError
from recordings.geometry import ScreenTransform
from vlm.answer import Grounding, Named, NotOnScreen
from vlm.plan_policy import PlanPolicy
from vlm.planner.following import PlanFollower
from vlm.planner.protocols import Planner
from vlm.planner.questions import MOST_CHOICES, quote
from vlm.planner.seeking import ChooseVisible, Seeking
from vlm.reading.apart import describe, in_reading_order
from vlm.reading.protocols import Candidate, Located, Locator, Reader
from vlm.reading.view import Eyes, ScreenView

NO_ANSWERS = (
    "pocket reads the screen and follows plans, it answers no questions: name a model that does with --model, such as vlm/pocket about a "
    "piece of a screen"
)


class PocketEngine:
    """Reads with a reader, plans with a planner, which is loaded when there is something to plan."""

    name = "pocket"

    def __init__(self, load_planner: Callable[[], Planner], reader: Reader, locator: Locator) -> None:
        self.eyes = Eyes(reader, locator)
        self._load_planner = load_planner

    @cached_property
    def planner(self) -> Planner:
        """Raises DeskhandError where it cannot be loaded."""
        return self._load_planner()

    @property
    def metadata(self) -> dict[str, Any]:
        """Nothing that a checkpoint would say."""
        return {}

    def policy(self) -> PlanPolicy:
        return PlanPolicy(PlanFollower(lambda: self.planner), self.eyes, self)

    def look(self, image: Image.Image | Sequence[Image.Image]) -> ReadSight:
        """Read one picture; what it shares with the one before is not read again. Raises DeskhandError for several: see `ReadSight.ask`."""
        if not isinstance(image, Image.Image):
            raise DeskhandError(NO_ANSWERS)
        began = time.perf_counter()
        width, height = image.size
        view = self.eyes.look(Observation(Screenshot(image, ScreenTransform(0, 0, width, height))))
        return ReadSight(view, time.perf_counter() - began, lambda step, names: self.planner.choose_visible(step, names))


class ReadSight:
    """One picture that was read, ready for questions; `seconds` is what reading it took."""

    def __init__(self, view: ScreenView, seconds: float, choose: ChooseVisible = lambda step, names: ()) -> None:
        """
        Args:
            choose: which of the visible names is meant by words that none of them says.
        """
        self.view, self.seconds, self._choose = view, seconds, choose

    def locate(self, words: str) -> Located:
        """Where a person's words are, by what is written, by what icons are called, or by what the planner takes them for."""
        return Seeking(self._choose).locate(words, (), self.view)

    def ground(self, instruction: str) -> Grounding:
        """Where the words are. Raises `NotOnScreen` where they are not, or where several elements fit alike."""
        began = time.perf_counter()
        located = self.locate(instruction)
        if located.best is None:
            raise _not_found(located, self.view)
        best, box = located.best, located.best.box
        others = [one for one in (*located.candidates[1:], *self.view.near(instruction)) if one.element is not best.element]
        seconds = self.seconds + time.perf_counter() - began
        return Grounding(box, box.center, best.score, seconds, found=_named(best), runners_up=_distinct(others))

    def ask(self, question: str, *_: Any, **__: Any) -> str:
        """It reads and plans, and has no words of its own. Raises DeskhandError."""
        raise DeskhandError(NO_ANSWERS)


def _not_found(located: Located, view: ScreenView) -> NotOnScreen:
    words = quote(located.target)
    if located.status == "ambiguous":
        fitting = located.candidates[:MOST_CHOICES]
        boxes = [one.box for one in fitting]
        where = describe(boxes, view)
        named = "; ".join(where[number] for number in in_reading_order(boxes))
        times = f"{words} is there {len(located.candidates)} times"
        return NotOnScreen(f"{times}: {named}: say which, as in “the second {located.target}”", tuple(_named(one) for one in fitting))
    if not view.reading.elements:
        return NotOnScreen(f"{words} is not on the screen: nothing is written there")
    nearest = _distinct(located.candidates)
    there = f"; there is {', '.join(quote(one.name) for one in nearest)}" if nearest else ", nor anything like it"
    return NotOnScreen(f"{words} is not on the screen{there}", nearest)


def _named(candidate: Candidate) -> Named:
    return Named(candidate.element.text, candidate.box, candidate.score)


def _distinct(candidates: Iterable[Candidate]) -> tuple[Named, ...]:
    """The first few of different names."""
    found: dict[str, Named] = {}
    for candidate in candidates:
        found.setdefault(candidate.element.text, _named(candidate))
    return tuple(found.values())[:MOST_CHOICES]
