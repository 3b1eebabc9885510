"""What people do with mouse and keyboard. The only file that imports pynput.

`listen` tells every event; `HumanInput` tells a person's from the agent's own and knows the two gestures of an emergency stop: a hotkey,
and the pointer pushed into a corner of the screen.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.errors import DesktopError
from agent.ledger import Ledger
from agent.screen import Area

HOTKEY = ("ctrl", "alt", "escape")
_READY_SECONDS = 10.0
_NAMES = {
    "cmd": "super",
    "esc": "escape",
    "page_up": "pageup",
    "page_down": "pagedown",
    "print_screen": "printscreen",
    "caps_lock": "capslock",
}
_SIDES = ("_l", "_r", "_gr")
_environment_lock = threading.Lock()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event of mouse or keyboard, in pointer units."""

    kind: Literal["move", "button", "wheel", "key"]
    name: str = ""
    """The button, or the key by its name in `recordings.action`; with shift held a key may be named by its other character."""
    pressed: bool = False
    x: int = 0
    y: int = 0
    dx: int = 0
    dy: int = 0
    """Wheel notches: `dx` to the right, `dy` up."""
    code: int = 0
    """The X11 keycode."""
    injected: bool = False
    """Sent by a program. X11 never says so."""
    at: float = 0.0
    """`time.monotonic()` when it arrived."""

    @property
    def entry(self) -> Hashable:
        """How the hands announce it."""
        match self.kind:
            case "move":
                return ("move", self.x, self.y)
            case "button":
                return ("button", self.name, self.pressed)
            case "wheel":
                return ("wheel", self.dx, self.dy)
            case "key":
                return ("key", self.code, self.pressed)


class Listening:
    """Listeners that run in threads of their own until `stop`, which must come before the display ends."""

    def __init__(self, listeners: Sequence[Any]) -> None:
        self._listeners = listeners

    def stop(self) -> None:
        """Tell no more events. Never raises; may be called twice."""
        for listener in self._listeners:
            try:
                listener.stop()
                if threading.current_thread() is not listener:
                    listener.join(1.0)
            except Exception:  # noqa: BLE001 — what a dead display makes it raise tells nobody anything
                _log.debug("a listener did not stop cleanly", exc_info=True)


def listen(on_event: Callable[[InputEvent], None], display: str | None = None) -> Listening:
    """Call `on_event` with every event of mouse and keyboard, from the listeners' threads; it must be quick.

    Args:
        display: X11 display; None: the one of the environment. Other systems have but one.

    Raises:
        DesktopError: there is no display, or it lets nobody listen.
    """
    linux = sys.platform.startswith("linux")
    if linux:
        from agent.x11 import connect

        connect(display).close()  # a listener that finds no display would never become ready
    with _environment_lock:
        before = os.environ.get("DISPLAY")
        if linux and display:
            os.environ["DISPLAY"] = display  # pynput knows no other way
        try:
            listeners = _make(on_event)
            for listener in listeners:
                listener.start()
                waiting = threading.Thread(target=listener.wait, daemon=True)
                waiting.start()
                waiting.join(_READY_SECONDS)
                if waiting.is_alive():
                    raise DesktopError(
                        "mouse and keyboard cannot be watched here: allow this program to monitor input, or use --desktop virtual"
                    )
        finally:
            if linux and before is None:
                os.environ.pop("DISPLAY", None)
            elif before is not None:
                os.environ["DISPLAY"] = before
    return Listening(listeners)


def _make(on_event: Callable[[InputEvent], None]) -> list[Any]:
    from pynput import keyboard, mouse

    def tell(event: InputEvent) -> None:
        try:
            on_event(event)
        except Exception:  # noqa: BLE001 — a listener whose callback raises ends, and with it the emergency stop
            _log.exception("a callback for input events failed")

    def on_move(x: float, y: float, injected: bool) -> None:
        tell(InputEvent("move", x=int(x), y=int(y), injected=injected, at=time.monotonic()))

    def on_click(x: float, y: float, button: Any, pressed: bool, injected: bool) -> None:
        tell(InputEvent("button", button.name, pressed, int(x), int(y), injected=injected, at=time.monotonic()))

    def on_scroll(x: float, y: float, dx: float, dy: float, injected: bool) -> None:
        tell(InputEvent("wheel", x=int(x), y=int(y), dx=int(dx), dy=int(dy), injected=injected, at=time.monotonic()))

    def on_key(key: Any, pressed: bool, injected: bool) -> None:
        code = getattr(keys, "keycode", 0)
        tell(InputEvent("key", _key_name(key), pressed, code=code, injected=injected, at=time.monotonic()))

    class Ending:
        """pynput ends a recording on the connection that is busy recording, which takes effect at the next event only."""

        def _stop_platform(self) -> None:
            self.wait()  # type: ignore[attr-defined]
            self._display_stop.record_disable_context(self._context)  # type: ignore[attr-defined]
            self._display_stop.flush()  # type: ignore[attr-defined]

    class Keys(Ending, keyboard.Listener):
        """Keeps the keycode, which names the same key whatever modifiers are held."""

        keycode = 0

        def _handle_message(self, display: Any, event: Any, injected: bool) -> None:
            self.keycode = event.detail
            super()._handle_message(display, event, injected)

    class Mouse(Ending, mouse.Listener):
        pass

    x11 = sys.platform.startswith("linux")
    keys = (Keys if x11 else keyboard.Listener)(
        on_press=lambda key, injected: on_key(key, True, injected), on_release=lambda key, injected: on_key(key, False, injected)
    )
    return [keys, (Mouse if x11 else mouse.Listener)(on_move=on_move, on_click=on_click, on_scroll=on_scroll)]


def _key_name(key: Any) -> str:
    name = getattr(key, "name", None) or (getattr(key, "char", None) or "").lower()
    for side in _SIDES:
        name = name.removesuffix(side)
    return str(_NAMES.get(name, name))


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
        hotkey: Sequence[str] = HOTKEY,
        bounds: Area | None = None,
    ) -> None:
        """
        Args:
            ledger: where the hands announce what they send.
            on_human: called with each event that nobody announced, in words ("moved the mouse").
            on_hotkey: called when the last key of the hotkey goes down.
            on_corner: called when a person's pointer enters a corner.
            display: X11 display; None: the one of the environment.
            hotkey: keys by their names in `recordings.action`.
            bounds: the screen, whose corners count; None: only the top left one.
        """
        self._ledger, self._on_human, self._on_hotkey, self._on_corner = ledger, on_human, on_hotkey, on_corner
        self._display, self._hotkey = display, frozenset(hotkey)
        self._corners = _corners(bounds) if bounds is not None else ((0, 0),)
        self._down: dict[int | str, str] = {}
        self._corner: tuple[int, int] | None = None
        self._listening: Listening | None = None

    def start(self) -> HumanInput:
        """Begin to watch. Raises DesktopError where nobody can listen."""
        self._listening = listen(self._on_event, self._display)
        return self

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
            before, self._corner = self._corner, self._corner_at(event.x, event.y)
            if not own and self._corner not in (None, before):
                self._on_corner()
        if own:
            return
        if event.kind == "key":
            self._follow_hotkey(event)
        self._on_human(_IN_WORDS[event.kind])

    def _corner_at(self, x: int, y: int) -> tuple[int, int] | None:
        return next((corner for corner in self._corners if abs(x - corner[0]) <= 1 and abs(y - corner[1]) <= 1), None)

    def _follow_hotkey(self, event: InputEvent) -> None:
        key = event.code or event.name
        complete = self._hotkey <= set(self._down.values())
        if event.pressed:
            self._down[key] = event.name
        else:
            self._down.pop(key, None)
        if not complete and self._hotkey <= set(self._down.values()):
            self._on_hotkey()


_IN_WORDS = {"move": "moved the mouse", "button": "clicked", "wheel": "turned the wheel", "key": "pressed a key"}


def _corners(bounds: Area) -> tuple[tuple[int, int], ...]:
    right, bottom = bounds.left + bounds.width - 1, bounds.top + bounds.height - 1
    return tuple((x, y) for x in (bounds.left, right) for y in (bounds.top, bottom))
