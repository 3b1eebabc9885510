"""Parts of a clause that belong together in their order, and the steps they mean."""

from __future__ import annotations

from collections.abc import Sequence

from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.frames import spell
from training.generate.instructions.keys import spelled

_JOINS = (", ", ", ", ", then ", " and ", " and then ", ", and ", "; ", ", and then ", " then ")


def click(target: str) -> Step:
    return {"do": "click", "target": target}


def press(*keys: str) -> list[Step]:
    return [{"do": "press", "keys": one} for one in keys]


def type_(text: str) -> Step:
    return {"do": "type", "text": text}


def chained(draft: Draft, parts: Sequence[tuple[str, Sequence[Step]]]) -> Clause:
    """Parts that belong together in this order, as one clause."""
    text = parts[0][0]
    for said, _ in parts[1:]:
        text += draft.pick(_JOINS) + said
    return Clause(text, [step for _, steps in parts for step in steps])


def spelled_out(draft: Draft, template: str, **fill: str) -> str:
    return spell(draft.rng, template, fill)


def pressed(draft: Draft, name: str) -> tuple[str, list[Step]]:
    x = draft.label(name)
    return spelled_out(draft, "(~press|~hit|~click|~click|~push|~use|~finish with|~confirm with|~end with) (|the ){X}(|| button)", X=x), [
        click(x)
    ]


def entered(draft: Draft) -> tuple[str, list[Step]]:
    key = draft.key("Enter", spelled(draft.rng, "Enter"))
    return spelled_out(draft, "(~press|~hit|~push|~confirm with|~finish with) {K}", K=key), press(key)
