"""The last look on an X11 display.

At each observation it remembers which window every place belongs to, and which has the focus. Immediately before an event it asks the
server again while nobody else may change anything (the server is grabbed for that moment): the same window that moved is followed;
one that is gone, hidden, resized or covered at this very point ends the action before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from Xlib import X
from Xlib.error import ConnectionClosedError, XError
from Xlib.ext import shape
from Xlib.protocol import request

from agent.errors import DesktopError
from agent.look import DecisionStale, NotPermitted, Place
from agent.x11.changes import Changes
from agent.x11.display import Window, Windows
from agent.x11.stack import Identities, viewable
from agent.x11.takers import KeyTakers, Popup
from recordings.episode import SeenWindow

Rectangle = tuple[int, int, int, int]
"""Left, top, width, height."""
Refuse = Callable[[int, SeenWindow], str | None]
"""Why a child of the root, which is this window, may not be acted in; None where it may."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A child of the root that is to be seen: a managed window in its frame, a menu, a tooltip. In screen pixels."""

    id: int
    left: int
    top: int
    width: int
    height: int
    shape: tuple[tuple[Rectangle, ...], ...] = ()
    """The rectangles that take clicks, relative to it; one group for each way to bound them."""
    popup: Popup = Popup.NONE

    def covers(self, x: int, y: int) -> bool:
        x, y = x - self.left, y - self.top
        inside = 0 <= x < self.width and 0 <= y < self.height
        return inside and all(any(a <= x < a + w and b <= y < b + h for a, b, w, h in group) for group in self.shape)


@dataclass(frozen=True, slots=True)
class Sight:
    """What an observation showed: the stack from bottom to top, whose the keyboard was, and the size of the screen."""

    stack: tuple[Shown, ...]
    focus: int | None
    """The root's child with the focus; 0 for none, None for whichever has it."""
    size: tuple[int, int]

    def owner(self, place: Place) -> Shown | None:
        """The window that a place belonged to; a tooltip is no window, for it goes as the pointer moves."""
        return next((shown for shown in reversed(self.stack) if shown.popup is not Popup.TOOLTIP and shown.covers(*place)), None)


class LastLook:
    """Looks on the connection that the events are sent on. `for_action` says what the next action was decided on."""

    def __init__(self, display: Any) -> None:
        self._display, self._root = display, display.screen().root
        self.changes = Changes(display)
        self._windows = Windows.on(display)
        self._stack: tuple[Shown, ...] = ()
        self._stacked_at = -1
        self._outermost: dict[int, int] = {}
        self._titles: dict[int, str] = {}
        self._sight: Sight | None = None
        self._within: Window | None = None
        self._refuse: Refuse | None = None
        self.may_see: Callable[[SeenWindow], bool] = lambda window: True
        """Whether a window may be called by its title."""
        self._identities = Identities(display)
        self._takers = KeyTakers(display, self._identities)
        self._popped_at = -1
        """How much had changed when it was last looked whether something takes the keys of this action; -1: not yet."""
        self._clients: dict[int, int] = {}
        self._clients_at = -1
        self._shift = (0, 0)
        """How far the window that was last acted in had moved."""
        self._passed = (0, "")
        """The window that was last found to be permitted, as it was called then."""
        self.note = ""
        """What became of the last action that is worth telling: that a window was followed."""

    def see(self, active: Window | None = None) -> Sight:
        """What is there now. `active` is only remembered for its title."""
        for _ in range(4):
            count = self.changes.ask().windows
            if count != self._stacked_at:
                self._stack, self._outermost = self._read_stack(), {}
                self._stacked_at = count
            focus = self._focus()
            geometry = self._root.get_geometry()
            if self.changes.ask().windows == count:
                break
        if active is not None and self.may_see(SeenWindow(active.title, active.wm_class)):
            self._titles[self._frame(active.id)] = active.title
        return Sight(self._stack, focus, (geometry.width, geometry.height))

    def for_action(self, sight: Sight | None, within: Window | None = None, refuse: Refuse | None = None) -> None:
        """From now on events belong to what was decided on this sight; and to no other window than `within`, if one is given.

        Args:
            refuse: which windows get none of them, asked as each window is at the moment of the event.
        """
        self._sight, self._within, self._refuse, self.note = sight, within, refuse, ""
        self._passed, self._popped_at = (0, ""), -1

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Nobody else changes anything on the display while this lasts: some tenths of a millisecond."""
        self._display.grab_server()
        try:
            yield
        finally:
            try:
                self._display.ungrab_server()
                self._display.flush()
            except (ConnectionClosedError, OSError) as error:
                raise DesktopError("the display is gone: start again") from error

    def place(self, decided: Place) -> Place:
        """See `agent.look.Look`."""
        owner = self._sight.owner(decided) if self._sight is not None else None
        if owner is not None and self._within is not None and not self._is_of(owner.id, self._within):
            raise DecisionStale(f"{self._named(owner.id)} lies over the window {self._within.title!r} there")
        now = self._found(decided, bound=self._within is not None)
        self._shift = now[0] - decided[0], now[1] - decided[1]
        if self._refuse is not None:
            self._check_permitted(self._hit(now))
        return now

    def where(self, decided: Place) -> Place | None:
        """Where the place that was decided on lies now; None where it is gone, which `place` tells."""
        try:
            return self._found(decided, bound=False)
        except (DecisionStale, XError, ConnectionClosedError, OSError):
            return None

    def end(self, decided: Place) -> Place:
        """See `agent.look.Look`."""
        return self._found(decided, bound=False)

    def _found(self, decided: Place, *, bound: bool) -> Place:
        sight = self._sight
        if sight is None:
            return decided
        owner = sight.owner(decided)
        if owner is None:
            return self._bare(decided, sight, bound=bound)
        geometry = self._viewable(owner.id)
        if geometry is None:
            raise DecisionStale(f"{self._named(owner.id, gone=True)} is gone or minimised")
        if (geometry[2], geometry[3]) != (owner.width, owner.height):
            raise DecisionStale(f"{self._named(owner.id)} has another size than it had")
        right, down = geometry[0] - owner.left, geometry[1] - owner.top
        now = decided[0] + right, decided[1] + down
        hit = self._hit(now)
        if hit != owner.id and not (hit and self._is_tooltip(hit)):
            over = self._named(hit) if hit else "nothing of it"
            raise DecisionStale(f"{over} is now where {self._named(owner.id)} was to be acted in")
        if right or down:
            self.note = f"{self._named(owner.id)} had moved by {right}, {down} pixels and was followed"
        return now

    def drop(self, begun: Place, decided: Place, place: Place) -> None:
        """See `agent.look.Look`."""
        sight = self._sight
        if sight is None:
            return
        owner, source, hit = sight.owner(decided), sight.owner(begun), self._hit(place)
        if hit in (owner.id if owner is not None else 0, source.id if source is not None else 0) or (hit and self._is_tooltip(hit)):
            return
        at = self._viewable(source.id) if source is not None else None
        if source is not None and at is not None and at[:2] != (source.left + self._shift[0], source.top + self._shift[1]):
            return  # it is the window itself that is moved
        client_of, new = self._identities.client_of, all(shown.id != hit for shown in sight.stack)
        if source is not None and new and self._identities.same_program(client_of(hit), client_of(source.id)):
            return  # it is a picture of what is dragged, or the window that is made of it
        raise DecisionStale(f"{self._named(hit)} has come to lie where it was to be dropped: it was taken back to where it began")

    def held(self, decided: Place) -> None:
        """See `agent.look.Look`."""
        owner = self._sight.owner(decided) if self._sight is not None else None
        if owner is not None and self._viewable(owner.id) is None:
            raise DecisionStale(f"{self._named(owner.id, gone=True)} is gone while a button was held down in it: it was let go of")

    def over(self, place: Place) -> None:
        """See `agent.look.Look`."""
        if self._refuse is not None:
            self._check_permitted(self._hit(place))

    def _check_permitted(self, child: int) -> None:
        """What a window is, is asked now: a title may have changed since it was looked at."""
        if child == 0 or self._refuse is None:
            return
        if (count := self.changes.ask().windows) != self._clients_at:
            self._clients, self._clients_at = {}, count
        known = self._clients.get(child)
        if known is not None and (child, self._identities.title_of(known)) == self._passed:
            return
        seen = self._identities.of(known) if known is not None else SeenWindow("")
        if not seen.title and not seen.wm_class:  # it is not known which window a frame holds, or that one has gone
            self._clients[child] = self._identities.client_of(child)
            seen = self._identities.of(self._clients[child])
        if why := self._refuse(child, seen):
            raise NotPermitted(why)
        self._passed = child, seen.title

    def keyboard(self) -> None:
        """See `agent.look.Look`."""
        sight, focus = self._sight, self._focus()
        if self._refuse is not None:
            self._check_permitted(focus)
        if sight is not None and sight.focus is not None and focus != sight.focus:
            mine = self._named(sight.focus, gone=True) if sight.focus else "no window"
            raise DecisionStale(f"the keyboard belongs to {self._named(focus)} now, not to {mine}")
        if sight is not None and sight.focus is not None and (count := self.changes.ask().windows) != self._popped_at:
            first, self._popped_at = self._popped_at < 0, count
            if why := self._takers.trouble(sight, self.see().stack, focus, first=first):
                raise DecisionStale(why)

    def expect_focus(self, window: Window) -> None:
        """The keys of this action are meant for a window that has the focus now."""
        if self._sight is not None:
            self._titles[self._frame(window.id)] = window.title
            self._sight = Sight(self._sight.stack, self._frame(window.id), self._sight.size)

    def _bare(self, decided: Place, sight: Sight, *, bound: bool) -> Place:
        geometry = self._root.get_geometry()
        if (geometry.width, geometry.height) != sight.size:
            was, now = (f"{width}×{height}" for width, height in (sight.size, (geometry.width, geometry.height)))
            raise DecisionStale(f"the screen's resolution changed from {was} to {now}")
        hit = self._hit(decided)
        if hit and not self._is_tooltip(hit):
            raise DecisionStale(f"{self._named(hit)} has come to lie where nothing was")
        if bound and self._within is not None:
            raise DecisionStale(f"the window {self._within.title!r} is not there")
        return decided

    def _hit(self, place: Place) -> int:
        """The root's child that a click there would go to, as the server says."""
        child = self._root.translate_coords(self._root, *place).child
        return int(getattr(child, "id", child) or 0)

    def _viewable(self, number: int) -> Rectangle | None:
        display = self._display.display
        try:
            attributes = request.GetWindowAttributes(display, defer=True, window=number)
            geometry = request.GetGeometry(display, defer=True, drawable=number)
            attributes.reply()
            geometry.reply()
        except XError:
            return None
        if attributes.map_state != X.IsViewable:
            return None
        return geometry.x, geometry.y, geometry.width + 2 * geometry.border_width, geometry.height + 2 * geometry.border_width

    def _focus(self) -> int:
        focus = self._display.get_input_focus().focus
        number = int(getattr(focus, "id", focus))
        return 0 if number in (X.NONE, X.PointerRoot, self._root.id) else self._frame(number)

    def _frame(self, number: int) -> int:
        if number not in self._outermost:
            self._outermost[number] = self._windows.outermost(number)
        return self._outermost[number]

    def _is_of(self, number: int, window: Window) -> bool:
        """Whether a child of the root is a window, a dialog of it, or a menu of its program."""
        if number == self._frame(window.id):
            return True
        mask = self._display.display.info.resource_id_mask
        if not (number ^ window.id) & ~mask & 0xFFFFFFFF:
            return True
        return any(self._frame(other.id) == number and self._windows.belongs(other, window) for other in self._windows.all())

    def _is_tooltip(self, number: int) -> bool:
        return self._windows.is_tooltip(number)

    def _named(self, number: int, *, gone: bool = False) -> str:
        title = self._titles.get(number)
        if title is None and not gone:
            found = next((window for window in self._windows.all() if self._frame(window.id) == number), None)
            if found is not None and self.may_see(SeenWindow(found.title, found.wm_class)):
                title = found.title
        return f"the window {title!r}" if title else "the window" if gone else "another window" if number else "no window"

    def _read_stack(self) -> tuple[Shown, ...]:
        seen = [
            (number, at, attributes.win_class == X.InputOutput and bool(attributes.override_redirect))
            for number, attributes, at in viewable(self._display)
        ]
        shapes = self._shapes({number: (at.width, at.height) for number, at, _ in seen})
        return tuple(
            Shown(
                number, at.x, at.y, at.width + 2 * at.border_width, at.height + 2 * at.border_width, shapes.get(number, ()),
                self._takers.popup(number) if popup else Popup.NONE,
            )
            for number, at, popup in seen
        )  # fmt: skip

    def _shapes(self, sizes: dict[int, tuple[int, int]]) -> dict[int, tuple[tuple[Rectangle, ...], ...]]:
        """The shapes of windows that are no plain rectangles, or let clicks through."""
        if not self._display.has_extension("SHAPE"):
            return {}
        display, opcode = self._display.display, self._display.display.get_extension_major(shape.extname)
        kinds = (shape.SK.Bounding, shape.SK.Input)
        asked = {
            number: [shape.GetRectangles(display, defer=True, opcode=opcode, window=number, source_kind=kind) for kind in kinds]
            for number in sizes
        }
        found = {}
        for number, replies in asked.items():
            groups = []
            for reply in replies:
                try:
                    reply.reply()
                except XError:
                    continue
                groups.append(tuple((one.x, one.y, one.width, one.height) for one in reply.rectangles))
            width, height = sizes[number]
            if any(len(group) != 1 or group[0][2] < width or group[0][3] < height for group in groups):
                found[number] = tuple(groups)
        return found
