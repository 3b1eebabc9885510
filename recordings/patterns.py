"""Regular expressions that a file or a person brings along: searched with a time limit, for some never end."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import regex

SECONDS = 0.5
"""How long one search of one text may take."""
LENGTH, REPEATS = 2000, 100_000
"""Characters of a pattern, and the product of its counts: `((a{999}){999}){999}` is not even read in a lifetime."""
_COUNT = re.compile(r"\{(?:\d*,)?(\d+)\}")


class TooSlow(Exception):
    """A search that was given up."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that compiles.

    Raises:
        ValueError: it does not; the message says why.
    """

    text: str
    ignore_case: bool = False

    def __post_init__(self) -> None:
        if len(self.text) > LENGTH:
            raise ValueError(f"it is longer than {LENGTH} characters")
        if math.prod(int(count[:6]) or 1 for count in _COUNT.findall(self.text)) > REPEATS:
            raise ValueError("it repeats too often")
        try:
            self._compiled()
        except (regex.error, RecursionError, OverflowError, MemoryError) as error:
            raise ValueError(" ".join(str(error).split()) or "it is too large") from error

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it matches more than nothing: starts and ends. Raises TooSlow."""
        try:
            return [match.span() for match in self._compiled().finditer(text, timeout=SECONDS) if match[0]]
        except TimeoutError as error:
            raise TooSlow from error

    def found_in(self, text: str) -> bool:
        """Whether it matches somewhere. Raises TooSlow."""
        try:
            return self._compiled().search(text, timeout=SECONDS) is not None
        except TimeoutError as error:
            raise TooSlow from error

    def _compiled(self) -> regex.Pattern[str]:
        return regex.compile(self.text, regex.IGNORECASE if self.ignore_case else 0)  # which the library keeps
