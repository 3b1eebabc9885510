"""The host's desktop, played by a virtual one that a person (xdotool, which announces nothing) uses at the same time."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

import pytest
from fakes import ScriptedPolicy, small_settings, until

from agent.errors import InputForbidden
from agent.protocols import Phase
from agent.session import Session
from agent.stop import Position
from agent.virtual import VirtualDesktop
from recordings.action import Type
from recordings.episode import Outcome, StopReason


@pytest.fixture
def host(virtual_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> VirtualDesktop:
    monkeypatch.setenv("DISPLAY", virtual_desktop.display)
    return virtual_desktop


def person_does(desktop: VirtualDesktop, *what: str) -> None:
    subprocess.run(["xdotool", *what], env=desktop.env, check=True, timeout=20)


def host_session(tmp_path: Path, policy: ScriptedPolicy) -> Session:
    return Session(small_settings(tmp_path, desktop="host", approve="none", record=False, repeats=100), policy=policy)


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (["mousemove", "200", "333"], "you moved the mouse"),
        (["click", "1"], "you clicked"),
        (["click", "5"], "you turned the wheel"),
        (["key", "x"], "you pressed a key"),
    ],
)
def test_a_persons_hand_pauses_the_agent_and_its_own_does_not(tmp_path, host, monkeypatch, deed, words):
    monkeypatch.setattr("agent.place.GRACE_SECONDS", 0.0)
    own = ["move(x=0.3, y=0.3)", "click(x=0.6, y=0.6)", "scroll(x=0.5, y=0.5, dy=1)", 'type(text="Xx")'] * 2
    policy = ScriptedPolicy(*own, "finish()")
    turned: list[tuple[Position, str]] = []

    def interfere():
        if len(policy.histories) == 5 and not turned:
            person_does(host, *deed)
            until(lambda: turned)
            threading.Timer(0.1, session.switch.resume).start()

    policy.on_predict = interfere
    with host_session(tmp_path, policy) as session:
        session.switch.subscribe(lambda position, reason: turned.append((position, reason)))
        steps = list(session.run("move around"))
    assert turned == [(Position.PAUSED, words), (Position.RUNNING, "")]
    assert session.result.stop_reason is StopReason.DONE and len(steps) == 8, "the answer that the pause made stale was asked for again"


@pytest.mark.parametrize("gesture", [("key", "ctrl+alt+Escape"), ("mousemove", "0", "0")])
def test_an_emergency_stop_works_while_the_model_computes(tmp_path, host, gesture):
    policy = ScriptedPolicy("click(x=0.5, y=0.5)")
    delays = []

    def compute():
        threading.Thread(target=person_does, args=(host, *gesture)).start()
        began = time.monotonic()
        until(lambda: session.switch.stopped)
        delays.append(time.monotonic() - began)

    policy.on_predict = compute
    person_does(host, "mousemove", "400", "300")
    with host_session(tmp_path, policy) as session:
        assert list(session.run("click it")) == []
    assert session.result.stop_reason is StopReason.STOPPED and session.result.detail
    assert delays[0] < 2.0, "xdotool's own start included"


def test_an_emergency_stop_ends_typing_at_once_and_leaves_no_key_down(tmp_path, host):
    policy = ScriptedPolicy('type(text="' + "Abc " * 5000 + '")')
    sent_after: list[float] = []
    with host_session(tmp_path, policy) as session:
        stopped_at: list[float] = []

        def watch(phase, *_):
            if phase is Phase.ACTING:
                threading.Timer(0.2, lambda: (session.switch.stop("enough"), stopped_at.append(time.monotonic()))).start()

        session._watcher = watch
        steps = list(session.run("type on and on"))
        assert len(steps) == 1, [(one.outcome, one.note) for one in steps]
        (step,) = steps
        sent_after.append(time.monotonic() - stopped_at[0])
    assert isinstance(step.action, Type) and step.outcome is Outcome.SKIPPED and "enough" in step.note
    assert session.result.stop_reason is StopReason.STOPPED
    assert sent_after[0] < 0.5
    from Xlib.display import Display

    connection = Display(host.display)
    try:
        assert sum(connection.query_keymap()) == 0, "a key is still held down"
    finally:
        connection.close()


def test_input_to_anything_but_a_virtual_display_is_impossible_here(tmp_path, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":77")
    with host_session(tmp_path, ScriptedPolicy("finish()")) as session, pytest.raises(InputForbidden):
        list(session.run("click it"))
