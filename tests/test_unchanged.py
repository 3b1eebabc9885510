"""What lies where a click goes is looked at again: whatever was put there since it was decided on gets nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from agent import unchanged
from agent.look import DecisionStale
from agent.screen import Area, Frame
from agent.unchanged import Unchanged
from recordings.action import Action, Click, Drag, Move, Press, Scroll

SIZE = (240, 80)
CLICK = Click(x=0.25, y=0.5)
LIGHT, DARK = (246, 245, 244), (46, 52, 54)


def frame(*labels: str, ink: tuple[int, int, int] = DARK, ground: tuple[int, int, int] = LIGHT, caret: int = 0, left: int = 0) -> Frame:
    """Two buttons side by side, or one; a caret of so many pixels in the first."""
    image = Image.new("RGB", SIZE, ground)
    canvas, font = ImageDraw.Draw(image), ImageFont.truetype("DejaVuSans.ttf", 13)
    for number, label in enumerate(labels):
        canvas.text((60 + 120 * number, 40), label, ink, font, anchor="mm")
    if caret:
        canvas.rectangle((60, 40 - caret // 2, 61, 40 + caret // 2), ink)
    pixels = np.dstack([np.asarray(image)[:, :, ::-1], np.zeros(SIZE[::-1], np.uint8)])
    return Frame(pixels.tobytes(), SIZE, Area(left, 0, *SIZE))


def check(shown: Frame, now: Frame, action: Action = CLICK, later: Sequence[Frame] = (), tries: int = 1) -> str:
    """What becomes of an action that was decided on one frame, and is done on another; `later`: what is captured then, again and again."""
    frames = cycle(later or (now,))
    look, told = Unchanged(lambda: next(frames), lambda seconds: None), ""
    for _ in range(tries):
        look.expect(shown)
        try:
            look.check(action, now, lambda place: place)
            told = ""
        except DecisionStale as error:
            told = str(error)
    return told


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes with each look at the clock."""
    now = iter(range(10_000))
    monkeypatch.setattr(unchanged.time, "monotonic", lambda: next(now) * 0.1)


@pytest.mark.parametrize("other", ["Delete", "Send", "Remove all", "", "Pay"])
@pytest.mark.parametrize("was", ["Cancel", "Save", "Next"])
def test_another_label_gets_no_click(was: str, other: str) -> None:
    assert "not what it was" in check(frame(was), frame(other))
    assert "not what it was" in check(frame(was), frame(other, ink=LIGHT, ground=DARK))
    assert check(frame(was), frame(was)) == ""


@pytest.mark.parametrize("label", ["Cancel", "OK", "Remove all", "7", ""])
def test_the_same_in_other_colours_is_the_same(label: str) -> None:
    for ink, ground in (((139, 142, 143), (250, 250, 250)), ((255, 255, 255), (53, 132, 228)), (LIGHT, DARK)):
        assert check(frame(label), frame(label, ink=ink, ground=ground)) == ""


def test_a_caret_blinks_and_what_is_elsewhere_does_not_count() -> None:
    for label in ("", "Name"):
        assert check(frame(label), frame(label, caret=18)) == check(frame(label, caret=18), frame(label)) == ""
    assert check(frame("Next", "Old"), frame("Next", "Something new")) == ""


def test_what_only_flickers_is_waited_for() -> None:
    assert check(frame("Next"), frame(""), later=[frame(""), frame("Next")]) == ""


def test_what_never_rests_is_acted_in_once_it_was_decided_on_again() -> None:
    film = [frame(label) for label in ("Delete", "Send", "Pay", "Remove", "Leave")]
    assert check(frame("Next"), film[0], later=film) != ""
    assert check(frame("Next"), film[0], later=film, tries=2) == ""
    assert check(frame("Next"), frame("Delete"), tries=3) != "", "what rests and is something else stays so"


def test_both_ends_of_a_drag_are_looked_at_and_nothing_of_what_is_no_press() -> None:
    path = ((0.25, 0.5), (0.75, 0.5))
    shown, now = frame("a.txt", "Archive"), frame("a.txt", "Trash")
    assert check(shown, now, Drag(path=path)) and not check(shown, now)
    for action in (Move(x=0.75, y=0.5), Scroll(x=0.75, y=0.5, dy=1), Press(keys=("enter",))):
        assert check(shown, now, action) == ""


def test_only_the_first_action_is_decided_on_a_frame_as_it_is() -> None:
    look = Unchanged(lambda: frame("Delete"), lambda seconds: None)
    look.expect(frame("Next"))
    look.check(Press(keys=("tab",)), frame("Next"), lambda place: place)
    look.check(CLICK, frame("Delete"), lambda place: place)  # of what the key did nothing is known
    look.expect(frame("Next"))
    with pytest.raises(DecisionStale):
        look.check(CLICK, frame("Delete"), lambda place: place)


@pytest.mark.parametrize("moves", [lambda place: (place[0] + 20, place[1]), lambda place: None])
def test_a_window_that_moved_is_followed_and_one_that_is_gone_is_for_others_to_tell(moves: Callable[..., object]) -> None:
    shown, now = frame("Next"), frame("Next", left=20)
    look = Unchanged(lambda: now, lambda seconds: None)
    look.expect(shown)
    look.check(CLICK, now, moves)  # type: ignore[arg-type]
    look.expect(shown)
    with pytest.raises(DecisionStale):
        look.check(CLICK, now, lambda place: place)


def test_at_the_edge_of_the_screen_what_is_there_counts() -> None:
    for x, y in ((0.0, 0.0), (1.0, 1.0), (0.0, 0.5)):
        assert check(frame("Next"), frame("Next"), Click(x=x, y=y)) == ""
