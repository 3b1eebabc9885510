"""Words that tell one of several things of the same name apart: which one, where it is, next to what."""

from __future__ import annotations

from training.beside import beside
from training.generate.instructions.draft import Draft
from training.generate.instructions.ways.names import field_name
from training.generate.instructions.words import COMMON, TABS

SAID = beside(__file__)
PLACES: list[str] = SAID["places"]


def qualified(draft: Draft, name: str, roles: str) -> tuple[str, str]:
    """(as it is written, as the plan names it): words that tell one of several apart stay with the target, but for the role."""
    rng = draft.rng
    x = draft.label(name)
    role = draft.role(roles)
    draw = rng.random()
    if draw < 0.34:
        which = draft.pick(SAID["before"])
        return f"the {which} {x}{role}", f"{which} {x}"
    if draw < 0.68:
        place = draft.pick(PLACES)
        return f"{draft.pick(('', 'the '))}{x}{role} {place}", f"{x} {place}"
    relation = draft.pick(SAID["relations"]).replace(
        "{Y}", draft.label(draft.pick((*TABS, *COMMON[:40])) if draft.chance(0.5) else field_name(draft))
    )
    if draw < 0.71:
        things = draft.pick(SAID["counted"])
        draft.slots.pop()
        which = draft.pick(SAID["before"][:8])
        return f"the {which} {things}", f"{which} {things}"
    if draw < 0.78:
        thing = draft.pick(SAID["related"])
        return f"the {thing} {relation}", f"{thing} {relation}"
    return f"{draft.pick(('', 'the '))}{x}{role} {relation}", f"{x} {relation}"
