"""The rules take an action for what the hands make of it: a capital letter for its key, a drag that hardly moves for a click, keys that are
pressed together for one press after the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import FakeDesktop
from first_risk import find_risk
from test_concerns import EDITOR, WHOLE, Answers, asked, on

from agent.approval import Gatekeeper
from agent.confirming import Surroundings, find_confirmed
from agent.settings import ApprovalMode
from recordings.action import Press, parse_action
from recordings.episode import Element, Prediction, SeenWindow


@pytest.mark.parametrize("keys", ["ctrl+s", "ctrl+p", "ctrl+v", "ctrl+x", "ctrl+w", "alt+f4", "ctrl+c", "ctrl+b", "ctrl+shift+q", "alt+s"])
def test_a_capital_letter_in_a_shortcut_is_the_same_key(keys: str) -> None:
    """The hands press the key, whatever its case, and so the rules must take it."""
    for window in ("gedit Gedit", "thunar Thunar", "chromium Chromium", "xterm XTerm"):
        told = []
        for written in (keys, "+".join(key.upper() if len(key) == 1 else key for key in keys.split("+"))):
            person = Answers()
            observation = replace(FakeDesktop().observe(), window_class=window, window=SeenWindow("x", window))
            gatekeeper = Gatekeeper(ApprovalMode.RISKY, person, words="Have a look.", types_password=lambda: True)
            decision = gatekeeper.review(observation, Prediction(action=Press(keys=tuple(written.split("+")))))
            told.append((person.kinds, decision.verdict))
        assert told[0] == told[1], keys


SMALL = "drag(path=[[0.5, 0.5], [0.5, 0.501]])"


def test_a_drag_that_hardly_moves_is_judged_as_a_click() -> None:
    dialog = SeenWindow("Question", "gedit Gedit", dialog=True)
    known = Surroundings(written_in=lambda box: ["Delete it?", "OK", "Cancel"])
    assert asked(on(dialog, "OK"), SMALL, known=known) == "delete" and asked(on(dialog, "Cancel"), SMALL, known=known) == ""
    twice = SMALL.replace(")", ", count=2)")
    assert asked(on(EDITOR, "begin.sh", "icon"), twice) == "run" and asked(on(EDITOR, "notes.txt", "icon"), twice) == ""
    assert asked(on(EDITOR, "Page", "page tab"), SMALL.replace(")", ', button="middle")')) == "close"


@pytest.mark.parametrize("keys", [["tab", "space"], ["down", "space"], ["tab", "enter"], ["shift", "tab", "space"]])
def test_keys_that_are_pressed_together_come_one_after_the_other(keys: list[str]) -> None:
    known = Surroundings(lambda: [Element(name="Cancel", role="push button", box=WHOLE)], written_in=lambda box: ["Report.txt", "Delete"])
    written = f"press(keys={keys})".replace("'", '"')
    assert asked(on(EDITOR), written, known=known) == "delete"
    assert asked(on(EDITOR), written, known=replace(known, written_in=lambda box: ["Report.txt", "Open"])) == ""


def test_a_shortcut_by_a_letter_of_another_layout_may_be_any() -> None:
    """Under a Cyrillic layout, Ctrl+Ц is Ctrl+W to most programs."""
    assert "nobody knows" in (find_risk(parse_action('press(keys=["ctrl", "ц"])'), "", "Editor") or "")
    assert find_risk(parse_action('press(keys=["ц"])'), "", "Editor") is None


def test_a_name_as_long_as_a_book_pushes_no_question_out_of_sight() -> None:
    for name, action in (("x" * 9000 + ".sh", "click(x=0.5, y=0.5, count=2)"), ("ลบ" * 9000, "click(x=0.5, y=0.5)")):
        element = Element(name=name, role="icon", box=WHOLE)
        told = [find_risk(parse_action(action), "", "Files", elements=[element])]
        known = Surroundings(lambda element=element: [element])  # type: ignore[misc]
        told += find_confirmed(Press(keys=("enter",)), on(EDITOR), (), known)
        assert len(told) > 1 and all(0 < len(one or "") < 400 for one in told)
