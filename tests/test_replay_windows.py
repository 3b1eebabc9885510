"""Which window was recorded, or which element, decides whether a replay goes on: late ones are waited for, wrong ones halt it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from demonstrations import BUTTONS, make_episode
from test_replay_act import Painted, act, actions_of

from recordings.action import Wait
from recordings.episode import Element, Observation, StopReason
from recordings.store import Episode, read_episode


@pytest.fixture
def shown(tmp_path: Path) -> Episode:
    return read_episode(make_episode(tmp_path / "episodes"))


def of_window(episode: Episode, title: str | None, kind: str | None) -> Episode:
    """The same episode, recorded in another window."""
    return replace(episode, steps=[step.model_copy(update={"window_title": title, "window_class": kind}) for step in episode.steps])


class InWindow(Painted):
    """Shows everything as recorded, but in a window of this title and class, which becomes active after some looks only."""

    def __init__(self, title: str, kind: str | None, after: int = 0) -> None:
        super().__init__()
        self.title, self.kind, self.after, self.looks = title, kind, after, 0

    def observe(self) -> Observation:
        self.looks += 1
        there = self.looks > self.after
        return replace(super().observe(), window_title=self.title if there else "", window_class=self.kind if there else None)


@pytest.mark.parametrize("recorded", [("Second", None), ("Second", "yad Yad")])
def test_a_late_window_is_waited_for_though_the_screen_looks_the_same(shown: Episode, recorded: tuple[str, str | None]) -> None:
    desktop = InWindow("Second", recorded[1], after=3)
    agent, steps, _ = act(of_window(shown, *recorded), desktop, patience=3.0)
    assert agent.stop_reason is StopReason.DONE and desktop.performed == actions_of(shown)
    assert isinstance(steps[0].action, Wait) and "no window is active instead of 'Second'" in steps[0].prediction.thought


@pytest.mark.parametrize(
    ("recorded", "now", "goes"),
    [
        (("notes.txt - Editor", "editor Editor"), ("*notes.txt - Editor", "editor Editor"), True),
        (("notes.txt - Editor", "editor Editor"), ("plans.txt - Editor", "editor Editor"), True),
        (("notes.txt - Editor", "editor Editor"), ("notes.txt - Editor", "other Other"), False),
        (("Editor", "editor Editor"), ("Mail", "mail Mail"), False),
        (("notes.txt - Editor", None), ("*notes.txt - Editor", "editor Editor"), True),
        (("Editor", None), ("Mail", None), False),
        ((None, None), ("Mail", "mail Mail"), True),
    ],
)
def test_title_and_class_decide_and_not_the_likeness_of_the_screen(
    shown: Episode, recorded: tuple[str | None, str | None], now: tuple[str, str], goes: bool
) -> None:
    desktop = InWindow(*now)
    agent, *_ = act(of_window(shown, *recorded), desktop)
    assert (agent.stop_reason is StopReason.DONE) == goes
    assert goes or (
        (desktop.performed == [] and f"the window {now[0]!r} is active instead of {recorded[0]!r}" in agent.detail) or now[0] == recorded[0]
    )


def test_an_element_that_is_found_outweighs_the_window(shown: Episode) -> None:
    places = [Element(name=name, role="push button", box=box) for name, box in BUTTONS.items()]
    desktop = InWindow("Mail", "mail Mail")
    act(of_window(shown, "Editor", "editor Editor"), desktop, find_elements=lambda area: places)
    assert desktop.performed[:1] == actions_of(shown)[:1]
