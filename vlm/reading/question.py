"""The honest question: what is not on the screen, or is there more than once, and what is there instead."""

from __future__ import annotations

from collections.abc import Sequence

from recordings.geometry import Box
from vlm.reading.protocols import Candidate, Located

MOST_NAMES = 5
LONGEST_NAME = 60


def question(located: Located) -> str:
    """What to ask a person about a target that was not found: `I do not see “Export CSV”. I see “Export…”, “Import CSV”. Which?`

    One line, whatever stands on the screen. Of a target that was found it says what would be clicked.
    """
    target, names = quoted(located.target), _names(located.candidates)
    if located.status == "found":
        return f"I take {names[0]} for {target}. Is that right?"
    if located.status == "ambiguous":
        if len(names) == 1:
            places = ", ".join(dict.fromkeys(whereabouts(candidate.box) for candidate in located.candidates[:MOST_NAMES]))
            return f"I see {names[0]} {len(located.candidates)} times: {places}. Which?"
        return f"{target} fits {', '.join(names)}. Which?"
    if not names:
        return f"I do not see {target}, nor anything like it. What should I do?"
    return f"I do not see {target}. I see {', '.join(names)}. Which?"


def quoted(text: str) -> str:
    """In quotation marks, on one line, cut where it is long."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return f"“{line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1].rstrip() + '…'}”"


def whereabouts(box: Box) -> str:
    """Where on the screen, in words: "top left"."""
    across = ("left", "middle", "right")[min(int(box.center.x * 3), 2)]
    down = ("top", "middle", "bottom")[min(int(box.center.y * 3), 2)]
    return across if down == "middle" else down if across == "middle" else f"{down} {across}"


def _names(candidates: Sequence[Candidate]) -> list[str]:
    return list(dict.fromkeys(quoted(candidate.element.text) for candidate in candidates))[:MOST_NAMES]
