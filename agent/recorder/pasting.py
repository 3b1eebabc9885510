"""Whether what is pasted is a secret: a program that keeps passwords says so of what it puts on the clipboard, or it looks like one."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from agent.errors import DesktopError
from agent.recorder.gestures import Gesture
from agent.x11.selection import SECRET_HINT, TEXT_TARGETS, Formats, read
from recordings.secrets.checks import is_pass_phrase
from recordings.secrets.rules import Rules

LONGEST = 10_000
"""Characters of a paste that are looked at: a longer one is no password, and its rules are applied to what it becomes."""


def selection_pasted(gesture: Gesture) -> str | None:
    """Which selection a gesture pastes; None where it pastes nothing."""
    if gesture.kind == "click" and gesture.button == "middle":
        return "PRIMARY"
    if gesture.kind != "press":
        return None
    pressed = set(gesture.keys)
    return "CLIPBOARD" if pressed in ({"ctrl", "v"}, {"ctrl", "shift", "v"}, {"shift", "insert"}, {"ctrl", "y"}) else None


def secrets_in(formats: Formats, rules: Rules) -> tuple[str, ...]:
    """What of a selection is secret."""
    text = next((formats[name][2].decode("utf-8", "replace") for name in TEXT_TARGETS if name in formats), "").strip()
    if not text or len(text) > LONGEST:
        return ()
    if SECRET_HINT in formats or is_pass_phrase(text):
        return (text,)
    return tuple(text[find.start : find.end] for find in rules.find(text) if find.kind != "mail")


class Pastes:
    """Looks at what is pasted, in a thread of its own: whoever holds the selection may be slow."""

    def __init__(self, display: str | None, rules: Rules) -> None:
        self._display, self._rules = display, rules
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="pastes")

    def look(self, gesture: Gesture) -> Future[tuple[str, ...]] | None:
        """What a gesture pastes that is secret; None where it pastes nothing."""
        selection = selection_pasted(gesture)
        return self._threads.submit(self._secrets, selection) if selection is not None else None

    def _secrets(self, selection: str) -> tuple[str, ...]:
        try:
            return secrets_in(read(self._display, selection) or {}, self._rules)
        except (DesktopError, OSError):
            return ()

    def close(self) -> None:
        self._threads.shutdown()
