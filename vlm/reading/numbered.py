"""A thing that is meant by its number among all of its kind, and by no name: "the second tab", "last button", "row 3 of the table"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from vlm.reading.vocabulary import ORDINALS

Countable = Literal["tab", "button", "field", "check box", "radio button", "link", "row", "menu"]
_WORDS: dict[Countable, str] = {
    "tab": "tabs?|page tab",
    "button": "buttons?|push button",
    "field": "fields?|(?:text|input|entry|edit) (?:field|box)|textbox|input|text entry",
    "check box": "check ?box|tick ?box",
    "radio button": "radio button|radio",
    "link": "link|hyperlink",
    "row": "row|(?:list |menu )?item|menu (?:entry|option|command)|list entry",
    "menu": "menu",
}
_REGION = (
    r"(?: (?:in|of|from|on|at) (?:the |this |that )?(?P<region>list|table|menu|tool ?bar|menu ?bar|tab bar|dialog|window|page|form|screen"
    r"|context menu|popup menu|drop-?down(?: list| menu)?))?(?: from (?:the )?(?P<end>left|right|top|bottom))?"
)
_IN_A_LIST = re.compile(r"(?:entry|element|option|choice|line|one)", re.I)
"""What is a row where it is said to be in a list or a menu, and may be anything elsewhere."""
_NUMBER = "|".join(re.escape(word) for word in ORDINALS)
_NUMBERED = re.compile(
    rf"(?:(?:the|my|this) )?(?:(?:very )?(?P<which>{_NUMBER}|\d{{1,2}}(?:st|nd|rd|th)) (?P<what>[a-z -]+?)"
    rf"|(?P<named>[a-z -]+?) (?:number |no\.? |#)?(?P<number>\d{{1,2}})){_REGION}",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """Attributes:
    number: 1 is the first, -1 the last.
    region: what it is said to be in: "menu", "toolbar", "list"; empty where nothing is said.
    """

    kind: Countable
    number: int
    region: str = ""


def numbered(target: str) -> Numbered | None:
    """What is meant by its number; None for all that has a name."""
    found = _NUMBERED.fullmatch(" ".join(target.split()))
    if found is None:
        return None
    region = re.sub(r"tool ?bar", "toolbar", (found["region"] or "").lower())
    word = (found["what"] or found["named"]).lower()
    if re.fullmatch(r"context menu|popup menu|drop-?down(?: list| menu)?", region):
        region = "menu"
    kind = next((kind for kind, words in _WORDS.items() if re.fullmatch(words, word)), None)
    if kind is None and region in ("list", "table", "menu") and _IN_A_LIST.fullmatch(word):
        kind = "row"
    if kind == "row" and word.startswith("menu"):
        region = "menu"
    if kind is None:
        return None
    said = (found["which"] or "").lower()
    number = int(found["number"]) if found["number"] else ORDINALS.get(said) or int(re.sub(r"\D", "", said))
    if number == 0 or (number < 1 and found["end"]):
        return None
    return Numbered(kind, -number if found["end"] in ("right", "bottom") else number, region)
