"""Who says yes in a run: the gatekeeper for its settings, its desktop and its policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from agent.approval import Gatekeeper, Person
from agent.confirming import Surroundings
from agent.permissions.effective import Permissions
from agent.place import Place
from agent.protocols import Policy
from agent.recorder.naming import written_at
from agent.settings import Settings
from recordings.episode import Element
from recordings.geometry import Box, Point
from vlm.reading.icons.icon import Icon

LEAST_ICON = 0.3
"""From this confidence on an icon's name is heeded: to be asked in vain costs less than a click on what deletes."""


def gatekeeper_for(
    settings: Settings, place: Place, policy: Policy, permissions: Permissions, person: Person | None, tell: Callable[[str], None],
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
        read_at=partial(read_at, policy),
        icon_at=partial(icon_at, policy),
        element_soon=place.element_soon,
        tell=tell,
        words=words,
        dry_run=settings.dry_run,
        surroundings=Surroundings(place.focused, lambda box: [*place.names_in(box), *read_in(policy, box)]),
    )


def read_in(policy: Policy, box: Box) -> list[str]:
    """What such a policy has read in a part of the screen."""
    reading = getattr(getattr(policy, "eyes", None), "reading", None)
    return [one.text for one in reading.elements if box.contains(one.box.center)] if reading is not None else []


def read_at(policy: Policy, point: Point) -> Element | None:
    """What a policy that reads the screen has read at a point of it; None for one that does not."""
    reading = getattr(getattr(policy, "eyes", None), "reading", None)
    return written_at(list(reading.elements), point, reading.size) if reading is not None else None


def icon_at(policy: Policy, point: Point) -> Element | None:
    """What the icon at a point of what a policy read last is taken for; None where there is none, or a text, or nobody knows it."""
    eyes = getattr(policy, "eyes", None)
    reading = getattr(eyes, "reading", None)
    if reading is None or any(element.kind == "text" and element.box.contains(point) for element in reading.elements):
        return None
    find: Callable[[Point], Sequence[Icon]] = getattr(eyes, "icons_at", lambda point: ())
    there = [icon for icon in find(point) if icon.element.confidence >= LEAST_ICON]
    best = max(there, key=lambda icon: icon.element.confidence, default=None)
    return Element(name=best.element.text, role="icon", box=best.element.box) if best is not None else None
