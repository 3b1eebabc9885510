"""What can be said to a planner at all; what cannot is one line, before a model is asked."""

from __future__ import annotations

import re
import unicodedata

from recordings.errors import DeskhandError
from vlm.planner.plan import PlannedStep
from vlm.planner.quotations import QUOTATION

LONGEST = 2000
"""Characters of an instruction."""
MOST_STEPS = 60
"""Steps of a plan."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\U00040000-\U000dffff]")
"""What nobody types: control characters, turned and hidden writing, and planes that hold no character and that the grammar's compiler does
not know."""
_QUESTION = re.compile(
    r"(?:hi|hey|hello|so|and|but|well|ok)?[,!]?\s*"
    r"(?:what|why|who|whose|where|when|which|how(?! about))(?:['’]?s)?\b(?! (?:don['’]?t (?:you|we)|not)\b)[^.!?\n;]*\?\s*"
    r"|(?:is|are|was|were|does|did|has|am)(?:n['’]t)? [^.!?\n;]*\?\s*"
    r"|(?:(?:do|does|did) (?:you (?:know|think|believe|see|remember)|i|we|they)|(?:should|shall|must) (?:i|we)"
    r"|would it be (?:better|wise|safe))\b[^.!?\n;]*\?\s*"
    r"|(?:what|why|how) (?:(?:does|did) \w+|(?:do|is|are|can|should) (?:i|we|you|the|this|that|it))\b"
    r"(?! (?:sum|result|product|total|difference)\b)[^,.:;!?\n]*",
    re.I,
)
""""What does Save do" wants an answer and no step; "could you click Save?" and "why don't you click Save?" are orders."""


class NoPlan(DeskhandError):
    """Words that give no plan; the message says what to say instead."""


def check_instruction(instruction: str) -> str:
    """The instruction without what is around it and without control characters.

    Raises:
        NoPlan: it is empty, too long, a question, or mostly in letters that are not Latin.
    """
    words = _CONTROL.sub("", instruction.replace("\r\n", "\n")).strip()
    if not words:
        raise NoPlan("the instruction is empty: say what to do")
    if len(words) > LONGEST:
        raise NoPlan(f"the instruction has {len(words):,} characters, at most {LONGEST:,} can be planned at once: say it in parts")
    if _QUESTION.fullmatch(words):
        raise NoPlan("this is a question, and a plan answers none: say what is to be done")
    letters = [letter for letter in QUOTATION.sub("", words) if letter.isalpha()]
    latin = [unicodedata.name(letter, "").startswith("LATIN") for letter in letters]
    # "go to Правка" is English with a foreign name in it, "сохрани как notes.txt" is not.
    if letters and not latin[0] and sum(latin) < len(latin) / 2:
        raise NoPlan("the planner follows English: say it in English, and quote what is to be clicked or typed in another script")
    return words


def check_length(steps: tuple[PlannedStep, ...]) -> tuple[PlannedStep, ...]:
    """The steps as they are. Raises NoPlan where there are too many."""
    if len(steps) > MOST_STEPS:
        raise NoPlan(f"these words make {len(steps)} steps, at most {MOST_STEPS} are done at once: say it in parts")
    return steps
