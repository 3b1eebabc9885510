"""The hands: carry out an action with real events.

Every event passes the gate one at a time, is announced in the ledger first, and whatever is held down is known, so that it can be
released from any thread at any moment.
"""

from __future__ import annotations

import itertools
import math
import sys
import time
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import assert_never

from agent.errors import DesktopError
from agent.guard import Gate, require_permission
from agent.input_library import bent, buttons, library_lock, open_library, places_between, require_button, turn_wheel
from agent.keyboard import Keyboard, NamedKeyboard, Stroke, needs_letters, runs_of, strokes_of, switches_windows
from agent.ledger import Ledger
from agent.look import DecisionStale, Look, NoLook
from recordings.action import MODIFIERS, Action, Ask, Click, Drag, Finish, Move, Press, Scroll, Type, Wait
from recordings.geometry import Point, ScreenTransform

AFTER_CLICK_SECONDS = 0.05
"""Keys that follow a click sooner are lost in Chromium: it gives the focus from another process."""

_BETWEEN_SECONDS = 0.1
"""Between presses while a modifier is held: who switches windows must notice each."""
_DRAG_STEP_SECONDS = 0.006
_DRAG_PAUSE_SECONDS = 0.04
"""At both ends of a drag: what is dragged must notice that it is grabbed, and what receives it that it is offered."""


class Hands:
    """Mouse and keyboard of one desktop."""

    def __init__(self, display: str | None = None) -> None:
        """
        Args:
            display: X11 display; None: the one of the environment. Other systems have but one.

        Raises:
            InputForbidden: the environment allows input to virtual desktops only, and this is none.
            DesktopError: there is no display.
        """
        require_permission(display)
        self.gate = Gate()
        """What an emergency stop closes."""
        self.ledger = Ledger()
        """Where events are announced."""
        self._display = display
        self._library, self._binding = open_library(display)
        self.look: Look = NoLook()
        self._keyboard: Keyboard = NamedKeyboard()
        if (connection := self._binding.get("_display")) is not None:
            from agent.x11.keyboard import X11Keyboard
            from agent.x11.last_look import LastLook

            self.look = look = LastLook(connection)
            self._keyboard = X11Keyboard(connection, display, look.changes)
        self._held: list[tuple[Hashable, Callable[[], None]]] = []
        self._keys_meant = self._begun = False
        self._at = self._decided = (0, 0)
        self._clicked_at = -math.inf
        self.gate.on_close(self.release)

    def perform(self, action: Action, transform: ScreenTransform) -> None:
        """Carry out one action; its fractions refer to the image that `transform` belongs to.

        Raises:
            InputStopped: the gate was closed; nothing more is sent and nothing is held.
            InputForbidden: the environment allows input to virtual desktops only, and this is none.
            DecisionStale, NotPermitted: what it was decided on is not there any more, or not to be acted in; see `agent.look`.
            DesktopError: the keyboard has no such key, or the pointer no such button.
        """
        self.gate.check()
        self._begun = False
        try:
            match action:
                case Click():
                    self._prepare_pointer(action.modifiers)
                    self._click(action, transform)
                case Move():
                    self._go(transform.to_screen(Point(x=action.x, y=action.y)))
                case Drag():
                    self._prepare_pointer(action.modifiers)
                    self._drag([transform.to_screen(Point(x=x, y=y)) for x, y in action.path], action)
                case Scroll():
                    self._prepare_pointer(action.modifiers)
                    self._go(transform.to_screen(Point(x=action.x, y=action.y)))
                    with self._holding(action.modifiers):
                        self._turn_wheel(action.dx, action.dy)
                case Type():
                    self._prepare_keys()
                    self._type(action.text)
                case Press():
                    self._prepare_keys()
                    if needs_letters(action.chords):
                        self._keyboard.provide_letters(self.gate.wait)
                    self._press(action.keys, action.then)
                case Wait():
                    self.gate.wait(action.seconds)
                case Ask() | Finish():
                    pass  # these are addressed to people, not to the desktop
                case _:
                    assert_never(action)
        except DecisionStale as stale:
            raise DecisionStale(f"{stale}{' (a part of it was done)' if self._begun else ', so nothing was done'}: look again") from None
        finally:
            self._keys_meant = False
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

    def close(self) -> None:
        """Take back what was lent to the keyboard and the clipboard. Never raises."""
        self.release()
        self._keyboard.close()

    def _prepare_pointer(self, modifiers: Sequence[str]) -> None:
        if modifiers:
            self._keyboard.refresh()
        self._make_plain(typing=False)
        if "BUTTON_NAME_MAPPING" in self._binding:
            self._binding["BUTTON_NAME_MAPPING"] = buttons(self._binding["_display"])

    def _prepare_keys(self) -> None:
        self._keys_meant = True
        self._keyboard.refresh()
        self._before_keys()
        self._make_plain(typing=True)

    def _make_plain(self, *, typing: bool) -> None:
        """Undo locks and what is stuck; they are restored as the last thing that is let go of."""
        with self.gate.lock:
            self.gate.check()
            self._held.append((None, self._keyboard.plain(self._let_go_of_stuck, typing=typing)))

    def _let_go_of_stuck(self, code: int) -> None:
        self._send(("key", code, False), lambda: self._library.platformModule._keyUp(code))

    def _click(self, action: Click, transform: ScreenTransform) -> None:
        self._go(transform.to_screen(Point(x=action.x, y=action.y)))
        with self._holding(action.modifiers):
            for _ in range(action.count - 1):
                self._button_down(action.button)
                self._let_go()
            self._button_down(action.button)
            if action.seconds:
                self.gate.wait(action.seconds)
                self._move(self._at, dragging=action.button)  # unless its window has gone
            self._let_go()

    def _drag(self, path: Sequence[tuple[int, int]], action: Drag) -> None:
        self._go(path[0])
        with self._last_look():
            end = self.look.end(path[-1])
        with self._holding(action.modifiers):
            for _ in range(action.count - 1):
                self._button_down(action.button)
                self._let_go()
            self._button_down(action.button)
            path, decided = bent(path, self._at, end), path[-1]
            self.gate.wait(_DRAG_PAUSE_SECONDS)
            for place in itertools.chain.from_iterable(itertools.starmap(places_between, itertools.pairwise(path))):
                self._move(place, dragging=action.button)
                self.gate.wait(_DRAG_STEP_SECONDS)
            self.gate.wait(_DRAG_PAUSE_SECONDS)
            try:
                with self._last_look():
                    self.look.drop(self._decided, decided, self._at)
                    self._let_go()
            except DecisionStale:
                self._move(path[0], dragging=action.button)  # what falls back where it was taken changes nothing
                raise

    def _turn_wheel(self, dx: int, dy: int) -> None:
        up, right = -int(math.copysign(1, dy)), int(math.copysign(1, dx))
        for _ in range(abs(dy)):
            self._at_place(lambda x, y: turn_wheel(self._library, x, y, 0, up), ("wheel", 0, up))
        if dx and sys.platform == "win32":  # pyautogui turns the vertical wheel there; most programs take shift and wheel for the other one
            with self._holding(("shift",)):
                for _ in range(abs(dx)):
                    self._at_place(lambda x, y: turn_wheel(self._library, x, y, 0, -right))
            return
        for _ in range(abs(dx)):
            self._at_place(lambda x, y: turn_wheel(self._library, x, y, right, 0), ("wheel", right, 0))

    def _type(self, text: str) -> None:
        """Keys for what has keys, the clipboard for runs that have not."""
        for run in runs_of(text):
            if all(self._keyboard.stroke(character) for character in run):
                for character in run:
                    self._press((character,))
            elif any(unicodedata.category(character) == "Cc" for character in run):
                raise DesktopError("the text holds a control character, which no key types: leave it out")
            else:
                self._keyboard.paste(run, self._press, self.gate.wait)

    def _press(self, keys: Sequence[str], then: Sequence[Sequence[str]] = ()) -> None:
        """Together and in order, released in reverse. With a modifier, S means the key and not the capital letter.

        Args:
            then: more presses while the modifiers stay down; see `recordings.action.Press`.
        """
        shortcut = any(key in MODIFIERS for key in keys)
        lower = [key.lower() for key in keys] if shortcut else list(keys)
        held = [key for key in lower[:-1] if key != "shift"] if then else []
        with self._holding(held):
            for number, chord in enumerate(([key for key in lower if key not in held], *then)):
                self._keys_meant = self._keys_meant and not any(map(switches_windows, (lower, *then)[:number]))
                with self._holding([key.lower() for key in chord] if shortcut else chord, shortcut=shortcut):
                    pass
                if then:
                    self.gate.wait(_BETWEEN_SECONDS)
                    self._keyboard.let_switch(self.gate.wait)

    @contextmanager
    def _holding(self, keys: Sequence[str], *, shortcut: bool = True) -> Iterator[None]:
        """Hold keys down while the context lasts."""
        strokes = strokes_of(self._keyboard, keys, shortcut=shortcut)
        self._keyboard.choose(next((stroke.group for stroke in strokes if stroke.group is not None), None))
        for stroke in strokes:
            self._key_down(stroke)
        try:
            yield
        finally:
            for _stroke in strokes:
                self._let_go()

    def _before_keys(self) -> None:
        self.gate.wait(max(self._clicked_at + AFTER_CLICK_SECONDS - time.monotonic(), 0.0))

    @property
    def _moved(self) -> Hashable:
        return ("move", *self._at)

    def _go(self, decided: tuple[int, int]) -> None:
        """Move to where the place that was decided on is now."""
        self._decided = decided
        self._at_place(self._library.moveTo)

    def _at_place(self, event: Callable[[int, int], None], *announced: Hashable) -> None:
        """Send an event of the pointer to where the place that was decided on is now, unless it is there no more."""
        with self._last_look():
            self._at = self.look.place(self._decided)
            self._begun = self._begun or bool(announced)
            self._emit(lambda: event(*self._at), *announced, self._moved)

    @contextmanager
    def _last_look(self) -> Iterator[None]:
        """Nothing else happens on the desktop between the look and the event that follows it."""
        with self.gate.lock, library_lock:
            self.gate.check()
            require_permission(self._display)
            try:
                with self.look.guard():
                    yield
            except DesktopError:
                raise
            except Exception as error:  # Xlib and the systems' own libraries raise what they like
                raise DesktopError(f"the desktop takes no input any more: {error}") from error

    def _move(self, place: tuple[int, int], *, dragging: str | None = None) -> None:
        self._at = place
        library = self._library
        if dragging and sys.platform == "darwin":  # a plain move does not drag there
            self._pass(lambda: library.dragTo(*place, button=dragging, mouseDownUp=False))
        else:
            with self._last_look():
                if dragging:
                    self.look.held(self._decided)
                    self.look.over(place)
                self._emit(lambda: library.moveTo(*place), self._moved)

    def _button_down(self, button: str) -> None:
        library = self._library
        require_button(self._binding, button)

        def up() -> None:
            self.ledger.announce(self._moved)  # the library moves the pointer again with each press and release
            library.mouseUp(*self._at, button=button)

        with self._last_look():
            self._at = self.look.place(self._decided)
            self.ledger.announce(self._moved)
            self._hold(("button", button, True), ("button", button, False), lambda: library.mouseDown(*self._at, button=button), up)
        self._clicked_at = time.monotonic()

    def _key_down(self, stroke: Stroke) -> None:
        library, code = self._library, stroke.code
        down = (lambda: library.platformModule._keyDown(code)) if isinstance(code, int) else (lambda: library.keyDown(code))
        up = (lambda: library.platformModule._keyUp(code)) if isinstance(code, int) else (lambda: library.keyUp(code))
        with self._last_look():
            if self._keys_meant:
                self.look.keyboard()
                self._keyboard.check(stroke, [event[1] for event, _ in self._held if isinstance(event, tuple) and event[0] == "key"])
            self._hold(("key", code, True), ("key", code, False), down, up)

    def _hold(self, pressed: Hashable, released: Hashable, down: Callable[[], None], up: Callable[[], None]) -> None:
        with self.gate.lock:
            self.gate.check()
            self._begun = True
            self._held.append((released, up))  # first, so that a press that fails half-way is released too
            self._pass(down, pressed)

    def _let_go(self) -> None:
        """Release what was pressed last."""
        with self.gate.lock:
            if self._held and self._held[-1][0] is not None:
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
        self._emit(let_go, *([released] if released is not None else []))

    def _emit(self, event: Callable[[], None], *announced: Hashable) -> None:
        self.ledger.announce(*announced)
        with library_lock:
            for name, value in self._binding.items():
                setattr(self._library.platformModule, name, value)
            try:
                event()
            except Exception as error:  # Xlib and the systems' own libraries raise what they like
                raise DesktopError(f"the desktop takes no input any more: {error}") from error
