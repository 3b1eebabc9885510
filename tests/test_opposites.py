"""Words that look nearly the same and mean another thing are never taken for each other: not as a slip, not as a likely name."""

from __future__ import annotations

import pytest
from locator_screens import reading
from paper import Screen, follow

from vlm.reading import opposites
from vlm.reading.folding import fold
from vlm.reading.match import TextLocator
from vlm.reading.opposites import is_another_word, is_plural, mean_opposites

PAIRS = [
    ("Save", "Saved"), ("Delete", "Undelete"), ("on", "off"), ("Select", "Deselect"), ("Mount", "Unmount"), ("Lock", "Unlock"),
    ("Deactivate", "Reactivate"), ("Archive", "Archived"), ("Remove Bookmark", "Remove Bookmarks"), ("Anmelden", "Abmelden"),
    ("Einblenden", "Ausblenden"), ("Sperren", "Entsperren"), ("Verrouiller", "Déverrouiller"), ("Connecter", "Déconnecter"),
    ("Montar", "Desmontar"), ("Seleziona tutto", "Deseleziona tutto"), ("Blocca", "Sblocca"), ("Aanmelden", "Afmelden"),
    ("Encode", "Encoder"),
    ("Subscribe", "Unsubscribe"), ("Authenticated", "Unauthenticated"), ("Activate account", "Deactivate account"),
    ("Reattach the window", "Detach the window"), ("Download", "Downloads"), ("Recorder", "Record"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_neither_is_found_for_the_other(one: str, other: str) -> None:
    for wanted, there in ((one, other), (other, one)):
        located = TextLocator().locate(wanted, reading((there, 10, 10)))
        assert located.best is None, (wanted, located.best)


@pytest.mark.parametrize(("one", "other"), [pair for pair in PAIRS if not is_plural(*(fold(name).words[-1].text for name in pair))])
def test_however_likely_a_name_is_it_is_not_taken_for_its_opposite(one: str, other: str) -> None:
    for wanted, there in ((one, other), (other, one)):
        screens = {"main": Screen({there: (10, 40)}, {f"click {there}": "end"}), "end": Screen({"x": (1, 1)})}
        agent, desktop, _ = follow(f"click {wanted}\ndone", screens, likely={wanted: [(there, 0.99)]})
        assert not any(done.startswith("click") for done in desktop.performed), wanted
        assert f"I do not see “{wanted}”" in agent.detail and there in agent.detail


@pytest.mark.parametrize(
    ("wanted", "there", "opposite"),
    [
        ("close without saving", "Close", True), ("don't save", "Save", True), ("Show toolbar", "Hide toolbar", True),
        ("next", "Previous", True),
        ("mostrar barra", "Ocultar barra", True), ("preferences", "Settings", False), ("colours", "Colors", False),
        ("store it", "Save", False),
        ("don't save", "Close without saving", False),
        ("even pages only", "Odd pages only", True), ("cancel my appointment", "Book an appointment", True),
        ("lower my hand", "Raise hand", True),
        ("join two clips", "Split clip", True), ("sell my old pair", "Buy now", True), ("louder", "Volume", False),
    ],
)  # fmt: skip
def test_what_says_the_opposite(wanted: str, there: str, opposite: bool) -> None:
    assert mean_opposites(wanted, there) is opposite


def test_slips_within_a_word_are_slips() -> None:
    for one, other in (
        ("preferances", "preferences"),
        ("perferences", "preferences"),
        ("terminall", "terminal"),
        ("terrninal", "terminal"),
    ):
        assert not is_another_word(one, other)


def test_the_plural_of_a_menus_name_is_that_menu() -> None:
    bar = reading(("File", 10, 30), ("Edit", 60, 30), ("Bookmarks", 110, 30), ("Help", 230, 30))
    located = TextLocator().locate("Bookmark", bar)
    assert (
        located.best is not None and located.best.element.text == "Bookmarks" and located.best.how == "fuzzy" and located.best.score < 0.8
    )
    assert TextLocator().locate("Bookmark", reading(("Bookmarks", 10, 300))).best is None


def test_who_takes_a_plural_says_so_and_how_sure_it_is() -> None:
    words = {"File": (10, 10), "Edit": (60, 10), "Bookmarks": (110, 10), "Help": (200, 10)}
    screens = {"main": Screen(words, {"click Bookmarks": "end"}), "end": Screen({"x": (1, 1)})}
    _, desktop, steps = follow("click Bookmark\ndone", screens)
    assert desktop.performed == ["click Bookmarks"]
    assert steps[0].prediction.thought == "click “Bookmarks” for “Bookmark”, nearly the same, 0.70"


def test_each_pair_of_opposites_has_two_sides() -> None:
    assert all(len(pair) == 2 and not pair[0] & pair[1] for pair in opposites._OPPOSITES)
