"""How keys are pressed and how text that no key types gets in: one interface, and the way of Windows and macOS."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

PressKeys = Callable[[Sequence[str]], None]

_TERMINALS = ("term", "konsole", "kitty", "alacritty", "rxvt", "foot", "tilix", "guake", "yakuake", "tilda")


def is_terminal(window_class: str) -> bool:
    """Whether windows of this class (WM_CLASS) are terminals, where keys mean something else than in other programs."""
    return any(word in window_class.casefold() for word in _TERMINALS)


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key of the keyboard: a key name of pyautogui, or an X11 keycode; and whether shift must be held for it."""

    code: str | int
    shift: bool = False


class Keyboard(Protocol):
    """What the hands know of a keyboard."""

    def refresh(self) -> None:
        """Look again which layout is active; called before each action."""
        ...

    def stroke(self, key: str, *, shortcut: bool = False) -> Stroke | None:
        """The stroke for a key of `recordings.action`, a newline or a tab; None where this keyboard has no such key.

        Caps lock is made up for, but not in a shortcut, where it means nothing.
        """
        ...

    def paste(self, text: str, press: PressKeys) -> None:
        """Put text in through the clipboard and restore what was on it.

        Args:
            text: without newlines and tabs.
            press: presses a shortcut; what it raises passes through, after the clipboard is restored.
        """
        ...


def open_keyboard(display: str | None) -> Keyboard:
    """The keyboard of this system; of the X11 display where there are several."""
    if sys.platform.startswith("linux"):
        from agent.x11.keyboard import X11Keyboard

        return X11Keyboard(display)
    return NamedKeyboard()


class NamedKeyboard:
    """Windows and macOS: pyautogui's key names, and the clipboard through pyperclip, which comes with pyautogui."""

    _NAMES = {"\n": "enter", "\t": "tab", "super": "win", "menu": "apps"}
    _READ_SECONDS = 0.2

    def refresh(self) -> None:
        """Nothing: pyautogui maps names to keys by itself."""

    def stroke(self, key: str, *, shortcut: bool = False) -> Stroke | None:
        name = self._NAMES.get(key, key)
        if sys.platform == "darwin" and name == "win":
            name = "command"
        return Stroke(name) if len(name) > 1 or (name.isascii() and name.isprintable()) else None

    def paste(self, text: str, press: PressKeys) -> None:
        import pyperclip  # type: ignore[import-untyped]

        before = pyperclip.paste()
        pyperclip.copy(text)
        try:
            press(("super" if sys.platform == "darwin" else "ctrl", "v"))
            time.sleep(self._READ_SECONDS)  # neither system tells when the application has read it
        finally:
            pyperclip.copy(before)
