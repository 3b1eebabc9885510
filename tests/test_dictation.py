"""What is to be typed is known by where it stands, and asked for where nothing says it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm.planner.dictation import check_texts, quote_texts
from vlm.planner.instruction import NoPlan
from vlm.planner.plan import PlannedStep, parse_plan


@pytest.mark.parametrize(
    "marked",
    [
        "type ⟨line one⟩",
        "type ⟨line one\nline two⟩",
        "write the words ⟨click Delete⟩ in the box",
        "type ⟨press enter⟩ in the box",
        "type ⟨click here⟩ and press Enter",
        "open File, type ⟨page 2⟩, click Save",
        "type ⟨dear all,\nsee you on monday⟩\nthen press Ctrl+S",
        "Type the following:\n⟨Dear team,\nthe server is back.⟩",
        "type ⟨a\tb⟩ in the box",
        "please write the line ⟨save our souls⟩, then press Enter.",
        "put the word ⟨delete⟩ into Name",
        "type ⟨go to the shop and buy milk⟩",
        "type ⟨Dear Mr. Weiß, thank you for your letter.⟩",
        "write ⟨Hi Ann, we are late today, see you at eight⟩",
        "write the word ⟨hello⟩ three times",
        "Type ⟨Once upon a time⟩, press Ctrl+S, type story.txt and press Enter.",
        "Write ⟨Keep out of reach of children⟩ and save it as note.txt.",
        "Type ⟨Water the plants twice a week⟩, then open File",
        "Type ⟨Two of us went in and one came out⟩, then open File and choose Save As.",
        "Type ⟨What a lovely day⟩ in the message box and press Enter",
        "Type Ada Moss into Name and Bob Lee into Surname",
        "Type Hello World twice",
        "Type Anna Maria Lee, Bob Hope, and press Enter",
        "Type Ada Lovelace Byron for the name",
        "Type Read me first, press Ctrl+S",
        "Type Hello big World press Enter",
        "Write My phone number, then press Tab",
        "type hello, thank you very much",
        "type git status and run it with enter",
        "type hello, tab, world",
        "type bread, butter and milk in the notes field",
        "type hello\nclick OK",
        "1. type hello\n2. click OK",
        "type hello press enter",
        "write the text in the box",
        "type the text, click Send",
        'type "click OK"',
        "type enter",
        "write François in the box labelled Prénom",
        "type Best wishes then a new line then Karl",
    ],
)
def test_a_text_without_marks_gets_them_where_its_ends_are_plain(marked: str) -> None:
    assert quote_texts(marked.replace("⟨", "").replace("⟩", "")) == marked.replace("⟨", '"').replace("⟩", '"')


@given(st.text(alphabet="ab \n\t,.'\"§clikty", max_size=40))
def test_nothing_but_marks_is_added(words: str) -> None:
    instruction = f"type {words}"
    assert [sign for sign in quote_texts(instruction) if sign not in '"“”«»'] == [sign for sign in instruction if sign not in '"“”«»']


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ("type in the box", "type the box"),
        ("type in the search box", "click search box"),
        ("click on the search box and type", "click search box"),
        ("click Name and type something", "click Name\ntype something"),
        ("write my address in the Address field", "click Address\ntype my address"),
        ("type the password", "type the password"),
        ("enter my name", ""),
        ("write", "type write"),
        ("type nothing into Name", "click Name\ntype nothing"),
        ("could you type my name into the first name and last name fields", "click first name\ntype last name"),
        ("type my name into A and B", "click A\ntype B"),
        ("put my e-mail address in Email and press Subscribe", "click Email\ntype my e-mail address\nclick Subscribe"),
        ("Enter the code from the email and click Verify", "click email\ntype from the email\nclick Verify"),
        ("put today's date into the Date field", "click Date\ntype today's date"),
        ("type the code I got by text message into Code", "click Code\ntype text message"),
        ("write my shopping list in the note", "click note\ntype shopping list"),
        ("enter the verification code in Code", "click Code\ntype verification"),
        ("type what I told you", "type what I told you"),
        ('type "" into Name', "click Name\ntype into"),
        ("put '' in the Age field", ""),
        ("write to bob@example.com", "type to bob@example.com"),
    ],
)
def test_a_text_that_nobody_says_is_asked_for(instruction: str, plan: str) -> None:
    with pytest.raises(NoPlan, match=r"(what is to be typed|nothing between the quotation marks)") as error:
        check_texts(instruction, parse_plan(plan))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("instruction", "plan"),
    [
        ('type "it"', "type it"),
        ("type the cat sat on the mat", "type the cat sat on the mat"),
        ("type hello in the box", "click box\ntype hello"),
        ("type my name, Anna Berg, into Name", "click Name\ntype Anna Berg"),
        ("enter my name as Anna", "click name\ntype Anna"),
        ("Type What time is it?", "type What time is it?"),
        ("put my files into Documents", "drag files -> Documents"),
        ('write "my name" in the box', "click box\ntype my name"),
        ("type to be or not to be", "type to be or not to be"),
        ('type "to Bob"', "type to Bob"),
        ("click Spelling and turn off Check as you type", "click Spelling\nset off Check as you type"),
    ],
)
def test_a_text_that_is_said_is_typed(instruction: str, plan: str) -> None:
    assert check_texts(instruction, parse_plan(plan)) is None


def test_what_a_person_showed_may_be_typed() -> None:
    typed = [PlannedStep(do="type", text="my name")]
    assert check_texts("sign it", typed, known=["my name"]) is None
    with pytest.raises(NoPlan):
        check_texts("type my name", typed)
