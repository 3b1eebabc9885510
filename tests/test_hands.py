"""Every action, as the server and real applications receive it."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from Xlib import X

from agent.accessibility import Accessibility
from agent.desktop import LiveDesktop
from agent.errors import DesktopError
from agent.keyboard import NamedKeyboard
from agent.virtual import VirtualDesktop
from agent.x11.connection import connect
from agent.x11.selection import read, read_text, set_owner
from recordings.action import MODIFIERS, NAMED_KEYS, Action, Ask, Click, Drag, Finish, Move, Press, Scroll, Type
from tests.probe import Probe, start_mousepad

SHIFT, CONTROL, ALT, SUPER = 1, 4, 8, 64


@pytest.fixture(scope="module")
def desktop(virtual_desktop: VirtualDesktop) -> Iterator[LiveDesktop]:
    with LiveDesktop(virtual_desktop.display) as desktop:
        yield desktop


@pytest.fixture
def probe(virtual_desktop: VirtualDesktop, desktop: LiveDesktop) -> Iterator[Probe]:
    with Probe(virtual_desktop.display) as probe:
        desktop.observe()
        yield probe
        assert probe.held() == (0, 0)


@pytest.fixture(scope="module")
def editor(virtual_desktop: VirtualDesktop) -> Iterator[Accessibility]:
    process = start_mousepad(virtual_desktop)
    virtual_desktop.place_window("Mousepad", 50, 50, 700, 500)
    with Accessibility(virtual_desktop.env["DBUS_SESSION_BUS_ADDRESS"]) as accessibility:
        yield accessibility
    process.kill()
    virtual_desktop.windows.wait_gone("Mousepad")


def held(editor: Accessibility, wanted: str, timeout: float = 5.0) -> str | None:
    """What the editor holds once it is what is wanted, or at last."""
    end = time.monotonic() + timeout
    while True:
        found = next((node.text for node in editor.nodes("mousepad", texts=True) if node.role == "text"), None)
        if found == wanted or time.monotonic() >= end:
            return found


def fill(desktop: LiveDesktop, text: str) -> None:
    """Replace what the editor holds, step by step as the loop would: its Select All works once it has noticed that there is text."""
    desktop.observe()
    for action in (Click(x=0.3, y=0.4), Press(keys=("ctrl", "a")), Press(keys=("delete",))):
        desktop.perform(action)
        desktop.settle()
    desktop.perform(Type(text=text))


@pytest.mark.parametrize("button", ["left", "middle", "right"])
def test_a_click_lands_on_its_pixel(desktop: LiveDesktop, probe: Probe, button: str) -> None:
    number = {"left": 1, "middle": 2, "right": 3}[button]
    for x, y in ((0, 0), (1, 1), (511, 383), (700, 123), (1023, 767)):
        probe.clear()
        desktop.perform(Click(x=(x + 0.5) / 1024, y=(y + 0.5) / 768, button=button))  # type: ignore[arg-type]
        assert [event[:4] for event in probe.buttons()] == [("down", number, x, y), ("up", number, x, y)]


def test_clicks_of_a_region_land_in_the_region(virtual_desktop: VirtualDesktop, probe: Probe) -> None:
    with LiveDesktop(virtual_desktop.display, region=(200, 100, 400, 300)) as part:
        assert part.observe().screenshot.size == (400, 300)
        part.perform(Click(x=0.5, y=0.5))
        part.perform(Click(x=0, y=1))
    assert [event[2:4] for event in probe.buttons()] == [(400, 250), (400, 250), (200, 399), (200, 399)]


def test_double_and_triple_clicks(desktop: LiveDesktop, probe: Probe) -> None:
    desktop.perform(Click(x=0.25, y=0.25, count=3))
    assert [kind for kind, *_ in probe.buttons()] == ["down", "up"] * 3
    times = [event.time for event in probe.events if hasattr(event, "time")]
    assert max(times) - min(times) < 200


def test_modifiers_are_down_during_the_click_and_up_after_it(desktop: LiveDesktop, probe: Probe) -> None:
    desktop.perform(Click(x=0.25, y=0.25, modifiers=("ctrl", "shift", "alt", "super")))
    down, up = probe.buttons()
    assert down[4] == up[4] == SHIFT | CONTROL | ALT | SUPER
    assert [key for key in probe.strokes() if key[0] == "down"] == [
        ("down", "Control_L"), ("down", "Shift_L"), ("down", "Alt_L"), ("down", "Super_L"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "action", [Drag(path=((0.1, 0.1), (0.2, 0.2)), modifiers=("ctrl",)), Scroll(x=0.5, y=0.5, dy=2, modifiers=("ctrl",))]
)
def test_modifiers_are_held_while_dragging_and_scrolling(desktop: LiveDesktop, probe: Probe, action: Drag | Scroll) -> None:
    desktop.perform(action)
    assert {event[4] for event in probe.buttons()} == {CONTROL}
    assert probe.held() == (0, 0)


def test_a_move_presses_nothing(desktop: LiveDesktop, probe: Probe) -> None:
    desktop.perform(Move(x=(300 + 0.5) / 1024, y=(200 + 0.5) / 768))
    assert probe.path()[-1][:2] == (300, 200)
    assert probe.buttons() == [] and probe.strokes() == []


def test_a_drag_follows_its_path_with_the_button_down(desktop: LiveDesktop, probe: Probe) -> None:
    desktop.perform(Drag(path=((0.1, 0.1), (0.5, 0.1), (0.5, 0.5))))
    (press, number, *start, _), (release, _, *end, _) = probe.buttons()
    assert (press, number, start) == ("down", 1, [102, 76])
    assert (release, end) == ("up", [512, 384])
    dragged = [(x, y) for x, y, state in probe.path() if state & 0x100]
    assert len(dragged) >= 20
    corner = dragged.index((512, 76))
    assert all(y == 76 for _, y in dragged[: corner + 1]) and all(x == 512 for x, _ in dragged[corner:])
    assert max(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in itertools.pairwise(dragged)) <= 20


@pytest.mark.parametrize(
    ("dx", "dy", "buttons"), [(0, 3, [5] * 3), (0, -2, [4] * 2), (4, 0, [7] * 4), (-1, 0, [6]), (1, 1, [5, 7]), (0, 0, [])]
)
def test_the_wheel_turns_both_ways_on_both_axes(desktop: LiveDesktop, probe: Probe, dx: int, dy: int, buttons: list[int]) -> None:
    desktop.perform(Scroll(x=0.5, y=0.5, dx=dx, dy=dy))
    downs = [event for event in probe.buttons() if event[0] == "down"]
    assert [event[1] for event in downs] == buttons
    assert all(event[2:4] == (512, 384) for event in downs)


def test_shortcuts_press_in_order_and_release_in_reverse(desktop: LiveDesktop, probe: Probe) -> None:
    desktop.perform(Press(keys=("ctrl", "shift", "S")))
    assert probe.strokes() == [
        ("down", "Control_L"), ("down", "Shift_L"), ("down", "s"), ("up", "s"), ("up", "Shift_L"), ("up", "Control_L"),
    ]  # fmt: skip
    probe.clear()
    desktop.perform(Press(keys=("ctrl", "S")))
    assert probe.strokes() == [("down", "Control_L"), ("down", "s"), ("up", "s"), ("up", "Control_L")]
    probe.clear()
    desktop.perform(Press(keys=("ctrl", "+")))
    assert probe.strokes()[:3] == [("down", "Control_L"), ("down", "Shift_L"), ("down", "equal")]


@pytest.mark.parametrize("key", [*NAMED_KEYS, *MODIFIERS])
def test_every_named_key_exists(desktop: LiveDesktop, probe: Probe, key: str) -> None:
    desktop.perform(Press(keys=(key,)))
    assert [kind for kind, _ in probe.strokes()] == ["down", "up"]
    if key == "capslock":
        desktop.perform(Press(keys=(key,)))


def test_a_key_that_this_keyboard_has_not_is_named(desktop: LiveDesktop, probe: Probe) -> None:
    with pytest.raises(DesktopError, match="no key '日'"):
        desktop.perform(Press(keys=("ctrl", "日")))
    assert probe.held() == (0, 0)


def test_questions_and_ends_touch_nothing(desktop: LiveDesktop, probe: Probe) -> None:
    for action in (Ask(question="Which?"), Finish()):
        desktop.perform(action)
    assert probe.buttons() == [] and probe.strokes() == [] and probe.path() == []


MANY = "".join(map(chr, range(0x65E5, 0x6600)))
"""No keyboard has them: they go through the clipboard."""
TEXTS = {
    "every ASCII character": "".join(map(chr, range(32, 127))),
    "angle brackets": 'a < b > c "quoted" \\ | ~',
    "lines and tabs": "one\n\ttwo\n\n three\t",
    "accents": "Grüße, Ærø, Łódź, naïve café, 50 € ß",
    "Japanese": "日本語のテキスト",
    "emoji": "👍🏽 👨‍👩‍👧 🇩🇪 e\u0301",
    "mixed lines": "ASCII only\nGemischtes 日本 <tag>\tnach dem Tab ✓\nend",
    "right to left": "שלום مرحبا",
    "much": "Wörter über Wörter. " * 300,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_text_arrives_exactly(desktop: LiveDesktop, editor: Accessibility, text: str) -> None:
    fill(desktop, text)
    assert held(editor, text) == text


@settings(max_examples=10)
@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")), max_size=40))
def test_any_text_arrives_exactly(desktop: LiveDesktop, editor: Accessibility, text: str) -> None:
    fill(desktop, text)
    assert held(editor, text) == text


def test_typing_replaces_what_is_selected(desktop: LiveDesktop, editor: Accessibility) -> None:
    fill(desktop, "to be replaced")
    desktop.settle()
    desktop.perform(Press(keys=("ctrl", "a")))
    desktop.perform(Type(text="ersetzt: é"))
    assert held(editor, "ersetzt: é") == "ersetzt: é"


def test_caps_lock_does_not_turn_the_letters_over(desktop: LiveDesktop, editor: Accessibility) -> None:
    desktop.perform(Press(keys=("capslock",)))
    try:
        fill(desktop, "Small and LARGE 1!")
    finally:
        desktop.perform(Press(keys=("capslock",)))
    assert held(editor, "Small and LARGE 1!") == "Small and LARGE 1!"


@pytest.mark.parametrize("layout", ["de", "fr", "us,ru"])
def test_other_layouts_type_the_same(virtual_desktop: VirtualDesktop, desktop: LiveDesktop, editor: Accessibility, layout: str) -> None:
    def choose(name: str) -> None:
        subprocess.run(["setxkbmap", name], env=virtual_desktop.env, check=True)

    text = "The quick (brown) fox: <a@b.org> {z} [y] 1/2 = 50 % _^~` é ß"
    choose(layout)
    try:
        fill(desktop, text)
    finally:
        choose("us")
    assert held(editor, text) == text


def test_control_characters_are_refused(desktop: LiveDesktop, probe: Probe) -> None:
    with pytest.raises(DesktopError, match="control character"):
        desktop.perform(Type(text="a\x1bb"))


def put(virtual_desktop: VirtualDesktop, target: str, data: bytes) -> None:
    """As another program would."""
    xclip = ["xclip", "-selection", "clipboard", "-i", "-t", target]
    subprocess.run(xclip, input=data, env=virtual_desktop.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def got(virtual_desktop: VirtualDesktop, target: str) -> bytes:
    xclip = ["xclip", "-selection", "clipboard", "-o", "-t", target]
    return subprocess.run(xclip, env=virtual_desktop.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


@pytest.mark.parametrize(
    ("target", "before"),
    [
        ("", b""),
        ("UTF8_STRING", "früher ✓".encode()),
        ("image/png", b"\x89PNG not really"),
        ("text/html", b"<b>rich</b>"),
        ("image/svg+xml", b"<svg/>" * 100_000),
    ],
)
def test_the_clipboard_is_restored(
    virtual_desktop: VirtualDesktop, desktop: LiveDesktop, editor: Accessibility, target: str, before: bytes
) -> None:
    if target:
        put(virtual_desktop, target, before)
    else:
        with closing(connect(virtual_desktop.display)) as connection:
            set_owner(connection, connection.intern_atom("CLIPBOARD"), X.NONE)
        assert read(virtual_desktop.display) is None
    fill(desktop, MANY)
    assert held(editor, MANY) == MANY
    assert got(virtual_desktop, target or "UTF8_STRING") == before


def open_terminal(virtual: VirtualDesktop, *choice: tuple[list[str], str]) -> tuple[str, subprocess.Popen[str]]:
    """The first of some that stays: on one machine some end as soon as their window is open, and leave nothing to type into."""
    ended = []
    for argv, title in choice:
        process: subprocess.Popen[str] = virtual.spawn(argv, stderr=subprocess.PIPE, text=True)
        try:
            virtual.place_window(title, 100, 100, 600, 400)
            return title, process
        except DesktopError as error:
            process.kill()
            ended.append(f"{argv[0]} ({error}): {process.wait()} {process.communicate()[1]}")
    raise AssertionError(f"no terminal stays: {ended}")


@pytest.mark.parametrize(
    "choice", [[(["xterm"], "xterm")], [(["xfce4-terminal", "--disable-server"], "Terminal"), (["qterminal"], "QTerminal|bash")]]
)
def test_terminals_get_it_too(virtual_desktop: VirtualDesktop, desktop: LiveDesktop, choice: list[tuple[list[str], str]]) -> None:
    put(virtual_desktop, "UTF8_STRING", b"kept")
    title, process = open_terminal(virtual_desktop, *choice)
    desktop.settle()
    done = virtual_desktop.home / "typed.txt"
    desktop.perform(Type(text=f"echo 'é 日本 <ok>' > {done.name}; exit\n"))
    virtual_desktop.windows.wait_gone(title)
    assert done.read_text() == "é 日本 <ok>\n"
    done.unlink()
    process.terminate()
    assert read_text(virtual_desktop.display) == "kept"


def test_two_desktops_at_once(virtual_desktop: VirtualDesktop, desktop: LiveDesktop, probe: Probe) -> None:
    """The input library knows one display per process; the hands know better."""
    with VirtualDesktop(400, 300, accessibility=False) as other, Probe(other.display) as second, LiveDesktop(other.display) as further:
        further.observe()
        actions: list[Action] = [Click(x=0.5, y=0.5), Type(text="ab")]
        for action in actions:
            desktop.perform(action)
            further.perform(action)
        assert [event[2:4] for event in second.buttons()] == [(200, 150)] * 2
        assert [event[2:4] for event in probe.buttons()] == [(512, 384)] * 2
        assert probe.strokes() == second.strokes() == [("down", "a"), ("up", "a"), ("down", "b"), ("up", "b")]


def test_elsewhere_the_clipboard_is_restored_even_if_the_shortcut_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Windows and macOS, with the clipboard library's place taken."""
    board = ["before"]
    monkeypatch.setitem(__import__("sys").modules, "pyperclip", SimpleNamespace(paste=lambda: board[-1], copy=board.append))
    monkeypatch.setattr(NamedKeyboard, "_READ_SECONDS", 0.0)
    pressed: list[tuple[str, ...]] = []
    NamedKeyboard().paste("é", lambda keys: pressed.append(tuple(keys)), time.sleep)
    assert pressed == [("ctrl", "v")] and board == ["before", "é", "before"]

    def fail(keys: object) -> None:
        raise DesktopError("stopped")

    with pytest.raises(DesktopError):
        NamedKeyboard().paste("ü", fail, time.sleep)
    assert board[-1] == "before"
    assert NamedKeyboard().stroke("é") is None and NamedKeyboard().stroke("\n").code == "enter"  # type: ignore[union-attr]
