"""A window that is up and shows nothing yet is waited for: neither keys nor texts nor clicks go into it."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import FixedApprover
from paper import BAR, PaperDesktop, Screen, follow
from PIL import Image, ImageDraw
from rendered import FONTS, font

from agent.protocols import Decision
from recordings.episode import Observation, Prediction, StopReason
from recordings.geometry import Box
from vlm.planner.revealing import MOST_BLANK_WAITS
from vlm.reading.blank import is_blank
from vlm.reading.reader import open_reader
from vlm.reading.reading import Reading, ScreenElement

SIZE = (400, 300)
WINDOW = Box.from_pixels(50, 40, 300, 220, SIZE)


def window(ground: str = "white", text: str = "", title: str = "") -> Image.Image:
    image = Image.new("RGB", SIZE, "#204060")
    pen = ImageDraw.Draw(image)
    pen.rectangle((50, 40, 349, 259), fill=ground, outline="black", width=3)
    pen.rectangle((50, 40, 349, 66), fill="#cccccc", outline="black")
    pen.text((150, 46), title, font=font(FONTS[0], 13), fill="black")
    pen.text((70, 120), text, font=font(FONTS[0], 14), fill="gray")
    return image


@pytest.mark.parametrize(
    ("ground", "text", "blank"), [("white", "", True), ("#1e1e1e", "", True), ("white", "Hi", False), ("#1e1e1e", "$", False)]
)
def test_what_shows_nothing_but_its_title_is_blank(ground: str, text: str, blank: bool) -> None:
    image = window(ground, text, "Untitled 1 - Editor")
    reading = open_reader().read(image)
    assert is_blank(image, reading, WINDOW, "Untitled 1 - Editor") is blank
    assert is_blank(image, Reading((), SIZE), WINDOW, "") is blank, "pixels alone tell it, too"


def test_a_caret_is_nothing_and_a_drawing_without_words_is_something() -> None:
    image = window()
    ImageDraw.Draw(image).rectangle((70, 120, 71, 136), fill="black")
    assert is_blank(image, Reading((), SIZE), WINDOW, "")
    ImageDraw.Draw(image).rectangle((70, 120, 90, 136), fill="black")
    assert not is_blank(image, Reading((), SIZE), WINDOW, "")


def test_words_behind_the_window_do_not_count_and_words_in_it_do() -> None:
    said = ScreenElement("OK", Box.from_pixels(100, 120, 20, 12, SIZE), 0.9)
    behind = ScreenElement("OK", Box.from_pixels(5, 5, 20, 12, SIZE), 0.9)
    assert not is_blank(window(), Reading((said,), SIZE), WINDOW, "") and is_blank(window(), Reading((behind,), SIZE), WINDOW, "")
    assert is_blank(Image.new("RGB", SIZE), Reading((), SIZE), None, "") and not is_blank(window(), Reading((), SIZE), None, "")


class Drawing(FixedApprover):
    """The program draws its window while the third wait goes on."""

    def __init__(self, desktop: list[PaperDesktop], after: int) -> None:
        super().__init__()
        self.desktop, self.left = desktop, after

    def review(self, observation: Observation, prediction: Prediction) -> Decision:
        self.left -= prediction.action is not None and prediction.action.kind == "wait"
        if self.left == 0:
            self.desktop[0].now = "main"
        return super().review(observation, prediction)


SCREENS = {"white": Screen({}, title="Editor"), "main": Screen(BAR, {"type": "typed", "press ctrl+s": "typed", "click File": "typed"}),
           "typed": Screen({**BAR, "hello": (9, 99)})}  # fmt: skip


@pytest.mark.parametrize(("plan", "done"), [("type hello", "type hello"), ("press Ctrl+S", "press ctrl+s"), ("click File", "click File")])
def test_nothing_is_sent_before_the_window_shows(plan: str, done: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[PaperDesktop] = []
    original = PaperDesktop.__init__

    def remember(self: PaperDesktop, *arguments: Any) -> None:
        original(self, *arguments)
        made.append(self)

    monkeypatch.setattr(PaperDesktop, "__init__", remember)
    agent, desktop, steps = follow(plan, SCREENS, start="white", approver=Drawing(made, 3))
    assert [step.action.kind for step in steps[:3]] == ["wait"] * 3 and steps[0].prediction.thought == "nothing is to be seen yet"
    assert desktop.performed == [done] and agent.stop_reason is StopReason.DONE


@pytest.mark.parametrize(
    ("answers", "performed", "reason"),
    [
        ([], [], StopReason.FAILED),
        (["yes"], ["type hello"], StopReason.DONE),
        (["no"], [], StopReason.FAILED),
        (["skip"], [], StopReason.DONE),
    ],
)
def test_what_never_shows_is_asked_about(answers: list[str], performed: list[str], reason: StopReason) -> None:
    screens = SCREENS | {"white": Screen({}, {"type": "typed"}, title="Editor")}
    agent, desktop, steps = follow("type hello", screens, start="white", answers=answers)
    assert [step.action.kind for step in steps[: MOST_BLANK_WAITS + 1]] == ["wait"] * MOST_BLANK_WAITS + ["ask"]
    assert steps[MOST_BLANK_WAITS].action.question.startswith("The window “Editor” still shows nothing.")
    assert desktop.performed == performed and agent.stop_reason is reason
