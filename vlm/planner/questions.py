"""What a person is asked while a plan is carried out, in words, and what their answers mean."""

from __future__ import annotations

from collections.abc import Sequence

from recordings.episode import Choice
from recordings.geometry import Box
from vlm.reading.protocols import Located
from vlm.reading.reading import ScreenElement

MOST_CHOICES = 5
_LONGEST_NAME = 60
_STOP = ("stop", "stop it", "cancel the run", "abort", "quit the run")
_YES = ("y", "yes", "ok", "okay", "sure", "yes please", "done", "it was", "that one", "that")
_PLACES = (("top left", "top", "top right"), ("left", "middle", "right"), ("bottom left", "bottom", "bottom right"))


def quote(text: str) -> str:
    """A name as it is shown, cut where it is long."""
    return f"“{text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + '…'}”"


def ask_for_missing(words: str, located: Located, again: str = "") -> tuple[str, tuple[Choice, ...]]:
    """The question about a target that is not on the screen, naming what comes nearest; `again`: the answer that did not help."""
    choices = _distinct(located)
    if again:
        opening = f"I do not see {quote(again)} either."
    else:
        opening = f"I do not see {quote(words)}."
    if not choices:
        return f"{opening} What is it called here?", ()
    return f"{opening} I see {', '.join(quote(choice.name) for choice in choices)}. Which?", choices


def ask_for_one(words: str, located: Located, elements: Sequence[ScreenElement]) -> tuple[str, tuple[Choice, ...]]:
    """The question about a target that several elements fit, naming them with their places."""
    choices = tuple(Choice(name=one.element.text, box=one.box) for one in located.candidates[:MOST_CHOICES])
    named = [f"{number}: {quote(choice.name)} {place_of(choice.box, elements)}" for number, choice in enumerate(choices, 1)]
    return f"{quote(words)} may mean {'; '.join(named)}. Which?", choices


def ask_about_dialog(title: str, elements: Sequence[ScreenElement], area: Box | None) -> tuple[str, tuple[Choice, ...]]:
    """The question about a dialog that the plan does not mention: what it says, and what it offers at its foot."""
    foot = (area.y1 + 2 * area.y2) / 3 if area is not None else 0.0
    offered = [element for element in elements if element.box.center.y >= foot and len(element.text) <= 30][-MOST_CHOICES:]
    said = " ".join(element.text for element in elements if element not in offered and element.text != title).rstrip(" .")
    choices = tuple(Choice(name=element.text, box=element.box) for element in offered)
    words = f"{quote(title)} came up, which nobody planned" + (f": {said[:200]}" if said else "") + "."
    offers = f" It offers {', '.join(quote(choice.name) for choice in choices)}." if choices else ""
    return f"{words}{offers} What now? (a name, or leave it)", choices


def ask_about_effect(words: str) -> str:
    """The question about a click after which nothing changed, twice."""
    return f"I clicked {quote(words)} twice, and nothing changed on the screen. Is it done? (yes, stop, or what to click instead)"


def place_of(box: Box, elements: Sequence[ScreenElement]) -> str:
    """Where something is, in words: the part of the screen, and what is written next to it."""
    centre = box.center
    part = _PLACES[min(int(centre.y * 3), 2)][min(int(centre.x * 3), 2)]
    others = [element for element in elements if element.box.overlap(box) == 0 and len(element.text) > 1]
    near = min(others, key=lambda element: centre.distance(element.box.center), default=None)
    where = f"at the {part}" if part != "middle" else "in the middle"
    return where + (f", near {quote(near.text)}" if near is not None else "")


def means_stop(answer: str) -> bool:
    return _plain(answer) in _STOP


def means_yes(answer: str) -> bool:
    return _plain(answer) in _YES


def chosen(answer: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that an answer means: by its number, by its name, or the only one by a yes; None for other words."""
    words = _plain(answer)
    number = words.removeprefix("number ").removeprefix("#")
    if number.isdecimal() and 1 <= int(number) <= len(choices):
        return choices[int(number) - 1]
    if len(choices) == 1 and means_yes(answer):
        return choices[0]
    named = [choice for choice in choices if _plain(choice.name) == words]
    return named[0] if len(named) == 1 else None


def _plain(text: str) -> str:
    return text.casefold().strip(" .!…“”\"'")


def _distinct(located: Located) -> tuple[Choice, ...]:
    found: dict[str, Choice] = {}
    for candidate in located.candidates:
        found.setdefault(candidate.element.text, Choice(name=candidate.element.text, box=candidate.box))
    return tuple(found.values())[:MOST_CHOICES]
