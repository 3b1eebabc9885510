"""The keyboard of an X11 display: which key means what in the layouts that are loaded, and what to do about characters without a key."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Container, Iterator
from typing import Any

from Xlib import XK, X
from Xlib.error import ConnectionClosedError, XError
from Xlib.ext import xtest

from agent.errors import DesktopError
from agent.keyboard import PressKeys, Stroke, Wait
from agent.private import is_terminal
from agent.x11.changes import Changes
from agent.x11.characters import keysyms_of
from agent.x11.clipboard import Clipboard
from agent.x11.display import Windows
from agent.x11.keymap import Keymap
from agent.x11.ping import Ping
from agent.x11.properties import value_of
from agent.x11.rest import Rest
from agent.x11.xkb import Xkb, with_group

_KEYSYMS = {
    "enter": "Return", "tab": "Tab", "space": "space", "backspace": "BackSpace", "delete": "Delete", "escape": "Escape",
    "insert": "Insert", "home": "Home", "end": "End", "pageup": "Page_Up", "pagedown": "Page_Down", "up": "Up", "down": "Down",
    "left": "Left", "right": "Right", "menu": "Menu", "printscreen": "Print", "capslock": "Caps_Lock",
    "ctrl": "Control_L", "shift": "Shift_L", "alt": "Alt_L", "super": "Super_L", "\n": "Return", "\t": "Tab",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}  # fmt: skip
_RELEASE_SECONDS = 0.5
"""How long a modifier that somebody holds down may take to be let go of."""
_NAMES = {X.ShiftMask: "Shift", X.LockMask: "Caps Lock", X.ControlMask: "Ctrl", X.Mod1Mask: "Alt", X.Mod4Mask: "Super"}
_LEARN_SECONDS = _SWITCH_SECONDS = 1.0
_PIECE_CHARACTERS = 20_000
"""So much is pasted at once: what a program takes in one go it also shows before the next."""


class X11Keyboard:
    """Keys by their keycodes in every layout that is loaded, so that a German or a Russian keyboard types what a US one does."""

    def __init__(self, connection: Any, display: str | None, changes: Changes) -> None:
        """`connection` is the one that events are sent on, `changes` what it says has changed."""
        self._display, self._name, self._changes = connection, display, changes
        self._xkb = Xkb(connection)
        self._xkb.watch()
        self._map = Keymap({})
        self._windows = Windows.on(connection)
        self._clipboard = Clipboard(display)
        self._lent: dict[int, bytes] = {}
        """What keys meant before they were lent, by keycode."""
        self._group = self._known_changes = 0
        self._look()

    def refresh(self) -> None:
        self._take_up()
        self._look()

    def _take_up(self) -> None:
        """Have the map hold that keys are sent by. Each keyboard may have its own, and that of the one that was used last holds: the
        release of a key that is not down makes it this one, and no program hears of it."""
        xtest.fake_input(self._display, X.KeyRelease, self._display.display.info.min_keycode)
        self._display.sync()

    def _look(self) -> None:
        if self._has_changed() or not self._map.keys:
            self._lent = {}  # it went with the old map
            self._read()
        self._group = self._xkb.state().group

    def _read(self) -> None:
        self._known_changes = self._changes.ask().keys
        self._map = Keymap(self._xkb.keys(), self._xkb.names(), self._xkb.modifier_keys())

    def _has_changed(self) -> bool:
        """Whether the map is another one than was read, no matter which keyboard it is of."""
        if (changes := self._changes.ask().keys) == self._known_changes:
            return False
        if self._xkb.keys() != self._map.keys or self._xkb.modifier_keys() != self._map.modifiers:
            return True
        self._known_changes = changes
        return False

    def stroke(self, key: str, *, shortcut: bool = False) -> Stroke | None:
        name = _KEYSYMS.get(key)
        keysyms = (XK.string_to_keysym(name),) if name else keysyms_of(key)
        latin = self._map.latin_group(self._group)
        first = latin if shortcut and latin is not None else self._group
        groups = range(self._map.groups if shortcut or not self._lent else 1)  # a lent layout is for shortcuts alone
        for group in dict.fromkeys((first, self._group, *groups)):
            ways = self._map.ways(group)
            if (way := next((ways[keysym] for keysym in keysyms if keysym in ways), None)) is not None:
                holders = tuple(code for bit in range(8) if way.mods >> bit & 1 and (code := self._map.holder(1 << bit)) is not None)
                return Stroke(way.code, holders, None if name else group)
        place = self._map.place(key) if shortcut and (latin is None or self._lent) else None
        if place is None:
            return None
        shift = self._map.holder(X.ShiftMask)
        return Stroke(place[0], (shift,) if place[1] and shift is not None else ())

    def provide_letters(self, wait: Wait) -> None:
        """Lend a second layout: the keys that a US keyboard has letters and signs on mean those in it.

        Programs that read the map anew find the letter there; those that do not, such as Chromium, know the key by its place.
        """
        if self._map.latin_group(self._group) is not None or self._lent or self._map.groups > 1:
            return
        lent = dict[int, bytes]()
        for code, pair in self._map.places():
            key = self._map.keys[code]
            if len(key.groups) == 1 and key.groups[0][1][:1] != (ord(pair[0]),):
                self._lent[code] = key.record
                lent[code] = with_group(key, (ord(pair[0]), ord(pair[1])), letter=pair.isalpha())
        self._xkb.write(lent)
        self._display.sync()
        self._read()
        self._is_answered(_LEARN_SECONDS, wait)

    def plain(self, let_go: Callable[[int], None], *, typing: bool) -> Callable[[], None]:
        state, num_lock = self._xkb.state(), self._map.num_lock
        ignored = num_lock if typing else num_lock | X.LockMask
        if state.base & ~ignored:
            self._release_stuck(let_go, ignored)
        loose = (state.locked | state.latched) & ~ignored & 0xFF
        if loose:
            self._xkb.lock(affect=loose)
            self._display.sync()
        if typing:
            self._group = self._xkb.state().group

        def restore() -> None:
            moved = typing and self._xkb.state().locked_group != state.locked_group
            if loose or moved:
                self._xkb.lock(mods=state.locked & loose, affect=loose, group=state.locked_group if typing else None)
                self._display.sync()

        return restore

    def _release_stuck(self, let_go: Callable[[int], None], ignored: int) -> None:
        """Keys that a program left down are released; those under somebody's finger are waited for."""
        bits = {code: bit for bit, codes in self._map.modifiers.items() for code in codes if not bit & ignored}
        down = self._display.query_keymap()
        for code in bits:
            if down[code >> 3] >> (code & 7) & 1:
                let_go(code)
        end = time.monotonic() + _RELEASE_SECONDS
        while held := self._xkb.state().base & ~ignored:
            if time.monotonic() > end:
                raise DesktopError(f"{_named(held)} is held down on the keyboard: let go of it")
            time.sleep(0.01)

    def choose(self, group: int | None) -> None:
        if group is not None and group != self._group:
            self._xkb.lock(group=group)
            self._group = self._xkb.state().group

    def check(self, stroke: Stroke, held: Container[str | int]) -> None:
        if self._has_changed():
            raise DesktopError("the keyboard's layout was changed in the middle of it: some of it was not typed")
        state = self._xkb.state()
        if stroke.group is not None and state.group != stroke.group:
            raise DesktopError("the keyboard was switched to another layout in the middle of it: some of it was not typed")
        own = sum(bit for bit, codes in self._map.modifiers.items() if any(code in held for code in codes))
        if foreign := state.mods & 0xFF & ~own & ~self._map.num_lock:
            raise DesktopError(f"{_named(foreign)} was pressed or locked in the middle of it: some of it was not typed")

    def let_switch(self, wait: Wait) -> None:
        root = self._display.screen().root
        manager = value_of(root, self._display.get_atom("_NET_SUPPORTING_WM_CHECK"), "_NET_SUPPORTING_WM_CHECK")
        if not len(manager):
            return
        rest, end = Rest(self._name, int(manager[0]), answers=False), time.monotonic() + _SWITCH_SECONDS
        while not rest.came() and time.monotonic() < end:
            wait(0.01)

    def _is_answered(self, seconds: float, wait: Wait) -> bool:
        """Wait until the active window's program has dealt with everything up to now; says whether it has."""
        active = self._windows.active()
        if active is None:
            return True
        ping = Ping(self._name, active.id)
        try:
            ping.ask()
            end = time.monotonic() + seconds
            while ping.answered_at() is None:
                if time.monotonic() > end:
                    return False
                wait(0.01)
            return True
        finally:
            ping.close()

    def paste(self, text: str, press: PressKeys, wait: Wait) -> None:
        active = self._windows.active()
        terminal = active is not None and is_terminal(active.wm_class)
        # Ctrl+V is a control character to a terminal, where Shift+Insert pastes the primary selection. Elsewhere the primary selection
        # is left alone: taking it would undo the marking of the very text that the paste is to replace.
        selections = ("clipboard", "primary") if terminal else ("clipboard",)
        latin = self._map.latin_group(self._group) is not None and not self._lent
        keys = ("ctrl", "v") if latin and not terminal else ("shift", "insert")
        for piece in _pieces(text):
            self._clipboard.paste(piece, selections, lambda: press(keys), active, wait)

    def close(self) -> None:
        with contextlib.suppress(ConnectionClosedError, XError, OSError, DesktopError):
            if self._lent:
                self.refresh()
                self._xkb.write(self._lent)
                self._lent = {}
                self._display.sync()
        self._clipboard.close()


def _named(modifiers: int) -> str:
    return "+".join(name for bit, name in _NAMES.items() if bit & modifiers) or "a modifier key"


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE_CHARACTERS):
        yield text[start : start + _PIECE_CHARACTERS]
