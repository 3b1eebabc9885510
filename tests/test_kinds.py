"""What kind of thing a person says it is counts: what is known to be something else is asked about, and never clicked."""

from __future__ import annotations

import pytest
from paper import Screen, follow

from agent.innermost import innermost, once_a_frame
from recordings.episode import Element, Screenshot, StopReason
from recordings.geometry import Box, Point, ScreenTransform
from vlm.reading.kinds import kind_said

EVERYWHERE = Box(x1=0, y1=0, x2=1, y2=1)


def named(role: str) -> Element:
    return Element(name="x", role=role, box=EVERYWHERE)


@pytest.mark.parametrize(
    ("target", "instruction", "kind"),
    [
        ("the colours tab", "", "tab"), ("colours", "open the preferences, then go to the colours tab", "tab"),
        ("tab General", "", "tab"),
        ("Save", "click the “Save” button twice", "button"), ("Save As", "the Save As… button", "button"),
        ("Name", "fill in the field Name", "field"),
        ("Wrap", "tick the Wrap check box", "check"), ("File", "in the File menu, choose Save", "menu"),
        ("Save", "in the File menu, choose Save", None), ("Save", "File, then the tab, Save", None), ("Save", "press Save", None),
        ("Save", "the Save button, then the Save tab", None), ("Preferences", "the menu item Preferences", None), ("…", "x", None),
        ("Name", "the Rename button", None),
    ],
)  # fmt: skip
def test_the_kind_that_is_said(target: str, instruction: str, kind: str | None) -> None:
    assert kind_said(target, instruction) == kind


def run(role: str, words: str, target: str = "Colors", **options: object) -> tuple[list[str], str]:
    screens = {
        "main": Screen({"Colors": (10, 40), "Fonts": (10, 70)}, {"click Colors": "red"}, states={"Colors": named(role)}),
        "red": Screen({"Red": (9, 9)}),
    }
    agent, desktop, _ = follow(f"click {target}\ndone", screens, say=words, **options)
    return [done for done in desktop.performed if done.startswith("click")], agent.detail


@pytest.mark.parametrize(
    ("said", "wrong", "right"),
    [
        ("tab", "label", "page tab"), ("tab", "check box", "list item"), ("menu", "text", "menu item"), ("button", "entry", "menu item"),
        ("check box", "push button", "toggle button"), ("field", "menu", "label"), ("field", "push button", "label"),
        ("link", "menu item", "push button"),
    ],
)  # fmt: skip
def test_what_is_known_to_be_of_another_kind_is_asked_about(said: str, wrong: str, right: str) -> None:
    clicked, told = run(wrong, f"go to the Colors {said}")
    assert not clicked and f"I do not see a {said} called “Colors”. I see “Colors” (a {wrong})" in told
    if said != "field":  # whose place is beside its label
        assert run(right, f"go to the Colors {said}")[0] == ["click Colors"] == run("", f"go to the Colors {said}")[0]
    assert run(wrong, "go to Colors")[0] == ["click Colors"], "who says no kind takes any"


def test_a_likely_name_must_be_of_the_kind_and_likelier_still_where_nobody_can_tell() -> None:
    for role, chance, clicked in (("page tab", 0.84, True), ("label", 0.99, False), ("", 0.74, False), ("", 0.83, True)):
        done, told = run(role, "go to the hues tab", "hues", likely={"hues": [("Colors", chance)]})
        assert bool(done) is clicked, (role, chance)
        assert clicked or "I do not see a tab called “hues”. I see “Colors”" in told
    assert run("", "go to the hues", "hues", likely={"hues": [("Colors", 0.84)]})[0]


def test_of_two_alike_the_one_of_the_kind_is_meant() -> None:
    words = {"Save": (10, 40), "Save#2": (300, 300)}
    screens = {
        "main": Screen(words, {"click Save#2": "end"}, states={"Save": named("label"), "Save#2": named("page tab")}),
        "end": Screen({"x": (1, 1)}),
    }
    agent, desktop, _ = follow("click Save\ndone", screens, say="go to the Save tab")
    assert desktop.performed == ["click Save#2"] and agent.stop_reason is StopReason.DONE
    agent, desktop, _ = follow("click Save\ndone", screens, say="go to Save")
    assert not desktop.performed and agent.stop_reason is StopReason.FAILED


def test_the_tabs_that_there_are_are_named() -> None:
    words = {"Plain text": (10, 40), "View": (10, 70), "Window": (60, 70), "Other": (10, 100)}
    screens = {"main": Screen(words, states={"View": named("page tab"), "Window": named("page tab"), "Other": named("label")})}
    agent, *_ = follow("click Colors\ndone", screens, say="open the Colors tab")
    assert "I do not see a tab called “Colors”. I see “View”, “Window”. Which?" in agent.detail


def test_a_button_with_a_label_in_it_is_the_button() -> None:
    button = Element(name="Save", role="push button", box=Box(x1=0.1, y1=0.1, x2=0.3, y2=0.2))
    label = Element(name="Save", role="label", box=Box(x1=0.15, y1=0.12, x2=0.2, y2=0.18))
    other = label.model_copy(update={"name": "Hint"})
    place = Point(x=0.17, y=0.15)
    assert innermost([button, label], place) == button and innermost([button, other], place) == other and innermost([label], place) == label


def test_the_tree_is_asked_once_a_frame() -> None:
    from PIL import Image

    asked = []
    names = once_a_frame(lambda area: asked.append(area) or [Element(name="a", role="x", box=EVERYWHERE)])
    frames = [Screenshot(Image.new("RGB", (4, 4)), ScreenTransform(0, 0, 4, 4)) for _ in range(2)]
    for frame in (frames[0], frames[0], frames[1], frames[1]):
        assert names(Point(x=0.5, y=0.5), frame).name == "a"
    assert len(asked) == 2
