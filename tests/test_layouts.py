"""What is typed on keyboards of several countries is heard as what it types."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from agent.recorder.gestures import Command, Gesture, Reducer
from agent.recorder.listening import InputEvent, listen
from agent.virtual import VirtualDesktop

SHIFT, ALTGR, CAPS, NUM, CTRL = 50, 108, 66, 77, 37
A, E, Q, C, MINUS_KEY, EQUAL_KEY, GRAVE_KEY, APOSTROPHE, KP1, SPACE = 38, 26, 24, 54, 20, 21, 49, 48, 87, 65


@pytest.fixture(scope="module")
def desktop() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(320, 240, accessibility=False) as desktop:
        yield desktop


def heard(desktop: VirtualDesktop, layout: str, *strokes: int | tuple[int, ...]) -> list[Gesture | Command]:
    """What the reducer makes of keys: each a keycode, or several held together."""
    subprocess.run(["setxkbmap", "-layout", *layout.split()], env=desktop.env, check=True)
    display = Display(desktop.display)
    events: list[InputEvent] = []
    listening = listen(events.append, desktop.display)
    try:
        for stroke in (*strokes, 9):
            codes = stroke if isinstance(stroke, tuple) else (stroke,)
            for kind, some in ((X.KeyPress, codes), (X.KeyRelease, codes[::-1])):
                for code in some:
                    xtest.fake_input(display, kind, code)
        display.sync()
        end = time.monotonic() + 10
        while not any(event.name == "escape" and not event.pressed for event in events):
            assert time.monotonic() < end
            time.sleep(0.01)
    finally:
        listening.stop()
        display.close()
    reducer = Reducer()
    done = [one for event in events for one in reducer.feed(event)] + reducer.flush()
    assert isinstance(done[-1], Gesture) and done[-1].keys == ("escape",)
    return done[:-1]


@pytest.mark.parametrize(
    ("layout", "strokes", "text"),
    [
        ("us", [A, (SHIFT, A), EQUAL_KEY, (SHIFT, EQUAL_KEY), SPACE, C], "aA=+ c"),
        ("us", [CAPS, A, (SHIFT, A), EQUAL_KEY, CAPS, A], None),
        ("us", [NUM, KP1, NUM], "1"),
        ("de", [(ALTGR, Q), (ALTGR, E), APOSTROPHE, (SHIFT, APOSTROPHE), MINUS_KEY], "@€äÄß"),
        ("de", [EQUAL_KEY, E, GRAVE_KEY, A, (SHIFT, EQUAL_KEY), (SHIFT, E)], "éâÈ"),
        ("us -variant intl", [APOSTROPHE, E, (ALTGR, Q), (SHIFT, APOSTROPHE), A], "éää"),
        ("fr", [Q, (SHIFT, Q), (ALTGR, E)], "aA€"),
        ("ru", [Q, (SHIFT, Q), A], "йЙф"),
    ],
)
def test_text_is_what_the_layout_types(desktop: VirtualDesktop, layout: str, strokes: list[int], text: str | None) -> None:
    done = heard(desktop, layout, *strokes)
    if text is None:
        assert [one.text or one.keys for one in done if isinstance(one, Gesture)] == [("capslock",), "Aa=", ("capslock",), "a"]
    else:
        assert [one.text for one in done if isinstance(one, Gesture)] == [text]


def test_the_keypad_without_num_lock_moves(desktop: VirtualDesktop) -> None:
    assert [one.keys for one in heard(desktop, "us", KP1) if isinstance(one, Gesture)] == [("end",)]


def test_shortcuts_are_named_by_their_key_in_the_layout(desktop: VirtualDesktop) -> None:
    done = heard(desktop, "de", (CTRL, SHIFT, C), (CTRL, 52))
    assert [one.keys for one in done if isinstance(one, Gesture)] == [("ctrl", "shift", "c"), ("ctrl", "y")]


def test_keys_that_a_program_lends_for_a_moment_are_heard_as_what_they_type(desktop: VirtualDesktop) -> None:
    events: list[InputEvent] = []
    listening = listen(events.append, desktop.display)
    try:
        end = time.monotonic() + 20
        while "日" not in "".join(event.character for event in events if event.pressed):
            assert time.monotonic() < end
            subprocess.run(["xdotool", "type", "--delay", "30", "日本"], env=desktop.env, check=True)
            time.sleep(0.1)
    finally:
        listening.stop()
