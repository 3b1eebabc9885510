"""Terminals inside the windows of other programs: what they do not show is not kept, and neither are their pixels."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fakes import ScriptedPolicy, small_settings
from terminals import ASKING, RAW, SHOWING, command_line, password, run_trial

from agent.held_terminals import HeldTerminals
from agent.session import Session
from agent.virtual import VirtualDesktop
from recordings.painting import PAINT
from recordings.secrets.rules import PLACEHOLDERS
from recordings.store import read_episode


@pytest.mark.parametrize("program", ["in an editor", "in an editor that tells"])
def test_a_prompt_for_raw_keys_in_an_editor_is_kept_nowhere(virtual_desktop: VirtualDesktop, tmp_path: Path, program: str) -> None:
    trial = run_trial(virtual_desktop, tmp_path, program, ASKING["raw keys"], password(random.Random(2)))
    assert not trial.leaked, [str(step.action) for step in trial.episode.steps]
    frame = trial.episode.frame(trial.episode.steps[0], "after")
    assert frame is not None and frame.getpixel((300, 300)) == PAINT and frame.getpixel((1000, 20)) != PAINT


def test_what_a_terminal_in_an_editor_shows_is_kept(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    trial = run_trial(virtual_desktop, tmp_path, "in an editor", SHOWING["cat"], command_line(random.Random(3)))
    assert trial.kept, [str(step.action) for step in trial.episode.steps]


@pytest.mark.parametrize("editor", ["xterm -class Editor -name editor", "sakura --class=Editor --name=editor"], ids=["untold", "told"])
def test_a_run_keeps_neither_its_pixels_nor_what_it_did_not_show(tmp_path: Path, editor: str) -> None:
    script = tmp_path / "asks.py"
    script.write_text("print('quarterly figures of the harbour')\n" + RAW.format(echo="pass"))
    program = f"{editor} {'-e'} python3 {script}"
    settings = small_settings(tmp_path, desktop="virtual", open=(program,), share=(tmp_path,))
    answers = ("wait(seconds=1.5)", 'type(text="hunter2xyz")', 'press(keys=["q"])', "finish()")
    with Session(settings, policy=ScriptedPolicy(*answers)) as session:
        steps = list(session.run("look at it"))
    assert session.result is not None and session.result.episode is not None
    assert "hunter2xyz" not in (session.result.episode / "steps.jsonl").read_text()
    assert [str(step.action) for step in steps[1:3]] == [f'type(text="{PLACEHOLDERS["password"]}")'] * 2
    assert all(any(one.kind == "window" for one in step.hidden or ()) for step in steps[:3])
    episode = read_episode(session.result.episode)
    frame = episode.frame(episode.steps[1], "after")
    assert frame is not None
    covered = sum(count for count, colour in frame.getcolors(1 << 24) or () if colour == PAINT)
    assert covered > 0.05 * frame.width * frame.height


def test_programs_without_a_terminal_and_those_the_user_lets_be_kept_are_not_covered(virtual_desktop: VirtualDesktop) -> None:
    """A file manager does not hold the terminal that it started, which has a window of its own."""
    starts = "xterm -T started -e sleep 10 & exec yad --title=Files --text=report --button=Back"
    programs = [
        virtual_desktop.spawn(["bash", "-c", starts]),
        virtual_desktop.spawn(["xterm", "-class", "Editor", "-name", "editor", "-T", "edits"]),
    ]
    try:
        for title in ("started", "edits", "Files"):
            virtual_desktop.wait_for_window(title)
        held = HeldTerminals(virtual_desktop.windows)
        named = {window.title for window in virtual_desktop.windows.all() if window.id in held.windows_with()}
        assert "edits" in named and "Files" not in named and held.any and held.places([])
        assert HeldTerminals(virtual_desktop.windows, ("Editor",)).places([]) == []
    finally:
        for program in programs:
            program.terminate()
        virtual_desktop.windows.wait_gone("edits|Files")
