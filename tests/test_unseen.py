"""Terminals inside other programs are covered in what is kept: also those that an action closes, and also once accessibility is silent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fakes import FakeDesktop, ScriptedPolicy, small_settings

from agent.accessibility import Accessibility
from agent.keeping import Unseen
from agent.place import Place
from agent.private import WINDOW
from agent.recorder.gestures import Gesture
from agent.recorder.judging import Judge
from agent.recorder.scribe import Draft
from agent.recorder.witness import Witness
from agent.session import Session
from agent.virtual import VirtualDesktop
from agent.x11.display import Window
from recordings.geometry import Box
from recordings.painting import PAINT
from recordings.secrets.rules import Rules
from recordings.store import read_episode

PANEL = Box(x1=0, y1=0.5, x2=1, y2=1)


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminals: Any) -> tuple[FakeDesktop, Any]:
    """A run of one click, on a desktop of which `terminals` tells where terminals are."""
    desktop = FakeDesktop()
    made = Unseen.__init__
    monkeypatch.setattr(
        Unseen, "__init__", lambda self, place: made(self, Place(desktop, "host", terminals=lambda area: terminals(desktop)))
    )
    policy = ScriptedPolicy("click(x=0.5, y=0.5)", "finish()")
    with Session(small_settings(tmp_path, approve="none"), policy=policy, desktop=desktop) as session:
        list(session.run("close the panel"))
        assert session.result is not None and session.result.episode is not None
        return desktop, read_episode(session.result.episode)


def covers(frame: Any) -> bool:
    assert frame is not None
    return frame.getpixel((frame.width // 2, frame.height * 3 // 4)) == PAINT  # type: ignore[no-any-return]


def test_a_terminal_that_the_action_closes_is_covered_in_the_frame_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminals(desktop: FakeDesktop) -> Sequence[Box]:
        return () if desktop.performed else (PANEL,)

    desktop, episode = run(tmp_path, monkeypatch, terminals)
    assert desktop.performed and covers(episode.frame(episode.steps[0], "before"))


def test_where_nobody_can_tell_frames_are_covered_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminals(desktop: FakeDesktop) -> Sequence[Box]:
        if not desktop.performed:
            raise OSError("the display is gone")
        return ()

    _, episode = run(tmp_path, monkeypatch, terminals)
    assert covers(episode.frame(episode.steps[0], "before"))


def test_a_recording_covers_terminals_once_the_accessibility_bus_is_gone(
    virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: Accessibility, texts: bool = False) -> list[object]:
        raise OSError("the bus is gone")

    monkeypatch.setattr(Accessibility, "nodes", gone)
    editor = virtual_desktop.spawn(["xterm", "-class", "Editor", "-name", "editor", "-T", "edits"])
    witness = Witness(Rules(), session_bus=virtual_desktop.env.get("DBUS_SESSION_BUS_ADDRESS"), display=virtual_desktop.display)
    try:
        virtual_desktop.wait_for_window("edits")
        window = next(one for one in virtual_desktop.windows.all() if one.title == "edits")
        survey = witness._survey()
        assert window.id in survey.held and survey.in_terminal(window) and "cannot be read" in witness.trouble
        assert any(secret.kind == WINDOW and secret.width * secret.height > 10_000 for secret in survey.secrets)
    finally:
        witness.stop()
        editor.terminate()
        virtual_desktop.windows.wait_gone("edits")


@pytest.mark.parametrize(("title", "verdict"), [("web1 - noVNC - Chromium", "doubt"), ("News - Chromium", "shown")])
def test_what_a_person_types_into_another_machine_in_a_browser_is_in_doubt(
    title: str, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.recorder.judging.is_still", lambda *seen: False)
    seen: Any = SimpleNamespace(in_image=lambda *box: None, screenshot=SimpleNamespace(image=None))
    typed = Draft(Gesture("type", 0.0, 1.0, text="ab"), seen, seen, 0.0, window=Window(1, title, "chromium Chromium", None, 0, 0, 100, 100))
    assert Judge(lambda image: None).verdict([typed], None) == verdict, "so short a text is not hidden for not having been read elsewhere"
