"""What the accessibility tree of a desktop names, and looked up ahead: asking takes longer than whoever approves may wait."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from agent.errors import DesktopError
from agent.innermost import WINDOW_ROLES, innermost, without_windows
from agent.private import to_private
from recordings.episode import Element, Screenshot
from recordings.geometry import Box, Point, ScreenTransform
from recordings.secrets.rules import load_rules

if TYPE_CHECKING:
    from agent.accessibility import Accessibility, Node
    from agent.held_terminals import HeldTerminals
    from agent.x11.display import Windows

ROLE = "terminal"
_T = TypeVar("_T")
LOOKING_SECONDS = 0.5
"""How long approval waits for what the tree names, where the model was quicker."""
AGAIN_SECONDS = 0.005
"""The same where the screen shows what it showed when the tree was last asked, whose answer holds; and where the reader has a name, too."""
SURE_SECONDS = 5.0
"""The same for what has the keyboard, which nothing else tells."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the tree: what it tells, each as soon as it is known."""

    focused: Future[Sequence[Element]] = field(default_factory=Future)
    elements: Future[Sequence[Element]] = field(default_factory=Future)
    hidden: Future[bool] = field(default_factory=Future)
    """Whether what is typed is not shown."""


class NamedElements:
    """The tree is opened when it is first asked."""

    def __init__(self, session_bus: str | None, display: str | None) -> None:
        self._session_bus, self._display = session_bus, display
        self._tree: Accessibility | None = None
        self._absent = False
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._windows: Windows | None = None
        self._held: HeldTerminals | None = None
        self._screenshot: Screenshot | None = None
        self._looks: list[_Look] = []
        """Of what the screen shows now, the newest last; of those before it that have ended, only the last."""
        self._until: float | None = None
        """How long the newest is waited for where an older answer holds, or a name is known: from the first question about it on, not that
        long again for each."""

    def find(self, area: ScreenTransform) -> Sequence[Element]:
        return self._ask(lambda tree: tree.elements(area)) or ()

    def everything(self, area: ScreenTransform) -> Sequence[Element]:
        """The same with what only holds others: strips of tabs, tool bars."""
        return self._ask(lambda tree: tree.elements(area, containers=True)) or ()

    def look_ahead(self, screenshot: Screenshot) -> None:
        """Begin to ask what there is, and whether a password field has the keyboard."""
        looks = self._looks if screenshot is self._screenshot else []
        look, ended = _Look(), [one for one in looks if one.hidden.done()][-1:]
        self._screenshot, self._looks = screenshot, [*ended, *(one for one in looks if not one.hidden.done()), look]
        self._until = None

        def ask() -> None:
            with self._turn:
                if look is self._looks[-1]:  # else the screen has changed, or is asked about again: nobody waits for this one
                    self._survey(look, screenshot.transform)

        threading.Thread(target=ask, daemon=True).start()

    def _survey(self, look: _Look, area: ScreenTransform) -> None:
        from agent.accessibility import PASSWORD_ROLE

        try:
            look.elements.set_result(self._ask(lambda tree: tree.survey(area, look.focused.set_result)) or ())
            if not look.focused.done():  # there is no tree
                look.focused.set_result(())
            look.hidden.set_result(any(element.role == PASSWORD_ROLE for element in look.focused.result()) or self._is_silent())
        except Exception as error:  # noqa: BLE001 — raised where the answer is wanted
            for part in (look.focused, look.elements, look.hidden):
                if not part.done():
                    part.set_exception(error)

    def seen(self, point: Point) -> Element | None:
        """What `look_ahead` found at a point."""
        return innermost(self._found(lambda look: look.elements) or (), point)

    def seen_soon(self, point: Point) -> Element | None:
        """The same, as far as it has been found by now: for what has a name already."""
        return innermost(self._found(lambda look: look.elements, 0) or (), point)

    def focused(self) -> Sequence[Element]:
        """What `look_ahead` found to have the keyboard; asked now where it found nothing."""
        found = self._found(lambda look: look.focused, SURE_SECONDS)
        found = found if found is not None else self._with_keyboard(ScreenTransform(0, 0, 1, 1))
        if not without_windows(found) and self._is_in_held():
            return (Element(name="", role=ROLE, box=Box(x1=0, y1=0, x2=1, y2=1)),)
        return found

    def names_in(self, box: Box) -> Sequence[str]:
        """What `look_ahead` found to be named in a part of the image."""
        found = self._found(lambda look: look.elements) or ()
        return [one.name for one in without_windows(found) if one.name.strip() and box.contains(one.box.center)]

    def password_seen(self) -> bool:
        """Whether `look_ahead` found that a password field has the keyboard; asked now where it found nothing."""
        found = self._found(lambda look: look.hidden, SURE_SECONDS)
        return found if found is not None else self.types_password()

    def _found(self, part: Callable[[_Look], Future[_T]], patience: float = LOOKING_SECONDS) -> _T | None:
        """What the newest look found; or, where that takes longer, one before it, of the same screen; or whichever ends first."""
        self._until = self._until or time.monotonic() + AGAIN_SECONDS
        answers = [part(look) for look in self._looks]
        wait(answers[-1:], max(self._until - time.monotonic(), 0.0))
        if answers and not any(answer.done() for answer in answers):
            wait(answers, patience, FIRST_COMPLETED)
        return next((answer.result() for answer in reversed(answers) if answer.done()), None)

    def _with_keyboard(self, area: ScreenTransform) -> Sequence[Element]:
        return self._ask(lambda tree: [node.to_element(area) for node in tree.with_keyboard()]) or ()

    def keyboard_roles(self) -> Set[str]:
        return self._ask(lambda tree: tree.keyboard_roles()) or frozenset()

    def types_password(self) -> bool:
        """Whether a password field has the keyboard, or a terminal that does not show what is typed."""
        return self._is_silent() or self._ask(lambda tree: tree.types_password()) or False

    def _is_silent(self) -> bool:
        if not sys.platform.startswith("linux"):
            return False
        from agent.x11.silence import Silence

        windows = self._open_windows()
        return Silence(windows).of(windows.active()) is True

    def in_terminal(self) -> bool:
        """Whether a terminal has the keyboard, whatever program it is in: as the tree tells, or by the processes of the window there."""
        roles = self.keyboard_roles() - WINDOW_ROLES
        return ROLE in roles if roles else self._is_in_held()

    def _is_in_held(self) -> bool:
        """Whether the window that has the keyboard holds a terminal, by the processes of its program: for where the tree tells nothing."""
        try:
            held = self._held_terminals()
        except DesktopError:  # there is no display
            return False
        return held is not None and held.windows.active_id() in held.windows_with()

    def terminals(self, area: ScreenTransform) -> Sequence[Box]:
        """Where terminals are to be seen inside other programs, in parts of a captured rectangle: all of it where nobody can tell.

        The tree is asked only where some are.
        """
        looks = [look.elements for look in self._looks if look.elements.done() and look.elements.exception() is None]
        told = [element.box for elements in looks for element in elements.result() if element.role == ROLE]
        try:
            held = self._held_terminals()
        except DesktopError:  # there is no display
            return ()
        try:
            if held is None or not (told or held.any):
                return ()
            if (nodes := self._nodes()) is not None:
                told = []
            return [*told, *(box for _, box in to_private(held.places(nodes or ()), area))]
        except Exception:  # noqa: BLE001 — a display that dies raises what it likes, and the run says so itself
            return (Box(x1=0, y1=0, x2=1, y2=1),)

    def _nodes(self) -> Sequence[Node] | None:
        """What the tree shows; None where it does not answer."""
        try:
            return self._ask(lambda tree: tree.nodes())
        except Exception:  # noqa: BLE001 — a bus that goes raises what it likes, and what is covered then is told without it
            return None

    def _held_terminals(self) -> HeldTerminals | None:
        """None where no window tells its program."""
        if self._held is None and sys.platform.startswith("linux"):
            from agent.held_terminals import HeldTerminals

            self._held = HeldTerminals(self._open_windows(), load_rules().shown)
        return self._held

    def _open_windows(self) -> Windows:
        from agent.x11.display import Windows

        with self._lock:
            if self._windows is None:
                self._windows = Windows(self._display)
            return self._windows

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
            for opened in (self._tree, self._windows):
                if opened is not None:
                    opened.close()
