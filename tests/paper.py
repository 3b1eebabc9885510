"""A program made of paper: screens with words on them, and what a click, a key or a text leads to. Perceived by the real locator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakes import FixedApprover
from PIL import Image, ImageDraw

from agent.loop import Agent
from recordings.action import Action, Click, Drag, Press, Scroll, Type, print_action
from recordings.episode import Element, Observation, Screenshot
from recordings.geometry import Box, Point, ScreenTransform
from vlm.plan_policy import PlanPolicy
from vlm.planner.following import PlanFollower
from vlm.planner.plan import Plan, PlannedStep, parse_plan
from vlm.reading.match import TextLocator
from vlm.reading.reading import Reading, ScreenElement
from vlm.reading.view import Eyes

SIZE = (800, 600)


@dataclass
class Screen:
    """What is written where (pixels of the left upper corner), what window it is, and where actions lead."""

    words: Mapping[str, tuple[int, int]]
    leads: Mapping[str, str] = field(default_factory=dict)
    """From `click Name`, `type`, `press ctrl+s`, `scroll` or `wait` to the name of another screen."""
    title: str = "Editor"
    dialog: tuple[int, int, int, int] | None = None
    """Left, top, width, height of the dialog that is in front."""
    popup: tuple[int, int, int, int] | None = None
    states: Mapping[str, Element] = field(default_factory=dict)
    """What the accessibility tree says of a word."""
    ticks: Mapping[str, bool] = field(default_factory=dict)
    """Before which words a box is drawn, and whether it is ticked."""

    def elements(self) -> tuple[ScreenElement, ...]:
        made = [ScreenElement(text.partition("#")[0], box_of(text, place), 0.99) for text, place in self.words.items()]
        return tuple(sorted(made, key=lambda one: (one.box.y1, one.box.x1)))


def box_of(text: str, place: tuple[int, int]) -> Box:
    return Box.from_pixels(*place, 8 * len(text.partition("#")[0]) + 2, 16, SIZE)


def draw_tick(image: Image.Image, left: int, top: int, ticked: bool, dark: bool = False) -> None:
    """A box of 15 pixels before a word at this place."""
    pen, x, y = ImageDraw.Draw(image), left - 24, top - 1
    pen.rectangle((x, y, x + 15, y + 15), "#3a3a3a" if dark else "white", "#a0a0a0" if dark else "#777777")
    if ticked:
        pen.line(((x + 3, y + 8), (x + 6, y + 11), (x + 12, y + 4)), "#eeeeee" if dark else "#222222", 2)


BAR = {"File": (10, 10), "Edit": (60, 10), "Help": (110, 10)}
FILE_MENU = (5, 30, 160, 120)
EDITOR = {
    "main": Screen(BAR, {"click File": "file", "type": "typed"}),
    "typed": Screen({**BAR, "hello": (20, 100)}, {"click File": "file"}),
    "file": Screen(
        {**BAR, "New": (10, 40), "Save As...": (10, 70), "Quit": (10, 100)},
        {"click Save As...": "dialog", "click File": "main"},
        popup=FILE_MENU,
    ),
    "dialog": Screen(
        {**BAR, "Name:": (220, 220), "Cancel": (300, 400), "Save": (400, 400)},
        {"type": "named", "click Cancel": "main"},
        title="Save As",
        dialog=(200, 150, 400, 300),
    ),
    "named": Screen(
        {**BAR, "Name:": (220, 220), "a.txt": (280, 220), "Cancel": (300, 400), "Save": (400, 400)},
        {"click Save": "saved"},
        title="Save As",
        dialog=(200, 150, 400, 300),
    ),
    "saved": Screen({**BAR, "saved": (700, 570)}, title="a.txt - Editor"),
}
SAVE = "click File\nclick Save As\ntype a.txt\nclick Save\ndone"


class PaperDesktop:
    """Satisfies `agent.protocols.Desktop`, and the reader's protocol, too."""

    def __init__(self, screens: Mapping[str, Screen], start: str) -> None:
        self.screens, self.now = dict(screens), start
        self.performed: list[str] = []
        self.before_observe: Callable[[], None] = lambda: None

    def observe(self) -> Observation:
        self.before_observe()
        screen = self.screens[self.now]
        shade = list(self.screens).index(self.now)
        image = Image.new("RGB", SIZE, (shade, 100, 100) if not screen.ticks else (240, 240, 240))
        image.putpixel((0, 0), (shade, 100, 100))
        for word, ticked in screen.ticks.items():
            draw_tick(image, *screen.words[word], ticked)
        front = screen.dialog or (0, 0, *SIZE)
        return Observation(
            Screenshot(image, ScreenTransform(0, 0, *SIZE)), screen.title, active=Box.from_pixels(*front, SIZE),
            dialog=screen.dialog is not None, popups=(Box.from_pixels(*screen.popup, SIZE),) if screen.popup else (),
        )  # fmt: skip

    def read(self, image: Image.Image) -> Reading:
        return Reading(list(self.screens.values())[image.getpixel((0, 0))[0]].elements(), SIZE)  # type: ignore[index]

    def name_at(self, point: Point, screenshot: Screenshot) -> Element | None:
        states = self.screens[self.now].states
        return next((state for text, state in states.items() if self._box(text).contains(point)), None)

    def _box(self, text: str) -> Box:
        return box_of(text, self.screens[self.now].words[text])

    def perform(self, action: Action) -> None:
        done = self._words(action)
        self.performed.append(done)
        self.now = self.screens[self.now].leads.get(done.partition(" ")[0] if done.startswith(("type", "scroll", "up")) else done, self.now)

    def _words(self, action: Action) -> str:
        match action:
            case Click(x=x, y=y, count=count, button=button):
                verb = "double_click" if count == 2 else "right_click" if button == "right" else "click"
                return f"{verb} {self._at(x, y)}"
            case Drag(path=((x1, y1), (x2, y2))):
                return f"drag {self._at(x1, y1)} -> {self._at(x2, y2)}"
            case Type(text=text):
                return f"type {text}"
            case Press(keys=keys):
                return f"press {'+'.join(keys)}"
            case Scroll(dy=down):
                return "scroll" if down > 0 else "up"
            case _:
                return print_action(action)

    def _at(self, x: float, y: float) -> str:
        words = self.screens[self.now].words
        return next((text for text in words if self._box(text).contains(Point(x=x, y=y))), "nothing")

    def settle(self) -> Observation:
        return self.observe()

    def release(self) -> None:
        """Nothing is held."""


class WrittenPlanner:
    """Plans what it was given, whatever is said."""

    def __init__(self, plan: str, likely: Mapping[str, Sequence[tuple[str, float]]] | None = None, chance: float | None = None) -> None:
        self.steps, self.likely = Plan(parse_plan(plan), chance), likely or {}
        self.asked: list[str] = []

    def plan(self, instruction: str) -> Plan:
        self.asked.append(instruction)
        return self.steps

    def choose_visible(self, step: PlannedStep, names: Sequence[str]) -> Sequence[tuple[str, float]]:
        return [pair for pair in self.likely.get(step.target or "", ()) if pair[0] in names]


def follow(plan: str, screens: Mapping[str, Screen], start: str = "main", **options: Any) -> tuple[Agent, PaperDesktop, list[Any]]:
    """Run a plan on paper; returns the agent, the desktop and the steps."""
    desktop = PaperDesktop(screens, start)
    planner = WrittenPlanner(plan, options.pop("likely", None))
    answers = iter(options.pop("answers", ()))
    policy = PlanPolicy(PlanFollower(lambda: planner), Eyes(desktop, TextLocator()))
    approver = options.pop("approver", None) or FixedApprover()
    said = options.pop("say", "do what was planned")
    agent = Agent(policy, desktop, approver, ask=lambda question: next(answers, None), name_at=desktop.name_at, **options)
    agent.switch.sleep = lambda seconds: None  # type: ignore[method-assign]
    return agent, desktop, list(agent.run(said))
