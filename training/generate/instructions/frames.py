"""Ways to say something, written shortly: `~click (|on )(|the )X(| button)` stands for a dozen sentences.

Brackets hold alternatives, `~verb` is a verb that takes the form the sentence around it needs, and a capital letter between braces is a
place that is filled with words of its own. Filled places are kept apart from what surrounds them until the very end (`SLOTS`), so that
mistyping or writing in small letters never touches what is to be copied.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

from training.beside import beside

SAID = beside(__file__)

Form = Literal["base", "ing", "done"]
"""click, clicking, clicked."""
SLOTS = [chr(0xE000 + number) for number in range(400)]
"""Characters that stand for filled places; no text holds them."""
_VERB = re.compile(r"~([\w-]+)")


def inflect(verb: str, form: Form) -> str:
    """A verb's form: `inflect("tick", "ing") == "ticking"`. A verb of several words is inflected in its first."""
    if form == "base":
        return verb
    if verb in SAID["irregular"]:
        return SAID["irregular"][verb][form == "done"]
    if form == "ing":
        return (verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if verb.endswith("y") and verb[-2] not in "aeiou" else verb + "ed"


def put_in_form(text: str, form: Form) -> str:
    """Every `~verb` in its form."""
    return _VERB.sub(lambda found: inflect(found[1], form), text)


Node = str | tuple[list["Node"], ...]
"""Text, or alternatives, each a sequence."""


@cache
def _parsed(template: str) -> tuple[list[Node], ...]:
    place = 0

    def alternatives(depth: int) -> tuple[list[Node], ...]:
        nonlocal place
        found: list[list[Node]] = [[]]
        text = ""
        while place < len(template):
            character = template[place]
            place += 1
            if character == "(":
                found[-1].extend([text, alternatives(depth + 1)] if text else [alternatives(depth + 1)])
                text = ""
            elif character == ")" and depth:
                break
            elif character == "|":
                if text:
                    found[-1].append(text)
                text = ""
                found.append([])
            else:
                text += character
        if text:
            found[-1].append(text)
        return tuple(found)

    return alternatives(0)


def _spelled(rng: random.Random, alternatives: tuple[list[Node], ...]) -> str:
    chosen = alternatives[int(rng.random() * len(alternatives))]
    return "".join(node if isinstance(node, str) else _spelled(rng, node) for node in chosen)


def spell(rng: random.Random, template: str, fill: Mapping[str, str] | None = None) -> str:
    """One of the texts that a template stands for, its places `{X}` filled."""
    text = _spelled(rng, _parsed(template))
    for name, value in (fill or {}).items():
        text = text.replace("{" + name + "}", value)
    return text
