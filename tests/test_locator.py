"""The locator by a table of cases: readings made by hand, what is asked for, and what must come of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from locator_cases import AMBIGUOUS, FIELDS, FOUND, MISSING
from locator_screens import CALCULATOR, DIALOG, DIALOG_BOX, EDITOR, FILE_MENU, FORM, SIZE, box, element, reading
from own_time import own_seconds

from recordings.geometry import Box, Point
from vlm.planner.questions import ask_for_missing, distinct
from vlm.reading.match import TextLocator
from vlm.reading.protocols import Located, Locator
from vlm.reading.reading import Reading, ScreenElement


def find(target: str, seen: Reading, **context: object) -> Located:
    locator: Locator = TextLocator()
    return locator.locate(target, seen, **context)  # type: ignore[arg-type]


@pytest.mark.parametrize(("target", "seen", "corner"), FOUND, ids=[case[0] for case in FOUND])
def test_what_is_there_is_found(target: str, seen: Reading, corner: tuple[int, int]) -> None:
    located = find(target, seen)
    assert located.status == "found", located.candidates[:3]
    assert located.best is not None
    left, top = located.best.box.x1 * SIZE[0], located.best.box.y1 * SIZE[1]
    assert (round(left), round(top)) == corner, located.best


@pytest.mark.parametrize(("target", "seen", "near"), MISSING, ids=[case[0] or "nothing" for case in MISSING])
def test_what_is_not_there_is_missing(target: str, seen: Reading, near: tuple[str, ...]) -> None:
    located = find(target, seen)
    assert located.status == "missing", located.candidates[:3]
    assert located.best is None
    named = [candidate.element.text for candidate in located.candidates]
    assert set(near) <= set(named[: max(len(near) + 1, 2)]), named
    assert all(candidate.score < 0.5 for candidate in located.candidates)


@pytest.mark.parametrize(("target", "seen", "count"), AMBIGUOUS, ids=[case[0] for case in AMBIGUOUS])
def test_what_fits_several_alike_is_ambiguous(target: str, seen: Reading, count: int) -> None:
    located = find(target, seen)
    assert located.status == "ambiguous" and located.best is None
    assert len(located.candidates) == count


@pytest.mark.parametrize(("target", "seen", "place"), FIELDS, ids=[case[0] for case in FIELDS])
def test_a_field_is_found_by_its_label(target: str, seen: Reading, place: tuple[int, int, int, int]) -> None:
    located = find(target, seen)
    assert located.best is not None and located.best.how == "field", located
    x, y = located.best.box.center.x * SIZE[0], located.best.box.center.y * SIZE[1]
    left, top, right, bottom = place
    assert left < x < right and top < y < bottom, (x, y)


def test_words_in_prose_are_found_where_they_stand() -> None:
    line = EDITOR.elements[-2]
    for target, how in (("Submit", "part"), ("terms of service", "part"), ("the word noon", "part"), ("the terms of service link", "part")):
        located = find(target, EDITOR)
        assert located.best is not None and located.best.how == how, target
        word = target.removeprefix("the word ").removeprefix("the ").removesuffix(" link")
        start = line.text.index(word)
        assert located.best.box == line.part(start, start + len(word))


def test_what_is_active_comes_first() -> None:
    both = reading(("Save", 20, 60), ("Open", 80, 60), ("Save", 620, 420), ("Cancel", 520, 420))
    assert find("Save", both).status == "ambiguous"
    active = find("Save", both, active=DIALOG_BOX)
    assert active.best is not None and active.best.box.x1 == pytest.approx(0.62)
    for target in ("Save in the dialog", "the Save button in the popup"):
        dialog = find(target, DIALOG, active=DIALOG_BOX)
        assert dialog.best is not None and dialog.best.box.x1 == pytest.approx(0.62), target
    assert find("Open in the dialog", DIALOG, active=DIALOG_BOX).status == "missing"


def test_what_has_just_appeared_comes_first() -> None:
    menu = reading(("Save", 400, 60), ("Open", 450, 60), ("New", 500, 60), ("File", 10, 30), ("Save", 12, 60), ("Close", 12, 84))
    appeared = find("save", menu, fresh=[box(5, 50, 150, 60)])
    assert appeared.best is not None and appeared.best.box.x1 == pytest.approx(0.012)
    in_menu = find("Save in the File menu", menu, fresh=[box(5, 50, 150, 60)])
    assert in_menu.best is not None and in_menu.best.box.x1 == pytest.approx(0.012)
    assert find("Open in the menu", menu, fresh=[box(5, 50, 150, 60)]).best is not None  # the only one there is


def test_one_text_alone_that_changed_is_no_menu() -> None:
    """A display after a key was pressed, a word that was just typed."""
    pressed = find("7", CALCULATOR, fresh=[box(200, 70, 300, 80)])
    assert pressed.best is not None and pressed.best.box.y1 == pytest.approx(0.25)


def test_the_active_title_is_no_button() -> None:
    window = reading(("Find", 300, 104), ("Find", 500, 300), ("Close", 560, 300))
    located = find("Find", window, active=box(200, 100, 500, 300))
    assert located.best is not None and located.best.box.y1 == pytest.approx(300 / 800, abs=1e-3)


def test_runners_up_follow_the_best() -> None:
    located = find("Save", reading(("save", 300, 300), ("Save", 20, 60), ("SAVE", 600, 600)))
    assert located.best is not None and located.best.element.text == "Save"
    assert {candidate.element.text for candidate in located.candidates[1:]} == {"save", "SAVE"}
    assert located.candidates[0].score > located.candidates[1].score


def question(located: Located) -> str:
    return ask_for_missing(located.target, distinct(located.candidates))


def test_the_honest_question() -> None:
    assert question(find("Export CSV", FILE_MENU)) == "I do not see “Export CSV”. I see “Export…”, “Import CSV”. Which?"
    assert question(find("Zebra", FORM)) == "I do not see “Zebra”, nor anything like it. What is it called here?"


@pytest.mark.parametrize(
    ("words", "near"),
    [("bookmark", "Bookmarks…"), ("Colours", "Color Scheme"), ("Save document", "Save As..."), ("mark", "Bookmark"),
     ("Preference", "User preferences"), ("Prnt", "Print"), ("Downloading", "Downloads"), ("Colors", "Farbschema (Color scheme)")],
)  # fmt: skip
def test_what_comes_near_is_named(words: str, near: str) -> None:
    seen = reading((near, 10, 10), ("Zebra", 10, 40), ("Quux", 10, 70))
    located = find(words, seen)
    assert [candidate.element.text for candidate in located.candidates] == [near], question(located)


def test_a_question_is_one_line_whatever_stands_on_the_screen() -> None:
    nasty = Reading((ScreenElement("Export\n\x1b[2Jall " + "x" * 500, box(1, 1, 100, 20), 0.9),), SIZE)
    asked = question(find("Export\nall xx " + "y" * 900, nasty))
    assert "\n" not in asked and "\x1b" not in asked and len(asked) < 600


def test_four_hundred_elements_take_no_time() -> None:
    line = "File Edit View Insert Format Tools Data Window Help Save Open Close Export Import Print Undo Redo Cut Copy Paste"
    words = line.split()
    many = Reading(tuple(element(f"{words[n % 20]} {words[n // 20]} {n}", 40 + 110 * (n % 8), 14 * (n // 8), 12) for n in range(400)), SIZE)
    locator = TextLocator()
    targets = (
        "Import Save 7",
        "Export CSV",
        "the third Undo Redo 9",
        "Sort descending under Copy",
        "the Prnt field",
        "Edit Paste 399",
        "x" * 60,
    )
    locator.locate("warm", many)
    for target in targets:
        assert own_seconds(lambda wanted=target: [locator.locate(wanted, many) for _ in range(5)]) / 5 < 0.02, target


PIECES = [
    "the", "in", "second", "last", "of", "next to", "field", "button", "(", "“", "”", '"', "dialog", "menu", "Save", ">", "at the bottom",
    "\ue000", "1", "…", "_", "&", "top right", ":",
]  # fmt: skip
NASTY = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))


@given(target=NASTY, texts=st.lists(NASTY, max_size=8), seed=st.integers(0, 999), fresh=st.booleans())
def test_it_never_raises(target: str, texts: list[str], seed: int, fresh: bool) -> None:
    elements = tuple(
        ScreenElement(text.strip() or "x", box((seed * 37 + 131 * n) % 900, (seed * 53 + 97 * n) % 700, 90, (seed + n) % 3 * 15), 0.5)
        for n, text in enumerate(texts)
    )
    seen = Reading(elements, SIZE)
    whole = Box(x1=0, y1=0, x2=1, y2=1)
    located = find(target, seen, active=whole if fresh else None, fresh=[box(0, 0, 400, 400)] if fresh else [])
    assert located.target == target
    assert (located.best is not None) == (located.status == "found")
    assert all(0.0 <= candidate.score <= 1.0 for candidate in located.candidates)
    assert "\n" not in question(located)


@given(words=st.lists(st.sampled_from(["Zephyr", "Quux", "Vault", "Knob", "Jolt", "Mirth", "Yacht"]), min_size=1, max_size=3, unique=True))
def test_what_shares_no_word_is_never_found(words: list[str]) -> None:
    assert find(" ".join(words), FORM).status == "missing"


@given(text=st.text(alphabet=st.characters(whitelist_categories=("Lu", "Ll", "Nd")), min_size=1, max_size=30))
def test_what_is_there_letter_for_letter_is_found(text: str) -> None:
    located = find(text, Reading((ScreenElement(text, box(10, 10, 50, 20), 0.9),), SIZE))
    assert located.best is not None and located.best.box.contains(Point(x=0.02, y=0.02))


@pytest.mark.parametrize("size", [(1, 1), (0, 0)])
def test_a_picture_without_extent_is_no_trouble(size: tuple[int, int]) -> None:
    point = Box(x1=0, y1=0, x2=0, y2=0)
    assert find("File in the dialog", Reading((ScreenElement("File", point, 0.5),), size)).status in ("found", "missing")


def test_a_long_target_is_missing_and_quick() -> None:
    assert find("click the button " * 400, FORM).status == "missing"


def test_names_that_a_reader_left_on_one_line_are_parted_where_gaps_are_wide() -> None:
    tabs = ScreenElement("About Us  License", box(100, 100, 200, 16), 0.9, edges=tuple(
        (100 + place) / 1000 for place in (0, 8, 16, 24, 32, 40, 44, 52, 60, 100, 140, 148, 156, 164, 172, 180, 190, 200)
    ))  # fmt: skip
    seen = Reading((tabs,), SIZE)
    for target, left in (("About Us", 100), ("License", 240)):
        located = find(target, seen)
        assert located.best is not None and located.best.box.x1 * SIZE[0] == pytest.approx(left), target
    assert find("Us", seen).status == "missing"
    assert find("About", seen).status == "missing"


@pytest.mark.parametrize(("there", "wanted"), [("5ave", "Save"), ("8old", "Bold"), ("6ack", "Back")])
def test_a_digit_that_was_read_clearly_is_no_letter(there: str, wanted: str) -> None:
    read = reading((there, 10, 10)).elements[0]
    for confidence, found in ((0.99, False), (0.7, True)):
        seen = Reading((replace(read, confidence=confidence),), SIZE)
        assert (TextLocator().locate(wanted, seen).best is not None) is found
