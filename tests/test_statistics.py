"""How sure a rate is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.statistics import HitRate, by_group, in_brief, wilson_interval


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 0, 0, 1), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (9, 10, 0.5958, 0.9821), (270, 300, 0.8608, 0.9291), (1, 2, 0.0945, 0.9055)],
)
def test_wilson_against_published_values(hits: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(hits, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_and_mirrors(case: tuple[int, int]) -> None:
    hits, n = case
    low, high = wilson_interval(hits, n)
    assert 0 <= low <= hits / n + 1e-12 and hits / n - 1e-12 <= high <= 1
    assert wilson_interval(n - hits, n) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("hits", "n"), [(-1, 2), (3, 2), (0, -1)])
def test_impossible_counts_are_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        wilson_interval(hits, n)


def test_a_rate_is_told_with_its_interval() -> None:
    assert str(HitRate(1, 3)) == "1/3 = 33.3% (95 %: 6.1%–79.2%)"
    assert in_brief(1, 3) == "1 of 3 (6–79 %)" and str(HitRate(0, 0)) == "none" and HitRate(0, 0).rate == 0.0


def test_groups_are_counted_apart_and_told_by_name() -> None:
    assert by_group([("b", True), ("a", False), ("b", False)]) == {"a": "0/1", "b": "1/2"}
    assert by_group([]) == {}
