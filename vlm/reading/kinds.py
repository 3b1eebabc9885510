"""What kind of thing a person says something is — a tab, a button, a field — against what accessibility says that it is.

People are loose with such words: what they call a button may be an item of a menu. So a kind tells two things: which roles it is a plain
word for, and which roles nobody would call so.
"""

from __future__ import annotations

import re

from vlm.reading.folding import fold
from vlm.reading.vocabulary import ROLES, Role

_BUTTONS = frozenset({"push button", "button", "toggle button", "push button menu", "icon"})
_MENUS = frozenset({"menu", "menu item", "check menu item", "radio menu item"})
_TEXTS = frozenset({"text", "entry", "password text", "editbar", "edit bar", "document text", "paragraph", "terminal"})
_NUMBERS = frozenset({"spin button", "slider"})
_CHECKS = frozenset({"check box", "radio button", "switch"})
_LABELS = frozenset({"label", "static", "heading", "caption"})
_CONFIRMING: dict[Role, frozenset[str]] = {
    "tab": frozenset({"page tab"}),
    "button": _BUTTONS,
    "menu": _MENUS | {"push button menu"},
    "field": _TEXTS | _NUMBERS | {"combo box"},
    "check": _CHECKS | {"toggle button", "check menu item", "radio menu item"},
    "link": frozenset({"link"}),
}
_CONTRADICTING: dict[Role, frozenset[str]] = {
    "tab": _MENUS | _TEXTS | _NUMBERS | _LABELS | {"check box", "switch", "combo box"},
    "button": _TEXTS | _NUMBERS | {"heading"},
    "menu": _TEXTS | _NUMBERS | _LABELS | _CHECKS | {"page tab"},
    "field": _MENUS | {"page tab", "push button", "button"},
    "check": _MENUS - {"check menu item", "radio menu item"} | _TEXTS | {"push button", "button", "page tab", "link"},
    "link": _MENUS | _TEXTS | _NUMBERS | _CHECKS | {"page tab", "combo box"},
}
_AMBIGUOUS = frozenset({"box", "key", "command", "action", "entry", "input", "combo", "selector", "radio", "switch", "toggle"})
"""Words of a kind that are as often a part of a name, or of another kind."""
_SAID = {word: role for word, role in ROLES.items() if role in _CONFIRMING and word not in _AMBIGUOUS}
_WORDS = rf"(?:{'|'.join(map(re.escape, _SAID))})\b(?!\s+(?:items?|entry|entries|option|options|bar|command)\b)"
_BESIDE = r"[\s\"“”„«»‘’'`]+"
"""What may stand between a name and its kind: blanks and quotation marks, no comma."""
_OWN = re.compile(rf"\b({_WORDS})$|^(?:the )?({_WORDS})\s", re.IGNORECASE)


def confirms(kind: Role, role: str) -> bool:
    """Whether a role of accessibility is what people mean by that kind."""
    return role in _CONFIRMING.get(kind, frozenset())


def contradicts(kind: Role, role: str) -> bool:
    """Whether nobody would call what has this role of accessibility so."""
    return role in _CONTRADICTING.get(kind, frozenset())


def kind_said(target: str, instruction: str = "") -> Role | None:
    """The kind that a person says a target is, in its own words ("the colours tab") or in the instruction beside it; None where they say
    none, or several."""
    own = _OWN.search(target.strip())
    if own:
        return _SAID[(own[1] or own[2]).lower()]
    named = r"\W+".join(re.escape(word) for word in re.findall(r"\w+", target))
    if not named:
        return None
    beside = re.compile(
        rf"(?:\b({_WORDS}){_BESIDE}(?:(?:called|named){_BESIDE})?)?(?<!\w){named}(?!\w)(?:[….]*{_BESIDE}({_WORDS}))?", re.IGNORECASE
    )
    kinds = {_SAID[word.lower()] for found in beside.finditer(instruction) if (word := found[2] or found[1])}
    return kinds.pop() if len(kinds) == 1 else None


def is_part_of_name(kind: Role, name: str) -> bool:
    """Whether a word for the kind stands in the name itself: the tab of "Close Tab" says nothing of what it is."""
    words = [word.text for word in fold(name).words]
    return any(_SAID.get(word) == kind for word in words)
