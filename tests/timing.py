"""Which tests `make check` leaves out: `pytest -p tests.timing -m "not desktop"` measures all and writes `slow.txt`.

Seconds of computing count, of the test's children too: how long it takes beside other programs says nothing. A test counts with all that
it is tried with.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

SLOW = Path(__file__).with_name("slow.txt")
LEAST = 0.5
"""Seconds."""
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
    if _spent:
        SLOW.write_text("".join(f"{name}\n" for name, seconds in sorted(_spent.items()) if seconds >= LEAST), encoding="utf-8")
