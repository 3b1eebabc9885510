"""Whether what was located is of the kind that a person says, as far as accessibility tells; and what else is of it."""

from __future__ import annotations

from vlm.reading.kinds import confirms, contradicts, is_part_of_name
from vlm.reading.protocols import Candidate, Located
from vlm.reading.view import ScreenView
from vlm.reading.vocabulary import Role

_AS_GOOD = 0.8
"""Score from which on a runner-up stands in for a first that is something else."""


def is_of_kind(candidate: Candidate, kind: Role, view: ScreenView) -> bool | None:
    """None where nobody can tell, or where the word for the kind belongs to the name."""
    if is_part_of_name(kind, candidate.element.text):
        return None
    element = view.observation.element_at(candidate.box.center)
    role = element.role if element is not None else ""
    return True if confirms(kind, role) else False if contradicts(kind, role) else None


def of_kind(located: Located, kind: Role, view: ScreenView) -> Located:
    """What was located without what is of another kind; what is surely of this one first. `missing` where nothing is left."""
    if located.status == "missing":
        return located
    best = located.candidates[0].score
    fitting = [one for one in located.candidates if one.score >= min(best, _AS_GOOD)]
    known = {id(one): is_of_kind(one, kind, view) for one in fitting}
    if located.status == "found" and known[id(fitting[0])] is not False:
        return located
    sure = [one for one in fitting if known[id(one)]]
    left = sure or [one for one in fitting if known[id(one)] is None]
    if located.status == "found":
        left = sure  # the first is something else: another must be known to be meant
    if not left:
        return Located(located.target, "missing", located.candidates)
    return Located(located.target, "found" if len(left) == 1 else "ambiguous", tuple(left))


def those_of_kind(kind: Role, view: ScreenView) -> tuple[Candidate, ...]:
    """What is in front and known to be of a kind."""
    elements = view.elements_in(view.front) or view.reading.elements
    found = [Candidate(element, element.box, 0.0, "model") for element in elements]
    return tuple(one for one in found if is_of_kind(one, kind, view))
