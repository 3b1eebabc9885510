"""What words mean which icons: names, what is said for them, and what is changed or acted on and named besides."""

from __future__ import annotations

import pytest

from vlm.reading.icons.meaning import meanings
from vlm.reading.icons.names import icon_names

NAMES = [name.name for name in icon_names()]


def test_names_are_told_once_and_said_in_words_that_mean_them() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 400
    for name in icon_names():
        assert meanings(name.name)[0] == {NAMES.index(name.name)} <= meanings(name.name)[1]
    assert meanings("trash can")[1] == meanings("bin")[1] == meanings("Delete")[0] == {NAMES.index("delete")}
    assert meanings("gear")[1] == {NAMES.index("settings")} and not meanings("frobnicate")[1] and not meanings("")[1]
    assert NAMES.index("left chevron") in meanings("back")[1]
    assert meanings("fit zoom")[1] == meanings("zoom to fit")[1] == {NAMES.index("fit")}
    assert meanings("save copy")[1] == meanings("save a copy")[1] == {NAMES.index("save as")} and not meanings("to the")[1]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Delete Entry…", "delete"), ("delete the selected item", "delete"), ("Next File", "forward"), ("Reload File", "refresh"),
        ("Undo (Ctrl+Z)", "undo"), ("Back (Alt+Left Arrow)", "back"), ("Print document (Ctrl-P)", "print"), ("find selection", "find"),
    ],
)  # fmt: skip
def test_a_shortcut_and_what_is_acted_on_are_no_part_of_a_name(words: str, name: str) -> None:
    assert meanings(words)[0] == {NAMES.index(name)} or NAMES.index(name) in meanings(words)[1]


@pytest.mark.parametrize(
    "words", ["close file", "log out entry", "Save (copy) that", "encrypt folder", "file item", "the document", "key file"]
)
def test_what_shuts_something_and_what_is_no_action_is_taken_to_the_letter(words: str) -> None:
    assert not meanings(words)[1] & {NAMES.index(name) for name in ("close", "log out", "save", "key", "lock")}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("make the heading bold", "bold"), ("make these letters slanted", "italic"), ("cross out the word", "strikethrough"),
        ("centre the paragraph", "center"), ("turn the photo left", "rotate left"), ("make the picture bigger", "zoom in"),
        ("make the title larger", "font size"), ("make the picture smaller", "zoom out"), ("start the song", "play"),
    ],
)  # fmt: skip
def test_what_is_changed_may_be_named_besides(words: str, name: str) -> None:
    assert meanings(words)[1] == {NAMES.index(name)}


@pytest.mark.parametrize(
    "words", ["save the picture", "close the picture", "open the image", "delete the paragraph", "the sentence", "the headline"]
)
def test_what_is_no_change_is_of_no_picture_that_is_named_besides(words: str) -> None:
    assert not meanings(words)[1]


@pytest.mark.parametrize(("words", "names"), [("new entry", {"add", "add circle", "add square"}), ("dismiss", {"close", "close circle"})])
def test_what_is_said_for_a_picture_is_said_for_it_in_a_circle(words: str, names: set[str]) -> None:
    assert {NAMES.index(name) for name in names} <= meanings(words)[1]


def test_what_empties_a_field_shuts_no_window() -> None:
    assert NAMES.index("close") not in meanings("clear")[1]
