"""Properties of windows: any program may set any of them to anything, so each is taken only as what it should be."""

from __future__ import annotations

from typing import Any

from Xlib import X
from Xlib.error import XError

TEXTS = frozenset({"WM_NAME", "_NET_WM_NAME", "WM_CLASS"})
"""Those that are texts. All others that are asked for are lists of numbers."""
MOST_SIDE = 500
"""Pixels of a window manager's frame."""


def value_of(window: Any, atom: int, name: str) -> Any:
    """The value of a property, as bytes or text, or as numbers; empty where there is none of that kind, or no such window."""
    try:
        found = window.get_full_property(atom, X.AnyPropertyType)
    except XError:
        return ()
    return found.value if found is not None and found.format == (8 if name in TEXTS else 32) else ()


def as_text(value: Any) -> str:
    """What a property that is a text says, in whichever of the two encodings there are."""
    raw = value if isinstance(value, bytes) else value.encode("latin-1", "replace") if isinstance(value, str) else bytes(value)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def class_words(value: Any) -> list[str]:
    """The name and the class that a WM_CLASS holds."""
    return [word for word in as_text(value).split("\0")[:2] if word]


def frame_sides(value: Any) -> tuple[int, int, int, int]:
    """The pixels of a window manager's frame, left, right, top and bottom, as a _NET_FRAME_EXTENTS says."""
    sides = [int(side) for side in value]
    return (sides[0], sides[1], sides[2], sides[3]) if len(sides) == 4 and max(sides) <= MOST_SIDE else (0, 0, 0, 0)
