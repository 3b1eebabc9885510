"""How often something is done is counted, not guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep, parse_plan
from vlm.planner.quoted import quoted_plan
from vlm.planner.repeats import count_of, plan_counted, read_counts


def counting_to_two(words: str) -> Sequence[PlannedStep]:
    """A planner that knows clauses, and "twice", and nothing else."""
    steps: list[PlannedStep] = []
    for clause in re.split(r",? then |, | and |\. ", words.rstrip(".")):
        said = clause.removesuffix(" twice")
        verb, _, name = said.partition(" ")
        steps += [PlannedStep(do="press", keys=name) if verb == "press" else PlannedStep(do="click", target=name)] * (1 + (said != clause))
    return steps


@pytest.mark.parametrize(
    ("instruction", "counts"),
    [
        ("click OK ten times", "OK*10"),
        ("press Tab 3 times", "Tab*3"),
        ("click Next 60 times", "Next*60"),
        ("press Down a dozen times.", "Down*12"),
        ("click Add 5x", "Add*5"),
        ("open File, click Next seven times, then click Finish", "File*1 Next*7 Finish*1"),
        ("press Tab 3 times and press Enter twice", "Tab*3 Enter*2"),
        ("click OK, click OK, click OK, click OK", "OK*4"),
        ("press Down. Press Down. Press Down. Press Enter.", "Down*3 Enter*1"),
        ('ten "click OK"', "OK*10"),
        ("5 x click OK.", "OK*5"),
        ("three times: press Tab", "Tab*3"),
        ('60 × "click Next"', "Next*60"),
        ("click OK, click OK", "OK*2"),
        ("click A, click B, click A, click B", "A*1 B*1 A*1 B*1"),
        ("press Enter once", "Enter once*1"),
    ],
)
def test_it_is_done_as_often_as_it_is_said(instruction: str, counts: str) -> None:
    steps = plan_counted(instruction, counting_to_two)
    wanted = [name for part in re.findall(r"([^*]+)\*(\d+) ?", counts) for name in [part[0]] * int(part[1])]
    assert [step.target or step.keys for step in steps] == wanted


@given(st.integers(2, 99), st.sampled_from([", ", " and ", " then ", "; ", ". ", "\n"]))
def test_a_clause_that_is_said_often_is_done_so_often(times: int, between: str) -> None:
    steps = plan_counted(between.join(["click OK"] * times), lambda words: parse_plan("click OK\n" * (1 + words.endswith("twice"))))
    assert len(steps) == (times if times > 2 else 1)  # two are left to whoever plans


@pytest.mark.parametrize(
    "instruction",
    [
        "set the speed to 2x",
        "choose 4x",
        "type 'three times'",
        "work out 3 times 4",
        "try it up to 3 times",
        "two files",
        '2 "files"',
        "5 plus 3",
        "3 x 4",
    ],
)
def test_what_only_looks_like_a_count_is_none(instruction: str) -> None:
    assert read_counts(instruction).counts == ()


def test_where_it_is_not_plain_what_is_meant_the_person_is_told() -> None:
    with pytest.raises(NoPlan, match="done 4 times: say that in a sentence of its own"):
        plan_counted("mix it, stir 4 times", lambda words: parse_plan("click mix"))


def test_a_count_inside_a_text_belongs_to_the_text() -> None:
    def typing(words: str) -> Sequence[PlannedStep]:
        return [PlannedStep(do="type", text=words.partition("type ")[2]), PlannedStep(do="press", keys="Enter")]

    instruction = "go on and type I said it three times"
    assert plan_counted(instruction, typing)[0].text == "I said it three times"


@pytest.mark.parametrize(
    ("instruction", "counts"),
    [
        ('click "Add" ten times and "OK" once', [10, 1]),
        ('click "Add" 100 times', [100]),
        ('click twice on "Add", then press Tab 5x', [2, 5]),
    ],
)
def test_quoted_words_are_counted_too(instruction: str, counts: list[int]) -> None:
    steps = quoted_plan(instruction) or ()
    assert [sum(step == one for step in steps) for one in dict.fromkeys(steps)] == counts


def test_numbers_in_words() -> None:
    assert [count_of(said) for said in ("twice", "Three times", "12 times", "a dozen times", "4x", "7 ×", "two times in a row")] == [
        2,
        3,
        12,
        12,
        4,
        7,
        2,
    ]
