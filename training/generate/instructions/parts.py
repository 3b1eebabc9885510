"""Parts of a clause that belong together in their order, and the steps they mean."""

from __future__ import annotations

from collections.abc import Sequence

from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.keys import spelled

_JOINS = (", ", ", ", ", then ", " and ", " and then ", ", and ", "; ", ", and then ", " then ")


def click(target: str) -> Step:
    return {"do": "click", "target": target}


def press(*keys: str) -> list[Step]:
    return [{"do": "press", "keys": one} for one in keys]


def type_(text: str) -> Step:
    return {"do": "type", "text": text}


def set_(target: str, value: str) -> Step:
    return {"do": "set", "value": value, "target": target}


def chained(draft: Draft, parts: Sequence[Clause]) -> Clause:
    """Parts that belong together in this order, as one clause."""
    text = parts[0].text
    for part in parts[1:]:
        text += draft.pick(_JOINS) + part.text
    return Clause(text, [step for part in parts for step in part.steps])


def enumerated(draft: Draft, items: Sequence[str], lasts: Sequence[str] = (" and ", ", and ", " and ", " & ")) -> str:
    """Several things with commas, and what stands before the last of them."""
    return ", ".join(items[:-1]) + draft.pick(lasts) + items[-1] if len(items) > 1 else items[0]


def pressed(draft: Draft, name: str) -> Clause:
    x = draft.label(name)
    said = "(~press|~hit|~click|~click|~push|~use|~finish with|~confirm with|~end with) (|the ){X}(|| button)"
    return Clause(draft.said(said, X=x), [click(x)])


def entered(draft: Draft) -> Clause:
    key = draft.key("Enter", spelled(draft.rng, "Enter"))
    return Clause(draft.said("(~press|~hit|~push|~confirm with|~finish with) {K}", K=key), press(key))
