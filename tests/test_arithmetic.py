"""Sums in words become keys, never results; what needs another key is said to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm.planner.arithmetic import check_sum
from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep
from vlm.planner.quoted import quoted_plan


@pytest.mark.parametrize(
    ("instruction", "keys"),
    [
        ("work out (3 + 4) * 5", "(3+4)*5="),
        ("what is 20% of 50 with the calculator", "20/100*50="),
        ("what's 15 percent of 80?", "15/100*80="),
        ("half of 90", "90/2="),
        ("what is a quarter of 84?", "84/4="),
        ("work out 5 squared with the calculator", "5*5="),
        ("2 to the power of 4", "2*2*2*2="),
        ("five plus three", "5+3="),
        ("what is twenty-five times four?", "25*4="),
        ("subtract 5 from 90 with the calculator", "90-5="),
        ("divide 81 by 9", "81/9="),
        ("use the calculator to multiply 6 by 7", "6*7="),
        ("with the calculator, work out 3 + 4", "3+4="),
        ("the sum of 3, 4 and 5", "3+4+5="),
        ("what is 1,500 + 20?", "1500+20="),
        ("double 45 with the calculator", "2*45="),
        ("12 * 3", "12*3="),
    ],
)
def test_a_sum_is_written_out(instruction: str, keys: str) -> None:
    assert "".join(step.target or "" for step in quoted_plan(instruction) or ()) == keys


@given(st.integers(0, 10**6), st.sampled_from(["plus", "minus", "times", "divided by"]), st.integers(0, 10**6))
def test_every_digit_is_pressed_in_order(one: int, sign: str, other: int) -> None:
    keys = [step.target for step in quoted_plan(f"What is {one} {sign} {other}?") or ()]
    assert keys == [*str(one), {"plus": "+", "minus": "-", "times": "*", "divided by": "/"}[sign], *str(other), "="]


@pytest.mark.parametrize(
    "instruction",
    [
        "square root of 81 with the calculator",
        "the cube root of 8",
        "5 factorial",
        "what is 5!",
        "sin 30",
        "9 to the third power",
        "sqrt(16) on the calculator",
        "log of 100",
        "what is 7 mod 3",
        "add 10% to 50",
        "20% off 80",
        "increase 50 by 20%",
        "2 to the power of 40",
        "the average of 3 and 5",
    ],
)
def test_what_needs_another_key_is_said_and_nothing_is_clicked(instruction: str) -> None:
    assert quoted_plan(instruction) is None
    with pytest.raises(NoPlan, match=r"needs more than") as error:
        check_sum(instruction, [PlannedStep(do="click", target="8"), PlannedStep(do="click", target="sqrt")])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "instruction", ["set the zoom to 100%", "click square root", 'click "root of 4"', "go to line 5", "save it as 1967-03-09", "(3 + 4"]
)
def test_what_is_no_calculation_is_left_alone(instruction: str) -> None:
    check_sum(instruction, [])
    assert quoted_plan(instruction) is None or instruction.startswith('click "')


def test_a_calculation_that_is_typed_is_text() -> None:
    typed = PlannedStep(do="type", text="the square root of 2 is irrational")
    assert check_sum("type the square root of 2 is irrational", [typed]) is None
    with pytest.raises(NoPlan):
        check_sum("work out the square root of 2", [PlannedStep(do="click", target="2")])
