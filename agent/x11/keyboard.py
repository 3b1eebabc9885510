"""The keyboard of an X11 display: which key types a character in the active layout, and pasting for what no key types."""

from __future__ import annotations

from collections.abc import Iterator

from Xlib import XK, X

from agent.keyboard import PressKeys, Stroke, is_terminal
from agent.x11.clipboard import Loan
from agent.x11.display import Windows, connect

_KEYSYMS = {
    "enter": "Return", "tab": "Tab", "space": "space", "backspace": "BackSpace", "delete": "Delete", "escape": "Escape",
    "insert": "Insert", "home": "Home", "end": "End", "pageup": "Page_Up", "pagedown": "Page_Down", "up": "Up", "down": "Down",
    "left": "Left", "right": "Right", "menu": "Menu", "printscreen": "Print", "capslock": "Caps_Lock",
    "ctrl": "Control_L", "shift": "Shift_L", "alt": "Alt_L", "super": "Super_L", "\n": "Return", "\t": "Tab",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}  # fmt: skip
_ANGLE_KEYCODE = 94
"""The key between shift and Z of ISO keyboards: declared as < and > everywhere, yet US layouts type something else on it."""

_BEFORE_SHORTCUT_SECONDS = 0.05
_TAKE_SECONDS = 1.5
_PIECE_CHARACTERS = 20_000
"""An X property that is sent in one go holds 256 KiB, and a character takes up to 4 bytes."""


class X11Keyboard:
    """Keys by their keycodes in the active layout, so that a German keyboard types what a US one does."""

    def __init__(self, display: str | None) -> None:
        self._name = display
        self._display = connect(display)
        self._windows = Windows(display)
        self._strokes: dict[int, Stroke] = {}
        self._caps_lock = False
        self.refresh()

    def refresh(self) -> None:
        state = self._display.screen().root.query_pointer().mask
        self._caps_lock = bool(state & X.LockMask)
        group = min(state >> 13 & 3, 1)
        first, last = self._display.display.info.min_keycode, self._display.display.info.max_keycode
        keys = self._display.get_keyboard_mapping(first, last - first + 1)
        self._strokes = {}
        for level in (0, 1):
            for code, keysyms in enumerate(keys, first):
                column = 2 * group + level if any(keysyms[2 * group : 2 * group + 2]) else level
                keysym = keysyms[column] if column < len(keysyms) else 0
                if keysym and code != _ANGLE_KEYCODE:
                    self._strokes.setdefault(keysym, Stroke(code, shift=bool(level)))

    def stroke(self, key: str, *, shortcut: bool = False) -> Stroke | None:
        name = _KEYSYMS.get(key)
        keysym = XK.string_to_keysym(name) if name else _keysym(key)
        found = self._strokes.get(keysym)
        if found is not None and self._caps_lock and not shortcut and _is_letter(keysym):
            return Stroke(found.code, not found.shift)
        return found

    def paste(self, text: str, press: PressKeys) -> None:
        active = self._windows.active()
        terminal = active is not None and is_terminal(active.wm_class)
        # Ctrl+V is a control character to a terminal, where Shift+Insert pastes the primary selection. Elsewhere the primary selection
        # is left alone: taking it would undo the marking of the very text that the paste is to replace.
        selections = ("clipboard", "primary") if terminal else ("clipboard",)
        for piece in _pieces(text):
            with Loan(self._name, piece, selections) as loan:
                loan.serve(_BEFORE_SHORTCUT_SECONDS)  # clipboard managers ask at once; what they take is not the paste
                press(("shift", "insert") if terminal else ("ctrl", "v"))
                loan.serve(_TAKE_SECONDS, until_taken=True)


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE_CHARACTERS):
        yield text[start : start + _PIECE_CHARACTERS]


def _keysym(character: str) -> int:
    code = ord(character)
    return code if 0x20 <= code < 0x7F or 0xA0 <= code < 0x100 else 0x1000000 | code


def _is_letter(keysym: int) -> bool:
    return keysym < 0x100 and chr(keysym).isalpha()
