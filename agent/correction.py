"""What a person changes in an action before it happens: its place, by steps of a pixel or ten, or its text."""

from __future__ import annotations

import re

from recordings.action import Action, ActionSyntaxError, Click, Drag, Move, Scroll, Type, parse_action, print_action
from recordings.geometry import Point

EXAMPLES = (
    "click(x=0.5, y=0.5)", 'click(x=0.5, y=0.5, button="right")', "click(x=0.5, y=0.5, count=2)", "move(x=0.5, y=0.5)",
    "drag(path=[[0.2, 0.5], [0.8, 0.5]])", "scroll(x=0.5, y=0.5, dy=3)", 'type(text="words")', 'press(keys=["ctrl", "s"])',
    "wait(seconds=1)", 'ask(question="Which?")', 'finish(answer="done")',
)  # fmt: skip
"""One of each action, as a person may write it."""
_MEANT = {"key": "press", "keys": "press", "hotkey": "press", "write": "type", "enter": "type", "tap": "click", "done": "finish"}
"""What other names for actions mean."""


def with_place(action: Action, place: Point) -> Action:
    """The same action at another place; a drag ends there. An action without a place is returned as it is."""
    match action:
        case Click() | Move() | Scroll():
            return action.model_copy(update={"x": place.x, "y": place.y})
        case Drag(path=path):
            return action.model_copy(update={"path": (*path[:-1], (place.x, place.y))})
        case _:
            return action


def place_of(action: Action | None) -> Point | None:
    """Where the crosshair stands: an action's place, or the end of a drag."""
    match action:
        case Click(x=x, y=y) | Move(x=x, y=y) | Scroll(x=x, y=y):
            return Point(x=x, y=y)
        case Drag(path=(*_, (x, y))):
            return Point(x=x, y=y)
        case _:
            return None


def shifted(action: Action, right: float, down: float, size: tuple[int, int]) -> Action:
    """The action moved by image pixels, kept inside an image of `size` (width, height)."""
    place = place_of(action)
    if place is None:
        return action
    width, height = size
    # The centre of the pixel it lands on: a fraction on a pixel's edge would be rounded to either side.
    x, y = min(max(int(place.x * width) + right, 0), width - 1), min(max(int(place.y * height) + down, 0), height - 1)
    return with_place(action, Point(x=(x + 0.5) / width, y=(y + 0.5) / height))


def editable_text(action: Action) -> str:
    """What a person is given to change: the text that would be typed, or the whole action."""
    return action.text if isinstance(action, Type) and "\n" not in action.text and "\t" not in action.text else print_action(action)


def edited(action: Action, words: str) -> Action:
    """The action that the changed words mean.

    Raises:
        ActionSyntaxError: they were to be an action and are none; the message shows how one is written.
    """
    if isinstance(action, Type) and editable_text(action) == action.text:
        try:
            return parse_action(words)  # somebody who writes an action out means it
        except ActionSyntaxError:
            return Type(text=words)
    return read_action(words)


def read_action(words: str) -> Action:
    """The action that a person has written.

    Raises:
        ActionSyntaxError: it is none; the message shows how one is written.
    """
    try:
        return parse_action(words)
    except ActionSyntaxError as error:
        said = (re.match(r"\s*([a-z_]*)", words.lower()) or [""])[0].strip()
        kind = _MEANT.get(said, said)
        example = next((one for one in EXAMPLES if kind and one.startswith(f"{kind}(")), "")
        if not example:
            actions = ", ".join(dict.fromkeys(one.partition("(")[0] for one in EXAMPLES))
            raise ActionSyntaxError(f"{words.strip()[:60]!r} is no action: write one of {actions}, as in {EXAMPLES[0]}") from error
        why = f"there is no action {said!r}" if said != kind else str(error).split(": Input tag", maxsplit=1)[0]
        raise ActionSyntaxError(f"{why}: write it as {example}") from error
