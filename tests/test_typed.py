"""Unquoted text goes on to the end of its clause, and not beyond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm.planner.plan import PlannedStep, parse_plan
from vlm.planner.typed import complete_texts


@pytest.mark.parametrize(
    ("instruction", "plan", "texts"),
    [
        ("Type blue apples letters eight, then open File", "type blue apples letters\nclick File", ["blue apples letters eight"]),
        ("Type days to north music seven green, then", "type days to north music\ntype green", ["days to north music seven green"]),
        ("delete it and write Hello there.", "type Hello", ["Hello there"]),
        ("Type bring boats to in some slowly, then open", "type bring boats to", ["bring boats to in some slowly"]),
        ("type hello twice", "type hello", ["hello"]),
        ("fill Author with K. Meyer", "click Author\ntype K", ["K. Meyer"]),
        ("in Straße enter Hauptstr. 5", "click Straße\ntype Hauptstr\nclick 5", ["Hauptstr. 5"]),
        ("type Plan B. Open File", "type Plan\nclick File", ["Plan B"]),
        ("type hello world press enter", "type hello world", ["hello world"]),
        ("go to https://a.org/?q=Łódź, please", "type https://a.org/", ["https://a.org/?q=Łódź"]),
        ("type well-known (twice)", "type well", ["well-known"]),
        ("type 12 into Width", "type 12", ["12"]),
        ("type notes.txt and save it", "type notes.txt", ["notes.txt"]),
        ('type "a b" c', "type a b", ["a b"]),
        ("put 55 Main Street into Address", "type 55", ["55"]),
        ("type \"Line 'one' – naïve ☃\" then save it", "type Line 'one'\nclick naïve\ntype ☃", ["Line 'one' – naïve ☃"]),
        ('type "naïve ☃ – x" and click x', "type naïve ☃\nclick OK", ["naïve ☃ – x"]),
        ('type "Anna" into "Anna Smith"', "type Anna", ["Anna"]),
        ("type hello world then hit enter", "type hello world\npress Enter", ["hello world"]),
        ("type hello world followed by enter", "type hello world\npress Enter", ["hello world"]),
        ("type anna tab type secret", "type anna\npress Tab\ntype secret", ["anna", "secret"]),
        ("type a, then type a b", "type a\ntype a b", ["a", "a b"]),
    ],
)
def test_a_text_ends_where_its_clause_ends(instruction: str, plan: str, texts: list[str]) -> None:
    assert [step.text for step in complete_texts(instruction, parse_plan(plan)) if step.do == "type"] == texts


@given(st.text(alphabet="ab ,.'\"t", max_size=40), st.data())
def test_what_is_typed_stays_a_part_of_the_words(words: str, data: st.DataObject) -> None:
    instruction = f"type {words}"
    start = data.draw(st.integers(0, len(instruction) - 1))
    text = instruction[start : data.draw(st.integers(start + 1, len(instruction)))]
    (step,) = complete_texts(instruction, [PlannedStep(do="type", text=text)])
    assert step.text is not None and step.text in instruction and text in step.text


def test_what_was_taken_for_a_step_inside_a_quotation_is_none() -> None:
    plan = parse_plan("type Line 'one'\nclick naïve\nclick Save")
    steps = complete_texts("type \"Line 'one' – naïve\" and click Save", plan)
    assert [str(step) for step in steps] == ["type Line 'one' – naïve", "click Save"]
