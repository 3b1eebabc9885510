"""Who says yes in a run: the gatekeeper for its settings, its desktop and what is read on its screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from agent.approval import Gatekeeper, Person
from agent.confirming import Surroundings
from agent.permissions.effective import Permissions
from agent.place import Place
from agent.reading_ahead import ReadingAhead, Sight
from agent.recorder.naming import written_at
from agent.settings import Settings
from recordings.episode import Element
from recordings.geometry import Box, Point

LEAST_ICON = 0.3
"""From this confidence on an icon's name is heeded: to be asked in vain costs less than a click on what deletes."""
ABOVE = 3.0
"""How far above a field its label may stand, in heights of the label."""


def gatekeeper_for(
    settings: Settings, place: Place, sight: Sight, permissions: Permissions, person: Person | None, tell: Callable[[str], None],
    words: str,
) -> Gatekeeper:  # fmt: skip
    """`tell` is told in one line what a person allowed for good; `words` are the user's."""
    return Gatekeeper(
        settings.approval_on(place.kind),
        person,
        allowed_window=settings.allowed_window,
        allowed_region=settings.allowed_region,
        types_password=place.password_seen,
        permissions=permissions,
        bound=settings.window is not None,
        read_at=partial(read_at, sight),
        icon_at=partial(icon_at, sight),
        element_soon=place.element_soon,
        tell=tell,
        words=words,
        dry_run=settings.dry_run,
        reads=not isinstance(sight, ReadingAhead),
        surroundings=Surroundings(
            place.focused,
            place.names_in,
            partial(labels_at, sight),
            lambda: sight.trouble if isinstance(sight, ReadingAhead) else "",
            partial(read_in, sight),
        ),
    )


def read_in(sight: Sight, box: Box) -> list[str]:
    """What was read in a part of the screen."""
    reading = sight.reading
    return [one.text for one in reading.elements if box.contains(one.box.center)] if reading is not None else []


def read_at(sight: Sight, point: Point) -> Element | None:
    """What was read at a point of the screen; None where nothing was."""
    reading = sight.reading
    return written_at(list(reading.elements), point, reading.size) if reading is not None else None


def labels_at(sight: Sight, point: Point) -> list[str]:
    """What is written before a place on its line, and right above it: so fields are labelled."""
    reading = sight.reading
    texts = [one for one in reading.elements if one.text.strip()] if reading is not None else []
    before = [one for one in texts if one.box.y1 <= point.y <= one.box.y2 and one.box.center.x <= point.x]
    above = [one for one in texts if one.box.x1 <= point.x and one.box.y2 <= point.y <= one.box.y2 + ABOVE * (one.box.y2 - one.box.y1)]
    nearest = [max(before, key=lambda one: one.box.x2, default=None), max(above, key=lambda one: (one.box.y2, one.box.x1), default=None)]
    return [one.text for one in nearest if one is not None]


def icon_at(sight: Sight, point: Point) -> Element | None:
    """What the icon at a point of the screen is taken for, without a name where nobody knows it; None where there is none, or a text."""
    reading = sight.reading
    if reading is None or any(element.kind == "text" and element.box.contains(point) for element in reading.elements):
        return None
    best = max(sight.icons_at(point), key=lambda icon: icon.element.confidence, default=None)
    if best is None:
        return None
    known = best.element.confidence >= LEAST_ICON
    return Element(name=best.element.text if known else best.label, role="icon", box=best.element.box)
