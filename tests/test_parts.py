"""A long instruction is planned in parts, where each of its orders stands for itself."""

from __future__ import annotations

import pytest

from vlm.planner.parts import CLAUSES_A_PART, MOST_CLAUSES, in_parts
from vlm.planner.repeats import clauses

NAMES = [f"Name {letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]


@pytest.mark.parametrize("between", [", click ", ", then click ", ", ", " and then "])
def test_each_part_says_its_verb_and_no_name_is_lost(between: str) -> None:
    parts = in_parts("click " + between.join(NAMES))
    assert len(parts) == -(-len(NAMES) // CLAUSES_A_PART)
    assert all(part.startswith("click Name") for part in parts)
    said = [part[span.start : span.stop].removeprefix("click ") for part in parts for span in clauses(part)]
    assert said == NAMES


@pytest.mark.parametrize(
    "words",
    [
        "click " + ", ".join(NAMES[:MOST_CLAUSES]),
        "type dear all, " + ", ".join(["we thank each of you for what you have done here"] * MOST_CLAUSES),
        ", ".join(NAMES),
    ],
)
def test_what_is_short_or_is_no_list_of_orders_stays_whole(words: str) -> None:
    assert in_parts(words) == (words,)


def test_a_verb_alone_is_a_name_in_a_list() -> None:
    parts = in_parts("click " + ", ".join(["Find", "Open", "Save"] * 6))
    assert [part.count("click ") for part in parts] == [1] * len(parts)
