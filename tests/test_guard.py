"""The switch that keeps input off real desktops, and the gate of the emergency stop."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from agent.desktop import LiveDesktop
from agent.errors import DesktopError, InputForbidden, InputStopped
from agent.guard import MARKER, SWITCH, Gate, is_virtual, require_permission
from agent.hands import Hands
from agent.virtual import VirtualDesktop
from recordings.action import Click, Drag, Type, Wait
from tests.probe import Probe


def test_a_display_of_ours_is_virtual_until_it_is_closed() -> None:
    with VirtualDesktop(320, 240, accessibility=False) as desktop:
        assert is_virtual(desktop.display) and is_virtual(desktop.display + ".0")
        assert not is_virtual(":4711") and not is_virtual(None)
    assert not is_virtual(desktop.display)


def test_a_stranger_s_display_gets_no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that nobody here started as a virtual desktop stands for the user's own desktop."""
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "320x240x24"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert server.stdout is not None
        display = f":{server.stdout.readline().strip()}"
        for make in (Hands, LiveDesktop):
            with pytest.raises(InputForbidden, match=f"{SWITCH}=virtual-only forbids input to {display}"):
                make(display)
        monkeypatch.delenv(SWITCH)
        hands = Hands(display)  # without the switch it is allowed
        monkeypatch.setenv(SWITCH, "virtual-only")
        with pytest.raises(InputForbidden), Probe(display):  # and forbidden again for hands that exist already
            hands._move((10, 10))
    finally:
        server.kill()
        server.wait()


def test_a_child_process_may_act_on_its_parent_s_virtual_desktop(virtual_desktop: VirtualDesktop) -> None:
    code = "from agent.guard import require_permission; import sys; require_permission(sys.argv[1])"

    def ask(display: str, env: dict[str, str]) -> int:
        return subprocess.run([sys.executable, "-c", code, display], env=env, check=False, stderr=subprocess.DEVNULL).returncode

    env = virtual_desktop.env | {SWITCH: "virtual-only"}
    assert ask(virtual_desktop.display, env) == 0
    assert ask(":4711", env) != 0
    assert ask(virtual_desktop.display, {key: value for key, value in env.items() if key != MARKER}) != 0
    assert ask(virtual_desktop.display, env | {MARKER: f"{virtual_desktop.display}/1"}) != 0


def test_a_misspelt_switch_forbids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "virtual_only")
    with pytest.raises(DesktopError, match="means nothing: use virtual-only"):
        require_permission(":0")


def test_a_closed_gate_lets_nothing_through(virtual_desktop: VirtualDesktop) -> None:
    with Probe(virtual_desktop.display) as probe, LiveDesktop(virtual_desktop.display) as desktop:
        desktop.gate.close("stopped by the user")
        with pytest.raises(InputStopped, match="stopped by the user"):
            desktop.perform(Click(x=0.5, y=0.5))
        assert probe.buttons() == []
        desktop.gate.open()
        desktop.perform(Click(x=0.5, y=0.5))
        assert [kind for kind, *_ in probe.buttons()] == ["down", "up"]


@pytest.mark.parametrize(
    "action",
    [
        Drag(path=((0.1, 0.1), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1))),
        Type(text="0123456789" * 2000),
        Click(x=0.5, y=0.5, count=3, modifiers=("ctrl", "shift")),
        Wait(seconds=60),
    ],
    ids=lambda action: action.kind,
)
def test_closing_in_the_middle_of_an_action(virtual_desktop: VirtualDesktop, action: Drag | Type | Click | Wait) -> None:
    """At most 100 ms from the stop to the last event, and nothing stays down."""
    with Probe(virtual_desktop.display) as probe, LiveDesktop(virtual_desktop.display) as desktop:
        desktop.observe()
        failures: list[BaseException] = []
        began = threading.Event()
        if isinstance(action, Click):  # too quick to be caught half-way by a clock: stop at the first button event
            original = desktop.hands._button_down

            def press_and_wait(button: str) -> None:
                original(button)
                began.set()
                desktop.gate._shut.wait(5)

            desktop.hands._button_down = press_and_wait  # type: ignore[method-assign]

        def act() -> None:
            try:
                desktop.perform(action)
            except InputStopped as error:
                failures.append(error)

        thread = threading.Thread(target=act)
        thread.start()
        if isinstance(action, Click):
            assert began.wait(5)
        elif not isinstance(action, Wait):
            probe.wait_for(lambda: len(probe.events) > 10)
        start = time.monotonic()
        desktop.gate.close()
        closed = time.monotonic() - start
        probe.clear()
        assert probe.held() == (0, 0)
        thread.join(1)
        assert not thread.is_alive()
        assert probe.events == [] and probe.buttons() == [] and probe.strokes() == []
        assert closed < 0.1
        assert len(failures) == 1 or isinstance(action, Click)


def test_waiting_at_the_gate_ends_at_once_when_it_closes() -> None:
    gate = Gate()
    timer = threading.Timer(0.05, gate.close)
    timer.start()
    start = time.monotonic()
    with pytest.raises(InputStopped):
        gate.wait(30)
    assert time.monotonic() - start < 5
    timer.join()
