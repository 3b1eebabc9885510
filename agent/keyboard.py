"""How keys are pressed and how text that no key types gets in: one interface, and the way of Windows and macOS."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.errors import DesktopError
from recordings.action import MODIFIERS

PressKeys = Callable[[Sequence[str]], None]
Wait = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key of the keyboard: a key name of pyautogui, or an X11 keycode; and what must be so for it to mean what is meant."""

    code: str | int
    held: tuple[int, ...] = ()
    """Keycodes to hold meanwhile: Shift, AltGr."""
    group: int | None = None
    """The layout, of those that are loaded, that must be active."""


def strokes_of(keyboard: Keyboard, keys: Sequence[str], *, shortcut: bool) -> list[Stroke]:
    """What to press one after the other for keys that are held together. Raises DesktopError for a key that there is not."""
    strokes: list[Stroke] = []
    for key in keys:
        stroke = keyboard.stroke(key, shortcut=shortcut)
        if stroke is None:
            raise DesktopError(f"this keyboard has no key {key!r}: type it as text instead")
        down = {earlier.code for earlier in strokes}
        strokes += [*(Stroke(code) for code in stroke.held if code not in down), stroke]
    return strokes


def switches_windows(keys: Sequence[str]) -> bool:
    """Whether a shortcut is for whoever switches windows or starts them: what is pressed next, the first held, is so, too."""
    return "super" in keys or keys[-1] in ("tab", "escape", "`")


def needs_letters(chords: Sequence[Sequence[str]]) -> bool:
    """Whether one of them is a shortcut with a letter or a sign."""
    return any(set(keys) & set(MODIFIERS) and any(len(key) == 1 and key.isascii() for key in keys) for keys in chords)


def runs_of(text: str) -> Iterator[str]:
    """A text in runs that go in by the same way: newlines and tabs are keys always."""
    yield from filter(None, re.split(r"([\n\t])", text.replace("\r\n", "\n")))


class Keyboard(Protocol):
    """What the hands know of a keyboard."""

    def refresh(self) -> None:
        """Look again at the map and which layout is active; called before each action."""
        ...

    def stroke(self, key: str, *, shortcut: bool = False) -> Stroke | None:
        """The stroke for a key of `recordings.action`, a newline or a tab; None where this keyboard has no such key.

        In a shortcut a letter is a key and not a character: under a Cyrillic layout, too, C is the key that Latin ones call C.
        """
        ...

    def provide_letters(self, wait: Wait) -> None:
        """Before a shortcut, where no layout that is loaded has Latin letters: have the keys mean those, too, for a while."""
        ...

    def plain(self, let_go: Callable[[int], None], *, typing: bool) -> Callable[[], None]:
        """Undo what is locked, latched or stuck down, so that the keys mean what they say.

        Args:
            let_go: sends the release of a keycode.
            typing: whether keys follow, which Caps Lock and the active layout matter for, and not only clicks.

        Returns:
            what restores the locks and the layout.

        Raises:
            DesktopError: a modifier is held down and stays so.
        """
        ...

    def choose(self, group: int | None) -> None:
        """Make a layout the active one, for the stroke that follows."""
        ...

    def check(self, stroke: Stroke, held: Container[str | int]) -> None:
        """Immediately before a stroke: raise DesktopError where the layout has been switched meanwhile, or somebody else has pressed or
        locked a modifier; `held` are the keys that are down for this one."""
        ...

    def let_switch(self, wait: Wait) -> None:
        """While modifiers are held: wait until whoever switches windows has dealt with what was pressed."""
        ...

    def close(self) -> None:
        """Take back what was lent. Never raises."""
        ...

    def paste(self, text: str, press: PressKeys, wait: Wait) -> None:
        """Put text in through the clipboard and restore what was on it.

        Args:
            text: without newlines and tabs.
            press: presses a shortcut; what it raises passes through, after the clipboard is restored.
            wait: sleeps for some seconds; what it raises passes through in the same way.

        Raises:
            DesktopError: the application did not take it, or what is on the clipboard cannot be kept.
        """
        ...


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

    def provide_letters(self, wait: Wait) -> None:
        """Nothing: pyautogui's letters are those of a Latin keyboard."""

    def plain(self, let_go: Callable[[int], None], *, typing: bool) -> Callable[[], None]:
        return lambda: None

    def choose(self, group: int | None) -> None:
        """Nothing: pyautogui knows one layout."""

    def check(self, stroke: Stroke, held: Container[str | int]) -> None:
        """Nothing can be asked here."""

    def let_switch(self, wait: Wait) -> None:
        """Nothing can be asked here."""

    def close(self) -> None:
        """Nothing is lent here."""

    def paste(self, text: str, press: PressKeys, wait: Wait) -> None:
        import pyperclip  # type: ignore[import-untyped]

        before = pyperclip.paste()
        pyperclip.copy(text)
        try:
            press(("super" if sys.platform == "darwin" else "ctrl", "v"))
            wait(self._READ_SECONDS)  # neither system tells when the application has read it
        finally:
            pyperclip.copy(before)
