"""The ways to say that several things are to be clicked, one several times, or a way through menus."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.parts import click, enumerated
from training.generate.instructions.ways.names import button_name, some_listed, times
from training.generate.instructions.words import MENUS

SAID = beside(__file__)


def clicks(draft: Draft) -> Clause:
    """Several things with one verb, one several times, or a way through a menu."""
    draw = draft.rng.random()
    if draw < 0.25:
        x = draft.label(button_name(draft) if draft.chance(0.5) else draft.pick(SAID["repeated"]))
        count = draft.pick((2, 2, 2, 3, 3, 4, 5))
        return Clause(draft.said(SAID["often"], X=x, N=times(draft, count), roles="button"), [click(x)] * count)
    if draw < 0.5:
        names = [draft.label(button_name(draft)) for _ in range(draft.pick((2, 2, 3, 3, 4, 5)))]
        listing = enumerated(draft, names, SAID["lasts"])
        return Clause(draft.said(SAID["several"], L=listing), [click(name) for name in names])
    return menu_path(draft)


def menu_path(draft: Draft, way: tuple[str, ...] = ()) -> Clause:
    """A way through menus: "File > Save As", "choose Bold from the Format menu"."""
    rng = draft.rng
    menu = draft.pick(MENUS) if draft.chance(0.85) else some_listed(draft, "name", "foreign")
    names = list(way) or ([menu, button_name(draft)] if rng.random() < 0.72 else [menu, button_name(draft), button_name(draft)])
    joined = rng.random() < 0.4
    whole = draft.chance(draft.style.quoting) and joined
    slots = [draft.label(name, False if joined else None) for name in names]
    steps: list[Step] = [click(slot) for slot in slots]
    if joined:
        text = draft.pick(SAID["arrows"]).join(slots)
        if whole:
            text = f"{draft.style.quotes[0]}{text}{draft.style.quotes[1]}"
        return Clause(draft.said(SAID["paths"], P=text), steps)
    if len(slots) == 2:
        return Clause(draft.said(SAID["two"], A=slots[0], B=slots[1], roles="option|item|entry|command"), steps)
    a, b, c = slots
    return Clause(draft.said(SAID["three"], A=a, B=b, C=c), steps)
