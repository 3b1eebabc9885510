"""Episodes to work with: made of painted frames, or done on a real application by whoever asks the accessibility tree."""

from __future__ import annotations

import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from agent.place import Place
from agent.session import Session
from agent.settings import Settings
from recordings.action import Action, Click, Finish, Move, Wait, parse_action, target_of
from recordings.edit import write_whole
from recordings.episode import Display, Element, EpisodeHeader, Observation, Prediction, Screenshot, Source, Step, StopReason
from recordings.frames import Frames
from recordings.geometry import Box, Point, ScreenTransform
from recordings.store import EpisodeWriter, read_episode
from training.generate.hands.oracle import Named, plan

SIZE = (320, 200)
BUTTONS = {
    "Open": Box(x1=0.1, y1=0.1, x2=0.3, y2=0.2),
    "Save": Box(x1=0.6, y1=0.1, x2=0.8, y2=0.2),
    "Quit": Box(x1=0.1, y1=0.7, x2=0.3, y2=0.8),
}
"""What the painted screen shows, by name."""
SCRIPT = (
    "click(x=0.2000, y=0.1500)",
    'type(text="it\'s \\"fünf\\"\\n")',
    "click(x=0.7000, y=0.1500, count=2)",
    'press(keys=["ctrl", "s"])',
    "scroll(x=0.5000, y=0.5000, dy=-3)",
    "drag(path=[[0.2000, 0.7500], [0.8000, 0.9000]])",
    "click(x=0.2000, y=0.7500, button=\"right\")",
    "wait(seconds=0.5)",
    'finish(answer="132")',
)  # fmt: skip


def paint(number: int = 0, size: tuple[int, int] = SIZE, shift: tuple[float, float] = (0.0, 0.0)) -> Image.Image:
    """A screen with three buttons of different looks, `shift` away from their places, and a strip that tells screens apart."""
    image = Image.new("RGB", size, (236, 236, 240))
    pen = ImageDraw.Draw(image)
    for index, (name, box) in enumerate(BUTTONS.items()):
        corners = [
            (box.x1 + shift[0]) * size[0],
            (box.y1 + shift[1]) * size[1],
            (box.x2 + shift[0]) * size[0],
            (box.y2 + shift[1]) * size[1],
        ]
        pen.rectangle(corners, fill=(40 + 70 * index, 90, 200 - 60 * index))
        pen.text((corners[0] + 6, corners[1] + 4), name, fill="white")
    pen.rectangle((0, size[1] - 8, size[0], size[1]), fill=(number * 37 % 256, number * 91 % 256, 120))
    return image


def screenshot(image: Image.Image) -> Screenshot:
    return Screenshot(image, ScreenTransform(0, 0, *image.size))


def element_under(action: Action) -> Element | None:
    point = target_of(action)
    return next((Element(name=name, role="push button", box=box) for name, box in BUTTONS.items() if point and box.contains(point)), None)


class Model:
    """Finds the painted buttons by their names, but takes one for another."""

    def __init__(self, shift: tuple[float, float] = (0.0, 0.0)) -> None:
        self.asked: list[str] = []
        self.looked = 0
        self.shift = shift

    def look(self, image: Image.Image) -> Model:
        self.looked += 1
        return self

    def ground(self, text: str) -> types.SimpleNamespace:
        self.asked.append(text)
        box = BUTTONS["Open" if text == "Quit" else text]
        point = Point(x=box.center.x + self.shift[0], y=box.center.y + self.shift[1])
        return types.SimpleNamespace(point=point, box=box, confidence=0.75, seconds=0.5)


def make_episode(
    root: Path, name: str = "shown", script: Sequence[str] = SCRIPT, size: tuple[int, int] = SIZE, *, more: Sequence[Step] = (),
    ending: tuple[StopReason, str, bool | None] = (StopReason.DONE, "132", True), **header: Any,
) -> Path:  # fmt: skip
    """An episode of painted frames, then `more` steps; each frame is also what came of the step before."""
    values = {"instruction": "Save it, please", "source": Source.HUMAN, "displays": [Display(left=0, top=0, width=size[0], height=size[1])]}
    frames = [screenshot(paint(number, size)) for number in range(len(script) + 1)]
    with EpisodeWriter.create(root, EpisodeHeader(name=name, **(values | header))) as writer:
        for index, text in enumerate(script):
            action = parse_action(text)
            writer.append(
                Step(
                    index=index, prediction=Prediction(action=action, thought=f"thought {index}", text=text), action=action,
                    source=Source.HUMAN, element=element_under(action), started_at=1000.0 + index, seconds={"act": 0.25},
                    window_title="Editor", before=frames[index], after=frames[index + 1],
                )
            )  # fmt: skip
        for step in more:
            writer.append(step)
        writer.close(*ending)
    return writer.path


class Demonstrator:
    """A policy that does what an instruction says by asking the accessibility tree, and remembers what it acted on."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._turns: list[Element | None] = []
        self.elements: list[Element | None] = []
        """What each step acted on."""

    def refusal(self, instruction: str) -> None:
        """It asks the accessibility tree, whatever the words."""

    def predict(self, instruction: str, history: Sequence[Step], observation: Observation) -> Prediction:
        del self.elements[len(history) :]
        done = sum(not isinstance(step.action, Wait | Move) for step in history)
        steps = plan(instruction)
        action: Action = Finish()
        element = None
        if done < len(steps):
            step = steps[done]
            if isinstance(step, Named):
                found = self._place.find_elements(observation.screenshot.transform)
                named = [one for one in found if one.name.strip() == step.text and one.enabled is not False and one.box.area > 0]
                element = min(named, key=lambda one: one.box.area, default=None)
                # A tooltip may cover it until the pointer leaves what it is about.
                away = Wait(seconds=0.2) if len(history) % 2 else Move(x=0.99, y=0.5 + len(history) / 1000)
                action = Click(x=element.box.center.x, y=element.box.center.y) if element else away
            else:
                action = step
        self.elements.append(element)
        return Prediction(action=action, thought=f"step {done + 1}")


def demonstrate(root: Path, task: str, seed: int, name: str, settings: Settings) -> Path:
    """Do a task on a real virtual desktop, and keep it as a person's recording would be kept: with the elements that were acted on."""
    made: list[Demonstrator] = []

    def make_policy(place: Place) -> Demonstrator:
        made.append(Demonstrator(place))
        return made[-1]

    with Session(settings.model_copy(update={"seed": seed, "episodes": root / "raw", "repeats": 50}), make_policy=make_policy) as session:
        for _ in session.run(task):
            pass
        result = session.result
    assert result is not None and result.verdict is True and result.episode is not None, result
    episode = read_episode(result.episode)
    steps = zip(Frames(episode).steps(), made[-1].elements, strict=True)
    kept = (
        step.model_copy(update={"element": element, "source": Source.HUMAN})
        for step, element in steps
        if not isinstance(step.action, Wait | Move)
    )
    return write_whole(root, episode.header.model_copy(update={"name": name, "source": Source.HUMAN}), kept, list)
