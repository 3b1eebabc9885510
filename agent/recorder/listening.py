"""Every event of mouse and keyboard, as it happens. The only file that imports pynput."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agent.errors import DesktopError

_READY_SECONDS = 10.0
_NAMES = {
    "cmd": "super",
    "esc": "escape",
    "page_up": "pageup",
    "page_down": "pagedown",
    "print_screen": "printscreen",
    "caps_lock": "capslock",
    "alt_gr": "altgr",
}
_SIDES = ("_l", "_r")
_BUTTONS = {1: "left", 2: "middle", 3: "right"}
_environment_lock = threading.Lock()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event of mouse or keyboard, in pointer units."""

    kind: Literal["move", "button", "wheel", "key"]
    name: str = ""
    """The button, or the key by its name in `recordings.action`: the same with any modifiers held, where the system tells keys apart."""
    pressed: bool = False
    x: int = 0
    y: int = 0
    dx: int = 0
    dy: int = 0
    """Wheel notches: `dx` to the right, `dy` up."""
    code: int = 0
    """The X11 keycode."""
    character: str = ""
    """What the key types in the active layout with the modifiers that are held."""
    symbol: str = ""
    """The X11 keysym's name: dead keys and the Compose key type nothing by themselves."""
    injected: bool = False
    """Sent by a program. X11 never says so."""
    at: float = 0.0
    """`time.monotonic()` when it happened."""

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

    @property
    def alive(self) -> bool:
        """Whether they still listen: a server may end their connection, and nobody would hear of it."""
        return all(listener.is_alive() for listener in self._listeners)

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
        from agent.x11.connection import connect

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
    def tell(event: InputEvent) -> None:
        try:
            on_event(event)
        except Exception:  # noqa: BLE001 — a listener whose callback raises ends, and with it the emergency stop
            _log.exception("a callback for input events failed")

    return [_make_x11(tell)] if sys.platform.startswith("linux") else _make_others(tell)


def _make_x11(tell: Callable[[InputEvent], None]) -> Any:
    """One listener for both devices: with one for each, a click and the key after it could change places."""
    from pynput import keyboard, mouse
    from Xlib import X
    from Xlib.error import ConnectionClosedError

    from agent.x11.clock import ServerClock
    from agent.x11.keysyms import Keysyms

    keysyms = Keysyms(os.environ.get("DISPLAY"))
    wheel = mouse.Listener._SCROLL_BUTTONS
    clock = ServerClock()

    class Everything(keyboard.Listener):
        """Tells the server's events as they are: one stream, in the server's order."""

        _EVENTS = (X.KeyPress, X.MotionNotify)

        def __init__(self) -> None:
            super().__init__()
            self._recording = threading.Event()
            self._place: tuple[int, int] | None = None

        def _run(self) -> None:
            with contextlib.suppress(ConnectionClosedError):  # the display has gone: whoever captures it says so
                try:
                    super()._run()
                finally:
                    keysyms.close()

        def wait(self) -> None:
            """Until the server says that it tells every event from now on, which is later than the library thinks."""
            super().wait()
            self._recording.wait()

        def _handler(self, events: Any) -> None:
            self._recording.set()
            super()._handler(events)

        def _handle_message(self, display: Any, event: Any, injected: bool) -> None:
            now, x, y, detail = clock.read(event.time), event.root_x, event.root_y, event.detail
            pressed = event.type in (X.KeyPress, X.ButtonPress)
            # The server now and then leaves a motion out of its record, though never a button or key, and these say where they were.
            withheld = self._place not in (None, (x, y))
            self._place = (x, y)
            if event.type == X.MotionNotify or withheld:
                tell(InputEvent("move", x=x, y=y, injected=injected, at=now))
            if event.type == X.MotionNotify:
                return
            if event.type in (X.KeyPress, X.KeyRelease):
                key = keysyms.look_up(detail, event.state)
                tell(InputEvent("key", key.name, pressed, x, y, 0, 0, detail, key.character, key.symbol, injected, now))
                return
            detail = keysyms.button(detail)
            if detail not in wheel:
                tell(InputEvent("button", _BUTTONS.get(detail, f"button{detail}"), pressed, x, y, injected=injected, at=now))
            elif pressed:
                tell(InputEvent("wheel", x=x, y=y, dx=wheel[detail][0], dy=wheel[detail][1], injected=injected, at=now))

        def _stop_platform(self) -> None:
            # pynput ends a recording on the connection that is busy recording, which takes effect at the next event only.
            super().wait()
            self._display_stop.record_disable_context(self._context)
            self._display_stop.flush()

    return Everything()


def _make_others(tell: Callable[[InputEvent], None]) -> list[Any]:
    from pynput import keyboard, mouse

    def on_move(x: float, y: float, injected: bool) -> None:
        tell(InputEvent("move", x=int(x), y=int(y), injected=injected, at=time.monotonic()))

    def on_click(x: float, y: float, button: Any, pressed: bool, injected: bool) -> None:
        tell(InputEvent("button", button.name, pressed, int(x), int(y), injected=injected, at=time.monotonic()))

    def on_scroll(x: float, y: float, dx: float, dy: float, injected: bool) -> None:
        tell(InputEvent("wheel", x=int(x), y=int(y), dx=int(dx), dy=int(dy), injected=injected, at=time.monotonic()))

    def on_key(key: Any, pressed: bool, injected: bool) -> None:
        character = " " if getattr(key, "name", "") == "space" else getattr(key, "char", None) or ""
        tell(InputEvent("key", _key_name(key), pressed, character=character, injected=injected, at=time.monotonic()))

    keys = keyboard.Listener(
        on_press=lambda key, injected: on_key(key, True, injected), on_release=lambda key, injected: on_key(key, False, injected)
    )
    return [keys, mouse.Listener(on_move=on_move, on_click=on_click, on_scroll=on_scroll)]


def _key_name(key: Any) -> str:
    name = getattr(key, "name", None) or (getattr(key, "char", None) or "").lower()
    for side in _SIDES:
        name = name.removesuffix(side)
    return str(_NAMES.get(name, name))
