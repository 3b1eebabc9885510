"""What the accessibility tree of a desktop names, and looked up ahead: asking takes longer than whoever approves may wait."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence, Set
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from agent.errors import DesktopError
from agent.innermost import WINDOW_ROLES, innermost
from agent.private import to_private
from recordings.episode import Element, Screenshot
from recordings.geometry import Box, Point, ScreenTransform
from recordings.redaction import load_rules

if TYPE_CHECKING:
    from agent.accessibility import Accessibility
    from agent.held_terminals import HeldTerminals

ROLE = "terminal"
_T = TypeVar("_T")
LOOKING_SECONDS = 0.5
"""How long approval waits for what the tree names, where the model was quicker."""
AGAIN_SECONDS = 0.005
"""The same where the screen shows what it showed when the tree was last asked, whose answer holds; and where the reader has a name, too."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What one look at the tree tells."""

    elements: Sequence[Element]
    focused: Sequence[Element]
    hidden: bool
    """Whether what is typed is not shown."""


class NamedElements:
    """The tree is opened when it is first asked."""

    def __init__(self, session_bus: str | None, display: str | None) -> None:
        self._session_bus, self._display = session_bus, display
        self._tree: Accessibility | None = None
        self._absent = False
        self._lock = threading.Lock()
        self._screenshot: Screenshot | None = None
        self._held = _open_held(display)
        self._looks: list[Future[_Found]] = []
        """Of what the screen shows now, the newest last; the one before it has ended."""

    def find(self, area: ScreenTransform) -> Sequence[Element]:
        return self._ask(lambda tree: tree.elements(area)) or ()

    def look_ahead(self, screenshot: Screenshot) -> None:
        """Begin to ask what there is, and whether a password field has the keyboard."""
        ended = [look for look in self._looks if look.done()][-1:] if screenshot is self._screenshot else []
        look = Future[_Found]()
        self._screenshot, self._looks = screenshot, [*ended, look]

        def ask() -> None:
            try:
                from agent.accessibility import PASSWORD_ROLE

                elements, focused = self.find(screenshot.transform), self._with_keyboard(screenshot.transform)
                hidden = any(element.role == PASSWORD_ROLE for element in focused) or self._is_silent()
                look.set_result(_Found(elements, tuple(focused), hidden))
            except Exception as error:  # noqa: BLE001 — raised where the answer is wanted
                look.set_exception(error)

        threading.Thread(target=ask, daemon=True).start()

    def seen(self, point: Point) -> Element | None:
        """What `look_ahead` found at a point."""
        found = self._found()
        return innermost(found.elements, point) if found is not None else None

    def seen_soon(self, point: Point) -> Element | None:
        """The same, as far as it has been found by now: for what has a name already."""
        found = self._found(AGAIN_SECONDS)
        return innermost(found.elements, point) if found is not None else None

    def focused(self) -> Sequence[Element]:
        """What `look_ahead` found to have the keyboard; asked now where it found nothing yet."""
        found = self._found()
        return found.focused if found is not None else self._with_keyboard(ScreenTransform(0, 0, 1, 1))

    def names_in(self, box: Box) -> Sequence[str]:
        """What `look_ahead` found to be named in a part of the image."""
        found = self._found(AGAIN_SECONDS)
        named = [one for one in found.elements if one.name.strip() and one.role not in WINDOW_ROLES] if found is not None else []
        return [one.name for one in named if box.contains(one.box.center)]

    def password_seen(self) -> bool:
        """Whether `look_ahead` found that a password field has the keyboard; asked now where it found nothing yet."""
        found = self._found()
        return found.hidden if found is not None else self.types_password()

    def _found(self, patience: float = LOOKING_SECONDS) -> _Found | None:
        for number, look in enumerate(reversed(self._looks)):
            try:
                return look.result(patience if len(self._looks) == 1 else 0 if number else AGAIN_SECONDS)
            except TimeoutError:
                continue
        return None

    def _with_keyboard(self, area: ScreenTransform) -> Sequence[Element]:
        return self._ask(lambda tree: [node.to_element(area) for node in tree.with_keyboard()]) or ()

    def keyboard_roles(self) -> Set[str]:
        return self._ask(lambda tree: tree.keyboard_roles()) or frozenset()

    def types_password(self) -> bool:
        """Whether a password field has the keyboard, or a terminal that does not show what is typed."""
        return self._is_silent() or self._ask(lambda tree: tree.types_password()) or False

    def in_terminal(self) -> bool:
        """Whether a terminal has the keyboard, whatever program it is in: as the tree tells, or by the processes of the window there."""
        roles = self.keyboard_roles() - WINDOW_ROLES
        if roles or self._held is None:
            return ROLE in roles
        return self._held.windows.active_id() in self._held.windows_with()

    def terminals(self, area: ScreenTransform) -> Sequence[Box]:
        """Where terminals are to be seen inside other programs, in parts of a captured rectangle. The tree is asked only where some are."""
        looks = [look.result() for look in self._looks if look.done() and look.exception() is None]
        told = any(element.role == ROLE for look in looks for element in look.elements)
        try:
            if self._held is None or not (told or self._held.any):
                return ()
            nodes = self._ask(lambda tree: tree.nodes()) or []
            return [box for _, box in to_private(self._held.places(nodes), area)]
        except Exception:  # noqa: BLE001 — a display that dies raises what it likes, and the run says so itself
            return ()

    def _is_silent(self) -> bool:
        if not sys.platform.startswith("linux"):
            return False
        from agent.x11.display import Windows
        from agent.x11.silence import Silence

        windows = Windows(self._display)
        try:
            active = windows.active()
            return Silence(windows).of(active) is True
        finally:
            windows.close()

    def _ask(self, question: Callable[[Accessibility], _T]) -> _T | None:
        with self._lock:
            if self._absent:
                return None
            try:
                if self._tree is None:
                    from agent.accessibility import Accessibility

                    self._tree = Accessibility(self._session_bus, display=self._display)
                return question(self._tree)
            except DesktopError:
                self._absent = True
                return None

    def close(self) -> None:
        with self._lock:
            self._absent = True
            if self._tree is not None:
                self._tree.close()
            if self._held is not None:
                self._held.windows.close()


def _open_held(display: str | None) -> HeldTerminals | None:
    """None where no window tells its program."""
    if not sys.platform.startswith("linux"):
        return None
    from agent.held_terminals import HeldTerminals
    from agent.x11.display import Windows

    return HeldTerminals(Windows(display), load_rules().shown)
