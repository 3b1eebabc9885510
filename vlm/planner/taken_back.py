"""What a person says and takes back is not done.

    click Yes, no, I mean No                     click No
    save, no, save as draft.odt                  save as draft.odt
    set the size to 12, or better 14             set the size to 14

What is taken back and cannot be told from the rest is asked for again.
"""

from __future__ import annotations

import re

from vlm.planner.instruction import NoPlan
from vlm.planner.parts import VERB
from vlm.planner.quotations import blank_quotations
from vlm.planner.repeats import clauses

_TAKEN_BACK = re.compile(
    r"(?:(?<![,.;:!?…–—-])[,.;:!?…–—-]+|(?<![,.;:!?…–—\s-]))\s+"
    r"(?:\b(?:oh|oops|er|uh|um|hmm|ah|no|nope|wait|sorry|pardon|hang on|hold on)\b[,.;:!…]*\s+){0,6}"
    r"(?:\b(?:i mean|i meant|or rather|or better|scratch that|on second thoughts?|correction|my mistake)\b"
    r"|(?<=[,.;!?…–—-] )actually,? (?!(?:also|just|now|you|we|i|it|please|and)\b)(?=\S)"
    r"|\bno,? wait\b|\bwait,? no\b|(?<=[,.;–—-] )sorry\b(?! (?:for|to|about|if|that|but)\b)(?=,? \S)"
    rf"|(?<=[,.–—-] )no,? (?=the |not |make )|(?<=[,.–—-] )no, (?-i:(?=(?:{VERB})\b)))"
    r"[,.;:!…]*\s*(?:(?:i|what i) mean(?:t)?[,:]?\s+|make (?:it|that)\s+)?",
    re.I,
)
_SAID = re.compile(
    rf"(?P<before>.*\b(?:{VERB}) +(?:.* (?:to|as|with) )?)(?:(?! (?:in|into|on|from|at|under|with|to|as|of|and|is)\b).)+", re.I | re.S
)
"""An order to do something with one thing, which may be another."""
_STARTS = re.compile(rf"(?:(?:please|rather|just|better) )*(?:{VERB})\b +\S", re.I)


def without_taken_back(instruction: str) -> str:
    """The instruction without what it takes back. Raises NoPlan where it is not plain what."""
    while (found := _TAKEN_BACK.search(blank_quotations(instruction))) is not None:
        before, after = instruction[: found.start()], instruction[found.end() :]
        parts, following = clauses(before), clauses(after)
        if not parts or not following:
            raise NoPlan(_unclear(instruction, found))
        last = before[parts[-1].start : parts[-1].stop]
        kept, now = before[: parts[-1].start], after[following[0].start : following[0].stop]
        rest = after[following[0].stop :]
        now = re.sub(r"\s+(?:instead|rather)(?=[.!]?$)", "", now, flags=re.I)
        said = _SAID.fullmatch(last)
        label = now[:1].isupper() and before.rstrip()[-1:] not in (".", "!", "?") and found[0].lstrip()[:1] not in (".", "!", "?")
        if _STARTS.match(now) and not label:
            instruction = kept + now + rest
        elif (
            said is not None
            and (label or not re.search(rf"\b(?:{VERB}) +\S", now, re.I))
            and re.fullmatch(r"(?:(?!(?:is|are|was|should|must|it|not|never|don['’]t|nothing)\b)\S+ ?){1,4}", now)
        ):
            instruction = kept + said["before"] + now + rest
        else:
            raise NoPlan(_unclear(instruction, found))
    return instruction


def _unclear(instruction: str, found: re.Match[str]) -> str:
    said = instruction[found.start() : found.end()].strip(" ,.;:")
    return f"“{said}” takes something back, and I cannot tell what: say only what is to be done"
