"""A long instruction in parts that a small model keeps track of: it copies a dozen names faultlessly, and loses its place among thirty.

    click A, B, … and Z        "click A, B, …, H", "click I, …, P", …: the verb is said again

Only orders that stand for themselves are parted: where a clause begins with no verb and is no mere name, the whole is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlm.planner.repeats import clauses

MOST_CLAUSES = 12
"""So many the model is right about: 16 of 16 still, 23 of 24 no more."""
CLAUSES_A_PART = 8
VERB = (
    r"(?:double|right|left)[- ]click(?: on)?|click(?: on)?|press|hit|tap|push|tick|untick|check|uncheck|select|choose|pick|open|close|type"
    r"|write|enter|fill|put|set|turn (?:on|off)|switch (?:on|off)|enable|disable|go to|scroll|drag|wait|save|search|find"
)
_ORDER = re.compile(rf"(?:(?:and|then|next|now|finally|please|after that|afterwards)[, ]+)*(?P<verb>{VERB}) +\w", re.I)
"""An order and what is to be done to: "Find" alone is a name in a list."""
_NAME = re.compile(r"(?:the )?[^\s]+(?: [^\s]+){0,4}")


def in_parts(words: str) -> Sequence[str]:
    """The instruction as one part, or as several of at most `CLAUSES_A_PART` clauses that are planned one after the other."""
    said = [words[span.start : span.stop] for span in clauses(words)]
    if len(said) <= MOST_CLAUSES:
        return (words,)
    verb: str | None = None
    whole: list[tuple[str, str]] = []
    for clause in said:
        if (order := _ORDER.match(clause)) is not None:
            verb = order["verb"]
            whole.append(("", clause))
        elif verb is not None and _NAME.fullmatch(clause.strip(" .!")):
            whole.append((verb + " ", clause))
        else:
            return (words,)
    parts = [whole[first : first + CLAUSES_A_PART] for first in range(0, len(whole), CLAUSES_A_PART)]
    return [", ".join(("" if number else verb) + clause for number, (verb, clause) in enumerate(part)) for part in parts]
