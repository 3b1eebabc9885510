"""A menu that the planner put in between is not needed where the program has none: passed over, or the main menu instead."""

from __future__ import annotations

import pytest
from paper import BAR, EDITOR, SIZE, Screen, follow

from recordings.episode import StopReason
from recordings.geometry import Box
from vlm.planner.mending import mend
from vlm.planner.plan import parse_plan
from vlm.reading.protocols import Candidate, Located
from vlm.reading.reading import ScreenElement
from vlm.reading.view import ScreenView

BUTTON = Box.from_pixels(700, 10, 20, 16, SIZE)
HEADERBAR = {
    "main": Screen({"Open": (10, 10), "=": (706, 10)}, {"click =": "menu"}),
    "menu": Screen(
        {"Open": (10, 10), "New Window": (600, 40), "Save As...": (600, 70)}, {"click Save As...": "dialog"}, popup=(580, 30, 200, 200)
    ),
    "dialog": EDITOR["dialog"], "named": EDITOR["named"], "saved": EDITOR["saved"],
}  # fmt: skip
SAVE = "click File\nclick Save As...\ntype a.txt\nclick Save\ndone"


@pytest.fixture
def main_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The icon of the main menu is known where [=] stands."""

    def locate_icon(view: ScreenView, words: str) -> Located:
        if words != "main menu" or not any(element.text == "=" for element in view.reading.elements):
            return Located(words, "missing")
        return Located(words, "found", (Candidate(ScreenElement("menu", BUTTON, 0.6, kind="icon"), BUTTON, 0.6, "icon"),))

    monkeypatch.setattr(ScreenView, "locate_icon", locate_icon)


@pytest.mark.usefixtures("main_menu")
def test_a_program_without_a_file_menu_has_what_it_holds_in_its_main_menu() -> None:
    agent, desktop, steps = follow(SAVE, HEADERBAR, say="save it as a.txt")
    assert desktop.performed == ["click =", "click Save As...", "type a.txt", "click Save"] and agent.stop_reason is StopReason.DONE
    assert steps[0].action.kind == "wait", "it may only not be drawn yet"


@pytest.mark.usefixtures("main_menu")
@pytest.mark.parametrize("say", ["open File and choose Save As...", "choose Save As... in the file menu, type a.txt and click Save"])
def test_a_menu_that_the_person_speaks_of_is_that_one(say: str) -> None:
    agent, desktop, _ = follow(SAVE, HEADERBAR, say=say)
    assert agent.stop_reason is StopReason.FAILED and "“File”" in agent.detail
    assert not any(done.startswith("click") for done in desktop.performed)


def test_it_is_passed_over_where_what_it_leads_to_is_to_be_seen_without_it() -> None:
    screens = dict(HEADERBAR)
    screens["main"] = Screen({"Open": (10, 10), "Save As...": (60, 10)}, {"click Save As...": "dialog"})
    agent, desktop, _ = follow(SAVE, screens, say="save it as a.txt")
    assert desktop.performed == ["click Save As...", "type a.txt", "click Save"] and agent.stop_reason is StopReason.DONE


def test_an_icon_of_that_name_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    icon = Candidate(ScreenElement("settings", BUTTON, 0.6, kind="icon"), BUTTON, 0.6, "icon")
    there = {"Preferences": Located("Preferences", "found", (icon,))}
    monkeypatch.setattr(ScreenView, "locate_icon", lambda view, words: there.get(words, Located(words, "missing")))
    screens = {
        "main": Screen({"Photo": (10, 10), "=": (706, 10)}, {"click =": "open"}),
        "open": Screen({"Close": (9, 9)}, title="Preferences"),
    }
    agent, desktop, _ = follow("click Edit\nclick Preferences\ndone", screens, say="open the preferences")
    assert desktop.performed == ["click ="] and agent.stop_reason is StopReason.DONE


def test_a_menu_that_is_there_is_opened() -> None:
    agent, desktop, _ = follow(SAVE, EDITOR, say="save it as a.txt")
    assert desktop.performed[:2] == ["click File", "click Save As..."] and agent.stop_reason is StopReason.DONE


@pytest.mark.parametrize(
    ("said", "plan", "first"),
    [
        ("Open the menu, choose Find and Replace", "click Find and Replace", "click main menu"),
        ("please open the main menu and choose About", "click About", "click main menu"),
        ("open the main menu and choose About", "click main menu\nclick About", "click main menu"),
        ("open the File menu and choose Save", "click File\nclick Save", "click File"),
        ("Open the menu bar", "click menu bar", "click menu bar"),
    ],
)
def test_the_menu_that_is_opened_first_is_no_idle_word(said: str, plan: str, first: str) -> None:
    assert str(mend(said, parse_plan(plan))[0]) == first


def test_the_menu_is_passed_over_where_what_is_in_it_is_to_be_seen() -> None:
    screens = {"main": Screen(BAR, {"click Help": "help"}), "help": Screen({"Contents": (9, 9)})}
    agent, desktop, _ = follow("click main menu\nclick Help\ndone", screens, say="open the menu and choose Help")
    assert desktop.performed == ["click Help"] and agent.stop_reason is StopReason.DONE
