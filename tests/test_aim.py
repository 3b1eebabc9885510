"""The doctor's aim: each of the three errors is found, and found where it is."""

from __future__ import annotations

import types

import pytest
from PIL import Image

from agent.aim import BUTTON, LABELS, Aim, measure_aim, place_targets
from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.screen import Frame, Screen
from agent.virtual import VirtualDesktop
from recordings.action import Move
from recordings.geometry import Point


class Grounder:
    """Knows where the buttons are, and misses them by so many pixels."""

    def __init__(self, width: int, height: int, off: int) -> None:
        self._targets = {target.label: target for target in place_targets(width, height)}
        self._size, self._off = (width, height), off

    def look(self, image: Image.Image) -> Grounder:
        assert image.size == self._size
        return self

    def ground(self, text: str) -> types.SimpleNamespace:
        x, y = self._targets[text].middle
        return types.SimpleNamespace(point=Point(x=(x + self._off) / self._size[0], y=y / self._size[1]))


def measure(virtual_desktop: VirtualDesktop, off: int) -> Aim:
    with LiveDesktop(virtual_desktop.display, region=(100, 50, 800, 600)) as desktop:
        return measure_aim(desktop, Grounder(800, 600, off), virtual_desktop.display)


def test_eyes_and_hands_are_exact_and_a_miss_is_the_models(virtual_desktop: VirtualDesktop) -> None:
    aim = measure(virtual_desktop, BUTTON[0])
    assert aim.sound and set(aim.capture) == set(aim.execution) == {0.0} and aim.scale == 1.0
    assert aim.model == pytest.approx([BUTTON[0]] * len(LABELS), abs=0.1) and aim.hits == 0
    assert any("0 of 9 buttons hit" in line for line in aim.lines())


def test_hands_that_miss_are_told_from_a_model_that_does(virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    perform = LiveDesktop.perform
    monkeypatch.setattr(LiveDesktop, "perform", lambda desktop, move: perform(desktop, Move(x=max(move.x - 0.01, 0), y=move.y)))
    aim = measure(virtual_desktop, 0)
    assert set(aim.capture) == {0.0} and set(aim.execution) == {8.0} and aim.hits == len(LABELS) and not aim.sound


def test_a_stretched_capture_is_noticed(virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that gives a part of the screen for the whole, enlarged: what a scale that is not known of does."""
    grab = Screen.grab

    def grab_enlarged(screen: Screen) -> Frame:
        frame = grab(screen)
        image = Image.frombuffer("RGBX", frame.size, bytes(frame.pixels), "raw", "RGBX", 0, 1)
        enlarged = image.resize(frame.size, Image.Resampling.NEAREST, box=(0, 0, 760, 570))
        return Frame(enlarged.tobytes(), frame.size, frame.area)

    monkeypatch.setattr(Screen, "grab", grab_enlarged)
    aim = measure(virtual_desktop, 0)
    assert aim.scale == pytest.approx(800 / 760, abs=0.01) and max(aim.capture) > 10 and set(aim.execution) == {0.0} and not aim.sound


def test_a_board_that_is_covered_or_has_no_room_is_an_error(virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.aim.draw_board", lambda targets, width, height: Image.new("RGB", (width, height)))
    with pytest.raises(DesktopError, match="does not show the target"):
        measure(virtual_desktop, 0)
    with pytest.raises(DesktopError, match="no room"):
        place_targets(300, 100)
