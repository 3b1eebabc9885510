"""One icon on a screen: where it is, and what it may be called."""

from __future__ import annotations

from dataclasses import dataclass

from vlm.reading.reading import ScreenElement


@dataclass(frozen=True, slots=True)
class Icon:
    """
    Attributes:
        element: of kind `icon`; its text is the likeliest name, its confidence how likely that is.
        names: places in `icon_names()` and how likely each is, 0–1, the likeliest first.
        label: what is written right beside or below it, where that is its name; such an icon answers to no other words.
    """

    element: ScreenElement
    names: tuple[tuple[int, float], ...]
    label: str = ""

    def chance(self, meant: frozenset[int]) -> float:
        """How likely it is one of these."""
        return min(sum(sure for name, sure in self.names if name in meant), 1.0)
