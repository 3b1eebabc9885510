"""Kinds of windows, by what they call themselves: what is never touched by default, terminals, other machines, browsers. `windows.yaml`,
read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from recordings.parsing import parse_yaml

DATA = Path(__file__).with_name("windows.yaml")


@dataclass(frozen=True, slots=True)
class Group:
    """Windows of one kind, by their classes, titles or sites: one that matches is enough."""

    name: str
    classes: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = parse_yaml(DATA.read_text(encoding="utf-8"))
    return found


@cache
def groups() -> dict[str, Group]:
    """The groups by their names."""
    return {
        name: Group(name, *(tuple(said.get(kind, ())) for kind in ("class", "title", "site"))) for name, said in _data()["never"].items()
    }


@cache
def browsers() -> tuple[str, ...]:
    """Patterns of the classes of windows that have an address bar."""
    return tuple(_data()["browsers"])


@cache
def terminals() -> tuple[str, ...]:
    """Patterns of the classes of terminals."""
    return tuple(_data()["terminals"])


@cache
def machines() -> Group:
    """Windows on other machines, real and virtual ones."""
    return Group("machines", *(tuple(_data()["machines"][kind]) for kind in ("class", "title")))


@cache
def keepers() -> tuple[str, ...]:
    """Patterns of the classes of programs that keep passwords, or ask for them."""
    return tuple(pattern for name in _data()["keepers"] for pattern in groups()[name].classes)
