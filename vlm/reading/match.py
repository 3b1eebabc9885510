"""The locator: a target in a person's words → the element that is meant, several that fit alike, or an honest "missing".

    words ─► requests (the most literal first) ─► matches of the name ─► qualifiers choose ─► what is active and fresh comes first

The first way to understand the words that finds a whole element is taken; nearly the same words and parts of lines come after all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from recordings.geometry import Box
from vlm.reading.choosing import APART, Choice, Scene, appeared, choose
from vlm.reading.layout import Layout
from vlm.reading.protocols import Candidate, Located
from vlm.reading.qualifiers import Request, requests
from vlm.reading.reading import Reading
from vlm.reading.wording import BEFORE_COLON, Match, find, nearest

MOST_CANDIDATES = 6
_LONGEST_TARGET = 400


class TextLocator:
    """Words → element, by the words alone. Satisfies `Locator`; holds the layout of the last reading, so that asking again is cheap."""

    def __init__(self) -> None:
        self._last: tuple[Reading, Layout] | None = None

    def locate(
        self,
        target: str,
        reading: Reading,
        *,
        active: Box | None = None,
        fresh: Sequence[Box] = (),
        picture: Image.Image | None = None,
    ) -> Located:
        """See `Locator.locate`. Never raises, whatever the target and the reading hold."""
        layout = self._layout(reading)
        scene = Scene(layout, layout.pixels(active) if active else None, appeared(layout, fresh), picture)
        if not target.strip():
            return Located(target, "missing")
        if len(target) > _LONGEST_TARGET:
            return Located(target, "missing", _candidates(_near(target[:_LONGEST_TARGET], layout), layout))
        later: list[list[Choice]] = []
        seen: list[Match] = []
        ways = requests(target)
        for request in ways:
            choices, matches = choose(request, scene)
            seen += matches
            if choices and choices[0].score >= BEFORE_COLON and choices[0].how not in ("fuzzy", "part"):
                return _answer(target, choices, layout)
            if choices:
                later.append(choices)
        if later:
            return _answer(target, max(later, key=lambda choices: choices[0].score), layout)
        near = [Choice(match, match.score, min(match.score, 0.49), match.place, match.how) for match in dict.fromkeys(seen)]
        return Located(target, "missing", _candidates(_with_near(near, ways, layout), layout))

    def near(self, target: str, reading: Reading) -> tuple[Candidate, ...]:
        """See `Locator.near`."""
        layout = self._layout(reading)
        return _candidates(_with_near([], requests(target[:_LONGEST_TARGET]), layout), layout)

    def _layout(self, reading: Reading) -> Layout:
        if self._last is None or self._last[0] is not reading:
            self._last = reading, Layout(reading)
        return self._last[1]


def _with_near(near: list[Choice], ways: Sequence[Request], layout: Layout) -> list[Choice]:
    """What comes nearest after what is given: to the name, the words with the fewest qualifiers first, and to what it is said to lie by."""
    near = list(near)
    for request in reversed(ways):
        anchors = [relation.anchor for relation in request.relations if not find(relation.anchor, layout)]
        for name in (request.name, *anchors):
            near += [choice for choice in _near(name, layout) if all(choice.match.item is not other.match.item for other in near)]
    return near


def _answer(target: str, choices: list[Choice], layout: Layout) -> Located:
    alike = [choice for choice in choices if choice.rank > choices[0].rank - APART]
    several = any(not _same_place(choice, choices[0]) for choice in alike[1:])
    return Located(target, "ambiguous" if several else "found", _candidates(choices, layout))


def _candidates(choices: list[Choice], layout: Layout) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(choice.match.item.element, layout.box(choice.place), min(max(round(choice.score, 4), 0.0), 1.0), choice.how)
        for choice in choices[:MOST_CANDIDATES]
    )


def _same_place(choice: Choice, other: Choice) -> bool:
    """Readers see a line twice at times."""
    return choice.place.holds(other.place.middle) and other.place.holds(choice.place.middle)


def _near(name: str, layout: Layout) -> list[Choice]:
    return [Choice(match, match.score, match.score, match.place, match.how) for match in nearest(name, layout)]
