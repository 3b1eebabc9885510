"""Steps that set something on or off: what is as it should be is left alone, and where nobody can tell a person is asked."""

from __future__ import annotations

import pytest
from paper import Screen, follow

from recordings.action import Click
from recordings.episode import Element, StopReason
from recordings.geometry import Box


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
