"""What people call something, and what the screen calls it: pairs for choosing among visible names."""

from __future__ import annotations

import random
import re

from training.beside import beside
from training.generate.instructions.draft import mistyped
from training.generate.instructions.words import COMMON, MENUS, OPTIONS, TABS, listed

SAID = beside(__file__)

SYNONYMS = tuple(tuple(group.split("|")) for group in SAID["synonyms"])
"""Words for one thing; any of a group may be said, and any may stand on the screen."""
_SMALL = {"the", "a", "an", "of", "as", "to", "in", "on", "for", "with", "and", "this", "your", "my", "from", "by", "at"}


def _any_name(rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.4:
        return rng.choice(rng.choice((COMMON, OPTIONS, TABS, MENUS)))
    return rng.choice(listed()[rng.choice(("item", "item", "option", "field", "name", "foreign"))])


def _said(rng: random.Random, name: str) -> str:
    """A name as somebody would say it from memory."""
    plain = re.sub(r"\s*(\.\.\.|:)$", "", name)
    words = plain.split()
    draw = rng.random()
    if draw < 0.3:
        said = plain
    elif draw < 0.42 and len(words) > 1:
        said = " ".join(word for word in words if word.lower() not in _SMALL) or plain
    elif draw < 0.54 and len(words) > 2:
        drop = rng.randrange(len(words))
        said = " ".join(word for place, word in enumerate(words) if place != drop)
    elif draw < 0.6 and len(words) > 1:
        said = rng.choice((words[0], words[-1])) if len(words) == 2 else " ".join(words[:2])
    elif draw < 0.67 and len(words) > 1:
        said = "".join(words) if rng.random() < 0.4 else "-".join(words)
    elif draw < 0.74 and len(words) == 2:
        said = f"{words[1]} {words[0]}"
    elif draw < 0.84 and len(plain) > 4:
        said = mistyped(rng, plain)
    elif draw < 0.9:
        said = plain[:-1] if plain.endswith("s") else plain + "s"
    else:
        said = plain
    return said if rng.random() < 0.35 else said.lower()


def choice(rng: random.Random) -> tuple[str, str]:
    """(what was said, what the screen calls it)."""
    if rng.random() < 0.5:
        group = rng.choice(SYNONYMS)
        name, said = rng.sample(group, 2) if rng.random() < 0.85 else [rng.choice(group)] * 2
        said = said if rng.random() < 0.3 else said.lower()
        if len(said) > 4 and rng.random() < 0.06:
            said = mistyped(rng, said)
    else:
        name = _any_name(rng)
        said = _said(rng, name)
    if rng.random() < 0.35:
        said = rng.choice(SAID["roles"]).replace("{X}", said)
    return said, name
