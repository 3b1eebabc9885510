"""Which name is meant: nearness and how much likelier words make it, weighed; and, with what ships, phrases that no rule was fitted to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from vlm.planner.likely import BESIDE, LEAST, LIFT, NEAREST, SAID, asks_besides, likely_names
from vlm.planner.load import load_planner
from vlm.planner.plan import PlannedStep
from vlm.planner.seeking import LIKELY


def even(_words: str, names: list[str]) -> list[float]:
    return [0.1] * len(names)


def alike(known: dict[str, float]):
    return lambda _words, phrases: [known.get(phrase, 0.0) for phrase in phrases]


def test_the_nearest_is_the_likeliest_and_none_is_always_possible():
    found = likely_names("fatter", ["Bald", "Bild", "Buld"], alike({"Bald": 0.5, "Bild": 0.7}), even)
    assert [name for name, _ in found] == ["Bild", "Bald", "Buld"]
    assert LIKELY < sum(chance for _, chance in found) < 1
    assert likely_names("fatter", ["Bald"], alike({}), even)[0][1] < 0.01, "what is like nothing means nothing"


def test_a_name_that_is_said_whatever_is_asked_gains_nothing_by_it():
    told = {"x": {"Aa": 0.3, "Bb": 0.1}, "it": {"Aa": 0.3, "Bb": 1e-9}}
    found = likely_names("x", ["Aa", "Bb"], alike({"Aa": 0.5, "Bb": 0.5}), lambda words, names: [told[words][name] for name in names])
    assert found[0][0] == "Bb"
    assert found[0][1] / found[1][1] == pytest.approx((0.1 / LEAST) ** LIFT)


def test_what_people_say_for_a_name_counts_nearly_as_much_as_the_name():
    seen: list[str] = []

    def likeness(_words: str, phrases: Sequence[str]) -> list[float]:
        seen.extend(phrases)
        return [1.0 if phrase == "take back" else 0.0 for phrase in phrases]

    (first, _), (second, _) = likely_names("x", ["Undo", "Redo"], likeness, even)
    assert (first, second) == ("Undo", "Redo")
    assert "take back" in seen and 0 < SAID < 1


def test_the_language_model_is_asked_about_the_nearest_alone():
    asked: list[list[str]] = []

    def weigh(_words: str, names: list[str]) -> list[float]:
        asked.append(names)
        return [0.1] * len(names)

    names = [f"Name {number}" for number in range(40)]
    found = likely_names("x", names, lambda _words, phrases: [float(phrase.split()[-1]) / 100 for phrase in phrases], weigh)
    assert [name for name, _ in found] == names[: -NEAREST - 1 : -1]
    assert asked == [[name for name, _ in found]] * 2


@pytest.mark.parametrize(
    ("words", "name", "besides"),
    [
        ("sales by product", "Sales by region", True), ("how many times to print it", "Print", True), ("the printing", "Print", False),
        ("save", "Save as a copy", False), ("make the letters bigger", "Increase font size", False), ("zoom", "Zoomed", False),
    ],
)  # fmt: skip
def test_a_name_of_which_one_word_is_said_beside_others_is_seldom_meant(words: str, name: str, besides: bool):
    assert asks_besides(words, name) is besides
    (_, chance), (_, plain) = (likely_names(words, [one], alike({one: 0.4}), even)[0] for one in (name, "Xyz"))
    assert chance / (1 - chance) == pytest.approx(plain / (1 - plain) * math.exp(-BESIDE * besides))


@pytest.mark.slow
def test_with_what_ships_phrases_find_their_names_and_what_is_not_there_finds_none():
    planner = load_planner()
    names = [
        "Reply",
        "Forward",
        "Archive",
        "Mark as unread",
        "Print",
        "Block sender",
        "Labels",
        "Attach file",
        "Inbox (4)",
        "March newsletter",
    ]

    def first(words: str) -> tuple[str, float]:
        return planner.choose_visible(PlannedStep(do="click", target=words), names)[0]

    for words, meant in (
        ("pass it on to somebody else", "Forward"),
        ("answer him", "Reply"),
        ("add a document to the mail", "Attach file"),
    ):
        assert first(words)[0] == meant
    for words in ("change my password", "the volume", "a table of contents"):
        assert first(words)[1] < LIKELY
