"""Takes apart what people say to name a thing: "the second Edit button in the dialog" is "Edit", a button, the second, in the dialog.

Names hold the same words ("Zoom in", "Last name", "Insert Row Above"), so `requests` gives every way to understand the words, the most
literal first: whoever looks for them stops at the first that is on the screen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from vlm.reading.vocabulary import (
    AREAS,
    BARE_AREAS,
    MENU_VERBS,
    NAMED_PARTS,
    NEVER_NAMES,
    ORDINALS,
    ROLES,
    SIDES,
    VERBS,
    WEAK,
    Area,
    Role,
    Side,
)

_PLACE = re.compile(
    r"(?:very |far )?(?P<v>top|upper|bottom|lower|middle|center|centre)?(?:[- ]?(?:most)?[- ]?(?:hand )?)"
    r"(?P<h>left|right|middle|center|centre)?(?:[- ]?most)?(?:[- ]hand)?(?: (?:corner|edge|side|half|end|part|area))?"
    r"(?: of (?:the |this )?(?:screen|window|page|dialog|dialogue|display|app|form))?",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(rf"(?:^|\s)(?P<words>{'|'.join(map(re.escape, SIDES))})\s+", re.IGNORECASE)
_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"|«\s?([^»]+?)\s?»|„([^“”]+)[“”]|‘([^’]+)’|(?<!\w)'([^']+)'(?!\w)|`([^`]+)`")
_CALLED = re.compile(r"^(?:named|called|labelled|labeled|with the (?:name|label|text)|that says|saying)\s+", re.IGNORECASE)
_LEADING_PLACE = re.compile(
    r"(?:(?:top|upper|bottom|lower)(?:[- ](?:left|right))?|left(?:most|-most|-hand)?|right(?:most|-most|-hand)?|middle)\s+", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:the|that|this|its|an?|your|my)\s+", re.IGNORECASE)
MOST_WAYS = 24
_HIDDEN = 0xE000
"""Quoted words are hidden behind characters for private use while the others are taken apart."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Where, seen from something that is named itself: "next to Width"."""

    side: Side
    anchor: str
    weak: bool = False
    """Whether it only chooses between several, since its words may belong to the name."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a window that has a word of its own, maybe a name: "the File menu"."""

    area: Area
    name: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One way to understand a target.

    Attributes:
        name: the words that should stand on the screen; empty where only a role and a relation are said ("the field next to Width").
        ordinal: 1 is the first, -1 the last; None where none is said.
        places: of "top bottom left right middle".
        several: whether the qualifiers make sense only where several things have the name.
        article: whether it was "the" thing, so that a noun at the end is what it is and no part of its name ("the Image file").
    """

    name: str
    role: Role | None = None
    ordinal: int | None = None
    places: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    relations: tuple[Relation, ...] = ()
    several: bool = False
    article: bool = False


def requests(target: str) -> tuple[Request, ...]:
    """Every way to understand a target, the most literal first. Never raises, never empty."""
    words = " ".join(target.split())
    quoted: list[str] = []

    def hide(found: re.Match[str]) -> str:
        quoted.append(next(part for part in found.groups() if part is not None).strip())
        return chr(_HIDDEN + len(quoted) - 1)

    hidden = _QUOTED.sub(hide, words) if len(words) <= 400 else words
    if len(quoted) > 100:
        hidden, quoted = words, []

    def shown(text: str) -> str:
        return "".join(quoted[ord(character) - _HIDDEN] if 0 <= ord(character) - _HIDDEN < len(quoted) else character for character in text)

    found = [Request(hidden)]
    if len(words) <= 400:
        for request in found:  # grows meanwhile
            found += [peeled for peeled in _peel(request) if peeled not in found]
            if len(found) > MOST_WAYS:
                break
    unhidden = [
        replace(
            request,
            name=shown(request.name),
            regions=tuple(replace(region, name=shown(region.name)) for region in request.regions),
            relations=tuple(replace(relation, anchor=shown(relation.anchor)) for relation in request.relations),
        )
        for request in found
    ]
    literal = [] if hidden == words else [Request(words)]
    return tuple(dict.fromkeys([*literal, *unhidden]))


def _peel(request: Request) -> list[Request]:
    """The same with one more word understood as a qualifier; in two ways where a preposition may as well belong to the name."""
    name = request.name
    if article := _ARTICLE.match(name):
        bare = name[article.end() :]
        return [replace(request, name=bare, article=True)] if bare else []
    found = []
    for peel in (_peel_relation, _peel_path, _peel_role, _peel_ordinal, _peel_place):
        if (peeled := peel(request)) is not None:
            found.append(peeled)
            if peel is not _peel_relation or len(peeled.relations) == len(request.relations) or not peeled.relations[0].weak:
                break
    return found[::-1]


def _peel_relation(request: Request) -> Request | None:
    """ "… in the dialog", "… at the bottom", "… next to Width": the last such phrase."""
    name = request.name
    matches = []
    place = 0
    while match := _PREPOSITION.search(name, place):
        matches.append(match)
        place = match.start("words") + 1
    for match in reversed(matches):
        core, said, rest = name[: match.start()].strip(" ,"), match["words"].lower(), name[match.end() :].strip(" ,")
        if any(other.start("words") < match.start("words") < other.end("words") for other in matches):
            continue  # "of" in "to the right of"
        if not rest or (not core and request.role is None):
            continue
        side = SIDES[said]
        if side in ("in", "row") or said in ("under", "from"):
            bare = _ARTICLE.sub("", rest)
            if said in ("in", "at", "on", "from", "of") and (places := _places(bare)):
                return replace(request, name=core, places=places + request.places)
            if (region := _region(rest)) is not None:
                return replace(request, name=core, regions=(region, *request.regions))
            if row := re.fullmatch(r"(?:same )?(?:row|line) (?:of |for |with |containing )?(.+)|(.+) (?:row|line)", bare, re.IGNORECASE):
                return replace(request, name=core, relations=(Relation("row", row[1] or row[2]), *request.relations))
        weak = said in WEAK
        relation = Relation(side, _anchor(rest), weak)
        return replace(request, name=core, relations=(relation, *request.relations), several=request.several or weak)
    return None


def _places(words: str) -> tuple[str, ...]:
    match = _PLACE.fullmatch(words)
    if match is None:
        return ()
    vertical = {"upper": "top", "lower": "bottom", "center": "middle", "centre": "middle"}
    return tuple(vertical.get(found.lower(), found.lower()) for found in (match["v"], match["h"]) if found)


def _region(rest: str) -> Region | None:
    """ "the dialog", "the File menu", "the menu File"; a bare noun only with an article, for names end in nouns ("Open in New Window")."""
    article = _ARTICLE.match(rest)
    bare = rest[article.end() :] if article else rest
    lower = bare.lower()
    for noun, area in AREAS.items():
        if lower == noun:
            return Region(area) if article or area in BARE_AREAS else None
        if lower.endswith(" " + noun) and (article or bare.endswith(noun)):
            return Region(area, bare[: -len(noun)].strip())
        if lower.startswith(noun + " ") and noun in NAMED_PARTS:
            return Region(area, bare[len(noun) :].strip())
    return None


def _anchor(rest: str) -> str:
    """What a relation starts from, without article and role."""
    bare = _ARTICLE.sub("", rest)
    for role in ROLES:
        if bare.lower().endswith(" " + role) and bare[-len(role) :] == role:
            return bare[: -len(role)].strip()
        if bare.lower().startswith(role + " ") and bare.startswith(role) and role not in ("text", "file", "page", "line", "row"):
            return bare[len(role) :].strip()
    return bare


def _peel_path(request: Request) -> Request | None:
    """ "File > Save As": the last, in the menu of the one before."""
    parts = [part.strip() for part in re.split(r"\s+[>→›▸»]\s+|\s*(?:->|=>)\s*", request.name)]
    if len(parts) < 2 or not all(parts):
        return None
    return replace(request, name=parts[-1], regions=(Region("menu", parts[-2]), *request.regions))


def _peel_role(request: Request) -> Request | None:
    if request.role is not None and request.name:
        return None
    name = request.name
    lower = name.lower()
    for role, kind in ROLES.items():
        if lower == role and request.relations:
            return replace(request, name="", role=kind)
        if lower.endswith(" " + role):
            core = name[: -len(role)].strip()
            first = core.split()[0].lower() if core.split() else ""
            if kind == "other" and not request.article and not (core and 0 <= ord(core[-1]) - _HIDDEN < 100):
                return None
            verbs = MENU_VERBS if kind == "menu" else VERBS
            single = kind in ("tab", "field") and name[-len(role) :].islower() and len(core.split()) == 1  # "the Insert tab"
            if kind not in NEVER_NAMES and first in verbs and not single:
                return None
            return replace(request, name=core, role=kind)
        if lower.startswith(role + " ") and (kind != "other" or role in ("folder", "file", "label", "word", "heading", "column")):
            core = name[len(role) :].strip()
            core = _CALLED.sub("", core)
            if core and (name[: len(role)].islower() or ord(core[0]) - _HIDDEN in range(100)):
                return replace(request, name=core, role=kind)
    return None


def _peel_ordinal(request: Request) -> Request | None:
    if request.ordinal is not None:
        return None
    name = request.name
    for word, number in ORDINALS.items():
        if name.lower().startswith(word + " ") and name[len(word) :].strip():
            core = re.sub(r"^(?:one of |of |occurrence of |instance of )(?:the )?", "", name[len(word) :].strip(), flags=re.IGNORECASE)
            return replace(request, name=core, ordinal=number, several=True)
    match = re.fullmatch(r"(.+?)\s*(?:\((\w+)(?: one)?\)|#\s?(\d{1,2})|,? (?:number|no\.?|nr\.?) (\d{1,2}))", name, re.IGNORECASE)
    if match:
        word = (match[2] or "").lower()
        said = ORDINALS.get(word) if word else int(match[3] or match[4])
        if said:
            return replace(request, name=match[1], ordinal=said, several=True)
    return None


def _peel_place(request: Request) -> Request | None:
    """ "top right Close", "bottom OK"."""
    match = _LEADING_PLACE.match(request.name)
    if match is None or request.places or not request.name[match.end() :].strip():
        return None
    places = _places(match[0].strip())
    return replace(request, name=request.name[match.end() :], places=places, several=True) if places else None
