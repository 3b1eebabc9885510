"""How sure a measured rate is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Z_95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class HitRate:
    """How many of `n` were right."""

    hits: int
    n: int

    @property
    def rate(self) -> float:
        """0–1; 0 where nothing was asked."""
        return self.hits / self.n if self.n else 0.0

    def __str__(self) -> str:
        if not self.n:
            return "none"
        low, high = wilson_interval(self.hits, self.n)
        return f"{self.hits}/{self.n} = {self.rate:.1%} (95 %: {low:.1%}–{high:.1%})"

    def to_json(self) -> dict[str, Any]:
        """As `rate_of` tells it."""
        return rate_of(self.hits, self.n)


def wilson_interval(hits: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a rate: (low, high), 0–1; (0, 1) where nothing was measured.

    Raises:
        ValueError: not 0 ≤ hits ≤ n.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} hits of {n} cannot be")
    if n == 0:
        return 0.0, 1.0
    rate, square = hits / n, Z_95**2 / n
    center = rate + square / 2
    spread = Z_95 * math.sqrt(rate * (1 - rate) / n + square / (4 * n))
    return max((center - spread) / (1 + square), 0.0), min((center + spread) / (1 + square), 1.0)


def rate_of(hits: int, n: int) -> dict[str, Any]:
    """A measured rate, JSON-ready: `hits`, `n`, `rate` (None where nothing was measured) and its 95 % `interval`."""
    low, high = wilson_interval(hits, n)
    return {"hits": hits, "n": n, "rate": round(hits / n, 4) if n else None, "interval": [round(low, 4), round(high, 4)]}


def in_brief(hits: int, n: int) -> str:
    """A measured rate in a table's cell: `hits of n` and the 95 % interval in whole per cent."""
    low, high = wilson_interval(hits, n)
    return f"{hits} of {n} ({100 * low:.0f}–{100 * high:.0f} %)"


def by_group(judged: Iterable[tuple[str, bool]]) -> dict[str, str]:
    """`hits/n` of each group, by its name, JSON-ready."""
    counts: dict[str, list[int]] = {}
    for name, hit in judged:
        count = counts.setdefault(name, [0, 0])
        count[0] += hit
        count[1] += 1
    return {name: f"{hits}/{n}" for name, (hits, n) in sorted(counts.items())}


def mcnemar(lost: int, won: int) -> float:
    """The exact two-sided p-value of McNemar's paired test: how likely so uneven a change is where neither side is better.

    Args:
        lost, won: how many questions only the first, and only the second, answered rightly.
    """
    if lost < 0 or won < 0:
        raise ValueError(f"{lost} lost and {won} won cannot be")
    n, fewer = lost + won, min(lost, won)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n)
