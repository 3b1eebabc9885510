"""A person's input is told from the agent's own, and an emergency stop is noticed at once."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress

import pytest
from Xlib import XK, X

from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.human import HumanInput
from agent.ledger import LIFETIME_SECONDS, Ledger
from agent.recorder.listening import InputEvent, listen
from agent.virtual import VirtualDesktop
from recordings.action import MODIFIERS, NAMED_KEYS, Action, Click, Drag, Move, Press, Scroll, Type
from tests.probe import Probe, wait_until


class Seen:
    """What was called back, and when."""

    def __init__(self) -> None:
        self.human: list[str] = []
        self.hotkeys: list[float] = []
        self.corners: list[float] = []
        self.reaction: Callable[[], None] = lambda: None

    def note(self, word: str) -> None:
        self.human.append(word)
        self.reaction()

    def watch(self, ledger: Ledger, display: str) -> HumanInput:
        return HumanInput(
            ledger,
            self.note,
            lambda: self.hotkeys.append(time.monotonic()),
            lambda: self.corners.append(time.monotonic()),
            display=display,
            corners=lambda: ((0, 0), (1023, 0), (0, 767), (1023, 767)),
        )


def person(desktop: VirtualDesktop, *arguments: str) -> None:
    """A person's hands: another program sends the events, and announces nothing."""
    subprocess.run(["xdotool", *arguments], env=desktop.env, check=True)


@pytest.fixture
def desktop(virtual_desktop: VirtualDesktop, probe: Probe) -> Iterator[LiveDesktop]:
    with LiveDesktop(virtual_desktop.display) as desktop:
        desktop.observe()
        yield desktop


@pytest.fixture
def seen(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> Iterator[Seen]:
    seen = Seen()
    with seen.watch(desktop.ledger, virtual_desktop.display):
        # A listener is ready a moment before it hears anything.
        wait_until(lambda: person(virtual_desktop, "mousemove_relative", "1", "1") or seen.human)
        person(virtual_desktop, "mousemove", "500", "400")
        time.sleep(0.05)
        seen.human.clear()
        seen.corners.clear()
        yield seen


OWN: list[Action] = [
    Click(x=0.3, y=0.3, count=3, modifiers=("ctrl", "shift")),
    Click(x=0.3, y=0.3, button="right"),
    Move(x=0, y=0),
    Move(x=1, y=1),
    Drag(path=((0.1, 0.1), (0.5, 0.5), (0.2, 0.4))),
    Scroll(x=0.5, y=0.5, dx=2, dy=-3),
    Scroll(x=0.5, y=0.5, dx=-2, dy=3),
    Type(text="".join(map(chr, range(32, 127))) + "\n\té日本👍"),
    Press(keys=("ctrl", "shift", "a")),
    Press(keys=("ctrl", "alt", "escape")),
    *(Press(keys=(key,)) for key in (*NAMED_KEYS, *MODIFIERS, "capslock")),
]


def test_the_agent_s_own_events_are_nobody_s(
    virtual_desktop: VirtualDesktop, desktop: LiveDesktop, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.x11.clipboard.PATIENCE_SECONDS", 0.3)  # nobody here takes what is pasted
    heard: list[InputEvent] = []
    listening = listen(heard.append, virtual_desktop.display)
    wait_until(lambda: desktop.perform(Move(x=0.5, y=0.5)) or heard)
    for action in OWN:
        with suppress(DesktopError) if isinstance(action, Type) else nullcontext():
            desktop.perform(action)
    desktop.perform(Press(keys=("f12",)))
    wait_until(lambda: any(event.name == "f12" and not event.pressed for event in heard))
    listening.stop()
    assert len(heard) > 300
    assert {event.name for event in heard if event.kind == "key"} >= {*NAMED_KEYS, *MODIFIERS}
    assert seen.human == [] and seen.hotkeys == [] and seen.corners == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mousemove_relative", "3", "0"), "moved the mouse"),
        (("click", "1"), "clicked"),
        (("click", "5"), "turned the wheel"),
        (("key", "x"), "pressed a key"),
        (("key", "shift"), "pressed a key"),
    ],
)
def test_a_person_s_events_are_noticed(virtual_desktop: VirtualDesktop, seen: Seen, arguments: tuple[str, ...], words: str) -> None:
    person(virtual_desktop, *arguments)
    wait_until(lambda: words in seen.human)
    assert set(seen.human) == {words} and seen.hotkeys == [] and seen.corners == []


def test_a_person_is_noticed_while_the_agent_types(virtual_desktop: VirtualDesktop, desktop: LiveDesktop, seen: Seen) -> None:
    """The event comes between the agent's own, and the first reaction is a closed gate."""
    text = Type(text="0123456789" * 3000)
    failures: list[Exception] = []

    def type_on() -> None:
        try:
            desktop.perform(text)
        except DesktopError as error:
            failures.append(error)

    seen.reaction = desktop.gate.close
    thread = threading.Thread(target=type_on)
    thread.start()
    try:
        time.sleep(0.05)
        assert thread.is_alive()
        person(virtual_desktop, "key", "F9")
        thread.join(5)
        assert not thread.is_alive() and len(failures) == 1
    finally:
        desktop.gate.close()
        thread.join()


def test_the_hotkey_stops_within_a_hundred_milliseconds(probe: Probe, seen: Seen) -> None:
    """The best of three: other programs use this machine too."""
    ctrl, alt, escape = (probe.display.keysym_to_keycode(sym) for sym in (XK.XK_Control_L, XK.XK_Alt_L, XK.XK_Escape))
    lags = []
    for tries in range(1, 4):
        probe.send(X.KeyPress, ctrl)
        probe.send(X.KeyPress, alt)
        start = probe.send(X.KeyPress, escape)
        wait_until(lambda tries=tries: len(seen.hotkeys) == tries)
        lags.append(seen.hotkeys[-1] - start)
        for key in (escape, alt, ctrl):
            probe.send(X.KeyRelease, key)
    probe.send(X.KeyPress, escape)
    probe.send(X.KeyRelease, escape)
    wait_until(lambda: seen.human.count("pressed a key") == 3 * 6 + 2)
    assert len(seen.hotkeys) == 3
    assert min(lags) < 0.1


def test_every_corner_stops_within_a_hundred_milliseconds(probe: Probe, seen: Seen) -> None:
    lags = []
    for number, (x, y) in enumerate(((0, 0), (1023, 0), (0, 767), (1023, 767)), 1):
        start = probe.send(X.MotionNotify, x=x, y=y)
        wait_until(lambda number=number: len(seen.corners) == number)
        lags.append(seen.corners[-1] - start)
        probe.send(X.MotionNotify, x=500, y=400)
    assert min(lags) < 0.1


def test_the_agent_s_own_corner_does_not_hide_a_person_s(virtual_desktop: VirtualDesktop, desktop: LiveDesktop, seen: Seen) -> None:
    desktop.perform(Move(x=0, y=0))
    desktop.perform(Move(x=0.5, y=0.5))
    assert seen.corners == []
    person(virtual_desktop, "mousemove", "1023", "767")
    wait_until(lambda: seen.corners)


def test_a_pointer_that_a_smaller_screen_moves_is_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, corners, now = Seen(), [(0, 0), (1279, 1023)], [100.0]
    monkeypatch.setattr("agent.human.time.monotonic", lambda: now[0])
    human = HumanInput(
        Ledger(), seen.note, lambda: None, lambda: seen.corners.append(now[0]), corners=lambda: tuple(corners)
    )  # fmt: skip
    corners[1] = (799, 599)
    human._on_event(InputEvent("move", x=799, y=599))
    assert seen.human == seen.corners == []
    human._on_event(InputEvent("key", "a", True))
    assert seen.human == ["pressed a key"], "what a screen cannot do is a person's all the same"
    now[0] += 2
    human._on_event(InputEvent("move", x=400, y=300))
    human._on_event(InputEvent("move", x=799, y=599))
    assert seen.human[1:] == ["moved the mouse"] * 2 and seen.corners == [102.0]


def test_after_stop_nothing_is_told(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> None:
    before = threading.active_count()
    seen = Seen()
    watching = seen.watch(desktop.ledger, virtual_desktop.display).start()
    wait_until(lambda: person(virtual_desktop, "mousemove_relative", "1", "1") or seen.human)
    watching.stop()
    watching.stop()
    seen.human.clear()
    person(virtual_desktop, "key", "x")
    assert threading.active_count() == before
    assert seen.human == []


def test_a_callback_that_raises_does_not_end_the_listening(virtual_desktop: VirtualDesktop) -> None:
    heard: list[InputEvent] = []

    def fail(event: InputEvent) -> None:
        heard.append(event)
        raise RuntimeError("a bug elsewhere")

    listening = listen(fail, virtual_desktop.display)
    try:
        wait_until(lambda: person(virtual_desktop, "mousemove_relative", "1", "0") or len(heard) >= 3)
    finally:
        listening.stop()
    assert {event.kind for event in heard} == {"move"}, "each was heard, and each raised"


def test_without_a_display_nobody_listens() -> None:
    with pytest.raises(DesktopError, match="cannot be opened"):
        listen(lambda event: None, ":987")


def test_an_announcement_counts_once_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("agent.ledger.time.monotonic", lambda: now[0])
    ledger = Ledger()
    ledger.announce(("key", 38, True), ("key", 38, True), ("move", 1, 2))
    assert ledger.claim(("key", 38, True)) and ledger.claim(("key", 38, True)) and not ledger.claim(("key", 38, True))
    assert ledger.knows(("move", 1, 2)) and ledger.knows(("move", 1, 2)) and not ledger.knows(("move", 2, 1))
    ledger.announce(("key", 40, True))
    now[0] += LIFETIME_SECONDS + 0.1
    assert not ledger.claim(("key", 40, True)) and not ledger.knows(("move", 1, 2))
