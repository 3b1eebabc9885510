"""Whether what was typed into a window showed there: a password does not, whatever else moves on the screen.

What is read after typing is compared with what was read before: a blinking cursor, a clock or a progress bar is no text that was typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from agent.recorder.watching import Rectangle, Seen
from recordings.geometry import Box
from recordings.secrets.pixels import Written

LAG = 2
"""Characters at the end that a capture may not show yet."""
SHORT = 3
"""So few characters stand in many words: they must stand alone."""
LEAST_SHARE = 0.6
"""Of the pairs of letters typed, so many must be read: readers err."""
RESTLESS_PIXELS = 64
"""A blinking cursor."""
_ALIKE = str.maketrans("oil|!sz", "0111152")


def is_shown(text: str, before: Sequence[Written], after: Sequence[Written], window: Box | None, *, whole: bool) -> bool:
    """Whether a text is among what has newly come up in a window.

    Args:
        before, after: what was read when typing began and when it had ended, or later.
        window: where it was typed; None: somewhere.
        whole: all of it must be seen; otherwise a part does, for fields show the end of a long text, and applications complete it.
    """
    inside = [[line.text for line in lines if window is None or window.contains(line.box.center)] for lines in (before, after)]
    known = Counter(map(_folded, inside[0]))
    new = []
    for line in inside[1]:
        folded = _folded(line)
        if known[folded] > 0:
            known[folded] -= 1
        else:
            new.append(line)
    wanted = text.strip()
    if len(wanted) <= SHORT:
        return any(word.casefold() == wanted.casefold() for line in new for word in (*line.split(), *_after_prompt(line)))
    shares = [_share(_folded(wanted[: len(wanted) - lag]), "".join(map(_folded, new))) for lag in range(min(LAG, len(wanted) - SHORT) + 1)]
    if whole:
        return max(shares) >= LEAST_SHARE
    pieces = [_folded(wanted)[at : at + 6] for at in range(max(len(_folded(wanted)) - 5, 1))]
    joined = "".join(map(_folded, new))
    return max(shares) >= LEAST_SHARE or any(len(piece) >= 4 and piece in joined for piece in pieces)


def _after_prompt(line: str) -> list[str]:
    """What stands behind a prompt without a space, as readers tell it."""
    return [line.rpartition(sign)[2].strip() for sign in "$#>%:" if sign in line]


def _folded(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum()).translate(_ALIKE)


def _share(wanted: str, shown: str) -> float:
    """Which share of the pairs of letters of one text stand in another, in one place but for a letter more or less."""
    if len(wanted) < 2:
        return 0.0
    where: dict[str, list[int]] = {}
    for at in range(len(shown) - 1):
        where.setdefault(shown[at : at + 2], []).append(at)
    shifts = Counter(place - at for at in range(len(wanted) - 1) for place in where.get(wanted[at : at + 2], ()))
    best = max((sum(shifts[shift + one] for one in (-1, 0, 1)) for shift in shifts), default=0)
    return min(best / (len(wanted) - 1), 1.0)


def is_still(before: Seen, after: Seen, window: Rectangle | None) -> bool:
    """Whether no more than a cursor has changed in a window, in image pixels: for where nothing can be read."""
    if before is after:
        return True
    if before.frame.size != after.frame.size or before.frame.area != after.frame.area:
        return False
    width, height = before.frame.size
    left, top, right, bottom = window or (0, 0, width, height)
    one, other = (np.frombuffer(seen.frame.pixels, dtype=np.uint32).reshape(height, width) for seen in (before, after))
    part = np.s_[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    return int(np.count_nonzero(one[part] != other[part])) <= RESTLESS_PIXELS
