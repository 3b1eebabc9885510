"""What is drawn on an X11 display, from bottom to top, and whose it is: windows in their frames, menus, what has no manager."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from Xlib import X
from Xlib.error import CatchError, XError
from Xlib.ext import shape
from Xlib.protocol import request

from agent.x11.changes import Changes
from agent.x11.properties import as_text, class_words, value_of
from recordings.episode import SeenWindow

Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom in screen pixels; right and bottom are outside."""
_DEPTH = 3
"""Levels below the root at which window managers keep windows."""
_OPAQUE_ALPHA = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Placed:
    """A child of the root that is to be seen, and what it is."""

    id: int
    client: int
    """The window inside the manager's frame; the same where there is no frame."""
    bounds: Rectangle
    covering: tuple[Rectangle, ...]
    """What of it hides whatever is below."""
    window: SeenWindow


def viewable(display: Any) -> list[tuple[int, Any, Any]]:
    """The children of the root that are mapped, bottom to top, with what each is and where it lies: all asked for at once."""
    asked = [
        (
            child.id,
            request.GetWindowAttributes(display.display, defer=True, window=child.id),
            request.GetGeometry(display.display, defer=True, drawable=child.id),
        )
        for child in display.screen().root.query_tree().children
    ]
    found = []
    for number, attributes, geometry in asked:
        try:
            attributes.reply()
            geometry.reply()
        except XError:
            continue
        if attributes.map_state == X.IsViewable:
            found.append((number, attributes, geometry))
    return found


class Identities:
    """What windows are, asked on one connection. Not thread-safe."""

    def __init__(self, display: Any) -> None:
        self._display, self._root = display, display.screen().root

    def client_of(self, child: int) -> int:
        """The window that a child of the root is, or holds: a window manager's frame has no class of its own."""
        level = [child]
        for _ in range(_DEPTH):
            for number in level:
                if self._words(number) or self.property_of(number, "WM_STATE"):
                    return number
            level = [one for number in level for one in self._children(number)]
        return child

    def of(self, client: int) -> SeenWindow:
        """What a window is, with what it belongs to."""
        return replace(self._alone(client), owners=tuple(self._alone(owner) for owner in self._owners(client)))

    def title_of(self, client: int) -> str:
        """The title of a window; empty where it has none."""
        return self._text(client, "_NET_WM_NAME") or self._text(client, "WM_NAME")

    def _alone(self, client: int) -> SeenWindow:
        return SeenWindow(self.title_of(client), " ".join(self._words(client)), self._is_dialog(client))

    def _is_dialog(self, client: int) -> bool:
        kinds = self.property_of(client, "_NET_WM_WINDOW_TYPE")
        owner = next(iter(self.property_of(client, "WM_TRANSIENT_FOR")), 0)
        return self._atom("_NET_WM_WINDOW_TYPE_DIALOG") in kinds or owner not in (0, self._root.id)

    def _owners(self, client: int) -> list[int]:
        """The windows that one belongs to: by what it says, else, for what no manager keeps, whatever its program shows."""
        found: list[int] = []
        number, said = client, False
        while len(found) < 8 and (owner := int(next(iter(self.property_of(number, "WM_TRANSIENT_FOR")), 0))) not in (0, client, *found):
            said = True
            if owner == self._root.id:
                break
            number = self.client_of(owner)
            found.append(number)
        if found or (not said and self.property_of(client, "WM_STATE")):
            return found
        return [other for other in self._managed() if other != client and self.same_program(client, other)]

    def same_program(self, one: int, other: int) -> bool:
        """Whether two windows are of one program, as far as the server or they themselves tell."""
        mask = self._display.display.info.resource_id_mask
        if not (one ^ other) & ~mask & 0xFFFFFFFF:
            return True
        pids = [tuple(self.property_of(number, "_NET_WM_PID")) for number in (one, other)]
        return bool(pids[0]) and pids[0] == pids[1]

    def _managed(self) -> list[int]:
        return [int(number) for number in self.property_of(self._root.id, "_NET_CLIENT_LIST")]

    def _children(self, number: int) -> list[int]:
        try:
            return [child.id for child in self._display.create_resource_object("window", number).query_tree().children]
        except XError:
            return []

    def _text(self, number: int, name: str) -> str:
        return as_text(self.property_of(number, name))

    def _words(self, number: int) -> list[str]:
        return class_words(self.property_of(number, "WM_CLASS"))

    def _atom(self, name: str) -> int:
        return int(self._display.get_atom(name))  # asked once

    def property_of(self, number: int, name: str) -> Any:
        """The value of a property; empty where there is none, or no such window."""
        return value_of(self._display.create_resource_object("window", number), self._atom(name), name)


class Stack:
    """The stack as it is now. Asks again only for what the server says has changed. Not thread-safe."""

    def __init__(self, display: Any, changes: Changes) -> None:
        """`changes` count on the same connection, windows and titles."""
        self._display, self._root, self._changes = display, display.screen().root, changes
        self._identities = Identities(display)
        self._known: dict[int, tuple[int, SeenWindow]] = {}
        self._placed: tuple[Placed, ...] = ()
        self._at: tuple[int, int] | None = None
        self._watched: set[int] = set()
        self.composited = False
        """Whether a compositor draws the windows, which lets them shine through each other."""

    def is_fullscreen(self, client: int) -> bool:
        """Whether a window fills the screen without its frame, and without what else its program shows around its content."""
        return int(self._display.get_atom("_NET_WM_STATE_FULLSCREEN")) in self._identities.property_of(client, "_NET_WM_STATE")

    @property
    def version(self) -> tuple[int, int] | None:
        """The same as long as nothing has changed."""
        return self._at

    def look(self) -> tuple[Placed, ...]:
        """Everything that is drawn, bottom to top. Raises DesktopError where the display is gone."""
        for _ in range(4):
            self._changes.ask()
            now = self._changes.windows, self._changes.titles
            if now == self._at:
                break
            if self._at is None or now[1] != self._at[1]:
                self._known = {}
            self._placed = tuple(self._read())
            self._at = now
        return self._placed

    def _read(self) -> Iterator[Placed]:
        self.composited = bool(self._display.get_selection_owner(self._display.intern_atom("_NET_WM_CM_S0")))
        drawn = [(number, at) for number, attributes, at in viewable(self._display) if attributes.win_class == X.InputOutput]
        here = {number for number, _ in drawn}
        self._known = {number: known for number, known in self._known.items() if number in here}  # a number may come back as another's
        alive = set[int]()
        for number, geometry in drawn:
            edge = 2 * geometry.border_width
            bounds = geometry.x, geometry.y, geometry.x + geometry.width + edge, geometry.y + geometry.height + edge
            if number not in self._known:
                self._known[number] = self._identify(number)
            client, window = self._known[number]
            alive |= {number, client}
            yield Placed(number, client, bounds, tuple(self._covering(number, client, bounds, geometry.depth)), window)
        self._watched &= alive

    def _identify(self, number: int) -> tuple[int, SeenWindow]:
        client = self._identities.client_of(number)
        for watched in {number, client} - self._watched:
            self._watched.add(watched)
            ignored = CatchError()
            window = self._display.create_resource_object("window", watched)
            window.change_attributes(event_mask=X.PropertyChangeMask, onerror=ignored)
        return client, self._identities.of(client)

    def _covering(self, number: int, client: int, bounds: Rectangle, depth: int) -> Iterator[Rectangle]:
        """What of a window nothing shines through; none of it lies outside the window, whatever its program says."""
        for left, top, right, bottom in self._opaque(number, client, bounds, depth):
            left, top, right, bottom = max(left, bounds[0]), max(top, bounds[1]), min(right, bounds[2]), min(bottom, bounds[3])
            if left < right and top < bottom:
                yield left, top, right, bottom

    def _opaque(self, number: int, client: int, bounds: Rectangle, depth: int) -> Iterator[Rectangle]:
        if self.composited and self._is_translucent(number, client):
            return
        if self.composited and depth == 32:
            regions = list(self._identities.property_of(client, "_NET_WM_OPAQUE_REGION"))
            try:
                origin = self._display.create_resource_object("window", client).translate_coords(self._root, 0, 0)
            except XError:  # it has gone since
                return
            for x, y, width, height in zip(*(regions[start::4] for start in range(4)), strict=False):
                yield x - origin.x, y - origin.y, x - origin.x + width, y - origin.y + height
            return
        if not self._display.has_extension("SHAPE"):
            yield bounds
            return
        try:
            opcode = self._display.display.get_extension_major(shape.extname)
            found = shape.GetRectangles(self._display.display, opcode=opcode, window=number, source_kind=shape.SK.Bounding).rectangles
        except XError:
            return
        for one in found:
            left, top = bounds[0] + one.x, bounds[1] + one.y
            yield left, top, left + one.width, top + one.height

    def _is_translucent(self, number: int, client: int) -> bool:
        said = [self._identities.property_of(one, "_NET_WM_WINDOW_OPACITY") for one in (number, client)]
        return any(len(value) and int(value[0]) < _OPAQUE_ALPHA for value in said)
