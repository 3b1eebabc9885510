"""What an X11 key means at the moment it is pressed: its name, its character in the active layout, and its symbol for composing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from Xlib import XK, X

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
_KEYPAD = range(0xFF80, 0xFFBE)
_KEYPAD_CHARACTERS = {0xFF80: " ", **{0xFFB0 + digit: str(digit) for digit in range(10)},
                      **dict(zip((0xFFAA, 0xFFAB, 0xFFAC, 0xFFAD, 0xFFAE, 0xFFAF, 0xFFBD), "*+,-./=", strict=True))}  # fmt: skip
_LEVEL_3_COLUMN = 4
"""The core keyboard map holds two levels of two groups first, then levels 3 and 4 of each."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One key with the modifiers that are held."""

    name: str = ""
    """By its name in `recordings.action`, `altgr` or `compose`; else what it types without modifiers; empty where that is nothing."""
    character: str = ""
    """What it types with the modifiers that are held; empty for keys that type nothing by themselves."""
    symbol: str = ""
    """The keysym's name, as Compose files write it."""


class Keysyms:
    """The keyboard map of one display. Not thread-safe."""

    def __init__(self, characters: Mapping[int, str]) -> None:
        """
        Args:
            characters: of the keysyms older than Unicode ones, by number.
        """
        self._characters = characters
        self._masks: tuple[int, int] | None = None

    def look_up(self, display: Any, code: int, state: int) -> Meaning:
        """What a keycode means with a modifier state. The map is asked for anew: programs that type lend keys for a moment."""
        keysyms = list(display.get_keyboard_mapping(code, 1)[0]) + [0] * 8
        num_lock, level_3 = self._modifiers(display)
        group = min(state >> 13 & 3, 1)
        pair = keysyms[2 * group : 2 * group + 2] if any(keysyms[2 * group : 2 * group + 2]) else keysyms[:2]
        base = pair[0]
        if state & level_3:
            upper = keysyms[_LEVEL_3_COLUMN + 2 * group : _LEVEL_3_COLUMN + 2 * group + 2]
            pair = upper if any(upper) else pair
        shifted = bool(state & X.ShiftMask)
        if (pair[1] in _KEYPAD and state & num_lock) or (state & X.LockMask and self._has_case(pair[0], pair[1])):
            shifted = not shifted
        keysym = (pair[1] if shifted else pair[0]) or pair[0]
        symbol = SYMBOL_NAMES.get(keysym) or (f"U{keysym & 0xFFFFFF:04X}" if keysym >= 0x1000000 else "")
        character = self._character(keysym)
        if pair[1] == 0 and shifted:
            character = character.upper() if len(character.upper()) == 1 else character
        named = _NAMES.get(symbol) or (_NAMES.get(SYMBOL_NAMES.get(base, "")) if not character else None)
        return Meaning(named or self._base(base, keysym), character, symbol)

    def _base(self, base: int, keysym: int) -> str:
        found = self._character(keysym if base in _KEYPAD else base) or self._character(keysym)
        return found.lower() if len(found.lower()) == 1 else found

    def _character(self, keysym: int) -> str:
        if 0x20 <= keysym < 0x7F or 0xA0 <= keysym < 0x100:
            return chr(keysym)
        if 0x1000020 <= keysym <= 0x110FFFF:
            return chr(keysym - 0x1000000)
        if SYMBOL_NAMES.get(keysym, "").startswith("dead_"):
            return ""
        return _KEYPAD_CHARACTERS.get(keysym) or self._characters.get(keysym, "")

    def _has_case(self, lower: int, upper: int) -> bool:
        small, large = self._character(lower), self._character(upper)
        return bool(small) and small != large and small.upper() == large

    def _modifiers(self, display: Any) -> tuple[int, int]:
        """The masks of Num Lock and of the third level."""
        if self._masks is None:
            masks = [0, 0]
            for bit, codes in enumerate(display.get_modifier_mapping()):
                symbols = {
                    SYMBOL_NAMES.get(int(keysym), "") for code in codes if code for keysym in display.get_keyboard_mapping(code, 1)[0]
                }
                masks[0] |= (1 << bit) * ("Num_Lock" in symbols)
                masks[1] |= (1 << bit) * bool(symbols & {"ISO_Level3_Shift", "Mode_switch"})
            self._masks = masks[0], masks[1]
        return self._masks
