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


@pytest.mark.parametrize(
    ("instruction", "plan", "texts"),
    [
        ("In the body, write Dear Anna,", "click body\ntype Dear Anna", ["Dear Anna,"]),
        ("Type Dear Sir or Madam: in the text area", "click text\ntype Dear Sir or Madam", ["Dear Sir or Madam:"]),
        ("Type Wow!!! and press Enter", "type Wow!\npress Enter", ["Wow!!!"]),
        ("Type hello! Then press Enter.", "type hello\npress Enter", ["hello!"]),
        ("write Thanks for all. in the note and press Send", "click note\ntype Thanks for all\nclick Send", ["Thanks for all."]),
        ("Write Who? into Name and Why now. into Reason", "click Name\ntype Who?\nclick Reason\ntype Why now", ["Who?", "Why now."]),
        ("type int x = 1;", "type int x = 1", ["int x = 1;"]),
        ("Type Wait...", "type Wait", ["Wait..."]),
        ("Type (hello)", "type hello", ["(hello)"]),
        ("enter [draft] in Title", "click Title\ntype draft", ["[draft]"]),
        ("enter $20 as the price", "click price\ntype 20", ["$20"]),
        ("type really?!", "type really", ["really?!"]),
        # what is the sentence's
        ("Type hello.", "type hello", ["hello"]),
        ("type hello, and press Enter", "type hello\npress Enter", ["hello"]),
        ("type hello, then press Enter", "type hello\npress Enter", ["hello"]),
        ("type a@b.org; then click OK", "type a@b.org\nclick OK", ["a@b.org"]),
        ("type hello, please", "type hello", ["hello"]),
        ("type one,\nthen press Enter", "type one\npress Enter", ["one"]),
        ("Put Berlin, in City", "click City\ntype Berlin", ["Berlin"]),
        ("Could you type hello?", "type hello", ["hello"]),
        ("Hi, can you please write Hi Bob?", "type Hi Bob", ["Hi Bob"]),
        ("Save it as draft.txt!", "click File\nclick Save As...\ntype draft.txt\nclick Save", ["draft.txt"]),
        ('Type "hello", and press Enter', "type hello\npress Enter", ["hello"]),
        ('Type "hello"!', "type hello", ["hello"]),
        ("type „Bis gleich!“ and press Enter", "type Bis gleich!\npress Enter", ["Bis gleich!"]),
    ],
)
def test_the_signs_around_a_text_are_its_own_where_the_sentence_ends_with_them(instruction: str, plan: str, texts: list[str]) -> None:
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
