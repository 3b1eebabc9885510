"""How far a text that was read lies from the one that was meant: an edit distance in which slips of a reader cost little.

The limit says from what distance on two texts are different texts: interface words that differ by more than a reader's slips mean
different things ("Insert", "Invert"), so an edit that no reader makes is allowed only in words so long that hardly two names differ in one
letter.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate

ALIKE = 0.25
"""What a sign costs that looks the same."""
NEAR = 0.5
"""What a sign costs that looks nearly the same."""
_ALIKE = ("il1|!j", "o0", "s5", "z2", "b86", "g9q")
_NEAR = ("ce", "uv", "ft", "nh", "vy", "oc", "0d", "4a", "kx", "bh")
_PAIRS = {
    "m": ("rn", "nn", "ni", "in"), "w": ("vv", "uu"), "d": ("cl", "c1", "ol"), "h": ("li", "ll"), "n": ("ri", "ii"), "k": ("lc",),
    "u": ("ll", "ii"),
}  # fmt: skip
_COSTS = {(a, b): cost for groups, cost in ((_NEAR, NEAR), (_ALIKE, ALIKE)) for group in groups for a in group for b in group if a != b}
_DOUBLE = {(one, two) for one, twos in _PAIRS.items() for two in twos}


def limit(length: int) -> float:
    """The largest distance at which a text of so many characters, blanks left out, is still taken for the other."""
    if length <= 1:
        return 0.0
    if length <= 3:
        return ALIKE
    if length <= 6:
        return 2 * ALIKE
    if length <= 11:
        return 1.0
    return 1.5 if length <= 17 else 2.0


@lru_cache(maxsize=16384)
def distance(first: str, second: str, most: float) -> float | None:
    """The cost of turning one folded text into the other, or None where it is more than `most`.

    A slip of a reader costs `ALIKE` or `NEAR`, two neighbours in the wrong order 1, any other sign put in, left out or changed 1.
    Digits are never exchanged for other digits: numbers that differ mean different things.
    """
    if abs(len(first) - len(second)) > most + 1:
        return None
    rows = [list(accumulate((_alone(other) for other in second), initial=0.0))]
    for row, one in enumerate(first, start=1):
        line = [rows[row - 1][0] + _alone(one)]
        for column, other in enumerate(second, start=1):
            best = min(rows[row - 1][column] + _alone(one), line[column - 1] + _alone(other))
            best = min(best, rows[row - 1][column - 1] + _exchange(one, other))
            if row > 1 and column > 1 and one == second[column - 2] and other == first[row - 2] and one != other:
                best = min(best, rows[row - 2][column - 2] + (9.0 if one.isdigit() or other.isdigit() else 1.0))
            if row > 1 and (other, first[row - 2 : row]) in _DOUBLE:
                best = min(best, rows[row - 2][column - 1] + ALIKE)
            if column > 1 and (one, second[column - 2 : column]) in _DOUBLE:
                best = min(best, rows[row - 1][column - 2] + ALIKE)
            line.append(best)
        if min(line) > most and min(rows[row - 1]) > most:
            return None
        rows.append(line)
    return rows[-1][-1] if rows[-1][-1] <= most else None


def is_digit_for_letter(first: str, second: str) -> bool:
    """Whether a digit stands where the other text has a letter that it only resembles: "5ave". `0` and `1` do not count."""
    return len(first) == len(second) and any(
        one != other and one.isdigit() != other.isdigit() and not {one, other} & set("01") for one, other in zip(first, second, strict=True)
    )


def _alone(character: str) -> float:
    return 9.0 if character.isdigit() and character not in "01" else 1.0


def _exchange(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one.isdigit() and other.isdigit():
        return 9.0
    return _COSTS.get((one, other), 9.0 if one.isdigit() or other.isdigit() else 1.0)
