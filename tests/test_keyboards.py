"""Keyboards and pointers as people have them: any layout active, locks, keys that are stuck, buttons that are swapped."""

from __future__ import annotations

import ctypes
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from keyboard_matrix import LAYOUTS
from probe import Probe
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xinput
from Xlib.protocol import rq

from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.recorder.gestures import Gesture, Reducer
from agent.recorder.listening import InputEvent, listen
from agent.virtual import VirtualDesktop
from agent.x11.characters import character_of, keysyms_of
from agent.x11.connection import connect
from agent.x11.xkb import Xkb
from recordings.action import Action, Click, Press, Scroll, Type

SHIFT, CAPS, SUPER = 50, 66, 133
ASCII = "The quick (brown) fox: <a@b.org> {z} [y] 1/2 = 50 % _^~` |\\ \"q\" 'r' #$&*+,-.;!?"


@pytest.fixture(scope="module")
def virtual() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(400, 300, accessibility=False) as virtual:
        yield virtual


@pytest.fixture
def xkb(virtual: VirtualDesktop) -> Iterator[Xkb]:
    connection = connect(virtual.display)
    yield Xkb(connection)
    choose(virtual, "us")
    connection.close()


def choose(virtual: VirtualDesktop, layout: str) -> None:
    subprocess.run(["setxkbmap", "-option", "", "-layout", *layout.split()], env=virtual.env, check=True)


@contextmanager
def heard(virtual: VirtualDesktop) -> Iterator[list[Gesture]]:
    """What a recording makes of what is done in the context."""
    events: list[InputEvent] = []
    found: list[Gesture] = []
    listening = listen(events.append, virtual.display)
    try:
        yield found
        time.sleep(0.2)
    finally:
        listening.stop()
    reducer = Reducer()
    done = [one for event in events for one in reducer.feed(event)] + reducer.flush()
    found += [one for one in done if isinstance(one, Gesture)]


def typed(gestures: list[Gesture]) -> str:
    return "".join(one.text or " " for one in gestures if one.text or one.keys == ("space",))


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"ru", "ua", "gr", "il", "ara"}))
def test_what_is_typed_is_heard_as_what_was_meant(virtual: VirtualDesktop, xkb: Xkb, layout: str) -> None:
    names, group = LAYOUTS[layout]
    choose(virtual, names)
    xkb.lock(group=group)
    xkb.state()
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        # The layout lacks some of these, as French ones lack nothing and Hebrew ones all: those would be pasted.
        keyboard = desktop.hands._keyboard
        text = "".join(character for character in ASCII if keyboard.stroke(character) is not None)
        with heard(virtual) as found:
            desktop.perform(Type(text=text))
        assert len(text) > 0.9 * len(ASCII) and typed(found) == text and probe.held()[0] == 0
    assert xkb.state().locked_group == group


@pytest.mark.parametrize("layout", LAYOUTS)
def test_shortcuts_are_keys_under_every_layout(virtual: VirtualDesktop, xkb: Xkb, layout: str) -> None:
    names, group = LAYOUTS[layout]
    choose(virtual, names)
    xkb.lock(group=group)
    before = xkb.keys()
    keys = [("ctrl", "c"), ("ctrl", "s"), ("ctrl", "shift", "v"), ("ctrl", "f4")]
    with Probe(virtual.display) as probe:
        with LiveDesktop(virtual.display) as desktop:
            desktop.observe()
            with heard(virtual) as found:
                for one in keys:
                    desktop.perform(Press(keys=one))
        assert [one.keys for one in found] == keys and probe.held()[0] == 0
    assert xkb.keys() == before and xkb.state().locked_group == group, "the keyboard is what it was"


@pytest.mark.parametrize(
    ("stuck", "locked"), [(SHIFT, 0), (SUPER, 0), (None, X.ShiftMask), (None, X.LockMask), (None, X.ControlMask | X.LockMask)]
)
def test_locks_and_stuck_keys_change_nothing_of_what_is_typed(virtual: VirtualDesktop, xkb: Xkb, stuck: int | None, locked: int) -> None:
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        if stuck:
            probe.send(X.KeyPress, stuck)
        xkb.lock(mods=locked, affect=0xFF)
        xkb.state()
        with heard(virtual) as found:
            desktop.perform(Type(text="aBc 1!"))
        assert typed(found) == "aBc 1!" and xkb.state().locked == locked
        probe.clear()
        desktop.observe()
        desktop.perform(Click(x=0.5, y=0.5))
        assert {event[4] & ~X.LockMask for event in probe.buttons()} == {0}
        xkb.lock(affect=0xFF)
        assert xkb.state().locked == 0 and probe.held() == (0, 0)


@pytest.mark.parametrize("switch", ["group", "layout"])
def test_a_layout_switched_in_the_middle_fails_the_step(virtual: VirtualDesktop, xkb: Xkb, switch: str) -> None:
    choose(virtual, "us,ru")
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        changes: dict[str, Callable[[], object]] = {
            "group": lambda: (xkb.lock(group=1), xkb.state()),
            "layout": lambda: choose(virtual, "fr"),
        }
        timer = threading.Timer(0.3, changes[switch])
        timer.start()
        with pytest.raises(DesktopError, match="in the middle of it"):
            desktop.perform(Type(text="abc" * 10_000))
        timer.join()
        assert probe.held() == (0, 0)


@pytest.mark.parametrize(("mods", "pressed", "words"), [(X.LockMask, 0, "Caps Lock"), (X.ShiftMask, 0, "Shift"), (0, SHIFT, "Shift")])
def test_a_modifier_that_comes_in_the_middle_fails_the_step(
    virtual: VirtualDesktop, xkb: Xkb, monkeypatch: pytest.MonkeyPatch, mods: int, pressed: int, words: str
) -> None:
    """Another program locks it, or a hand is on it: what follows would be capital letters."""
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        desktop.observe()

        keyboard, left = desktop.hands._keyboard, iter(range(50, -1, -1))
        choose_group = keyboard.choose

        def interfere(group: int | None) -> None:
            if next(left, 1) == 0:
                if pressed:
                    probe.send(X.KeyPress, pressed)
                xkb.lock(mods=mods, affect=0xFF)
                xkb.state()
            choose_group(group)

        monkeypatch.setattr(keyboard, "choose", interfere)
        with heard(virtual) as found, pytest.raises(DesktopError, match=f"{words} was pressed or locked in the middle of it"):
            desktop.perform(Type(text="abc D" * 100))
        if pressed:
            probe.send(X.KeyRelease, pressed)
        xkb.lock(affect=0xFF)
        assert xkb.state().locked == 0 and probe.held() == (0, 0)
        assert typed(found) == "abc D" * 5, "no letter was another one than was meant"


class OwnKeyboard:
    """A person's keyboard beside the device that events are sent from: each has a map of its own, and the last used one's holds."""

    def __init__(self, virtual: VirtualDesktop, layout: str) -> None:
        with closing(connect(virtual.display)) as connection:
            devices = connection.xinput_query_device(xinput.AllDevices).devices
        number = next(one.deviceid for one in devices if one.name == "Xvfb keyboard")
        subprocess.run(["setxkbmap", "-device", str(number), "-layout", layout], env=virtual.env, check=True)
        self._x11, self._xtst, xi = (ctypes.CDLL(f"lib{name}.so.6") for name in ("X11", "Xtst", "Xi"))
        self._x11.XOpenDisplay.restype = xi.XOpenDevice.restype = ctypes.c_void_p
        self._connection = ctypes.c_void_p(self._x11.XOpenDisplay(virtual.display.encode()))
        self._device = ctypes.c_void_p(xi.XOpenDevice(self._connection, number))

    def press(self, code: int) -> None:
        for pressed in (1, 0):
            self._xtst.XTestFakeDeviceKeyEvent(self._connection, self._device, code, pressed, None, 0, 0)
            self._x11.XSync(self._connection, 0)

    def close(self) -> None:
        self._x11.XCloseDisplay(self._connection)


@pytest.mark.parametrize("layout", ["de", "ru", "us,gr"])
def test_a_person_s_own_keyboard_may_have_another_layout(virtual: VirtualDesktop, xkb: Xkb, layout: str) -> None:
    """As one has that was plugged in later, or that the system's configuration names. The key is Z, and Y on a German one."""
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop, closing(OwnKeyboard(virtual, layout)) as own:
        for _ in range(2):
            own.press(52)
            desktop.observe()
            probe.clear()
            with heard(virtual) as found:
                desktop.perform(Type(text="zebra y"))
                desktop.perform(Press(keys=("ctrl", "z")))
            assert typed(found[:-1]) == "zebra y" and found[-1].keys == ("ctrl", "z") and probe.held() == (0, 0)
            with heard(virtual) as found:
                own.press(52)
            assert typed(found) == {"de": "y", "ru": "я", "us,gr": "z"}[layout], "the person's keyboard is as it was"


def test_what_is_lent_for_a_shortcut_leaves_a_person_s_own_keyboard_alone(virtual: VirtualDesktop, xkb: Xkb) -> None:
    """It was plugged in after all others had been made Russian."""
    choose(virtual, "ru")
    with Probe(virtual.display), closing(OwnKeyboard(virtual, "de")) as own:
        with LiveDesktop(virtual.display) as desktop:
            desktop.hands._keyboard.refresh()
            before = xkb.keys()
            for _ in range(2):
                own.press(29)
                desktop.observe()
                with heard(virtual) as found:
                    desktop.perform(Press(keys=("ctrl", "s")))
                assert found[-1].keys == ("ctrl", "s")
        with heard(virtual) as found:
            own.press(29)
            own.press(39)
        assert typed(found) == "zs"
        with LiveDesktop(virtual.display) as desktop:
            desktop.hands._keyboard.refresh()
        assert xkb.keys() == before, "nor is anything of it left"


def test_the_layout_that_was_switched_to_in_the_middle_is_known_afterwards(virtual: VirtualDesktop, xkb: Xkb) -> None:
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        keyboard = desktop.hands._keyboard
        choose(virtual, "fr")
        with pytest.raises(DesktopError, match="in the middle of it"):
            keyboard.check(keyboard.stroke("a"), ())  # type: ignore[arg-type]
        with heard(virtual) as found:
            desktop.perform(Type(text="azerty"))
        assert typed(found) == "azerty" and probe.held() == (0, 0)


def test_a_key_that_no_layout_has_fails_the_step(virtual: VirtualDesktop, xkb: Xkb) -> None:
    choose(virtual, "us,ru")
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        with pytest.raises(DesktopError, match="no key '日'"):
            desktop.perform(Press(keys=("ctrl", "日")))
        assert probe.strokes() == []


class _SetDeviceButtonMapping(rq.ReplyRequest):
    """What `xinput set-button-map` asks for."""

    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(29), rq.RequestLength(), rq.Card8("device"), rq.LengthOf("map", 1), rq.Pad(2), rq.Binary("map")
    )
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Pad(1), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Card8("status"), rq.Pad(23)
    )  # fmt: skip


def map_device(display: Display, order: list[int]) -> None:
    """Have the device that events are sent by call its buttons so."""
    sender = next(one.deviceid for one in display.xinput_query_device(xinput.AllDevices).devices if one.name.endswith("XTEST pointer"))
    opcode = display.display.get_extension_major(xinput.extname)
    _SetDeviceButtonMapping(display=display.display, opcode=opcode, device=sender, map=bytes([*order, *range(8, 11)]))


PLAIN = [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("device", [PLAIN, [3, 2, 1, 4, 5, 6, 7], [1, 2, 3, 5, 4, 7, 6]])
@pytest.mark.parametrize("order", [PLAIN, [3, 2, 1, 4, 5, 6, 7], [1, 2, 3, 5, 4, 7, 6], [2, 3, 1, 5, 4, 6, 7]])
def test_left_is_the_user_s_left_and_down_is_down(virtual: VirtualDesktop, order: list[int], device: list[int]) -> None:
    """The device's own map holds first, then that of the pointer which all devices move."""
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        whole = list(probe.display.get_pointer_mapping())
        probe.display.set_pointer_mapping(order + whole[7:])
        map_device(probe.display, device)
        try:
            desktop.observe()
            with heard(virtual) as found:
                actions: list[Action] = [Click(x=0.5, y=0.5), Click(x=0.2, y=0.5, button="right"), Scroll(x=0.5, y=0.5, dy=2, dx=1)]
                for action in actions:
                    desktop.observe()
                    desktop.perform(action)
            assert [event[1] for event in probe.buttons() if event[0] == "down"] == [1, 3, 5, 5, 7]
            assert [(one.kind, one.button) for one in found[:2]] == [("click", "left"), ("click", "right")]
            assert [(one.dx, one.dy) for one in found[2:]] == [(1, 2)]
        finally:
            map_device(probe.display, PLAIN)
            probe.display.set_pointer_mapping(whole)
            probe.display.sync()


def test_a_button_that_is_mapped_away_is_named(virtual: VirtualDesktop) -> None:
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        whole = list(probe.display.get_pointer_mapping())
        probe.display.set_pointer_mapping([1, 2, 0, *whole[3:]])
        try:
            desktop.observe()
            with pytest.raises(DesktopError, match="no right button"):
                desktop.perform(Click(x=0.5, y=0.5, button="right"))
        finally:
            probe.display.set_pointer_mapping(whole)
            probe.display.sync()
        assert probe.buttons() == []


def test_held_modifiers_long_presses_and_drags_by_words_are_done_as_they_are_heard(virtual: VirtualDesktop) -> None:
    from recordings.action import Drag

    done = [
        Press(keys=("alt", "tab"), then=(("tab",), ("shift", "tab"))), Click(x=0.50125, y=0.50166, seconds=0.7),
        Drag(path=((0.25125, 0.50166), (0.75125, 0.50166)), count=2),
    ]  # fmt: skip
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        with heard(virtual) as found:
            for action in done:
                desktop.observe()
                desktop.perform(action)
                time.sleep(0.5)
        assert (found[0].keys, found[0].then) == (done[0].keys, done[0].then)
        assert found[1].kind == "click" and found[1].seconds == pytest.approx(0.7, abs=0.15)
        assert (found[2].kind, found[2].count) == ("drag", 2) and probe.held() == (0, 0)


def test_characters_and_keysyms_are_each_other_s_inverse() -> None:
    for character in "aé€łşģدяґΣςώשก日👍—„…½":
        assert all(character_of(keysym) == character for keysym in keysyms_of(character))
    assert 0x6C6 in keysyms_of("ф") and 0x7E3 in keysyms_of("γ") and 0xCE0 in keysyms_of("א")


def test_letters_are_lent_in_few_requests(virtual: VirtualDesktop, xkb: Xkb) -> None:
    """At each of them every program reads the whole map anew: a window manager was busy for seconds with one a key."""
    choose(virtual, "ru")
    with Probe(virtual.display) as probe, LiveDesktop(virtual.display) as desktop:
        desktop.observe()
        before = desktop.hands.look.changes.ask().keys  # type: ignore[attr-defined]
        desktop.perform(Press(keys=("ctrl", "s")))
        assert 0 < desktop.hands.look.changes.ask().keys - before <= 20  # type: ignore[attr-defined]
        assert probe.held()[0] == 0
    choose(virtual, "us")
