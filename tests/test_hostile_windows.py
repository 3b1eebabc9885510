"""A program may set a property of its window to anything: what it says is then nothing, and the screen is seen all the same."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from Xlib import X
from Xlib.error import BadWindow

from agent.desktop import LiveDesktop
from agent.virtual import VirtualDesktop
from agent.x11.connection import connect
from agent.x11.display import Window
from agent.x11.properties import MOST_SIDE, as_text, class_words, frame_sides
from agent.x11.stack import Stack

ODD = [
    ("WM_NAME", 32, [70_000]), ("_NET_WM_NAME", 32, [1 << 31]), ("WM_CLASS", 16, [1]), ("WM_CLASS", 8, b"\xff\x00\xfe"),
    ("WM_CLASS", 8, b"one"), ("_NET_WM_PID", 8, b"7"), ("_NET_WM_PID", 16, [7]), ("_NET_WM_WINDOW_TYPE", 8, b"dialog"),
    ("_NET_WM_WINDOW_TYPE", 16, [1]), ("WM_TRANSIENT_FOR", 8, b"\x01"), ("WM_TRANSIENT_FOR", 32, [0xFFFFFFFF]), ("_NET_WM_STATE", 8, b"x"),
    ("_NET_FRAME_EXTENTS", 32, [1, 2]), ("_NET_FRAME_EXTENTS", 8, b"abcd"), ("_NET_FRAME_EXTENTS", 32, [1 << 31] * 4),
    ("WM_PROTOCOLS", 8, b"ping"), ("WM_STATE", 8, b"1"),
]  # fmt: skip


@pytest.fixture(params=[True, False], ids=["a popup", "a window"])
def hostile(virtual_desktop: VirtualDesktop, request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    """A connection and a window on it, to be shown."""
    display = connect(virtual_desktop.display)
    window = display.screen().root.create_window(20, 30, 200, 100, 0, X.CopyFromParent, override_redirect=request.param)
    yield display, window
    window.destroy()
    display.sync()
    display.close()


@pytest.mark.parametrize("kind", ["STRING", "CARDINAL", "UTF8_STRING"])
def test_the_screen_is_seen_whatever_a_window_says_of_itself(virtual_desktop: VirtualDesktop, hostile: tuple[Any, Any], kind: str) -> None:
    display, window = hostile
    with LiveDesktop(virtual_desktop.display) as desktop:
        for name, size, value in ODD:
            window.change_property(display.intern_atom(name), display.intern_atom(kind), size, value)
            window.map()
            display.sync()
            windows = virtual_desktop.windows
            for look in (windows.all, windows.stack, windows.active, windows.classes, windows.popups):
                look()
            seen: Window | None = windows.describe(window.id)
            assert seen is not None and abs(seen.left) < 2000 and seen.width <= 200 + 2 * MOST_SIDE, (name, seen)
            assert desktop.observe().screenshot.size == (virtual_desktop.width, virtual_desktop.height), name
            window.delete_property(display.intern_atom(name))


@pytest.mark.parametrize("gone", [False, True])
def test_a_window_covers_nothing_outside_of_itself(gone: bool) -> None:
    """Where a compositor draws, a window says itself what nothing shines through: what lies beside it, and may not be seen, stays black."""

    def translate_coords(root: object, x: int, y: int) -> SimpleNamespace:
        if gone:
            raise BadWindow(connect_nothing, bytes(32))
        return SimpleNamespace(x=-100, y=-50)

    connect_nothing = SimpleNamespace(get_resource_class=lambda kind, default=None: default)
    stack = object.__new__(Stack)
    stack.composited, stack._root = True, None
    said = {"_NET_WM_OPAQUE_REGION": [0, 0, 5000, 4000, 300, 0, 50, 50]}
    stack._identities = SimpleNamespace(property_of=lambda number, name: said.get(name, ()))
    stack._display = SimpleNamespace(create_resource_object=lambda kind, number: SimpleNamespace(translate_coords=translate_coords))
    assert list(stack._covering(1, 1, (100, 50, 300, 150), 32)) == ([] if gone else [(100, 50, 300, 150)])


def test_what_a_property_says() -> None:
    assert as_text(()) == "" == as_text(b"") and as_text("Gr\u00fc\u00dfe".encode()) == "Gr\u00fc\u00dfe" == as_text(b"Gr\xfc\xdfe")
    assert class_words(b"xterm\0XTerm\0more\0") == ["xterm", "XTerm"] and class_words(b"one") == ["one"] and class_words(()) == []
    assert frame_sides([1, 1, 20, 1]) == (1, 1, 20, 1) and frame_sides([]) == frame_sides([1]) == frame_sides([1 << 31] * 4) == (0, 0, 0, 0)
