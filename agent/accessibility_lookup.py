"""What the accessibility tree of a desktop says while a run goes on, asked beside it; and what its terminals say."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence, Set
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from agent.errors import DesktopError
from agent.private import is_terminal
from recordings.episode import Element
from recordings.geometry import Point, ScreenTransform

if TYPE_CHECKING:
    from agent.accessibility import Accessibility

_T = TypeVar("_T")

LOOKING_SECONDS = 0.5
"""How long approval waits for what the tree names, where the model was quicker."""


class AccessibilityLookup:
    """The accessibility tree of a desktop, opened when it is first asked."""

    def __init__(self, session_bus: str | None, display: str | None) -> None:
        self._session_bus, self._display = session_bus, display
        self._tree: Accessibility | None = None
        self._absent = False
        self._lock = threading.Lock()
        self._seen: Future[Sequence[Element]] | None = None

    def find(self, area: ScreenTransform) -> Sequence[Element]:
        return self._ask(lambda tree: tree.elements(area)) or ()

    def look_ahead(self, area: ScreenTransform) -> None:
        seen = self._seen = Future[Sequence[Element]]()

        def look() -> None:
            try:
                seen.set_result(self.find(area))
            except Exception as error:  # noqa: BLE001 — raised where the answer is wanted
                seen.set_exception(error)

        threading.Thread(target=look, daemon=True).start()

    def seen(self, point: Point) -> Element | None:
        from agent.innermost import innermost

        try:
            return innermost(self._seen.result(LOOKING_SECONDS), point) if self._seen is not None else None
        except TimeoutError:
            return None

    def keyboard_roles(self) -> Set[str]:
        return self._ask(lambda tree: tree.keyboard_roles()) or frozenset()

    def types_password(self) -> bool:
        return self._is_silent() or self._ask(lambda tree: tree.types_password()) or False

    def _is_silent(self) -> bool:
        """Whether the terminal that has the keyboard does not show what is typed."""
        if not sys.platform.startswith("linux"):
            return False
        from agent.x11.display import Windows
        from agent.x11.silence import Silence

        windows = Windows(self._display)
        try:
            active = windows.active()
            return active is not None and is_terminal(active.wm_class) and Silence(windows).of(active) is True
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
