"""Checkpoints that were taught pieces of screens alone, an icon, a box, a word: what says so, and the questions that they know.

Each kind of question was taught in the words of `vlm.prompts`; `in_taught_words` finds the kind that a person means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from vlm.prompts import changed_question, icon_question, mark_question, says_question, which_question

PIECES: dict[str, Any] = {"looks_at": "pieces"}
"""Under `deskhand` in the configuration of such a checkpoint."""
KINDS = (
    "what icon it is, what is written, whether a box or switch is on or an expander open; of several, which shows a thing, or what changed"
)
"""For people."""

_THIS = r"(?:it|this|that|here|there|(?:this|the|that) (?:piece|picture|image|text|line|label|button))"
_ICON = r"(?:this|the|that) (?:icon|symbol|pictogram)"
_ON = r"(?:ticked|checked|on|open|opened|expanded|selected)"
_WIDGETS = {
    r"check ?box|tick ?box|box|check ?mark": "check box", r"radio(?: button)?": "radio button", "switch|toggle": "switch",
    "expander": "expander",
}  # fmt: skip
_Meant = Callable[[re.Match[str]], str]
_ONE: list[tuple[str, _Meant]] = [
    (rf"(?:what|which) icon is {_THIS}|what (?:does|is) {_ICON}(?: (?:show|mean|say|do|for|called|stand for))?|name {_ICON}",
     lambda found: icon_question()),
    (rf"what does {_THIS} say|what(?: is|'s) written(?: {_THIS})?|what(?: is|'s) the text|what (?:text|word) is {_THIS}|read {_THIS}",
     lambda found: says_question()),
]  # fmt: skip
_SEVERAL: list[tuple[str, _Meant]] = [
    (r"what(?: has|'s)? (?:changed|differs|is different)(?: .*)?", lambda found: changed_question()),
    (r"which(?: one| of \w+| picture)* (?:shows|is|means) (?:an? |the )?(?P<what>.+?)(?: icon| button)?",
     lambda found: which_question(found["what"])),
]  # fmt: skip


def looks_at_pieces(metadata: Mapping[str, Any]) -> bool:
    """Whether a checkpoint with this under `deskhand` was taught pieces of screens alone."""
    return metadata.get("looks_at") == PIECES["looks_at"]


def in_taught_words(question: str, pictures: int) -> str | None:
    """A person's question about so many pictures as it was taught; None where it is of no kind that was.

    What asks whether something is off or closed is none: its answer would be that to another question.
    """
    if question.startswith((icon_question(), says_question(), changed_question(), which_question("").partition(":")[0])):
        return question
    words = " ".join(question.split()).rstrip("?.! ")
    if pictures == 1:
        for said, widget in _WIDGETS.items():
            if re.fullmatch(rf"is (?:the |this |that )?(?:{said}) {_ON}", words, re.IGNORECASE):
                return mark_question(widget)
    for pattern, meant in _ONE if pictures == 1 else _SEVERAL if pictures else ():
        if found := re.fullmatch(pattern, words, re.IGNORECASE):
            return meant(found)
    return None
