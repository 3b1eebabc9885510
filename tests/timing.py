"""Which tests `make check` leaves out: `pytest -p tests.timing -m "not desktop"` measures all and writes `slow.txt`.

The quickest stay, as many as take `TOGETHER`. Seconds of computing count, of the test's children too: how long it takes beside other
programs says nothing. A test counts with all that it is tried with.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest

SLOW = Path(__file__).with_name("slow.txt")
TOGETHER = 20.0
"""Seconds of computing that all which stay may take: two processes share them."""
_spent: Counter[str] = Counter()


def function_of(item: pytest.Item) -> str:
    """A test's file and name, without what it is tried with."""
    return item.nodeid.partition("[")[0].removeprefix("tests/")


def slow_tests() -> frozenset[str]:
    """Those that were found to be slow."""
    return frozenset(SLOW.read_text(encoding="utf-8").split())


def _computed() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = _computed()
    try:
        return (yield)
    finally:
        _spent[function_of(item)] += _computed() - before


def pytest_sessionfinish() -> None:
    if not _spent:
        return
    ranked = sorted(_spent, key=lambda name: _spent[name])
    until = accumulate(_spent[name] for name in ranked)
    slow = sorted(name for name, seconds in zip(ranked, until, strict=True) if seconds > TOGETHER)
    SLOW.write_text("".join(f"{name}\n" for name in slow), encoding="utf-8")
