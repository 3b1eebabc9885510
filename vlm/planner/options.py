"""What is switched on or off is mostly called by what it shows: for "switch on the line numbers" there is [Display line numbers]."""

from __future__ import annotations

from vlm.reading.folding import fold
from vlm.reading.protocols import Candidate
from vlm.reading.view import ScreenView

_SHOWING = frozenset({"show", "display", "enable", "use", "activate", "view"})
"""With which such a name begins; one that begins with "hide" or "disable" means the opposite."""
_LIKE = 0.9


def option_called(words: str, view: ScreenView) -> Candidate | None:
    """The only thing in front that is called as the words say but for a word such as "Show"; None where there is none, or several."""
    wanted = _shown(words)
    there = view.elements_in(view.front) or view.reading.elements
    found = [one for one in there if wanted and _shown(one.text) == wanted]
    return Candidate(found[0], found[0].box, _LIKE, "folded") if len(found) == 1 else None


def _shown(text: str) -> tuple[str, ...]:
    """What an option shows, word for word."""
    words = [word.text for word in fold(text).words if word.text != "the"]
    return tuple(words[1:] if words and words[0] in _SHOWING else words)
