"""Steps that set something on or off: what is as it should be is left alone, and where nobody can tell a person is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from paper import Screen, follow

from recordings.action import Ask, Click, Wait
from recordings.episode import Element, StopReason
from recordings.geometry import Box
from vlm.reading.chosen import Standing
from vlm.reading.reading import Widget


@pytest.mark.parametrize(("checked", "performed"), [(True, []), (False, ["click Word wrap"]), (None, [])])
def test_a_box_that_is_ticked_already_is_left_alone(checked: bool | None, performed: list[str]) -> None:
    box = Element(name="Word wrap", role="check box", box=Box(x1=0, y1=0, x2=1, y2=1), checked=checked)
    states = {} if checked is None else {"Word wrap": box}
    screens = {"main": Screen({"Word wrap": (10, 40)}, {"click Word wrap": "ticked"}, states=states), "ticked": Screen({"x": (1, 1)})}
    agent, desktop, _ = follow("set on Word wrap\ndone", screens)
    assert desktop.performed == performed
    assert agent.stop_reason is (StopReason.FAILED if checked is None else StopReason.DONE), "nobody can tell, and a click may untick it"


@pytest.mark.parametrize("ticked", [True, False])
@pytest.mark.parametrize("wanted", ["on", "off"])
def test_where_accessibility_is_silent_the_box_itself_is_looked_at(ticked: bool, wanted: str) -> None:
    words = {"Word wrap": (60, 40), "Ruler": (60, 80)}
    screens = {
        "main": Screen(words, {"click nothing": "done"}, ticks={"Word wrap": ticked, "Ruler": not ticked}), "done": Screen({"x": (1, 1)})
    }  # fmt: skip
    agent, desktop, steps = follow(f"set {wanted} Word wrap\ndone", screens)
    assert agent.stop_reason is StopReason.DONE
    assert len(desktop.performed) == (ticked != (wanted == "on"))
    for action in (step.action for step in steps if isinstance(step.action, Click)):
        assert 36 <= action.x * 800 <= 52 and 39 <= action.y * 600 <= 55, "the mark is clicked: its label may be none of its own"


@pytest.mark.parametrize(
    ("label", "said", "performed"),
    [
        ("Display line numbers", "line numbers", True), ("Show the ruler", "ruler", True),
        ("Enable Spell Checking", "spell checking", True),
        ("Hide line numbers", "line numbers", False), ("Highlight line numbers", "line numbers", False),
    ],
)  # fmt: skip
def test_an_option_is_called_by_what_it_shows(label: str, said: str, performed: bool) -> None:
    box = Element(name=label, role="check box", box=Box(x1=0, y1=0, x2=1, y2=1), checked=False)
    on = {label: box.model_copy(update={"checked": True})}
    screens = {
        "main": Screen({label: (10, 40)}, {f"click {label}": "ticked"}, states={label: box}),
        "ticked": Screen({label: (10, 40), "x": (1, 1)}, states=on),
    }
    assert (f"click {label}" in follow(f"set on {said}\ndone", screens)[1].performed) is performed
    agent, desktop, _ = follow(f"set off {said}\ndone", screens)
    assert f"click {label}" not in desktop.performed and (agent.stop_reason is StopReason.DONE) is performed, "it is off already"


def test_what_is_not_selected_is_not_off_for_that() -> None:
    cell = Element(name="Cem Kaya", role="table cell", box=Box(x1=0, y1=0, x2=1, y2=1), selected=False)
    agent, desktop, _ = follow("set off Cem Kaya\ndone", {"main": Screen({"Cem Kaya": (60, 40)}, states={"Cem Kaya": cell})})
    assert desktop.performed == ["click Cem Kaya"] * 2 and agent.stop_reason is StopReason.FAILED, "in vain, and then asked about"


def test_accessibility_is_believed_before_the_pixels() -> None:
    box = Element(name="Word wrap", role="check box", box=Box(x1=0, y1=0, x2=1, y2=1), checked=True)
    screens = {"main": Screen({"Word wrap": (60, 40)}, {}, ticks={"Word wrap": False}, states={"Word wrap": box})}
    assert follow("set on Word wrap\ndone", screens)[1].performed == []


@pytest.mark.parametrize(
    ("answer", "performed", "reason"),
    [
        (None, [], StopReason.FAILED), ("yes", ["click Word wrap"], StopReason.DONE), ("no", [], StopReason.FAILED),
        ("skip", [], StopReason.DONE),
    ],
)  # fmt: skip
def test_an_entry_of_a_menu_that_tells_no_state_is_asked_about(answer: str | None, performed: list[str], reason: StopReason) -> None:
    entry = Element(name="Word wrap", role="menu item", box=Box(x1=0, y1=0, x2=1, y2=1), selected=False)
    screens = {
        "main": Screen({"Word wrap": (10, 40)}, {"click Word wrap": "ticked"}, states={"Word wrap": entry}), "ticked": Screen({"x": (1, 1)})
    }  # fmt: skip
    for wanted in ("on", "off"):
        agent, desktop, steps = follow(f"set {wanted} Word wrap\ndone", screens, answers=[answer])
        assert desktop.performed == performed and agent.stop_reason is reason
        assert "cannot tell whether “Word wrap” is" in steps[0].action.question


def test_a_tick_that_is_read_before_the_name_is_its_state() -> None:
    screens = {"main": Screen({"✓Wrap Lines": (10, 40)}, {"click ✓Wrap Lines": "off"}), "off": Screen({"x": (1, 1)})}
    assert follow("set on Wrap Lines\ndone", screens)[1].performed == []
    assert follow("set off Wrap Lines\ndone", screens)[1].performed == ["click ✓Wrap Lines"]


def seen_as(state: str, confidence: float) -> Callable[..., list[Widget | None]]:
    return lambda *_: [Widget("check box", state, confidence, Box.from_pixels(36, 39, 16, 16, (800, 600)))]  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", ["on", "off"])
def test_what_may_be_an_icon_beside_a_plain_label_decides_nothing(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    """A step that is passed over is seen by nobody: a mark that is only likely is asked about."""
    monkeypatch.setattr("vlm.reading.states.StateReader.look", seen_as("on", 0.985))
    screens = {"main": Screen({"Word wrap": (60, 40)}, {})}
    agent, desktop, steps = follow(f"set {wanted} Word wrap\ndone", screens)
    assert desktop.performed == [] and agent.stop_reason is StopReason.FAILED
    assert "cannot tell whether “Word wrap” is" in steps[0].action.question
    monkeypatch.setattr("vlm.reading.states.StateReader.look", seen_as(wanted, 0.998))
    assert follow(f"set {wanted} Word wrap\ndone", screens)[0].stop_reason is StopReason.DONE


@pytest.mark.parametrize(("selected", "performed"), [(True, []), (False, ["click Notes"])])
def test_what_is_drawn_in_a_tab_is_no_mark(monkeypatch: pytest.MonkeyPatch, selected: bool, performed: list[str]) -> None:
    monkeypatch.setattr("vlm.reading.states.StateReader.look", seen_as("on", 1.0))
    tab = Element(name="Notes", role="page tab", box=Box(x1=0, y1=0, x2=1, y2=1), selected=selected)
    screens = {"main": Screen({"Notes": (60, 40)}, {"click Notes": "x"}, states={"Notes": tab}), "x": Screen({"x": (1, 1)})}
    assert follow("set on Notes\ndone", screens)[1].performed == performed


def test_accessibility_is_asked_about_the_mark_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlm.reading.states.StateReader.look", seen_as("off", 1.0))
    whole = Box(x1=0, y1=0, x2=1, y2=1)
    label, box = Element(name="Word wrap", role="label", box=whole), Element(name="", role="check box", box=whole, checked=True)
    screens = {"main": Screen({"Word wrap": (60, 40), "x": (38, 41)}, {}, states={"Word wrap": label, "x": box})}
    assert follow("set on Word wrap\ndone", screens)[1].performed == []


@pytest.mark.parametrize(("selected", "performed"), [(True, []), (False, ["click Colours"])])
def test_a_tab_that_is_open_is_not_clicked_again(selected: bool, performed: list[str]) -> None:
    tab = Element(name="Colours", role="page tab", box=Box(x1=0, y1=0, x2=1, y2=1), selected=selected)
    screens = {"main": Screen({"Colours": (60, 40)}, {"click Colours": "x"}, states={"Colours": tab}), "x": Screen({"x": (1, 1)})}
    agent, desktop, _ = follow("click Colours\ndone", screens, say="switch to the Colours tab")
    assert desktop.performed == performed and agent.stop_reason is StopReason.DONE
    screens["main"].states["Colours"] = Element(name="Colours", role="push button", box=tab.box, selected=True)  # type: ignore[index]
    assert follow("click Colours\ndone", screens, say="switch to the Colours tab")[1].performed == ["click Colours"]


@pytest.mark.parametrize(
    ("answer", "performed", "reason"),
    [
        (None, [], StopReason.FAILED), ("yes", ["click Undo"], StopReason.DONE), ("no", [], StopReason.FAILED),
        ("skip", [], StopReason.DONE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", ["click Undo", "double_click Undo", "set on Undo"])
def test_what_is_greyed_out_is_said_to_be_and_not_clicked(step: str, answer: str | None, performed: list[str], reason: StopReason) -> None:
    button = Element(name="Undo", role="push button", box=Box(x1=0, y1=0, x2=1, y2=1), enabled=False)
    screens = {
        "main": Screen({"Undo": (60, 40)}, {"click Undo": "x", "double_click Undo": "x"}, states={"Undo": button}),
        "x": Screen({"x": (1, 1)}),
    }  # fmt: skip
    agent, desktop, steps = follow(f"{step}\ndone", screens, answers=[answer])
    done = [words for words in desktop.performed if not words.startswith("wait")]
    assert [words.removeprefix("double_") for words in done] == performed and agent.stop_reason is reason
    question = next(taken.action.question for taken in steps if isinstance(taken.action, Ask))
    assert question == "“Undo” is greyed out, so a click would do nothing. Click it all the same? (yes, or skip)"


def test_what_wakes_up_a_moment_later_is_clicked(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter((True, False))
    monkeypatch.setattr("vlm.planner.doubts.is_grey", lambda *_, **__: next(looks))
    screens = {"main": Screen({"Next": (60, 40)}, {"click Next": "x"}), "x": Screen({"x": (1, 1)})}
    agent, desktop, steps = follow("click Next\ndone", screens)
    assert agent.stop_reason is StopReason.DONE and desktop.performed == ["click Next"]
    assert [type(step.action) for step in steps[:2]] == [Wait, Click], "and nothing is asked"


@pytest.mark.parametrize(("chosen", "reason"), [(0.98, StopReason.DONE), (0.6, StopReason.FAILED)])
def test_a_tab_that_looks_open_is_not_asked_about_where_nobody_tells(
    monkeypatch: pytest.MonkeyPatch, chosen: float, reason: StopReason
) -> None:
    """A click on it shows nothing and does no harm; only after it counts how it looks."""
    monkeypatch.setattr("vlm.reading.chosen.ChosenReader.look", lambda *_: [Standing(chosen, 0.0)])
    screens = {"main": Screen({"Colours": (60, 40), "Fonts": (160, 40)}, {})}
    agent, desktop, steps = follow("click Colours\ndone", screens, say="switch to the Colours tab")
    assert agent.stop_reason is reason and desktop.performed[0] == "click Colours"
    assert any(isinstance(step.action, Ask) for step in steps) == (reason is StopReason.FAILED)


@pytest.mark.parametrize(("chosen", "asked"), [(0.98, False), (0.02, True)])
def test_a_button_that_is_seen_to_be_down_is_left_and_one_that_seems_up_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, chosen: float, asked: bool
) -> None:
    monkeypatch.setattr("vlm.reading.chosen.ChosenReader.look", lambda *_: [Standing(chosen, 0.0)])
    _, desktop, steps = follow("set on Bold\ndone", {"main": Screen({"Bold": (60, 40)}, {})}, say="switch the Bold button on")
    assert desktop.performed == [] and any(isinstance(step.action, Ask) for step in steps) == asked
