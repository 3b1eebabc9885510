"""A person takes over for one action: the next gesture of the real mouse is watched, not hindered, and told as an action."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from agent.human import InputEvent, Listening, listen
from recordings.action import Action, Click, Drag, Scroll
from recordings.geometry import ScreenTransform

QUIET_SECONDS = 0.5
"""A gesture is over when nothing more of it has come for so long: the second click of a double click has."""
STILL_PIXELS = 4
"""A button released no farther away has clicked."""


class Takeover:
    """Watches for one gesture in the captured rectangle, then for nothing more."""

    def __init__(self, area: ScreenTransform, on_action: Callable[[Action], None], display: str | None = None) -> None:
        """`on_action` is called once, from a thread of its own. Raises DesktopError where nobody can listen."""
        self._area, self._on_action = area, on_action
        self._events: list[InputEvent] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._over = False
        self._listening: Listening | None = listen(self._take, display)

    def stop(self) -> None:
        """Watch no more. Never raises; may be called twice."""
        with self._lock:
            self._over = True
            listening, self._listening = self._listening, None
            if self._timer is not None:
                self._timer.cancel()
        if listening is not None:
            listening.stop()

    def _take(self, event: InputEvent) -> None:
        if event.kind not in ("button", "wheel"):
            return
        with self._lock:
            if self._over or not (self._events or self._area.covers(event.x, event.y)):
                return
            self._events.append(event)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(QUIET_SECONDS, self._conclude)
            self._timer.daemon = True
            self._timer.start()

    def _conclude(self) -> None:
        with self._lock:
            action = None if self._over else gesture(self._events, self._area)
            if action is None:
                return
        self.stop()
        self._on_action(action)


def gesture(events: Sequence[InputEvent], area: ScreenTransform) -> Action | None:
    """What buttons and wheel did: a click, a drag or a scroll; None while a button is still held."""
    first = events[0]
    start = area.to_image(first.x, first.y)
    if first.kind == "wheel":
        right, down = sum(event.dx for event in events), -sum(event.dy for event in events)
        return Scroll(x=start.x, y=start.y, dx=max(-100, min(100, right)), dy=max(-100, min(100, down)))
    buttons = [event for event in events if event.kind == "button" and event.name == first.name]
    if not first.pressed or first.name not in ("left", "middle", "right") or buttons[-1].pressed:
        return None
    end = next(event for event in buttons if not event.pressed)
    if max(abs(end.x - first.x), abs(end.y - first.y)) > STILL_PIXELS:
        last = area.to_image(end.x, end.y)
        return Drag.model_validate({"path": [(start.x, start.y), (last.x, last.y)], "button": first.name})
    count = min(3, sum(not event.pressed for event in buttons))
    return Click.model_validate({"x": start.x, "y": start.y, "button": first.name, "count": count})
