"""What applications say while a person works: elements, the focus, and where on the screen something secret stands.

The accessibility tree is read in a thread of its own, so that a slow application holds up nobody: whoever needs an answer looks at the
surveys that are there, or waits for the next one with a limit.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from agent.accessibility import CONTAINERS, PASSWORD_ROLE, Accessibility, Node
from agent.errors import DesktopError
from agent.held_terminals import ROLE, HeldTerminals
from agent.innermost import WINDOW_ROLES
from agent.occlusion import partly_shown, without_hidden
from agent.private import WINDOW
from agent.x11.display import Window, Windows
from recordings.geometry import Box, ScreenTransform
from recordings.redaction import Finder
from recordings.secrets.rules import PASSWORD

MOST_KEPT = 60
_SMALLEST_WAIT = 0.02
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Secret:
    """Something on the screen that must not be kept, in screen pixels."""

    kind: str
    left: int
    top: int
    width: int
    height: int

    def to_box(self, area: ScreenTransform) -> Box | None:
        """Its place in a captured rectangle; None where it lies outside."""
        x1, x2 = ((value - area.left) / area.width for value in (self.left, self.left + self.width))
        y1, y2 = ((value - area.top) / area.height for value in (self.top, self.top + self.height))
        if x2 <= 0 or y2 <= 0 or x1 >= 1 or y1 >= 1:
            return None
        return Box(x1=max(x1, 0.0), y1=max(y1, 0.0), x2=min(x2, 1.0), y2=min(y2, 1.0))


@dataclass(frozen=True, slots=True)
class Survey:
    """The accessibility tree and the windows as they were read between two moments (`time.monotonic()`)."""

    started_at: float
    ended_at: float
    nodes: tuple[Node, ...]
    windows: tuple[Window, ...]
    secrets: tuple[Secret, ...]
    tooltips: tuple[Window, ...] = ()
    """They hide nothing for long: what they cover is among the nodes."""
    held: frozenset[int] = frozenset()
    """The ids of windows of other programs that have a terminal inside."""

    @property
    def focus(self) -> Node | None:
        """The node that has the keyboard: the innermost of those that say so in an active window."""
        focused = [node for node in self.nodes if "focused" in node.states and node.role not in WINDOW_ROLES]
        return max(focused, key=lambda node: node.depth, default=None)

    @property
    def asks_for_password(self) -> bool:
        """Whether a password field is to be seen."""
        return any(secret.kind == PASSWORD for secret in self.secrets)

    @property
    def types_password(self) -> bool | None:
        """Whether what is typed goes into a password field; None where nothing says that it has the keyboard."""
        node = self.focus
        if node is None:
            return None
        return any(
            secret.kind == PASSWORD
            and (secret.left, secret.top, secret.width, secret.height) == (node.left, node.top, node.width, node.height)
            for secret in self.secrets
        )

    def in_terminal(self, window: Window | None) -> bool:
        """Whether a terminal in that window has the keyboard: as the tree tells, or where it tells nothing, by what runs in it."""
        if (node := self.focus) is not None:
            return node.role == ROLE
        return window is not None and window.id in self.held

    def node_at(self, x: int, y: int) -> Node | None:
        """The smallest named thing under a screen pixel."""
        under = [
            node
            for node in self.nodes
            if node.left <= x < node.left + node.width
            and node.top <= y < node.top + node.height
            and node.role not in WINDOW_ROLES
            and node.role not in CONTAINERS
        ]
        return min(reversed(under), key=lambda node: node.width * node.height, default=None)


class Witness:
    """Surveys one desktop when asked to."""

    def __init__(
        self, rules: Finder, *, session_bus: str | None = None, display: str | None = None, shown: Sequence[str] = ()
    ) -> None:  # fmt: skip
        """
        Args:
            rules: what counts as a secret in names, texts and titles.
            session_bus: as for `agent.accessibility.Accessibility`.
            display: X11 display; None: the one of the environment.
            shown: patterns of classes whose pixels the user lets be kept.
        """
        self._rules = rules
        self._windows = Windows(display) if sys.platform.startswith("linux") else None
        self._held = HeldTerminals(self._windows, shown) if self._windows is not None else None
        self._accessibility: Accessibility | None = None
        self.trouble = ""
        """Why the accessibility tree cannot be read; empty where it can."""
        try:
            self._accessibility = Accessibility(session_bus)
        except DesktopError as error:
            self.trouble = str(error)
        self._surveys: deque[Survey] = deque(maxlen=MOST_KEPT)
        self._passwords: set[tuple[str, str]] = set()
        self._changed = threading.Condition()
        self._wanted = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="witness", daemon=True)

    def start(self) -> Witness:
        """Begin, with a first survey."""
        self._wanted.set()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Let go of the bus. May be called twice."""
        self._ended = True
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        if self._accessibility is not None:
            self._accessibility.close()
        if self._windows is not None:
            self._windows.close()

    def ask(self) -> None:
        """Have the desktop surveyed again, soon. Returns at once."""
        self._wanted.set()

    def latest_before(self, moment: float) -> Survey | None:
        """The last survey that was begun before a moment."""
        with self._changed:
            return next((survey for survey in reversed(self._surveys) if survey.started_at <= moment), None)

    def around(self, start: float, end: float, patience: float) -> list[Survey]:
        """Every survey that overlaps a span of time, with the last one before it and the first one after it.

        Asks and waits for one that began after its start at most `patience` seconds.
        """
        with self._changed:
            if not any(survey.started_at >= start for survey in self._surveys):
                self._wanted.set()
                self._changed.wait_for(lambda: self._ended or any(survey.started_at >= start for survey in self._surveys), patience)
            surveys = list(self._surveys)
        before = [survey for survey in surveys if survey.ended_at <= start][-1:]
        during = [survey for survey in surveys if survey.ended_at > start and survey.started_at < end]
        after = [survey for survey in surveys if survey.started_at >= end][:1]
        return [*before, *during, *after]

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._ended:
                return
            survey = self._survey()
            with self._changed:
                self._surveys.append(survey)
                self._changed.notify_all()
            time.sleep(_SMALLEST_WAIT)  # the applications have other things to do, too

    def _survey(self) -> Survey:
        started_at = time.monotonic()
        nodes: Sequence[Node] = ()
        windows: Sequence[Window] = ()
        secrets: list[Secret] = []
        tooltips: Sequence[Window] = ()
        held, every = frozenset[int](), list[Node]()
        try:
            if self._windows is not None:
                windows = self._windows.all()
            secrets += [
                Secret(find.kind, window.left, window.top, window.width, max(window.title_height, 1))
                for window in windows
                for find in self._rules.find(window.title)[:1]
            ]
            if self._accessibility is not None:
                drawn = self._windows.stack() if self._windows is not None else []
                tooltips = [window for window in drawn if window.tooltip]
                stack = [window for window in drawn if not window.tooltip]
                every = self._accessibility.nodes(texts=True)
                nodes = without_hidden(every, stack)
                secrets += [secret for node in every for secret in self._secrets_of(node, self._accessibility) if partly_shown(node, stack)]
        except Exception as error:  # noqa: BLE001 — a display that goes makes the libraries raise what they like
            _log.debug("a survey failed", exc_info=True)
            self.trouble = f"the accessibility tree cannot be read any more: {error}"
        try:  # whatever the tree says: where it is silent, a window with a terminal is covered whole
            if self._held is not None:
                held = self._held.windows_with()
                secrets += [Secret(WINDOW, x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in self._held.places(every)]
        except Exception:  # noqa: BLE001 — the same
            _log.debug("terminals could not be looked for", exc_info=True)
            held = frozenset(window.id for window in windows)
            secrets += [Secret(WINDOW, window.left, window.top, window.width, window.height) for window in windows]
        return Survey(started_at, time.monotonic(), tuple(nodes), tuple(windows), tuple(secrets), tuple(tooltips), held)

    def _secrets_of(self, node: Node, accessibility: Accessibility) -> list[Secret]:
        whole = (node.left, node.top, node.width, node.height)
        place = (node.application.bus, node.path)
        if node.role == PASSWORD_ROLE or place in self._passwords:  # a field that shows its password has another role
            self._passwords.add(place)
            return [Secret(PASSWORD, *whole)]
        found = [Secret(find.kind, *whole) for find in self._rules.find(node.name)[:1]]
        for find in self._rules.find(node.text):
            part = accessibility.extents(node, find.start, find.end)
            found.append(Secret(find.kind, *(part if part and _inside(part, whole) else whole)))
        return found


def _inside(part: tuple[int, int, int, int], whole: tuple[int, int, int, int]) -> bool:
    """Whether a part lies in its element: one that does not is told in other coordinates than the screen's."""
    slack = 4
    return (
        whole[0] - slack <= part[0]
        and whole[1] - slack <= part[1]
        and part[0] + part[2] <= whole[0] + whole[2] + slack
        and part[1] + part[3] <= whole[1] + whole[3] + slack
    )
