"""What takes the keys whichever window has the focus: an open menu, and what locks the screen."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from agent.x11.stack import Identities

if TYPE_CHECKING:
    from agent.x11.last_look import Shown, Sight

_MENUS = ("MENU", "DROPDOWN_MENU", "POPUP_MENU")


class Popup(Enum):
    """What a window is that no window manager keeps, as it says itself."""

    NONE = "it is kept by the window manager"
    MENU = "a menu"
    TOOLTIP = "an explanation of what the pointer rests on"
    OTHER = "a notification, a list of proposals, a picture of what is dragged"
    UNSAID = "it does not say"


class KeyTakers:
    """Compares what has popped up with what was there when the keys were decided on."""

    def __init__(self, display: Any, identities: Identities) -> None:
        self._identities = identities
        self._menus = {display.intern_atom(f"_NET_WM_WINDOW_TYPE_{name}") for name in _MENUS}
        self._tooltip = display.intern_atom("_NET_WM_WINDOW_TYPE_TOOLTIP")

    def popup(self, number: int) -> Popup:
        """What such a window is."""
        kinds = {int(kind) for kind in self._identities.property_of(number, "_NET_WM_WINDOW_TYPE")}
        if self._tooltip in kinds:
            return Popup.TOOLTIP
        return Popup.MENU if kinds & self._menus else Popup.OTHER if kinds else Popup.UNSAID

    def trouble(self, sight: Sight, now: Sequence[Shown], focus: int, *, first: bool) -> str:
        """Why keys would not go where they were meant to; nothing where they would.

        Args:
            focus: the root's child that has the focus.
            first: nothing was typed yet: what a program shows while it is typed into may be what it proposes.
        """
        shown = {one.id for one in now}
        if first and any(one.popup is Popup.MENU and one.id not in shown for one in sight.stack):
            return "the menu that was open has closed"
        known = {one.id for one in sight.stack}
        for one in now:
            if one.id in known or one.popup not in (Popup.MENU, Popup.UNSAID):
                continue
            if first:
                return f"a {'menu' if one.popup is Popup.MENU else 'window'} has come up that may take the keys"
            client_of = self._identities.client_of
            own = focus != 0 and self._identities.same_program(client_of(one.id), client_of(focus))
            whole = not one.shape and one.left <= 0 and one.top <= 0 and one.width >= sight.size[0] and one.height >= sight.size[1]
            if not own and (one.popup is Popup.MENU or whole):
                return "a window of another program has come up that may take the keys"
        return ""
