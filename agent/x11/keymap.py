"""What every key of an X11 keyboard means in every group and with every modifier, and the other way round: which key means something."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from Xlib import XK, X

from agent.x11.characters import KEYPAD, character_of
from agent.x11.xkb import GROUPS, Key

XK.load_keysym_group("xkb")
LEVEL_3 = (XK.XK_ISO_Level3_Shift, XK.XK_Mode_switch)
_LEVEL_5 = 0xFE11
_NUM_LOCK = XK.XK_Num_Lock
_ANGLE_KEY = "LSGT"
"""Between Shift and Z of ISO keyboards: declared everywhere, yet many keyboards have no such key, so every other key is tried first."""
_LATIN_LETTERS = 20
"""A group with so many of the letters a to z is a Latin one."""
_ROWS = {"AE": "1!2@3#4$5%6^7&8*9(0)-_=+", "AD": "qQwWeErRtTyYuUiIoOpP[{]}", "AC": "aAsSdDfFgGhHjJkKlL;:'\"", "AB": "zZxXcCvVbBnNmM,<.>/?"}
_PLACES = {
    "TLDE": "`~", "BKSL": "\\|",
    **{f"{row}{at // 2 + 1:02}": keys[at : at + 2] for row, keys in _ROWS.items() for at in range(0, len(keys), 2)},
}  # fmt: skip
"""What the keys of a US keyboard type, by their places: what a shortcut's key is called where the layout has no Latin letters."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to type a keysym: a keycode with these modifiers (bits, as in an event's state) while a group is active."""

    code: int
    mods: int
    group: int


@dataclass(frozen=True)
class Keymap:
    """The map of one moment."""

    keys: Mapping[int, Key]
    names: Mapping[int, str] = field(default_factory=dict)
    modifiers: Mapping[int, list[int]] = field(default_factory=dict)
    """The keycodes that set each modifier bit."""

    def keysym(self, code: int, mods: int, group: int) -> int:
        """What a key means with modifiers while a group is active; 0 where that is nothing."""
        found = self.keys[code].group(group) if code in self.keys else None
        if found is None:
            return 0
        kind, symbols = found
        level = kind.level(mods)
        keysym = symbols[level] if level < len(symbols) else 0
        if mods & X.LockMask and not kind.mask & X.LockMask:
            return _capital(keysym)
        return keysym

    @cached_property
    def groups(self) -> int:
        """How many groups there are."""
        return max((len(key.groups) for key in self.keys.values()), default=1) or 1

    @cached_property
    def num_lock(self) -> int:
        """The modifier that Num Lock sets."""
        return self._bit(_NUM_LOCK)

    def holder(self, bit: int) -> int | None:
        """The key to hold for a modifier bit."""
        wanted = {X.ShiftMask: (XK.XK_Shift_L, XK.XK_Shift_R)}.get(bit, (*LEVEL_3, _LEVEL_5))
        codes = self.modifiers.get(bit, [])
        return next((code for keysym in wanted for code in codes if self.keysym(code, 0, 0) == keysym), None)

    def ways(self, group: int) -> dict[int, Way]:
        """The easiest way to each keysym while a group is active."""
        return self._ways[group]

    @cached_property
    def _ways(self) -> list[dict[int, Way]]:
        return [self._ways_of(group) for group in range(GROUPS)]

    def _ways_of(self, group: int) -> dict[int, Way]:
        found: dict[int, tuple[tuple[bool, int], Way]] = {}
        for code, key in self.keys.items():
            its = key.group(group)
            if its is None:
                continue
            kind, symbols = its
            for level, keysym in enumerate(symbols):
                if not keysym:
                    continue
                mods = next((mods for mods in kind.mods_for(level) if self._can_hold(mods)), None)
                if mods is None:
                    continue
                cost = self.names.get(code) == _ANGLE_KEY or (code == 94 and not self.names), mods.bit_count()
                if keysym not in found or cost < found[keysym][0]:
                    found[keysym] = cost, Way(code, mods, group)
        return {keysym: way for keysym, (_, way) in found.items()}

    def _can_hold(self, mods: int) -> bool:
        return not mods & X.LockMask and all(self.holder(1 << bit) is not None for bit in range(8) if mods >> bit & 1)

    def latin_group(self, active: int) -> int | None:
        """The group whose keys shortcuts are named by: the active one where it has Latin letters, else the first that has; or None."""
        return next((group for group in (active, *range(self.groups)) if self._is_latin[group]), None)

    @cached_property
    def _is_latin(self) -> list[bool]:
        letters = [{keysym for key in self.keys.values() if (its := key.group(group)) for keysym in its[1][:1]} for group in range(GROUPS)]
        return [len(found & set(range(ord("a"), ord("z") + 1))) >= _LATIN_LETTERS for found in letters]

    def latin_name(self, code: int, active: int) -> str:
        """What a key is called in a shortcut: what it types without modifiers in the Latin group, or by its place; empty for other keys."""
        group = self.latin_group(active)
        if group is None:
            return _PLACES.get(self.names.get(code, ""), " ")[0].strip()
        keysym = self.keysym(code, 0, group)
        found = "" if keysym in KEYPAD else character_of(keysym)
        return found.lower() if len(found.lower()) == 1 and not found.isspace() else found.strip()

    def place(self, character: str) -> tuple[int, bool] | None:
        """The key that has a character on a US keyboard, by its place, and whether Shift is needed."""
        for code, name in self.names.items():
            pair = _PLACES.get(name, "")
            if character in pair:
                return code, pair.index(character) == 1
        return None

    def places(self) -> list[tuple[int, str]]:
        """The keys that a US keyboard has letters and signs on, with what it types without and with Shift."""
        return [(code, pair) for code, name in self.names.items() if (pair := _PLACES.get(name))]

    def _bit(self, keysym: int) -> int:
        return next((bit for bit, codes in self.modifiers.items() if any(self.keysym(code, 0, 0) == keysym for code in codes)), 0)


def _capital(keysym: int) -> int:
    """The keysym that Caps Lock makes of one whose key leaves that to the programs."""
    small = character_of(keysym)
    large = small.upper()
    if not small or len(large) != 1 or large == small or unicodedata.category(small) != "Ll":
        return keysym
    code = ord(large)
    return code if code < 0x100 else 0x1000000 + code
