"""Eyes and fingers for harvesting applications: click what the accessibility tree names, wait, take a labelled picture."""

from __future__ import annotations

import time
from types import TracebackType

from Xlib import XK, X
from Xlib.ext import xtest

from agent.accessibility import Accessibility, Node
from agent.errors import DesktopError
from agent.guard import require_permission
from agent.permissions.effective import Permissions
from agent.screen import Screen
from agent.virtual import VirtualDesktop
from agent.x11.connection import connect
from agent.x11.display import Window
from training.screens.store import LONGEST_NAME, LabelledScreen, ScreenElement

ROLES = {
    "push button": "button", "page tab": "tab", "check menu item": "check menu item", "radio menu item": "check menu item", "entry": "text",
    "password text": "text", "spin button": "text", "table column header": "column header", "tree item": "list item",
    "list box option": "list item", "toggle button": "button",
}  # fmt: skip
"""The words of the accessibility interface, in those that made-up pages use."""
CLICKABLE = frozenset({
    "button", "check box", "radio button", "menu item", "check menu item", "menu", "tab", "text", "combo box", "link", "list item",
    "table cell", "column header", "switch", "slider", "label", "heading", "option",
})  # fmt: skip
STILL_SECONDS = 0.06
APPEARING_SECONDS = 3.0
ATTEMPTS = 3
"""How often a screen is read that changes meanwhile."""


class Driver:
    """Uses one virtual desktop. A context manager."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        require_permission(desktop.display)
        self.desktop = desktop
        self._display = connect(desktop.display)
        self._screen = Screen(desktop.display, permissions=Permissions(never=False))
        self._labelled = b""
        self._tree = Accessibility(desktop.env["DBUS_SESSION_BUS_ADDRESS"], display=desktop.display)

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._tree.close()
        self._screen.close()
        self._display.close()

    # fingers

    def paint_background(self, colour: int) -> None:
        """Fill the desktop behind all windows with one colour, 0xRRGGBB."""
        root = self._display.screen().root
        root.change_attributes(background_pixel=colour)
        root.clear_area()
        self._display.sync()

    def move(self, x: float, y: float) -> None:
        xtest.fake_input(self._display, X.MotionNotify, x=int(x), y=int(y))
        self._display.sync()

    def click(self, x: float, y: float) -> None:
        self.move(x, y)
        for kind in (X.ButtonPress, X.ButtonRelease):
            xtest.fake_input(self._display, kind, 1)
        self._display.sync()

    def press(self, *keys: str) -> None:
        """Press X keysym names together, as in press("Control_L", "s")."""
        codes = [self._display.keysym_to_keycode(XK.string_to_keysym(key)) for key in keys]
        for code in codes:
            xtest.fake_input(self._display, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self._display, X.KeyRelease, code)
        self._display.sync()

    def type(self, text: str) -> None:
        """Type ASCII text on a US keyboard; other characters are left out."""
        shift = self._display.keysym_to_keycode(XK.XK_Shift_L)
        for character in text:
            symbol = XK.XK_Return if character == "\n" else ord(character)
            code = self._display.keysym_to_keycode(symbol)
            if not code or (character != "\n" and not " " <= character <= "~"):
                continue
            shifted = self._display.keycode_to_keysym(code, 0) != symbol
            events = [(X.KeyPress, code), (X.KeyRelease, code)]
            for kind, number in [(X.KeyPress, shift), *events, (X.KeyRelease, shift)] if shifted else events:
                xtest.fake_input(self._display, kind, number)
        self._display.sync()

    def click_named(self, name: str) -> Node:
        """Click the middle of the element with this visible name. Raises DesktopError where none appears."""
        end = time.monotonic() + APPEARING_SECONDS
        while True:
            named = (node for node in reversed(self._tree.nodes()) if node.name.strip() == name and node.width > 3)
            found = next((node for node in named if ROLES.get(node.role, node.role) in CLICKABLE), None)
            if found:
                self.click(*found.center)
                return found
            if time.monotonic() > end:
                raise DesktopError(f"nothing named {name!r} is showing")
            time.sleep(0.02)

    # eyes

    def settle(self, timeout: float = 1.5) -> None:
        """Wait until the screen has been still for a moment, or the time is up."""
        time.sleep(0.03)
        last, since, end = b"", time.monotonic(), time.monotonic() + timeout
        while (now := time.monotonic()) < end and now - since < STILL_SECONDS:
            pixels = bytes(self._screen.grab().pixels)
            if pixels != last:
                last, since = pixels, now
            time.sleep(0.015)

    def nodes(self) -> list[Node]:
        """What the screen shows, hidden and half hidden things left out."""
        stack = self.desktop.windows.stack()
        return [node for node in self._tree.nodes(texts=True) if _whole(node, stack)]

    def label(self, app: str, unseen: bool = False) -> LabelledScreen | None:
        """The settled screen with its labels; None where it went on changing while it was read.

        Args:
            app: the name to file it under.
            unseen: also None where the screen looks as it did the last time.
        """
        for _ in range(ATTEMPTS):
            self.settle()
            before = bytes(self._screen.grab().pixels)
            if unseen and before == self._labelled:
                return None
            nodes = self.nodes()
            stack = self.desktop.windows.stack()
            after = self._screen.grab()
            if bytes(after.pixels) == before:
                self._labelled = before
                width, height = after.size
                elements = [element for node in nodes if (element := _element(node, width, height))]
                elements = _without_contents(elements + _titles(stack, width))
                return LabelledScreen(after.to_screenshot().image, "applications", app, elements)
        return None


def _top(stack: list[Window], x: float, y: float) -> Window | None:
    return next((window for window in reversed(stack) if window.covers(x, y)), None)


def _whole(node: Node, stack: list[Window]) -> bool:
    """Whether the window that shows the node's centre also holds the node and its corners: nothing covers a notable part of it."""
    top = _top(stack, *node.center)
    if top is None or not (top.managed or node.popup) or (top.managed and node.window and top.title != node.window):
        return False
    inside = (
        node.left >= top.left - 2 and node.top >= top.top - 2
        and node.left + node.width <= top.left + top.width + 2 and node.top + node.height <= top.top + top.height + 2
    )  # fmt: skip
    corners = [(node.left + u * node.width, node.top + v * node.height) for u in (0.15, 0.85) for v in (0.2, 0.8)]
    return inside and sum(_top(stack, *corner) is top for corner in corners) >= 3


def _element(node: Node, width: int, height: int) -> ScreenElement | None:
    role = ROLES.get(node.role, node.role)
    name = node.name
    if role == "text":
        name = node.text or node.name
        if node.height > 60 or "\n" in name.strip():
            return None  # a page of text is not named by its first line
    name = " ".join(name.split())
    box = (max(node.left, 0), max(node.top, 0), min(node.left + node.width, width), min(node.top + node.height, height))
    shown = max(box[2] - box[0], 0) * max(box[3] - box[1], 0)
    if not name or len(name) > LONGEST_NAME or role not in CLICKABLE or min(box[2] - box[0], box[3] - box[1]) < 5:
        return None
    if shown < 0.6 * node.width * node.height:
        return None
    checks = role in ("check box", "radio button", "check menu item", "switch") or "checkable" in node.states
    selects = role in ("tab", "list item", "table cell")
    return ScreenElement(
        name=name,
        role=role,
        box=box,
        checked="checked" in node.states if checks else None,
        selected="selected" in node.states if selects else None,
        enabled=None if role in ("label", "heading") else "sensitive" in node.states,
    )


def _titles(stack: list[Window], width: int) -> list[ScreenElement]:
    """The window manager's title bars, which no application knows of; some draw their own."""
    found = []
    for window in stack:
        left, right = window.left + 24, window.left + window.width - 60
        fits = 8 * len(window.title) < right - left
        box = (max(left, 0), max(window.top, 0), min(right, width), window.top + 18)
        free = all(_top(stack, x, window.top + 9) is window for x in (left, (left + right) / 2, right))
        if window.managed and window.title_height and window.title and fits and free and box[2] - box[0] > 40:
            found.append(ScreenElement(window.title, "title bar", box))
    return found


def _without_contents(elements: list[ScreenElement]) -> list[ScreenElement]:
    """Leave out fields whose content reads like another element: a calculator's display that shows one digit must not hide its key."""
    labels = {element.name for element in elements if element.role != "text"}
    return [element for element in elements if element.role != "text" or element.name not in labels]
