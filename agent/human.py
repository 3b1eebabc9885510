"""What people do with mouse and keyboard.

`HumanInput` tells a person's events from the agent's own and knows the two gestures of an emergency stop: a hotkey, and the pointer pushed
into a corner of the screen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from agent.ledger import Ledger
from agent.recorder.listening import InputEvent, Listening, listen

HOTKEY = ("ctrl", "alt", "escape")
"""Keys by their names in `recordings.action`."""
SHIFT_SECONDS = 1.0
"""After the screen became another size, motions are the server's: it puts the pointer where there still is a screen."""


class HumanInput:
    """Watches a desktop for its people while the agent acts on it.

    The callbacks come from the listeners' threads within milliseconds, also while the model computes.
    """

    def __init__(
        self,
        ledger: Ledger,
        on_human: Callable[[str], None],
        on_hotkey: Callable[[], None],
        on_corner: Callable[[], None],
        *,
        display: str | None = None,
        corners: Callable[[], Sequence[tuple[int, int]]] = lambda: ((0, 0),),
    ) -> None:
        """
        Args:
            ledger: where the hands announce what they send.
            on_human: called with each event that nobody announced, in words ("moved the mouse").
            on_hotkey: called when the last key of the hotkey goes down.
            on_corner: called when a person's pointer enters a corner.
            display: X11 display; None: the one of the environment.
            corners: where the screen's corners are, asked each time; only the top left one where that is not given.
        """
        self._ledger, self._on_human, self._on_hotkey, self._on_corner = ledger, on_human, on_hotkey, on_corner
        self._display = display
        self._corners, self._known_corners, self._shifted_at = corners, tuple(corners()), -SHIFT_SECONDS
        self._down: dict[int | str, str] = {}
        self._corner: tuple[int, int] | None = None
        self._listening: Listening | None = None

    def start(self) -> HumanInput:
        """Begin to watch. Raises DesktopError where nobody can listen."""
        self._listening = listen(self._on_event, self._display)
        return self

    @property
    def watching(self) -> bool:
        """Whether somebody's hands would be noticed."""
        return self._listening is not None and self._listening.alive

    def stop(self) -> None:
        """Watch no more. Never raises; may be called twice."""
        if self._listening is not None:
            self._listening.stop()
            self._listening = None

    def __enter__(self) -> HumanInput:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _on_event(self, event: InputEvent) -> None:
        own = event.injected or (self._ledger.knows(event.entry) if event.kind == "move" else self._ledger.claim(event.entry))
        if event.kind == "move":
            corners = tuple(self._corners())
            own = self._is_shifted(corners) or own
            before, self._corner = self._corner, _corner_at(corners, event.x, event.y)
            if not own and self._corner not in (None, before):
                self._on_corner()
        if own:
            return
        if event.kind == "key":
            self._follow_hotkey(event)
        self._on_human(_IN_WORDS[event.kind])

    def _is_shifted(self, corners: tuple[tuple[int, int], ...]) -> bool:
        """Whether the screen has just become another size."""
        if corners != self._known_corners:
            self._known_corners, self._shifted_at = corners, time.monotonic()
        return time.monotonic() - self._shifted_at < SHIFT_SECONDS

    def _follow_hotkey(self, event: InputEvent) -> None:
        key = event.code or event.name
        complete = set(HOTKEY) <= set(self._down.values())
        if event.pressed:
            self._down[key] = event.name
        else:
            self._down.pop(key, None)
        if not complete and set(HOTKEY) <= set(self._down.values()):
            self._on_hotkey()


def _corner_at(corners: Sequence[tuple[int, int]], x: int, y: int) -> tuple[int, int] | None:
    return next((corner for corner in corners if abs(x - corner[0]) <= 1 and abs(y - corner[1]) <= 1), None)


_IN_WORDS = {"move": "moved the mouse", "button": "clicked", "wheel": "turned the wheel", "key": "pressed a key"}
