"""Whether a run goes round in circles: the same step on the same screen, or the same few steps, again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


class Circling:
    """What was done on which screen, in order."""

    def __init__(self, repeats: int) -> None:
        """`repeats`: so often is once too much."""
        self._repeats = repeats
        self._times: Counter[Hashable] = Counter()
        self._track: list[Hashable] = []

    def add(self, done: Hashable, what: str, patience: int) -> str:
        """Why the run is stuck now that this was done; nothing where it is not.

        Args:
            what: the same in words.
            patience: so many times more of it than of other things are no circle.
        """
        self._times[done] += 1
        self._track.append(done)
        if self._times[done] >= self._repeats * patience:
            return f"{what} {self._times[done]} times on the same screen"
        if (length := find_circle(self._track, self._repeats)) is not None:
            return f"the same {length} steps {self._repeats} times, on the same screens"
        return ""


def find_circle(track: Sequence[Hashable], rounds: int) -> int | None:
    """The length of the circle, of two or more, that the track has just gone round so often; None where it has not."""
    for length in range(2, len(track) // rounds + 1):
        last = track[-length:]
        if len(set(last)) > 1 and all(track[-length * (number + 1) : -length * number] == last for number in range(1, rounds)):
            return length
    return None
