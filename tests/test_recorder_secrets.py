"""Secrets in real programs: typed blindly into terminals, in pieces, into two windows, pasted, shown; and none of it is kept."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes import ScriptedPolicy, small_settings
from PIL import Image
from test_recorder import Recording, top_field, written

from agent.frame_reader import frame_reader
from agent.recorder.echo import is_shown
from agent.recorder.field import edits, fold, stays
from agent.recorder.gestures import Gesture
from agent.recorder.pasting import secrets_in, selection_pasted
from agent.recorder.recorder import Recorder
from agent.session import Session
from agent.virtual import VirtualDesktop
from agent.x11.selection import SECRET_HINT
from recordings.action import Click, Press, Type
from recordings.geometry import Box
from recordings.painting import PAINT
from recordings.secrets.rules import Rules
from recordings.store import Episode, read_episode
from tests.planted import SECRETS
from tests.probe import start_mousepad
from tests.terminals import ASKING, SHOWING, clock, command_line, password, run_trial
from vlm.reading.reading import ScreenElement

TOKEN = "ghp" + "_q7Rk2Lm9Xz4Wb8Tn5Vc3Hd6Jf1"


_reader = frame_reader(None, "latin")


def words_in(episode: Episode) -> list[str]:
    """What is read in each frame, without its spaces and in small letters; the same picture once."""
    frames = {path.read_bytes(): path for path in sorted((episode.path / "frames").iterdir())}
    return [
        "".join(one.text for one in _reader(Image.open(path).convert("RGB")) or ()).replace(" ", "").lower() for path in frames.values()
    ]


@contextmanager
def recording(virtual: VirtualDesktop, root: Path) -> Iterator[Recording]:
    made = Recording(virtual, root)
    made.recorder = Recorder(
        made.screen, made.writer, Rules(), display=virtual.display, session_bus=made.bus, read=frame_reader(None, "latin")
    ).start()
    try:
        yield made
    finally:
        made.recorder.stop()


@contextmanager
def editor(virtual: VirtualDesktop) -> Iterator[None]:
    program = start_mousepad(virtual)
    try:
        virtual.place_window("Mousepad", 60, 60, 700, 420)
        yield
    finally:
        program.terminate()
        virtual.windows.wait_gone("Mousepad")


def test_passwords_that_terminals_do_not_show_are_hidden(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    """`python -m tests.terminals 10` tries every terminal and every way of asking."""
    draw = random.Random(2)
    with clock(virtual_desktop):
        for terminal, how in (
            ("xterm", "read -s"),
            ("xterm", "raw keys, turning"),
            ("xfce4-terminal", "stars"),
            ("in an editor", "read -s"),
        ):
            trial = run_trial(virtual_desktop, tmp_path, terminal, ASKING[how], password(draw))
            assert not trial.leaked, (terminal, how, [str(step.action) for step in trial.episode.steps])
            assert [str(step.action) for step in trial.episode.steps] == ['type(text="[secret]")', 'press(keys=["enter"])']


def test_commands_that_a_terminal_shows_are_kept_and_its_pixels_are_not(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    with clock(virtual_desktop):
        for how in SHOWING:
            trial = run_trial(virtual_desktop, tmp_path, "xterm, large", SHOWING[how], command_line(random.Random(3)))
            assert trial.kept, [str(step.action) for step in trial.episode.steps]
    frame = trial.episode.frame(trial.episode.steps[0], "after")
    assert frame is not None and frame.getpixel((300, 300)) == PAINT and frame.getpixel((1000, 20)) != PAINT


def test_what_is_typed_into_two_windows_is_two_texts(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    with editor(virtual_desktop):
        form = virtual_desktop.spawn(["yad", "--entry", "--title=Other", "--width=300"])
        other = virtual_desktop.place_window("Other", 600, 500, 350, 200)
        try:
            first = virtual_desktop.windows.find("Mousepad")
            assert first is not None and virtual_desktop.windows.focus(first)
            with recording(virtual_desktop, tmp_path) as one:
                one.do(Type(text="for the first"))
                assert virtual_desktop.windows.focus(other)
                one.do(Type(text="for the second"))
                episode = one.end()
        finally:
            form.terminate()
            virtual_desktop.windows.wait_gone("Other")
    assert [str(step.action) for step in episode.steps] == ['type(text="for the first")', 'type(text="for the second")']
    assert [step.window_title == "Other" for step in episode.steps] == [False, True]


def test_a_token_with_a_shortcut_in_its_middle_is_hidden(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    with editor(virtual_desktop), recording(virtual_desktop, tmp_path) as one:
        one.do(Type(text=f"key {TOKEN[:14]}"))
        one.do(Press(keys=("ctrl", "home")))
        one.do(Press(keys=("ctrl", "end")))
        one.do(Type(text=TOKEN[14:]))
        one.do(Click(x=0.3, y=0.5))
        episode = one.end()
    everything = written(episode)
    assert TOKEN[4:14].encode() not in everything and TOKEN[14:].encode() not in everything
    assert not any(TOKEN[5:12].lower() in words for words in words_in(episode))


def test_a_pass_phrase_that_is_pasted_is_in_no_frame(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    phrase = "velvet orbit candle frost"
    subprocess.run(["xclip", "-selection", "clipboard"], input=phrase.encode(), env={**virtual_desktop.env}, check=True)
    with editor(virtual_desktop), recording(virtual_desktop, tmp_path) as one:
        one.do(Type(text="Groceries"))
        one.do(Press(keys=("enter",)))
        one.do(Press(keys=("ctrl", "v")))
        one.do(Click(x=0.3, y=0.5))
        episode = one.end()
    assert b"velvet" not in written(episode)
    words = words_in(episode)
    assert any("groceries" in text for text in words) and not any("velvet" in text or "candle" in text for text in words)


def test_a_run_keeps_no_terminal_and_no_token_that_an_editor_shows(tmp_path: Path) -> None:
    note, card = tmp_path / "note.txt", SECRETS["card"](random.Random(4))
    note.write_text(f"Shopping list\nkey {TOKEN}\ncard {card}\n")
    script = tmp_path / "show.sh"
    script.write_text(f"echo {TOKEN}; exec sleep 99\n")
    settings = small_settings(
        tmp_path, desktop="virtual", open=(f"xterm -geometry 60x6+0+400 -e sh {script}", f"mousepad {note}"), share=(tmp_path,)
    )
    with Session(settings, policy=ScriptedPolicy("wait(seconds=1.0)", "finish()")) as session:
        steps = list(session.run("look at it"))
    assert session.result is not None and session.result.episode is not None
    episode = read_episode(session.result.episode)
    assert {one.kind for step in steps for one in step.hidden or ()} >= {"window", "token", "card"}
    words = words_in(episode)
    assert any("shoppinglist" in text for text in words)
    assert not any(TOKEN[5:13].lower() in text for text in words) and b"q7Rk2Lm9" not in written(episode)


# Pure parts.


def keys(*pressed: str) -> Gesture:
    return Gesture("press", 0.0, 0.0, keys=pressed)


def text(words: str) -> Gesture:
    return Gesture("type", 0.0, 0.0, text=words)


@pytest.mark.parametrize(
    ("gestures", "field"),
    [
        ([text("hunx"), keys("backspace"), text("ter2")], "hunter2"),
        ([text("hnter2"), keys("home"), keys("right"), text("u")], "hunter2"),
        ([text("hunter2"), keys("ctrl", "s"), text("!")], "hunter2!"),
        ([text("one two"), keys("ctrl", "backspace"), text("three")], "one three"),
        ([text("ab"), keys("left"), keys("delete"), text("c")], "ac"),
        ([text("ab"), keys("space"), text("c")], "ab c"),
    ],
)
def test_what_stands_in_a_field(gestures: list[Gesture], field: str) -> None:
    assert fold(gestures) == field


def test_which_keys_stay_in_a_field() -> None:
    assert all(map(stays, [("left",), ("ctrl", "s"), ("ctrl", "shift", "left"), ("space",), ("shift",)]))
    assert not any(map(stays, [("tab",), ("enter",), ("alt", "tab"), ("ctrl", "tab"), ("super",), ("f5",), ("escape",)]))
    assert edits(("ctrl", "left")) and not edits(("ctrl", "c"))


def line(words: str, top: float = 0.1) -> ScreenElement:
    return ScreenElement(words, Box(x1=0.1, y1=top, x2=0.9, y2=top + 0.05), 0.9)


@pytest.mark.parametrize(
    ("typed", "before", "after", "seen"),
    [
        ("git status", ["user@host:~$"], ["user@host:~$ git stalus"], True),  # readers err
        ("git status", ["user@host:~$"], ["user@host:~$ git stat"], True),  # a capture lags behind
        ("hunter2", ["Password:"], ["Password: _"], False),
        ("hunter2", ["Password:", "12:04:11"], ["Password:", "12:04:12"], False),
        ("hunter2", ["Password:"], ["Password: *******"], False),
        ("hunter2", ["echo hunter2", "Password:"], ["echo hunter2", "Password:"], False),  # it stood there before
        ("ls", ["$"], ["$ ls"], True),
        ("ls", ["$ 12:15"], ["$ 12:16", "also"], False),
        ("make everything now", ["$"], ["$ make every", "thing now"], True),  # wrapped
    ],
)
def test_whether_a_text_came_up(typed: str, before: list[str], after: list[str], seen: bool) -> None:
    lines = [[line(words, 0.1 * number) for number, words in enumerate(some)] for some in (before, after)]
    assert is_shown(typed, *lines, None, whole=True) is seen


def test_what_is_pasted_is_looked_at() -> None:
    def formats(words: str, *more: str) -> dict[str, tuple[str, int, bytes]]:
        return {"UTF8_STRING": ("UTF8_STRING", 8, words.encode()), **dict.fromkeys(more, ("STRING", 8, b"secret"))}

    assert secrets_in(formats("plain words", SECRET_HINT), Rules()) == ("plain words",)
    assert secrets_in(formats(f"use {TOKEN}"), Rules()) == (TOKEN,)
    assert secrets_in(formats("correct horse battery staple"), Rules()) == ("correct horse battery staple",)
    assert secrets_in(formats("See you at the station."), Rules()) == ()
    assert selection_pasted(keys("ctrl", "v")) == "CLIPBOARD" == selection_pasted(keys("shift", "insert"))
    assert selection_pasted(Gesture("click", 0.0, 0.0, ((1, 1),), "middle")) == "PRIMARY" and selection_pasted(keys("v")) is None


def test_a_slow_reader_loses_no_survey_and_holds_up_no_event(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    """Frames are read long after: what applications said meanwhile was asked in time."""

    def slow(image: Image.Image) -> list[ScreenElement]:
        time.sleep(0.7)
        return []

    form = virtual_desktop.spawn(["yad", "--form", "--title=Sign in", "--field=Name", "--field=Secret:H"])
    virtual_desktop.place_window("Sign in", 100, 100, 500, 300)
    try:
        made = Recording(virtual_desktop, tmp_path)
        made.recorder = Recorder(
            made.screen, made.writer, Rules(), display=virtual_desktop.display, session_bus=made.bus, read=slow
        ).start()
        x, y = top_field(made)
        for action in (
            Click(x=x, y=y),
            Type(text="Jane"),
            Press(keys=("tab",)),
            Type(text="correct horse"),
            Press(keys=("shift", "tab")),
        ):
            made.do(action)
        episode = made.end()
    finally:
        form.terminate()
        virtual_desktop.windows.wait_gone("Sign in")
    texts = [step.action.text for step in episode.steps if isinstance(step.action, Type)]
    assert "[secret]" in texts and b"correct horse" not in written(episode)
