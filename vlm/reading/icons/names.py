"""What icons are called, and what else people say for the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class IconName:
    """A name, as it is shown, and the other words for it."""

    name: str
    said: tuple[str, ...]


@cache
def icon_names() -> tuple[IconName, ...]:
    """All names, in the order in which the namer's network knows them."""
    lines = files(__package__).joinpath("names.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        if not line.startswith("#"):
            name, said = line.split(":", 1)
            found.append(IconName(name, tuple(words.strip() for words in said.split(",") if words.strip())))
    return tuple(found)
