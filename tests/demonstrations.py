"""Episodes to work with: made of painted frames, or done on a real application by whoever asks the accessibility tree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from recordings.action import Action, parse_action, target_of
from recordings.episode import Display, Element, EpisodeHeader, Prediction, Screenshot, Source, Step, StopReason
from recordings.geometry import Box, ScreenTransform
from recordings.store import EpisodeWriter

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


def make_episode(root: Path, name: str = "shown", script: Sequence[str] = SCRIPT, size: tuple[int, int] = SIZE, **header: Any) -> Path:
    """An episode of painted frames; each frame is also what came of the step before."""
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
        writer.close(StopReason.DONE, "132", True)
    return writer.path
