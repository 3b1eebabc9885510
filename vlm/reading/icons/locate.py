"""A person's words → an icon: only words that are an icon's name or said for it, only where the icon surely is one.

Asked only where no text answers. Nothing is weighed but the icon's own confidence: a word that is nobody's name finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recordings.geometry import Box
from vlm.reading.folding import fold
from vlm.reading.icons.icon import Icon
from vlm.reading.icons.meaning import meanings
from vlm.reading.icons.names import icon_names
from vlm.reading.match import TextLocator
from vlm.reading.protocols import Candidate, Located
from vlm.reading.qualifiers import requests
from vlm.reading.reading import Reading
from vlm.reading.vocabulary import Role

SURE = 0.35
"""An icon that bears a name with at least this probability answers to it: whoever says a name mostly sees the icon."""
WORTH_NAMING = 0.2
"""One that bears it with at least this is named in a question, and never clicked."""
ALIKE = 0.5
"""Icons that bear a name with at least this are alike, however much surer one of them is."""
AHEAD = 6.0
"""How many times the odds of another an icon's must be, to be taken rather than asked about beside it."""
NO_ICONS: frozenset[Role] = frozenset({"field", "tab", "link", "check"})
"""Kinds of things that are no pictures."""
_DESCRIBED = re.compile(
    r"^(?:the |an? )?(?:icon|button|symbol|picture)?\s*(?:that |which )?(?:looks? like|shows?|showing|with|in the shape of)\s+"
    r"(?:the |an? )?(.+?)(?: on it| in it)?$",
    re.IGNORECASE,
)


def locate_icon(target: str, icons: Sequence[Icon], reading: Reading, *, active: Box | None = None, fresh: Sequence[Box] = ()) -> Located:
    """Where the words are among icons, qualifiers included ("the second Close", "Delete in the toolbar").

    Args:
        reading: of the same picture: what qualifiers start from.
    """
    doubtful: list[Candidate] = []
    free = [icon for icon in icons if not icon.label]
    for words, request in ((way, request) for way in _ways(target) for request in requests(way)):
        if request.role in NO_ICONS:
            continue
        for meant in dict.fromkeys(meanings(request.name)):
            bearing = [one for icon in free if (one := _candidate(icon, icon.chance(meant))).score >= WORTH_NAMING]
            fitting = [one for one in bearing if one.score >= SURE]
            doubtful += bearing
            leading = [one for one in fitting if not _is_ahead(max(fitting, key=lambda one: one.score), one)]
            for those in (leading, fitting):  # "the second one" may be one that is less sure
                chosen = _chosen(words, request.name, those, reading, active, fresh) if those else Located(words, "missing")
                if chosen.status == "missing":
                    continue
                found = [one for other in chosen.candidates for one in those if one.box == other.box]
                close = [one for one in bearing if one not in those and not _is_ahead(found[0], one)]
                several = chosen.status == "ambiguous" or (close and len(those) == 1)
                return Located(target, "ambiguous" if several else "found", (*found, *close))
    return Located(target, "missing", tuple(map(_doubted, sorted(dict.fromkeys(doubtful), key=lambda one: -one.score))))


def agrees(called: str, words: str, name: str) -> bool:
    """Whether what accessibility calls an icon may be what the words say, or what it was taken for.

    Args:
        called: "" where it has no name.
        words: a person's.
        name: the icon's, of `icon_names()`.
    """
    if not fold(called).squeezed:
        return True
    spoken = [request.name for way in _ways(words) for request in requests(way)]
    meant = frozenset[int]().union(*(meanings(one)[1] for one in spoken))
    phrases = [*spoken, name, *(phrase for place in meant for phrase in (icon_names()[place].name, *icon_names()[place].said))]
    whole, known = fold(called), {fold(phrase).squeezed for phrase in phrases}
    return whole.squeezed in known or any(word.text in known for word in whole.words)


def _ways(target: str) -> list[str]:
    described = _DESCRIBED.match(target)
    return [target, described[1]] if described else [target]


def _chosen(words: str, name: str, fitting: Sequence[Candidate], reading: Reading, active: Box | None, fresh: Sequence[Box]) -> Located:
    """What the qualifiers choose, as they do among texts: the icons stand there as if the words were written on them."""
    written = tuple(replace(one.element, text=name) for one in fitting)
    located = TextLocator().locate(words, Reading((*reading.elements, *written), reading.size), active=active, fresh=fresh)
    return located if located.candidates and located.candidates[0].element in written else Located(words, "missing")


def _is_ahead(one: Candidate, other: Candidate) -> bool:
    """Whether the words mean the one rather than the other, by how likely each is to bear them."""
    if other.score >= ALIKE:
        return False
    return one.score * (1 - other.score) > AHEAD * other.score * (1 - one.score)


def _candidate(icon: Icon, chance: float) -> Candidate:
    return Candidate(icon.element, icon.element.box, round(chance, 4), "icon")


def _doubted(candidate: Candidate) -> Candidate:
    """As it is named in a question: “I do not see “save”; I see “save icon””."""
    return replace(candidate, element=replace(candidate.element, text=f"{candidate.element.text} icon"))
