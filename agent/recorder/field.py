"""What stands in a field after keys were typed into it: text, and the keys that move and delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.recorder.gestures import Gesture

EDITING = frozenset({"backspace", "delete", "left", "right", "home", "end", "shift", "capslock", "insert", "space"})
"""Keys that stay in a field."""
_LEAVING = frozenset(
    {"enter", "tab", "escape", "up", "down", "pageup", "pagedown", "menu", "printscreen", *(f"f{number}" for number in range(1, 13))}
)


@dataclass
class Field:
    """A field that was empty, as far as anybody saw."""

    text: str = ""
    cursor: int = 0

    def write(self, text: str) -> None:
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def press(self, keys: Sequence[str]) -> None:
        """What a key does to the text; a shortcut that is none of editing does nothing."""
        word = "ctrl" in keys
        match keys[-1]:
            case "space" if len(keys) == 1:
                self.write(" ")
            case "left":
                self.cursor = self._word_before() if word else max(self.cursor - 1, 0)
            case "right":
                self.cursor = len(self.text) if word else min(self.cursor + 1, len(self.text))
            case "home":
                self.cursor = 0
            case "end":
                self.cursor = len(self.text)
            case "backspace":
                start = self._word_before() if word else max(self.cursor - 1, 0)
                self.text, self.cursor = self.text[:start] + self.text[self.cursor :], start
            case "delete":
                self.text = self.text[: self.cursor] + self.text[self.cursor + 1 :]

    def _word_before(self) -> int:
        words = self.text[: self.cursor].rstrip()
        return len(words) - len(words.rpartition(" ")[2])


def stays(keys: Sequence[str]) -> bool:
    """Whether keys pressed leave the keyboard where it is: editing keys, and shortcuts such as ctrl+s, but none that changes windows."""
    if set(keys) <= EDITING:
        return True
    held = set(keys[:-1])
    return bool({"ctrl", "shift"} & held) and not {"alt", "super"} & held and keys[-1] not in _LEAVING


def edits(keys: Sequence[str]) -> bool:
    """Whether keys pressed only edit what is typed: it remains one text."""
    return set(keys) <= EDITING | {"ctrl"} and keys[-1] in EDITING


def fold(gestures: Sequence[Gesture]) -> str:
    """What stands in a field after all of them."""
    field = Field()
    for gesture in gestures:
        if gesture.kind == "type":
            field.write(gesture.text)
        elif gesture.keys:
            for keys in (gesture.keys, *((*gesture.keys[:-1], *more) for more in gesture.then)):
                field.press(keys)
    return field.text
