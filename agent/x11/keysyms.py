"""What an X11 key means at the moment it is pressed: its name, its character in the active layout, and its symbol for composing."""

from __future__ import annotations

from dataclasses import dataclass

from Xlib import XK, X

from agent.x11.characters import KEYPAD, character_of
from agent.x11.connection import connect
from agent.x11.keymap import Keymap
from agent.x11.xkb import Xkb

XK.load_keysym_group("xkb")
SYMBOL_NAMES = {number: name.removeprefix("XK_") for name, number in reversed(vars(XK).items()) if name.startswith("XK_")}
_NAMES = {
    "Return": "enter", "KP_Enter": "enter", "ISO_Enter": "enter", "Tab": "tab", "KP_Tab": "tab", "ISO_Left_Tab": "tab",
    "space": "space", "KP_Space": "space", "BackSpace": "backspace", "Delete": "delete", "KP_Delete": "delete", "Escape": "escape",
    "Insert": "insert", "KP_Insert": "insert", "Home": "home", "KP_Home": "home", "End": "end", "KP_End": "end", "Prior": "pageup",
    "Page_Up": "pageup", "KP_Prior": "pageup", "KP_Page_Up": "pageup", "Next": "pagedown", "Page_Down": "pagedown", "KP_Next": "pagedown",
    "KP_Page_Down": "pagedown", "Up": "up", "KP_Up": "up", "Down": "down", "KP_Down": "down", "Left": "left", "KP_Left": "left",
    "Right": "right", "KP_Right": "right", "Menu": "menu", "Print": "printscreen", "Sys_Req": "printscreen", "Caps_Lock": "capslock",
    "Control_L": "ctrl", "Control_R": "ctrl", "Shift_L": "shift", "Shift_R": "shift", "Alt_L": "alt", "Alt_R": "alt", "Meta_L": "alt",
    "Meta_R": "alt", "Super_L": "super", "Super_R": "super", "ISO_Level3_Shift": "altgr", "Mode_switch": "altgr", "Multi_key": "compose",
    **{f"F{number}": f"f{number}" for number in range(1, 13)},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """One key with the modifiers that are held."""

    name: str = ""
    """By its name in `recordings.action`, `altgr` or `compose`; else what it types without modifiers on a Latin keyboard; or nothing."""
    character: str = ""
    """What it types with the modifiers that are held; empty for keys that type nothing by themselves."""
    symbol: str = ""
    """The keysym's name, as Compose files write it."""


class Keysyms:
    """The keyboard map of one display, followed as it changes. Not thread-safe."""

    def __init__(self, display: str | None) -> None:
        """Raises DesktopError where there is no such display."""
        self._display = connect(display)
        self._xkb = Xkb(self._display)
        self._map = self._read()

    def close(self) -> None:
        """Let go of the display."""
        self._display.close()

    def look_up(self, code: int, state: int) -> Meaning:
        """What a keycode means with an event's state. The key is asked for anew: programs that type lend keys for a moment."""
        key = self._xkb.keys(code, 1)
        if self._has_changed() or key[code] != self._map.keys.get(code):
            self._map = self._read()
        group = state >> 13 & 3
        keysym, base = self._map.keysym(code, state & 0xFF, group), self._map.keysym(code, 0, group)
        symbol = SYMBOL_NAMES.get(keysym) or (f"U{keysym & 0xFFFFFF:04X}" if keysym >= 0x1000000 else "")
        character = character_of(keysym)
        if not keysym and state & X.ShiftMask and (small := character_of(base)):
            character = small.upper() if len(small.upper()) == 1 else small
        named = _NAMES.get(symbol) or (_NAMES.get(SYMBOL_NAMES.get(base, "")) if not character else None)
        return Meaning(named or self._latin(code, keysym, base, group), character, symbol)

    def button(self, number: int) -> int:
        """What the user has made of a button of the pointer: left and right, or up and down, may be swapped."""
        mapping = self._display.get_pointer_mapping()
        return int(mapping[number - 1]) if 0 < number <= len(mapping) else number

    def _latin(self, code: int, keysym: int, base: int, group: int) -> str:
        if base not in KEYPAD and (name := self._map.latin_name(code, group)):
            return name
        found = character_of(keysym if base in KEYPAD else base) or character_of(keysym)
        return found.lower() if len(found.lower()) == 1 else found

    def _has_changed(self) -> bool:
        changed = False
        while self._display.pending_events():
            changed |= self._display.next_event().type == X.MappingNotify
        return changed

    def _read(self) -> Keymap:
        return Keymap(self._xkb.keys(), self._xkb.names(), self._xkb.modifier_keys())
