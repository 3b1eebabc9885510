"""Instructions that write out every step, read by rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm.planner.plan import parse_step
from vlm.planner.quotations import quoted_texts
from vlm.planner.quoted import quoted_plan

PLANS = {
    'click "File" and choose "Quit"': "click File|click Quit",
    'Type "dear all", then open "File", choose "Save As...", type "a.txt" and click "Save".': (
        "type dear all|click File|click Save As...|type a.txt|click Save"
    ),
    'Open "Edit", choose "Preferences...", tick "Word wrap" and then "Show margin".': (
        "click Edit|click Preferences...|set on Word wrap|set on Show margin"
    ),
    "Open “File” > “Recent…” > “PDF”": "click File|click Recent…|click PDF",
    "Open “File”, “Save As…”, “notes”": None,
    "tick “A” then “B”": None,
    "Please press «Weiter» twice, then hit Enter": "click Weiter|click Weiter|press Enter",
    'Press "Ctrl+S", press "Next", press the key "Delete" and press "Delete"': "press Ctrl+S|click Next|press Delete|click Delete",
    "press Ctrl + Shift + s, then Ctrl++": None,
    "press Ctrl + Shift + s, then press Ctrl++ three times": "press Ctrl+Shift+S|press Ctrl++|press Ctrl++|press Ctrl++",
    "hit «alt+E», press the Del key, press control+k and press Ctrl + +": "press Alt+E|press Delete|press Ctrl+K|press Ctrl++",
    'Pick "Insert -> Symbol", open the folder "Work" and deactivate "Grid"': "click Insert|click Symbol|double_click Work|set off Grid",
    'In the "View" menu, click "Sort By"; go "File" -> "Quit"': "click View|click Sort By|click File|click Quit",
    'Steps:\n1. Open "File".\n2) Type "1. one", thanks!': "click File|type 1. one",
    'Choose "Save" from the "File" menu': "click File|click Save",
    'Click the button "OK" in the "Print" dialog': "click OK in the Print dialog",
    'Type "Bob" into the "Name" field; fill in "Age" with "42"; in "City" write "Köln"': (
        "click Name|type Bob|click Age|type 42|click City|type Köln"
    ),
    'Untick "Grid", turn on "Ruler", set "Dark" to off': "set off Grid|set on Ruler|set off Dark",
    'double-click "a.txt", right click on "b" and open "c.pdf"': "double_click a.txt|right_click b|double_click c.pdf",
    'drag "a.txt" to "Archive", scroll down, wait 2 seconds': "drag a.txt -> Archive|scroll down|wait 2",
    "Work out 536 + 36 with the calculator.": "click 5|click 3|click 6|click +|click 3|click 6|click =",
    "What is 12*3? Use the calculator.": "click 1|click 2|click *|click 3|click =",
    "Use the calculator to work out (3.5 - 2) ÷ 4": "click (|click 3|click .|click 5|click -|click 2|click )|click ÷|click 4|click =",
    'Calculate 5 plus 3 = and then click "Copy"': "click 5|click +|click 3|click =|click Copy",
    'Type "two\nlines"': "type two\\nlines",
    'Don\'t click "Cancel" but "OK"': None,
    'Click "OK" or "Cancel"': None,
    'Click "OK" if it is there': None,
    'Type "hello" and save the file': None,
    'Type "a" and "b"': None,
    'Click "two\nlines"': None,
    "Click OK": None,
    "Call me on 555-1234": None,
    "Open report 2024-05-01": None,
    "§0§ ¤0¤": None,
    "": None,
}


@pytest.mark.parametrize("instruction", PLANS)
def test_rules_read_what_is_written_out_and_nothing_else(instruction: str):
    steps = quoted_plan(instruction)
    assert (None if steps is None else "|".join(map(str, steps))) == PLANS[instruction]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"“”„«»‘’§¤'), min_size=1, max_size=30))
def test_what_is_quoted_is_typed_to_the_letter(text: str):
    steps = quoted_plan(f'Click "A" and type "{text}".')
    assert steps is not None and steps[1].text == text
    assert parse_step(str(steps[1])) == steps[1]


@given(st.text(max_size=80))
def test_no_words_break_the_reading(words: str):
    for step in quoted_plan(words) or ():
        assert step.text is None or step.text in words


def test_a_sum_is_clicked_never_computed():
    steps = quoted_plan("Work out 17 * 23 with the calculator") or ()
    assert [step.target for step in steps] == [*"17*23="]


def test_what_is_quoted_is_found_once_and_in_its_order() -> None:
    assert quoted_texts('Open "File", then “Save As...”, "File" and type "recipe (x).txt".') == ["File", "Save As...", "recipe (x).txt"]
    assert quoted_texts("Work out 3 + 4.") == []
