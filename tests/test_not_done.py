"""What may look done and is not: a text that is nowhere to be seen, a dialog that waits for its button."""

from __future__ import annotations

import pytest
from paper import BAR, PaperDesktop, Screen, follow

from recordings.episode import Observation, StopReason


@pytest.mark.parametrize(("answers", "goes_on"), [([], False), (["yes"], True), (["stop"], False)])
def test_after_a_text_that_is_nowhere_to_be_seen_nothing_is_done_unasked(answers: list[str], goes_on: bool) -> None:
    screens = {"main": Screen({"Replace": (10, 40), "Replace All": (10, 70)}, {"click Replace All": "end"}), "end": Screen({"Bye": (1, 1)})}
    agent, desktop, steps = follow("type dog\nclick Replace All\ndone", screens, answers=answers)
    assert [step.action.kind for step in steps[:3]] == ["type", "wait", "ask"]
    assert steps[2].action.question == "I typed “dog”, and nothing changed on the screen. Go on all the same? (yes, or stop)"
    assert ("click Replace All" in desktop.performed) is goes_on and (agent.stop_reason is StopReason.DONE) is goes_on
    assert desktop.performed.count("type dog") == 1, "a text is never sent twice"


def test_a_text_that_is_seen_late_is_no_reason_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    screens = {"main": Screen({"Find": (10, 40)}), "late": Screen({"Find": (10, 40), "dog": (60, 40)})}
    looks = iter(("main", "late"))  # after the text, and after the wait

    def settle(desktop: PaperDesktop) -> Observation:
        desktop.now = next(looks)
        return desktop.observe()

    monkeypatch.setattr(PaperDesktop, "settle", settle)
    agent, _, steps = follow("type dog\ndone", screens)
    assert [step.action.kind for step in steps] == ["type", "wait", "finish"] and agent.stop_reason is StopReason.DONE


@pytest.mark.parametrize(("button", "asked"), [("OK", True), ("Create", True), ("Close", False)])
def test_a_name_typed_into_a_dialog_is_not_done_before_its_button(button: str, asked: bool) -> None:
    words = {"Name:": (220, 220), "Cancel": (300, 400), button: (400, 400)}
    box = (200, 150, 400, 300)
    screens = {
        "main": Screen(BAR, {"press ctrl+n": "new"}),
        "new": Screen(words, {"type": "named"}, title="New Node", dialog=box),
        "named": Screen({**words, "Holidays": (280, 220)}, {f"click {button}": "made"}, title="New Node", dialog=box),
        "made": Screen({**BAR, "Holidays": (20, 100)}),
    }
    agent, _, _ = follow("press Ctrl+N\ntype Holidays\ndone", screens)
    assert (agent.stop_reason is StopReason.FAILED) is asked
    agent, desktop, _ = follow("press Ctrl+N\ntype Holidays\ndone", screens, answers=[button])
    assert (desktop.performed[-1] == f"click {button}") is asked and agent.stop_reason is StopReason.DONE


@pytest.mark.parametrize(
    ("proposed", "typed", "selected"),
    [("Untitled.txt", "a.txt", True), ("Untitled", "a.txt", False), ("Untitled.txt", "Ada", False)],
)
def test_a_file_s_name_takes_the_place_of_all_that_is_proposed(proposed: str, typed: str, selected: bool) -> None:
    """Dialogs select "Untitled" of "Untitled.txt": "a.txt" would make it "a.txt.txt"."""
    words, box = {"Name:": (220, 220), proposed: (280, 220), "Cancel": (300, 400), "Save": (400, 400)}, (200, 150, 400, 300)
    screens = {
        "main": Screen(BAR, {"press ctrl+s": "dialog"}),
        "dialog": Screen(words, {"type": "named"}, title="Save As", dialog=box),
        "named": Screen({**words, "x": (500, 220)}, {"click Save": "saved"}, title="Save As", dialog=box),
        "saved": Screen({**BAR, "saved": (700, 570)}),
    }
    agent, desktop, _ = follow(f"press Ctrl+S\ntype {typed}\nclick Save\ndone", screens)
    assert desktop.performed == ["press ctrl+s", *["press ctrl+a"] * selected, f"type {typed}", "click Save"]
    assert agent.stop_reason is StopReason.DONE


def test_no_document_is_selected_where_no_dialog_came_up() -> None:
    screens = {"main": Screen({**BAR, "notes.txt": (20, 100)}, {"type": "typed"}), "typed": Screen(BAR)}
    assert follow("press Ctrl+S\ntype a.txt\ndone", screens)[1].performed == ["press ctrl+s", "type a.txt"]
