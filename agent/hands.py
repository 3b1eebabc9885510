"""The hands: carry out an action with real events. The only file that imports pyautogui.

Every event passes the gate one at a time, is announced in the ledger first, and whatever is held down is known, so that it can be
released from any thread at any moment.
"""

from __future__ import annotations

import itertools
import math
import os
import re
import sys
import threading
import time
import types
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, assert_never

from agent.errors import DesktopError
from agent.guard import Gate, require_permission
from agent.keyboard import Keyboard, Stroke, open_keyboard
from agent.ledger import Ledger
from recordings.action import MODIFIERS, Action, Ask, Click, Drag, Finish, Move, Press, Scroll, Type, Wait
from recordings.geometry import Point, ScreenTransform

AFTER_CLICK_SECONDS = 0.05
"""Keys that follow a click sooner are lost in Chromium: it gives the focus from another process."""

_DRAG_STEP_PIXELS = 12
_DRAG_STEP_SECONDS = 0.006
_DRAG_PAUSE_SECONDS = 0.04
"""At both ends of a drag: what is dragged must notice that it is grabbed, and what receives it that it is offered."""

_WHEEL_UNITS = 120 if sys.platform == "win32" else 1
_library_lock = threading.RLock()


class Hands:
    """Mouse and keyboard of one desktop."""

    def __init__(self, display: str | None = None, *, gate: Gate | None = None, ledger: Ledger | None = None) -> None:
        """
        Args:
            display: X11 display; None: the one of the environment. Other systems have but one.
            gate: what an emergency stop closes.
            ledger: where events are announced.

        Raises:
            InputForbidden: the environment allows input to virtual desktops only, and this is none.
            DesktopError: there is no display.
        """
        require_permission(display)
        self.gate = gate or Gate()
        self.ledger = ledger or Ledger()
        self._display = display
        self._keyboard: Keyboard = open_keyboard(display)
        self._library, self._binding = _open_library(display)
        self._held: list[tuple[Hashable, Callable[[], None]]] = []
        self._at = (0, 0)
        self._clicked_at = -math.inf
        self.gate.on_close(self.release)

    def perform(self, action: Action, transform: ScreenTransform) -> None:
        """Carry out one action; its fractions refer to the image that `transform` belongs to.

        Raises:
            InputStopped: the gate was closed; nothing more is sent and nothing is held.
            InputForbidden: the environment allows input to virtual desktops only, and this is none.
            DesktopError: the keyboard has no such key.
        """
        self.gate.check()
        try:
            match action:
                case Click():
                    self._click(action, transform)
                case Move():
                    self._move(transform.to_screen(Point(x=action.x, y=action.y)))
                case Drag():
                    self._drag([transform.to_screen(Point(x=x, y=y)) for x, y in action.path], action.button, action.modifiers)
                case Scroll():
                    self._move(transform.to_screen(Point(x=action.x, y=action.y)))
                    self._scroll(action.dx, action.dy, action.modifiers)
                case Type():
                    self._type(action.text)
                case Press():
                    self._keyboard.refresh()
                    self._before_keys()
                    self._press(action.keys)
                case Wait():
                    self.gate.wait(action.seconds)
                case Ask() | Finish():
                    pass  # these are addressed to people, not to the desktop
                case _:
                    assert_never(action)
        finally:
            self.release()

    def release(self) -> None:
        """Let go of every key and button that is held. Never raises; callable from any thread."""
        if not self._held:
            return
        locked = self.gate.lock.acquire(timeout=1.0)
        try:
            while self._held:
                event, let_go = self._held.pop()
                try:
                    self._send(event, let_go)
                except Exception:  # noqa: BLE001 — one key that cannot be released must not keep the others down
                    continue
        finally:
            if locked:
                self.gate.lock.release()

    def _click(self, action: Click, transform: ScreenTransform) -> None:
        if action.modifiers:
            self._keyboard.refresh()
        self._move(transform.to_screen(Point(x=action.x, y=action.y)))
        with self._holding(action.modifiers):
            for _ in range(action.count):
                self._button_down(action.button)
                self._let_go()

    def _drag(self, path: Sequence[tuple[int, int]], button: str, modifiers: Sequence[str]) -> None:
        if modifiers:
            self._keyboard.refresh()
        self._move(path[0])
        with self._holding(modifiers):
            self._button_down(button)
            self.gate.wait(_DRAG_PAUSE_SECONDS)
            for start, end in itertools.pairwise(path):
                for place in _between(start, end):
                    self._move(place, dragging=button)
                    self.gate.wait(_DRAG_STEP_SECONDS)
            self.gate.wait(_DRAG_PAUSE_SECONDS)
            self._let_go()

    def _scroll(self, dx: int, dy: int, modifiers: Sequence[str]) -> None:
        if modifiers:
            self._keyboard.refresh()
        with self._holding(modifiers):
            self._turn_wheel(dx, dy)

    def _turn_wheel(self, dx: int, dy: int) -> None:
        library, (x, y) = self._library, self._at
        up, right = -int(math.copysign(1, dy)), int(math.copysign(1, dx))
        for _ in range(abs(dy)):
            self._pass(lambda: library.vscroll(up * _WHEEL_UNITS, x, y), ("wheel", 0, up), self._moved)
        if dx and sys.platform == "win32":  # pyautogui turns the vertical wheel there; most programs take shift and wheel for the other one
            with self._holding(("shift",)):
                for _ in range(abs(dx)):
                    self._pass(lambda: library.vscroll(-right * _WHEEL_UNITS, x, y))
            return
        for _ in range(abs(dx)):
            self._pass(lambda: library.hscroll(right, x, y), ("wheel", right, 0), self._moved)

    def _type(self, text: str) -> None:
        """Keys for what has keys, the clipboard for runs that have not; newline and tab are keys always."""
        self._keyboard.refresh()
        self._before_keys()
        for run in filter(None, re.split(r"([\n\t])", text.replace("\r\n", "\n"))):
            if all(self._keyboard.stroke(character) for character in run):
                for character in run:
                    self._press((character,))
            elif any(unicodedata.category(character) == "Cc" for character in run):
                raise DesktopError("the text holds a control character, which no key types: leave it out")
            else:
                self._keyboard.paste(run, self._press)

    def _press(self, keys: Sequence[str]) -> None:
        """Together and in order, released in reverse. With a modifier, S means the key and not the capital letter."""
        shortcut = any(key in MODIFIERS for key in keys)
        with self._holding([key.lower() for key in keys] if shortcut else keys, shortcut=shortcut):
            pass

    def _holding(self, keys: Sequence[str], *, shortcut: bool = True) -> _Holding:
        strokes = []
        for key in keys:
            stroke = self._keyboard.stroke(key, shortcut=shortcut)
            if stroke is None:
                raise DesktopError(f"this keyboard has no key {key!r}: type it as text instead")
            if stroke.shift and "shift" not in keys:
                strokes.append(self._keyboard.stroke("shift") or Stroke("shift"))
            strokes.append(stroke)
        return _Holding(self, strokes)

    def _before_keys(self) -> None:
        self.gate.wait(max(self._clicked_at + AFTER_CLICK_SECONDS - time.monotonic(), 0.0))

    @property
    def _moved(self) -> Hashable:
        return ("move", *self._at)

    def _move(self, place: tuple[int, int], *, dragging: str | None = None) -> None:
        self._at = place
        library = self._library
        if dragging and sys.platform == "darwin":  # a plain move does not drag there
            self._pass(lambda: library.dragTo(*place, button=dragging, mouseDownUp=False))
        else:
            self._pass(lambda: library.moveTo(*place), self._moved)

    def _button_down(self, button: str) -> None:
        library, (x, y) = self._library, self._at

        def up() -> None:
            self.ledger.announce(self._moved)
            library.mouseUp(*self._at, button=button)

        self.ledger.announce(self._moved)  # the library moves the pointer again with each press and release
        self._hold(("button", button, True), ("button", button, False), lambda: library.mouseDown(x, y, button=button), up)
        self._clicked_at = time.monotonic()

    def _key_down(self, stroke: Stroke) -> None:
        library, code = self._library, stroke.code
        down = (lambda: library.platformModule._keyDown(code)) if isinstance(code, int) else (lambda: library.keyDown(code))
        up = (lambda: library.platformModule._keyUp(code)) if isinstance(code, int) else (lambda: library.keyUp(code))
        self._hold(("key", code, True), ("key", code, False), down, up)

    def _hold(self, pressed: Hashable, released: Hashable, down: Callable[[], None], up: Callable[[], None]) -> None:
        with self.gate.lock:
            self.gate.check()
            self._held.append((released, up))  # first, so that a press that fails half-way is released too
            self._pass(down, pressed)

    def _let_go(self) -> None:
        """Release what was pressed last."""
        with self.gate.lock:
            if self._held:
                released, up = self._held.pop()
                self._send(released, up)

    def _pass(self, event: Callable[[], None], *announced: Hashable) -> None:
        """Send one event, unless the gate is closed."""
        with self.gate.lock:
            self.gate.check()
            require_permission(self._display)
            self._emit(event, *announced)

    def _send(self, released: Hashable, let_go: Callable[[], None]) -> None:
        """Send a release: the gate lets these through even when it is closed."""
        self._emit(let_go, released)

    def _emit(self, event: Callable[[], None], *announced: Hashable) -> None:
        self.ledger.announce(*announced)
        with _library_lock:
            for name, value in self._binding.items():
                setattr(self._library.platformModule, name, value)
            try:
                event()
            except Exception as error:  # Xlib and the systems' own libraries raise what they like
                raise DesktopError(f"the desktop takes no input any more: {error}") from error


class _Holding:
    """Holds keys down while the context lasts."""

    def __init__(self, hands: Hands, strokes: Sequence[Stroke]) -> None:
        self._hands, self._strokes = hands, strokes

    def __enter__(self) -> None:
        for stroke in self._strokes:
            self._hands._key_down(stroke)

    def __exit__(self, kind: object, *_: object) -> None:
        for _stroke in self._strokes:
            self._hands._let_go()


def _open_library(display: str | None) -> tuple[Any, dict[str, Any]]:
    """pyautogui, and what binds it to a display: it knows but the one that the environment names when it is first imported."""
    linux = sys.platform.startswith("linux")
    with _library_lock:
        # It imports this for a window that nobody opens here, and that import ends the process where tkinter is missing.
        sys.modules.setdefault("mouseinfo", types.ModuleType("mouseinfo"))
        before = os.environ.get("DISPLAY")
        if linux and display:
            os.environ["DISPLAY"] = display
        try:
            import pyautogui
        except Exception as error:  # it raises whatever the missing display makes Xlib raise
            raise DesktopError(f"the desktop takes no input ({error}): check DISPLAY, or use --desktop virtual") from error
        finally:
            if before is None:
                os.environ.pop("DISPLAY", None)
            else:
                os.environ["DISPLAY"] = before
    pyautogui.PAUSE = 0
    pyautogui.FAILSAFE = False  # the emergency stop watches the corners, also while the model is computing
    if not linux:
        return pyautogui, {}
    from agent.x11.display import connect

    # Its own table types > for < and knows one layout; the strokes given here are keycodes, which it passes on as they are.
    return pyautogui, {"_display": connect(display), "keyboardMapping": {code: code for code in range(8, 256)}}


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Places on the way, the end included."""
    steps = max(math.ceil(math.dist(start, end) / _DRAG_STEP_PIXELS), 2)
    for step in range(1, steps + 1):
        yield round(start[0] + (end[0] - start[0]) * step / steps), round(start[1] + (end[1] - start[1]) * step / steps)
