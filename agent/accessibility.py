"""What applications say is on the screen: the AT-SPI tree, read over D-Bus with nothing but a pure-Python wheel.

Labels for training, names for recordings and texts for task checks come from here; the agent itself acts on pixels alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.bus import PROPERTIES, ask_all, enable, open_bus
from agent.errors import DesktopError
from agent.folding import bounded
from agent.innermost import WINDOW_ROLES
from agent.tree_answers import MOST_CHILDREN, fitting
from recordings.episode import Element
from recordings.geometry import Box, ScreenTransform

_ACCESSIBLE = "org.a11y.atspi.Accessible"
_COMPONENT = "org.a11y.atspi.Component"
_TEXT = "org.a11y.atspi.Text"
_REGISTRY = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")

_NAME_PLACE_COUNT = (
    (PROPERTIES, "Get", "ss", (_ACCESSIBLE, "Name")), (_COMPONENT, "GetExtents", "u", (0,)),
    (PROPERTIES, "Get", "ss", (_ACCESSIBLE, "ChildCount")),
)  # fmt: skip

# Bits of AtspiStateType that are read here.
_STATES = {1: "active", 4: "checked", 8: "enabled", 12: "focused", 15: "iconified", 23: "selected", 24: "sensitive", 25: "showing",
           30: "visible", 31: "manages-descendants", 41: "checkable", 22: "selectable"}  # fmt: skip
PASSWORD_ROLE = "password text"
TEXT_ROLES = frozenset({"text", "entry", PASSWORD_ROLE, "terminal", "paragraph", "document text", "edit bar", "editbar", "spin button"})
_CHECK_ROLES = frozenset({"check box", "check menu item", "radio button", "radio menu item", "toggle button", "switch"})
_SELECT_ROLES = frozenset({"page tab", "list item", "table cell", "tree item", "option", "table row", "icon"})
SCROLLED_TABS = "scrolled page tab list"
"""The role, of our own, of a list of tabs some of which are not to be seen."""
_CLIPS = frozenset({"frame", "dialog", "alert", "file chooser", "scroll pane", "viewport", "document web", "document frame"})
_POPUPS = frozenset({"menu", "popup menu", "window", "tool tip"})
CONTAINERS = frozenset({
    "filler", "panel", "scroll pane", "viewport", "split pane", "layered pane", "root pane", "section", "redundant object", "separator",
    "scroll bar", "form", "grouping", "unknown", "application", "document web", "internal frame", "page tab list", "menu bar", "tool bar",
    "status bar", SCROLLED_TABS,
})  # fmt: skip
MOST_NODES = 6000
_Answers = tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Application:
    """An application on the accessibility bus."""

    name: str
    bus: str
    path: str
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One accessible object; the rectangle is in screen pixels, already cut to what its scrolling ancestors show."""

    application: Application
    path: str
    role: str
    name: str
    states: frozenset[str]
    left: int
    top: int
    width: int
    height: int
    depth: int
    window: str = ""
    """The title of the top-level window it lies in."""
    popup: bool = False
    """Whether it lies in a menu or another window that floats above its own."""
    text: str = ""

    @property
    def showing(self) -> bool:
        return "showing" in self.states and self.width > 0 and self.height > 0

    @property
    def center(self) -> tuple[float, float]:
        return self.left + self.width / 2, self.top + self.height / 2

    def to_element(self, transform: ScreenTransform) -> Element:
        """The element in fractions of the captured rectangle, clipped to it; its name, or its text where that is no password."""
        text = "" if self.role == PASSWORD_ROLE else (self.text.splitlines() or [""])[0][:100]
        return Element(
            name=(self.name or text).strip(),
            role=self.role,
            box=_box(self, transform),
            checked=("checked" in self.states) if self.role in _CHECK_ROLES or "checkable" in self.states else None,
            selected=self._is_selected() if self.role in _SELECT_ROLES or "selectable" in self.states else None,
            enabled="sensitive" in self.states or "enabled" in self.states,
        )

    def _is_selected(self) -> bool:
        """Qt's tabs cannot be selected: the open one is told as if it had the keyboard, whatever has it."""
        return ("focused" if self.role == "page tab" and "selectable" not in self.states else "selected") in self.states


def _box(node: Node, area: ScreenTransform) -> Box:
    def fraction(value: float, start: float, size: float) -> float:
        return min(max((value - start) / size, 0.0), 1.0)

    return Box(
        x1=fraction(node.left, area.left, area.width),
        y1=fraction(node.top, area.top, area.height),
        x2=fraction(node.left + node.width, area.left, area.width),
        y2=fraction(node.top + node.height, area.top, area.height),
    )


class Accessibility:
    """A reader of one desktop's accessibility tree. Not thread-safe; every method ends within a few seconds, whatever applications do."""

    def __init__(self, session_bus: str | None = None, *, display: str | None = None, patience: float = 2.0) -> None:
        """
        Args:
            session_bus: address of the session bus (a virtual desktop's `env["DBUS_SESSION_BUS_ADDRESS"]`); None: the environment's.
            display: X11 display, so that what lies behind other windows is left out; None: everything is kept.
            patience: seconds that one application may take to describe itself.

        Raises:
            DesktopError: there is no bus, or accessibility is not installed.
        """
        address = session_bus or os.environ.get("DBUS_SESSION_BUS_ADDRESS")
        if not address:
            raise DesktopError("there is no session bus, so no accessibility: run this inside a graphical session")
        self._connection = open_bus(enable(address), of=address)
        self._patience = patience
        self._windows = None
        if display is not None:
            from agent.x11.display import Windows

            self._windows = Windows(display)

    def close(self) -> None:
        self._connection.close()
        if self._windows is not None:
            self._windows.close()

    def __enter__(self) -> Accessibility:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def applications(self) -> list[Application]:
        """The applications on the bus that answer."""
        children = self._many([(*_REGISTRY, _ACCESSIBLE, "GetChildren", None, ())])[0]
        places = [(str(bus), str(path)) for bus, path in (children[0] if children else ())]
        names = self._many([(bus, path, PROPERTIES, "Get", "ss", (_ACCESSIBLE, "Name")) for bus, path in places])
        daemon = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        pids = self._many([(*daemon, "GetConnectionUnixProcessID", "s", (bus,)) for bus, _ in places])
        return [
            Application(str(name[0][1]), bus, path, int(pid[0]) if pid else None)
            for (bus, path), name, pid in zip(places, names, pids, strict=True)
            if name is not None
        ]

    def nodes(self, application: str | None = None, *, texts: bool = False) -> list[Node]:
        """Every showing object, parents before children, of one application (part of its name, case ignored) or of all.

        Args:
            texts: also read the content of text fields, labels and terminals.
        """
        wanted = (application or "").casefold()
        found = self._without_hidden([node for app in self.applications() if wanted in app.name.casefold() for node in self._walk(app)])
        return self._with_texts(found) if texts else found

    def _without_hidden(self, nodes: list[Node]) -> list[Node]:
        if self._windows is None:
            return nodes
        from agent.occlusion import without_hidden

        return without_hidden(nodes, self._windows.stack())

    def elements(self, transform: ScreenTransform, application: str | None = None, *, containers: bool = False) -> list[Element]:
        """What a person could name or click, in fractions of a captured rectangle; what lies outside it is left out.

        Args:
            transform: of the screenshot that the elements belong to.
            containers: also list boxes that only hold others.
        """
        return _as_elements(self.nodes(application), transform, containers)

    def survey(self, transform: ScreenTransform, tell_focused: Callable[[list[Element]], None]) -> list[Element]:
        """What `elements` tells, and what has the keyboard, as soon as that is known: of one walk, for walking is what takes time."""
        active = self._windows.active() if self._windows is not None else None
        every = self.applications()
        own = [app for app in every if active is not None and app.pid == active.pid] or every
        found = {app: self._walk(app) for app in own}
        tell_focused([node.to_element(transform) for nodes in found.values() for node in nodes if "focused" in node.states])
        nodes = [node for app in every for node in (found[app] if app in found else self._walk(app))]
        return _as_elements(self._without_hidden(nodes), transform)

    def types_password(self) -> bool:
        """Whether a password field has the keyboard."""
        return PASSWORD_ROLE in self.keyboard_roles()

    def keyboard_roles(self) -> set[str]:
        """The roles of what has the keyboard."""
        return {node.role for node in self.with_keyboard()}

    def with_keyboard(self) -> list[Node]:
        """What has the keyboard. Only the active window's application is asked, where it can be told: others cost."""
        active = self._windows.active() if self._windows is not None else None
        every = self.applications()
        asked = [app for app in every if active is not None and app.pid == active.pid] or every
        return [node for app in asked for node in self._walk(app) if "focused" in node.states]

    def extents(self, node: Node, start: int, end: int) -> tuple[int, int, int, int] | None:
        """Left, top, width and height in screen pixels of a part of a node's text; None where its application does not tell."""
        (answer,) = self._many([(node.application.bus, node.path, _TEXT, "GetRangeExtents", "iiu", (start, end, 0))])
        if not answer or min(answer[2:4]) <= 0:
            return None
        left, top, width, height = (int(value) for value in answer[:4])
        return left, top, width, height

    def _walk(self, app: Application) -> list[Node]:
        """Breadth first, one pipelined round per level: a round trip per object would take seconds."""
        end = time.monotonic() + self._patience
        found: list[Node] = []
        scrolled: set[str] = set()
        everywhere = (-(1 << 30), -(1 << 30), 1 << 30, 1 << 30)
        root = Node(app, app.path, "application", app.name, frozenset(), 0, 0, 0, 0, 0)
        level = [(path, root, everywhere) for path in self._children(app, [(app.path, 1)], end)[0]]
        while level and len(found) < MOST_NODES and time.monotonic() < end:
            inner: list[tuple[str, int, Node, tuple[int, int, int, int]]] = []
            for (path, parent, clip), answers in zip(level, self._describe(app, [path for path, _, _ in level], end), strict=True):
                node, count, rectangle = _node(app, path, parent, clip, answers)
                if node is None:
                    continue
                if node.role == "page tab" and not node.showing:
                    scrolled.add(parent.path)
                    if "showing" not in node.states:
                        continue  # one that shows and has no place may hold its page: the strip of a single tab is often hidden
                if node.showing:
                    found.append(node)
                if "manages-descendants" not in node.states and 0 < count < MOST_CHILDREN:
                    inner.append((path, count, node, rectangle))
            lists = self._children(app, [(path, count) for path, count, _, _ in inner], end)
            level = [(child, node, clip) for (_, _, node, clip), children in zip(inner, lists, strict=True) for child in children]
            level = level[:MOST_NODES]  # of what lies side by side no more is looked at either
        return [replace(node, role=SCROLLED_TABS) if node.path in scrolled else node for node in found]

    def _describe(self, app: Application, paths: Sequence[str], end: float) -> list[_Answers]:
        """Role and states of each; of those that matter, name, rectangle and number of children: most of a tree is closed menus."""
        calls = [(app.bus, path, _ACCESSIBLE, method, None, ()) for path in paths for method in ("GetRoleName", "GetState")]
        kinds = _grouped(self._many(calls, end), 2)
        open_ = [path for path, (role, state) in zip(paths, kinds, strict=True) if _may_hold(role, state)]
        more = [(app.bus, path, *question) for path in open_ for question in _NAME_PLACE_COUNT]
        known = dict(zip(open_, _grouped(self._many(more, end), 3), strict=True))
        return [(*kind, *known[path]) if path in known else None for path, kind in zip(paths, kinds, strict=True)]

    def _children(self, app: Application, parents: Sequence[tuple[str, int]], end: float) -> list[list[str]]:
        answers = self._many([(app.bus, path, _ACCESSIBLE, "GetChildren", None, ()) for path, _ in parents], end)
        lists = [answer[0] if answer else () for answer in answers]
        return [[str(path) for bus, path in children if bus == app.bus and not path.endswith("/null")] for children in lists]

    def _with_texts(self, nodes: list[Node]) -> list[Node]:
        holders = [index for index, node in enumerate(nodes) if node.role in TEXT_ROLES]
        calls = [(nodes[index].application.bus, nodes[index].path, _TEXT, "GetText", "ii", (0, -1)) for index in holders]
        for index, answer in zip(holders, self._many(calls), strict=True):
            if answer:
                nodes[index] = replace(nodes[index], text=str(answer[0]))
        return nodes

    def _many(self, calls: Sequence[tuple[Any, ...]], end: float | None = None) -> list[Any]:
        """Bodies of the replies, in order; None for an error, for one that is none, or for a reply that did not come before `end`."""
        bodies = ask_all(self._connection, calls, time.monotonic() + self._patience if end is None else end)
        return [fitting(call, body) for call, body in zip(calls, bodies, strict=True)]


def _as_elements(nodes: Sequence[Node], transform: ScreenTransform, containers: bool = False) -> list[Element]:
    return [
        node.to_element(transform)
        for node in nodes
        if (containers or node.role not in CONTAINERS)
        and node.left < transform.left + transform.width
        and node.top < transform.top + transform.height
        and node.left + node.width > transform.left
        and node.top + node.height > transform.top
    ]


def _grouped(answers: Sequence[Any], size: int) -> list[tuple[Any, ...]]:
    return [tuple(answers[start : start + size]) for start in range(0, len(answers), size)]


def _states(answer: Sequence[Any]) -> frozenset[str]:
    words = list(answer[0])
    bits = words[0] | ((words[1] if len(words) > 1 else 0) << 32)
    return frozenset(name for bit, name in _STATES.items() if bits >> bit & 1)


def _may_hold(role: Sequence[Any] | None, state: Sequence[Any] | None) -> bool:
    """Whether an object shows something, or holds what may. A hidden subtree (a closed menu, another tab) costs as much as a showing one;
    GTK 4 windows never say that they show, and a hidden tab tells that there are more than are seen."""
    if role is None or state is None:  # it vanished while it was read
        return False
    states = _states(state)
    return ("showing" in states or role[0] in (*WINDOW_ROLES, "filler", "panel", "page tab")) and "iconified" not in states


def _node(
    app: Application, path: str, parent: Node, clip: tuple[int, int, int, int], answers: _Answers
) -> tuple[Node | None, int, tuple[int, int, int, int]]:
    """The object, its number of children, and the rectangle that clips them. None for one that vanished while it was read, or is hidden."""
    if answers is None:
        return None, 0, clip
    role_name, state, name, extents, count = answers
    role = str(role_name[0])
    popup = parent.popup or role in _POPUPS
    if role in _POPUPS:
        clip = (-(1 << 30), -(1 << 30), 1 << 30, 1 << 30)
    left, top, width, height = extents[0] if extents else (0, 0, 0, 0)
    shown = (max(left, clip[0]), max(top, clip[1]), min(left + width, clip[2]), min(top + height, clip[3]))
    title = bounded(name[0][1]) if name else ""  # a page may call a button by a whole book
    node = Node(
        application=app,
        path=path,
        role=role,
        name=title,
        states=_states(state),
        left=shown[0],
        top=shown[1],
        width=max(shown[2] - shown[0], 0),
        height=max(shown[3] - shown[1], 0),
        depth=parent.depth + 1,
        window=title if parent.role == "application" else parent.window,
        popup=popup,
    )
    return node, int(count[0][1]) if count else 0, shown if role in _CLIPS and width > 0 else clip
