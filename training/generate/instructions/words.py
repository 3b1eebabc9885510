"""The interface words: what menus, buttons, fields and check boxes are called."""

from __future__ import annotations

from functools import cache

from training.beside import beside, read_beside

MENUS, COMMON, OPTIONS, TABS, CHOICES, ITEMS = (
    beside(__file__)[name] for name in ("menus", "common", "options", "tabs", "choices", "items")
)


@cache
def listed() -> dict[str, tuple[str, ...]]:
    """The harvested words by their sort: item, option, field, name, foreign."""
    found: dict[str, list[str]] = {}
    for line in read_beside(__file__, "interface.txt").splitlines():
        if not line.startswith("#"):
            sort, _, label = line.partition("\t")
            found.setdefault(sort, []).append(label)
    return {sort: tuple(labels) for sort, labels in found.items()}
