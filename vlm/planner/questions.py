"""What a person is asked while a plan is carried out, in words, and what their answers mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recordings.episode import Choice
from recordings.geometry import Box
from vlm.reading.apart import describe
from vlm.reading.protocols import Candidate
from vlm.reading.reading import ScreenElement
from vlm.reading.view import ScreenView

MOST_CHOICES = 5
ABOUT_OPEN_MENU = "A menu is open, where letters choose and are not written. Type the text all the same? (yes, skip, or stop)"
_LONGEST_NAME = 60
_KINDS = {"check": "check box"}
"""Kinds of things that people call otherwise."""
_STOP = ("stop", "stop it", "cancel the run", "abort", "quit the run")
_YES = ("y", "yes", "ok", "okay", "sure", "yes please", "done", "it was", "that one", "that")


def quote(text: str) -> str:
    """A name as it is shown: on one line, cut where it is long."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return f"“{line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1].rstrip() + '…'}”"


def ask_for_missing(words: str, choices: Sequence[Choice], again: str = "", kind: str = "", roles: Sequence[str] = ()) -> str:
    """The question about a target that is not on the screen, naming what comes nearest.

    Args:
        again: the answer that did not help.
        kind: what the person says it is, a tab, say.
        roles: what each choice is instead, where it is called so and is known to be something else.
    """
    if again:
        opening = f"I do not see {quote(again)} either"
    else:
        opening = f"I do not see {f'a {_KINDS.get(kind, kind)} called ' if kind else ''}{quote(words)}"
    if not choices:
        return f"{opening}, nor anything like it. What is it called here?"
    notes = [f" (a {role})" if role else "" for role in roles] or [""] * len(choices)
    return f"{opening}. I see {', '.join(quote(choice.name) + note for choice, note in zip(choices, notes, strict=True))}. Which?"


def ask_for_one(words: str, choices: Sequence[Choice], view: ScreenView) -> str:
    """The question about a target that several elements fit, saying what tells them apart."""
    where = describe([choice.box for choice in choices], view)
    alike = len({choice.name for choice in choices}) == 1
    opening = f"I see {quote(choices[0].name)} {len(choices)} times" if alike else f"{quote(words)} may mean"
    named = [
        f"{number}: {place if alike else f'{quote(choice.name)} {place}'}"
        for number, (choice, place) in enumerate(zip(choices, where, strict=True), 1)
    ]
    return f"{opening}{': ' if alike else ' '}{'; '.join(named)}. Which?"


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


def ask_about_blank(title: str) -> str:
    """The question about a screen that shows nothing, however long one waits."""
    where = f"the window {quote(title)}" if title else "the screen"
    return f"{where[0].upper()}{where[1:]} still shows nothing. Go on all the same? (yes, skip, or stop)"


def means_stop(answer: str) -> bool:
    return _plain(answer) in _STOP


def ask_about_state(words: str, on: bool) -> str:
    """The question about an entry of a menu whose tick cannot be told."""
    return f"I cannot tell whether {quote(words)} is {'off' if on else 'on'} now, and a click turns it over. Click it? (yes, or skip)"


def ask_about_text(text: str) -> str:
    """The question about a text that was typed and is not to be seen."""
    return f"I typed {quote(text)}, and nothing changed on the screen. Go on all the same? (yes, or stop)"


def ask_about_grey(words: str) -> str:
    """The question about a target that is greyed out."""
    return f"{quote(words)} is greyed out, so a click would do nothing. Click it all the same? (yes, or skip)"


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


def distinct(candidates: Iterable[Candidate]) -> tuple[Choice, ...]:
    """The first few of different names, as choices."""
    found: dict[str, Choice] = {}
    for candidate in candidates:
        found.setdefault(candidate.element.text, Choice(name=candidate.element.text, box=candidate.box))
    return tuple(found.values())[:MOST_CHOICES]
