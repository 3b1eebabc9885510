"""Random things to do with mouse and keyboard, each in the one form in which a recorder must give it back."""

from __future__ import annotations

import random

from recordings.action import MODIFIERS, NAMED_KEYS, Action, Click, Drag, Press, Scroll, Type
from recordings.geometry import Point, ScreenTransform

TEXT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:-_+*/=()[]{}!?@#$%&'\"\\|~^<>"
KEYS = tuple(key for key in NAMED_KEYS if key not in ("capslock", "space"))
BUTTONS = ("left", "left", "left", "right", "middle")


def draw_actions(draw: random.Random, count: int, screen: ScreenTransform, characters: str = TEXT) -> list[Action]:
    """Actions that differ enough from their neighbours to stay apart: no text after text, no two clicks or scrolls in one place."""
    done: list[Action] = []
    place = (0.0, 0.0)
    while len(done) < count:
        place = _elsewhere(draw, place, screen)
        action = _draw(draw, place, screen, characters)
        if not (done and writes(done[-1]) and writes(action)):
            done.append(action)
    return done


def writes(action: Action) -> bool:
    """Whether an action and another such one after it become one text."""
    return isinstance(action, Type) or action == Press(keys=("space",))


def _draw(draw: random.Random, place: tuple[float, float], screen: ScreenTransform, characters: str) -> Action:
    x, y = place
    held = tuple(draw.sample(MODIFIERS, draw.choice([0, 0, 0, 1, 2])))
    button = draw.choice(BUTTONS)
    match draw.choice(["click", "click", "drag", "scroll", "type", "type", "press", "press"]):
        case "click":
            return Click(x=x, y=y, button=button, count=draw.choice([1, 1, 1, 2, 3]), modifiers=held)  # type: ignore[arg-type]
        case "drag":
            path = [place]
            while len(path) < draw.randint(2, 4):
                corner = _elsewhere(draw, path[-1], screen)
                if len(path) < 2 or _bends(path[-2], path[-1], corner, screen):
                    path.append(corner)
            return Drag(path=tuple(path), button=button, modifiers=held)  # type: ignore[arg-type]
        case "scroll":
            dx, dy = draw.choice([(0, 1), (0, -3), (0, 7), (2, 0), (-4, 0), (1, 2)])
            return Scroll(x=x, y=y, dx=dx, dy=dy, modifiers=held)  # type: ignore[arg-type]
        case "type":
            return Type(text="".join(draw.choice(characters) for _ in range(draw.randint(2, 12))))
        case _:
            if draw.random() < 0.5:
                return Press(keys=(draw.choice((*KEYS, *MODIFIERS, "space")),))
            some = draw.sample(["ctrl", "alt", "super"], draw.choice([1, 1, 2]))
            some.insert(draw.randint(0, len(some)), "shift") if draw.random() < 0.3 else None
            # Ctrl+Alt with one of these is the recorder's own.
            letters = "abcdefghijklmoqrstuvwxy0123456789" if {"ctrl", "alt"} <= set(some) else "abcdefghijklmnopqrstuvwxyz0123456789"
            return Press(keys=(*some, draw.choice((*(key for key in KEYS if key != "escape"), *letters))))


def _elsewhere(draw: random.Random, place: tuple[float, float], screen: ScreenTransform) -> tuple[float, float]:
    """The middle of a pixel at least 40 pixels from a place."""
    while True:
        x, y = draw.randrange(5, int(screen.width) - 5), draw.randrange(5, int(screen.height) - 5)
        if abs(x - place[0] * screen.width) + abs(y - place[1] * screen.height) > 40:
            point: Point = screen.to_image(x, y)
            return point.x, point.y


def _bends(one: tuple[float, float], two: tuple[float, float], three: tuple[float, float], screen: ScreenTransform) -> bool:
    """Whether a path has a corner that can be seen: by far more pixels than its simplification may leave out."""
    (x1, y1), (x2, y2), (x3, y3) = ((x * screen.width, y * screen.height) for x, y in (one, two, three))
    area = abs((x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1))
    return area > 8 * ((x3 - x1) ** 2 + (y3 - y1) ** 2) ** 0.5
