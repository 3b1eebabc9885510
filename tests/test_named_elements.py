"""What the tree names, looked up beside what else is done: each answer is there as soon as it is known, and nobody waits for more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes import FakeDesktop

from agent.named_elements import NamedElements
from recordings.episode import Element
from recordings.geometry import Box, Point

BUTTON = Element(name="Delete", role="push button", box=Box(x1=0.4, y1=0.4, x2=0.6, y2=0.6))
FIELD = Element(name="", role="password text", box=BUTTON.box)
MIDDLE = Point(x=0.5, y=0.5)


class Tree:
    """Says what has the keyboard, and all the rest only once it may."""

    def __init__(self) -> None:
        self.may_tell, self.asked, self.focused = threading.Event(), 0, [BUTTON]

    def survey(self, area: Any, tell_focused: Callable[[list[Element]], None]) -> list[Element]:
        self.asked += 1
        tell_focused(self.focused)
        self.may_tell.wait(5)
        return [BUTTON]

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def tree() -> Iterator[Tree]:
    tree = Tree()
    yield tree
    tree.may_tell.set()


@pytest.fixture
def names(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> NamedElements:
    monkeypatch.setattr(NamedElements, "_is_silent", lambda self: False)
    names = NamedElements(None, None)
    names._tree = tree  # type: ignore[assignment]
    return names


def passed(question: Callable[[], object]) -> float:
    began = time.monotonic()
    question()
    return time.monotonic() - began


def test_what_has_the_keyboard_is_told_before_all_the_rest_is_known(names: NamedElements) -> None:
    names.look_ahead(FakeDesktop().observe().screenshot)
    assert passed(lambda: names.focused()) < 0.3 and list(names.focused()) == [BUTTON]


def test_what_may_be_known_later_is_waited_for_once_and_not_by_each_question(names: NamedElements, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.named_elements.AGAIN_SECONDS", 0.2)
    names.look_ahead(FakeDesktop().observe().screenshot)
    assert passed(lambda: [names.seen_soon(MIDDLE) for _ in range(8)]) < 0.5
    assert names.seen_soon(MIDDLE) is None


def test_what_a_dialog_says_is_waited_for(names: NamedElements, tree: Tree) -> None:
    names.look_ahead(FakeDesktop().observe().screenshot)
    assert list(names.focused()) == [BUTTON]
    threading.Timer(0.2, tree.may_tell.set).start()
    assert names.names_in(Box(x1=0, y1=0, x2=1, y2=1)) == ["Delete"]


def test_an_answer_for_the_same_screen_holds_until_there_is_a_newer_one(names: NamedElements, tree: Tree) -> None:
    screenshot = FakeDesktop().observe().screenshot
    names.look_ahead(screenshot)
    tree.may_tell.set()
    assert names.seen(MIDDLE) == BUTTON
    tree.may_tell.clear()
    names.look_ahead(screenshot)
    assert names.seen(MIDDLE) == BUTTON and names.seen_soon(MIDDLE) == BUTTON
    names.look_ahead(FakeDesktop().observe().screenshot)
    assert names.seen_soon(MIDDLE) is None, "another screen"


def test_the_look_that_ends_first_answers_and_one_that_was_overtaken_asks_nothing(names: NamedElements, tree: Tree) -> None:
    screenshot = FakeDesktop().observe().screenshot
    for _ in range(20):
        names.look_ahead(screenshot)
    threading.Timer(0.1, tree.may_tell.set).start()
    assert names.seen(MIDDLE) == BUTTON
    end = time.monotonic() + 2
    while names._turn.locked() and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.05)
    assert tree.asked <= 3, "the first, the last, and at most one that began between them"


def test_a_slow_tree_is_waited_for_and_not_asked_again(names: NamedElements, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a password is typed is nothing to be guessed at."""
    monkeypatch.setattr("agent.named_elements.LOOKING_SECONDS", 0.05)
    tree.focused = [FIELD]
    names.look_ahead(FakeDesktop().observe().screenshot)
    threading.Timer(0.3, tree.may_tell.set).start()
    assert names.password_seen() is True and tree.asked == 1


def test_without_a_tree_nothing_has_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NamedElements, "_is_silent", lambda self: True)
    names = NamedElements(None, None)
    names._absent = True
    names.look_ahead(FakeDesktop().observe().screenshot)
    assert (list(names.focused()), names.password_seen(), names.seen(MIDDLE)) == ([], True, None)
